#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "check/crm_reader.hpp"
#include "check/run.hpp"
#include "state/state.hpp"
#include "sync/pause.hpp"
#include "sync/portal_sync.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::app {

/// Who starts the check that comes by itself.
inline constexpr std::string_view kWeekly = "weekly";

/// What a check asks for: whole months, the last one inclusive.
struct CheckRequest {
  DayRange days;
  bool repair = false;
  std::string started_by;  ///< weekly, a user's id, local

  /// Reads `from`, `to` (YYYY-MM), `months` (counted back from today) and `repair`; without any of them the
  /// present month and the two before it. Errors: `bad_month`, `bad_range`.
  static Result<CheckRequest> Read(const json::object& request, Day today, std::string started_by);
};

/// When the weekly check runs by itself.
struct CheckPlan {
  int weekday = 7;  ///< 1 Monday … 7 Sunday; 0: never
  int hour = 4;     ///< of the portal's day
  Instant followed_since{};
  std::optional<Instant> last_end;  ///< of the last weekly one
  bool last_failed = false;
};
/// The first one ten minutes after the portal is live, then once after each coming of the hour; one that
/// failed is tried again after an hour. Pure.
bool IsCheckDue(const CheckPlan& plan, const Zone& zone, Instant now);

/// The reconciliation of one portal: one at a time, in the background or while the caller waits. Each end is
/// kept as a verdict in the state. Thread-safe.
class PortalCheck {
 public:
  /// Parts of the portal that a check borrows while it runs.
  struct Parts {
    std::shared_ptr<check::CrmReader> reader;
    std::shared_ptr<sync::PortalSync> session;
  };
  /// `weekly`: nobody waits for this check, so that it may take its time beside polling.
  using MakeParts = std::function<Result<Parts>(sync::Pauser&, bool weekly)>;

  PortalCheck(std::string portal, std::shared_ptr<warehouse::Warehouse> warehouse, state::State& state,
              const Clock& clock, MakeParts make, std::function<void()> changed)
      : portal_(std::move(portal)),
        warehouse_(std::move(warehouse)),
        state_(state),
        clock_(clock),
        make_(std::move(make)),
        changed_(std::move(changed)) {}
  ~PortalCheck() { Stop(); }

  /// The whole report. Errors: `check_running`, those of check::Run and of MakeSession.
  Result<json::object> Run(const CheckRequest& request,
                           const std::function<void(const check::Progress&)>& show, std::stop_token stop);
  /// In the background. Errors: `check_running`.
  Status Start(const CheckRequest& request);
  /// Ends a check that is under way and waits for it.
  void Stop();
  bool running() const;

  /// {"running", "last", "failed", "report"}; see docs/api.md.
  Result<json::object> Describe() const;
  /// The last verdict in short, or null.
  json::value Verdict() const;

 private:
  Status Claim();
  void Release();
  Result<json::object> RunClaimed(const CheckRequest& request,
                                  const std::function<void(const check::Progress&)>& show,
                                  std::stop_token stop);
  Result<json::object> Perform(const CheckRequest& request,
                               const std::function<void(const check::Progress&)>& show, std::stop_token stop);

  const std::string portal_;
  const std::shared_ptr<warehouse::Warehouse> warehouse_;
  state::State& state_;
  const Clock& clock_;
  const MakeParts make_;
  const std::function<void()> changed_;
  sync::SystemPauser pauser_;

  mutable std::mutex mutex_;  ///< guards what follows
  bool running_ = false;
  std::optional<check::Progress> progress_;
  std::jthread worker_;
};

}  // namespace svodka::app
