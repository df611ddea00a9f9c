#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

#include "base/json.hpp"
#include "emulator/bitrix24/hooks.hpp"
#include "emulator/bitrix24/limits.hpp"
#include "emulator/bitrix24/oauth.hpp"
#include "emulator/bitrix24/table.hpp"
#include "emulator/company/living.hpp"
#include "emulator/company/model.hpp"
#include "emulator/http/message.hpp"

namespace svodka::emulator::bitrix24 {

/// Troubles that can be switched on, from the command line or by POST /_control.
struct Faults {
  bool limits = true;           ///< the rate bucket
  bool operating_limit = true;  ///< the operating budget
  double rate_503 = 0, rate_429 = 0, rate_500_html = 0, rate_bad_json = 0, rate_drop = 0,
         rate_stall = 0;        ///< chances, 0..1
  double rate_drop_writes = 0;  ///< a write is done, its answer is cut
  bool read_only = false;       ///< the webhook's owner may change nothing
  int stall_ms = 60000;
  double rate_repeat_row = 0;  ///< a list page gives its last row twice
  double rate_lost_event = 0;  ///< an event that never goes out
  double rate_repeat_event = 0;
  double rate_skip_row = 0;   ///< a list page leaves a row out
  bool revoked = false;       ///< 401 for everything
  std::string missing_scope;  ///< methods of this scope answer 403 insufficient_scope
  bool history_of_current_pipeline = false;
  bool https_required = false;
  std::string renamed_to;          ///< 302 to this origin
  int64_t clock_skew_s = 0;        ///< the portal's clock against the company's
  uint32_t only_owner = 0;         ///< the webhook's user reads only this employee's cards
  bool hidden_denied = false;      ///< a card hidden by it answers "Access denied.", not "Not found"
  bool refuse_items = false;       ///< an old box: crm.item.list and .get are unknown (product rows are not)
  bool refuse_legacy = false;      ///< crm.deal.list and its kin are gone
  bool items_plain_dates = false;  ///< crm.item.list honours `2026-08-01 10:00:00` in filters, not ISO
  int64_t items_shift_s = 0;       ///< createdTime and updatedTime of crm.item are this much off
  bool charge_batch = false;       ///< the operating budget is charged to `batch`, not to its commands
};

struct Settings {
  std::string secret = "secret";
  uint32_t user = 1;
  std::string origin = "http://127.0.0.1:8081";
  Hooks::Handler hook;     ///< the outgoing webhook, if any
  double clock_speed = 1;  ///< of `seconds` against the wall's clock
  Oauth oauth;             ///< the application that may ask for tokens
};

/// A Bitrix24 portal over a generated company: requests in, answers out. Thread-safe.
class Portal : public Service {
 public:
  /// `seconds`: the wall clock of the limits, in seconds. `send`: delivers events; none go out without.
  Portal(Company company, Settings settings, std::function<double()> seconds, SendForm send = {});
  ~Portal() override;

  Response Handle(const Request& request) override;
  void Advance(int64_t minutes) override;
  void Bustle(int64_t seconds, double bustle) override;
  void SetFaults(const Faults& faults);
  std::string WebhookUrl() const;
  Second Now() const override;
  double speed() const override { return speed_; }
  void SetSpeed(double speed) override { speed_ = speed; }
  /// Posts the events that wait: once each, whatever the answer.
  void Deliver() override;

 private:
  friend class Call;
  struct Tables;

  Response HandleRest(const Request& request, std::string_view path, const json::object& params);
  /// Who asks with an application's token; 401 for one that is not known or has expired.
  void CheckToken(const std::string& token);
  Response HandleControl(const json::object& params);
  /// Runs one method or a batch; the body of the answer without its time block.
  json::object RunMethod(const std::string& method, const json::object& params, const Faults& faults);
  json::object RunBatch(const json::object& params, const Faults& faults);
  json::object RunLocked(const std::string& method, const json::object& params, const Faults& faults);
  json::object TimeBlock(const std::string& method, const Faults& faults);
  /// A chance event of a fault.
  bool Happens(double rate);
  void Intervene(const json::object& params);
  json::value Stats() const;
  void TakeTouches();
  void BuildTables();
  /// Events for what was touched; needs the exclusive lock, like whatever touches.
  void QueueHooks(const std::vector<Touch>& touched);
  void NoteSizes();

  mutable std::shared_mutex mutex_;  ///< of the company and its tables
  Company company_;
  Living living_;
  Settings settings_;
  std::atomic<double> speed_{0};
  std::unique_ptr<Tables> tables_;
  mutable std::mutex side_mutex_;  ///< of limits, tokens, faults, counters
  Limits limits_;
  Oauth oauth_;
  Faults faults_;
  Random chance_{20};
  Hooks hooks_;
  const SendForm send_;
  struct Sizes {
    size_t leads = 0, deals = 0, contacts = 0, companies = 0, actions = 0, tasks = 0, comments = 0;
    Second now = 0;
  } told_;  ///< what the last events have told of; of the exclusive lock
  std::function<double()> seconds_;
  const double started_;  ///< by seconds_
  struct Counters {
    uint64_t requests = 0, refused_503 = 0, refused_429 = 0, errors = 0;
    std::map<std::string, uint64_t> by_method;
  } counters_;
};

/// Parameters of one request from its query and body.
json::object ParamsOf(const Request& request, std::string_view query);

}  // namespace svodka::emulator::bitrix24
