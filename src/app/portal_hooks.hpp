#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "state/state.hpp"
#include "sync/amo_sync.hpp"
#include "sync/pause.hpp"

namespace svodka::app {

/// Where the CRM of a portal posts its events: the setting `events_url` and the key that nobody can guess. ""
/// while no address is set, or after `svodka hooks --off`. A key that was never made is made now. Errors: the
/// state's.
Result<std::string> AddressForEvents(const std::string& portal, state::State& state, const Clock& clock);

/// Keeps svodka's own webhook of an amoCRM account where this server is, and touches nobody else's: only
/// addresses that were noted as ours before they were sent are ever dropped. A portal of another kind has
/// none. Thread-safe.
class PortalHooks {
 public:
  struct Link {
    std::string address;  ///< of the account
    std::shared_ptr<sync::AmoTokens> tokens;
    std::shared_ptr<sync::RateLimiter> limiter;
  };
  PortalHooks(std::string portal, state::State& state, const Clock& clock, std::function<Result<Link>()> link)
      : portal_(std::move(portal)), state_(state), clock_(clock), link_(std::move(link)) {}
  ~PortalHooks() { Stop(); }

  struct Standing {
    /// none (no address is set, or another CRM), unknown (not looked yet), subscribed, refused
    std::string state = "none";
    std::optional<Diagnostic> why;  ///< of refused
  };
  Standing standing() const;
  /// Brings the account's subscription to the address of now: ours at another address goes, one that is
  /// missing, stopped or lacks events is made anew. Waits for the account.
  Standing Run(std::stop_token stop);
  /// Drops all of ours: the portal goes. Errors: those of Subscriptions.
  Status Drop(std::stop_token stop);

  /// Runs in the background where the time has come: after Wake, an hour after a good look, ten minutes after
  /// a refusal. Returns at once.
  void RunIfDue();
  void Wake();
  void Stop();

 private:
  Result<std::set<std::string>> LoadOurs() const;
  Status SaveOurs(const std::set<std::string>& ours);
  bool IsAmo() const;
  Status Bring(std::set<std::string> ours, const std::string& wanted, const std::stop_token& stop);
  void Keep(Standing standing);

  const std::string portal_;
  state::State& state_;
  const Clock& clock_;
  const std::function<Result<Link>()> link_;
  sync::SystemPauser pauser_;
  std::mutex run_mutex_;  ///< one run at a time

  mutable std::mutex mutex_;  ///< guards what follows
  Standing standing_{.state = "unknown", .why = {}};
  Instant next_{};
  bool running_ = false;
  std::jthread worker_;
};

json::object ToJson(const PortalHooks::Standing& standing);

}  // namespace svodka::app
