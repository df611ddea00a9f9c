#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "actions/crm_writer.hpp"
#include "actions/plan.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "crm/hook.hpp"
#include "engine/query_service.hpp"
#include "state/state.hpp"
#include "sync/pause.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::app {

/// Cards of one request at most; further ones are skipped with the reason `limit`.
inline constexpr size_t kActionCardsMax = 500;
/// How long a request of the browser may be taken back before anything is sent.
inline constexpr std::chrono::seconds kUndoTime{10};

/// Writing back to one portal's CRM: previews, requests, the worker that sends them, daily rules. Answers are
/// the JSON of docs/actions.md. Thread-safe.
class PortalActions {
 public:
  struct Parts {
    std::function<Result<std::shared_ptr<actions::CrmWriter>>(sync::Pauser&)> make_writer;
    std::function<void(const std::vector<crm::Hint>&)> hint;
    std::function<void()> changed;
    engine::QueryService* queries = nullptr;
  };
  PortalActions(std::string portal, std::shared_ptr<warehouse::Warehouse> warehouse, state::State& state,
                const Clock& clock, Parts parts)
      : portal_(std::move(portal)),
        warehouse_(std::move(warehouse)),
        state_(state),
        clock_(clock),
        parts_(std::move(parts)) {}
  ~PortalActions() { Stop(); }

  bool writing() const;
  Status SetWriting(bool on, const std::string& user);

  /// What would be done; nothing is kept. Errors: those of Order::Read, MakePlan and of the records query.
  Result<json::object> Preview(const json::object& asked, const engine::Scope& scope, std::stop_token stop);
  /// Keeps the request and begins to send it after `delay`. Asked again with the same id: its outcome.
  /// Errors: as Preview, `writing_off`, `action_differs` (the id stands for another request), `missing_key`.
  Result<json::object> Accept(const json::object& asked, const engine::Scope& scope,
                              std::chrono::seconds delay, std::stop_token stop);
  /// Errors: `unknown_action`.
  Result<json::object> Find(const std::string& id) const;
  /// Newest first, without their cards.
  Result<json::object> List(int64_t limit) const;
  /// What was not sent yet is not sent. Errors: `unknown_action`.
  Result<json::object> Cancel(const std::string& id);
  /// What failed is sent again. Errors: `unknown_action`, `writing_off`.
  Result<json::object> Retry(const std::string& id);
  /// Until every card of the request has its end.
  Result<json::object> Wait(const std::string& id, const std::function<void(const json::object&)>& show,
                            const std::stop_token& stop);

  Result<json::value> ListRules() const;
  /// `id` "" : a new one. Members that are absent stay. Errors: `unknown_rule`, `bad_rule`, those of
  /// Order::Read.
  Result<json::object> SaveRule(const std::string& id, const json::object& wanted, const std::string& user);
  Status RemoveRule(const std::string& id);
  Result<json::object> PreviewRule(const std::string& id, std::stop_token stop);
  /// Runs each rule whose hour has come and that has not run today. The portal is up to date.
  void RunDueRules();

  /// Begins to work on what is open.
  void Start();
  /// Ends the worker; what is open stays for the next start.
  void Stop();

 private:
  struct Found {
    std::vector<actions::CardKey> cards;
    int64_t total = 0;
  };
  Result<Found> Resolve(const actions::Order& order, const engine::Scope& scope, std::stop_token stop) const;
  Result<actions::Plan> PlanOf(actions::Order& order, const std::string& rule, size_t cards_max,
                               const engine::Scope& scope, int64_t& total, std::stop_token stop) const;
  Result<json::object> PreviewOrder(actions::Order order, const std::string& rule, size_t cards_max,
                                    const engine::Scope& scope, std::stop_token stop) const;
  Status Keep(const std::string& id, const actions::Order& order, const actions::Plan& plan,
              const std::string& rule, const std::string& user, std::chrono::seconds delay);
  Result<json::object> Describe(const state::ActionRequest& request, bool with_cards) const;
  Result<json::object> DescribeRule(const state::ActionRule& rule) const;
  Status RunRule(const state::ActionRule& rule, Day today);
  bool MayWork() const;
  void Work(const std::stop_token& stop);
  void Wake();

  const std::string portal_;
  const std::shared_ptr<warehouse::Warehouse> warehouse_;
  state::State& state_;
  const Clock& clock_;
  const Parts parts_;
  sync::SystemPauser pauser_;

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable_any woken_;
  uint64_t wakes_ = 0;  ///< of the worker, and of those who wait for a request's end
  std::jthread worker_;
};

/// Whether a rule is due: its hour has come today, it was not changed since, and it has not run today. Pure.
bool IsRuleDue(const state::ActionRule& rule, const std::optional<Day>& last_run, const Zone& zone,
               Instant now);

}  // namespace svodka::app
