#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/model_files.hpp"
#include "app/places.hpp"
#include "app/portal_actions.hpp"
#include "app/portal_check.hpp"
#include "app/portal_hooks.hpp"
#include "base/clock.hpp"
#include "crm/hook.hpp"
#include "crm/http.hpp"
#include "engine/query_service.hpp"
#include "reports/query_source.hpp"
#include "reports/report_service.hpp"
#include "server/portal_directory.hpp"
#include "state/state.hpp"
#include "sync/amo_sync.hpp"
#include "sync/pause.hpp"
#include "sync/portal_sync.hpp"
#include "sync/rate_limiter.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::app {

/// Calls whoever listens; a dropped token ends its callback for good (no call is under way after that).
class Listeners {
 public:
  std::shared_ptr<void> Add(std::function<void()> callback);
  void Call();

 private:
  struct Entry;
  std::mutex mutex_;
  std::vector<std::weak_ptr<Entry>> entries_;
};

/// One opened portal: its warehouse and all that answers from it; its sync while it is followed. Thread-safe.
class PortalHost {
 public:
  /// Opens the warehouse file and brings it to the state's settings. `queries`: with the budget of rows that
  /// all portals of the process share.
  static Result<std::shared_ptr<PortalHost>> Open(const state::Portal& portal, const Places& places,
                                                  state::State& state, const ModelSnapshot& models,
                                                  const Clock& clock, engine::QueryService::Settings queries);
  ~PortalHost();

  warehouse::Warehouse& warehouse() { return *warehouse_; }
  engine::QueryService& queries() { return *queries_; }
  reports::ReportService& reports() { return *reports_; }
  reports::PortalFacts Facts() const;
  void SetModels(const ModelSnapshot& models);

  /// What people set (sale point, technical accounts …) goes to the warehouse; facts that the CRM told stay.
  Status ApplySettings();
  /// Copies the imported lists of calls to where a warehouse built anew finds them; after each change of
  /// them.
  Status KeepCallLists();
  /// Facts that the warehouse learned from the CRM or a mapping go to the state's list of portals.
  Status KeepFacts(std::string_view writer);

  /// The session with the CRM, made from the stored secret. Errors: `not_connected` for file portals,
  /// `secret_missing`.
  Result<std::shared_ptr<sync::PortalSync>> Session();
  /// Follows the CRM in the background, unless a person has paused it. Nothing happens for file portals.
  void StartFollowing();
  void StopFollowing();
  bool following() const;
  Status Refresh();
  PortalCheck& check() { return *check_; }
  PortalActions& actions() { return *actions_; }
  PortalHooks& hooks() { return *hooks_; }

  /// What events told since this process started.
  struct HookCounts {
    int64_t taken = 0, unknown = 0;
    std::optional<Instant> last_at;
  };
  /// Hands an event's hints to the session; without one that follows, the next poll finds what they meant.
  void TakeHook(const crm::Hook& hook);
  HookCounts hook_counts() const;

  server::PortalStatus Describe() const;
  std::shared_ptr<void> OnChange(std::function<void()> callback) {
    return listeners_.Add(std::move(callback));
  }

 private:
  PortalHost(std::string id, state::State& state, const Clock& clock)
      : id_(std::move(id)), state_(state), clock_(clock) {}
  void Follow(const std::stop_token& stop);
  void WatchProgress(const std::stop_token& stop);
  /// Once a minute: rules and the weekly check whose hour has come.
  void RunWhenDue(Instant followed_since);
  void CheckWhenDue(Instant followed_since, Instant now);
  bool IsPaused() const;
  /// Brings following to the setting `paused`.
  void ApplyPause();
  /// A new session, with the settings of now.
  void Restart();
  std::vector<reports::Unconverted> Unconverted(int64_t data_version) const;
  Status RestoreCallLists();
  /// Of the portal's CRM: the pace and the tokens that everything here shares. Needs mutex_.
  Status Link(const state::Portal& portal);
  Result<PortalCheck::Parts> MakeCheckParts(sync::Pauser& pauser, bool weekly);
  Result<std::shared_ptr<actions::CrmWriter>> MakeWriter(sync::Pauser& pauser);
  Result<PortalHooks::Link> MakeHookLink();
  /// Reads at once what was written to the CRM.
  void ReadWritten(const std::vector<crm::Hint>& hints);

  const std::string id_;
  std::string data_folder_;
  state::State& state_;
  const Clock& clock_;
  std::shared_ptr<warehouse::Warehouse> warehouse_;
  json::object argument_settings_;  ///< defaults of measures' arguments that the portal sets
  std::unique_ptr<engine::QueryService> queries_;
  std::unique_ptr<reports::QuerySource> source_;
  std::unique_ptr<reports::ReportService> reports_;
  Listeners listeners_;
  std::shared_ptr<void> on_commit_;

  mutable std::mutex unconverted_mutex_;
  mutable int64_t unconverted_version_ = -1;  ///< of the data that `unconverted_` was counted in
  mutable std::vector<reports::Unconverted> unconverted_;

  mutable std::mutex mutex_;  ///< guards what follows
  sync::SystemPauser pauser_;
  std::shared_ptr<sync::PortalSync> session_;
  std::shared_ptr<sync::RateLimiter> limiter_;
  std::shared_ptr<sync::AmoTokens> tokens_;
  std::string reading_;                ///< settings that a session is made with, as last applied
  std::optional<Diagnostic> trouble_;  ///< why following ended
  bool following_ = false;
  bool wanted_ = false;  ///< somebody asked to follow
  HookCounts hook_counts_;
  Instant next_look_{};  ///< for a check or a rule that is due; the watcher's own
  std::jthread follower_, progress_watcher_;
  std::unique_ptr<PortalCheck> check_;  ///< last, with the next: they borrow all of the above
  std::unique_ptr<PortalActions> actions_;
  std::unique_ptr<PortalHooks> hooks_;
};

}  // namespace svodka::app
