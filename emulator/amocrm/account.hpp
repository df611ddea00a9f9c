#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "emulator/amocrm/hooks.hpp"
#include "emulator/amocrm/oauth.hpp"
#include "emulator/amocrm/query.hpp"
#include "emulator/amocrm/throttle.hpp"
#include "emulator/amocrm/view.hpp"
#include "emulator/company/living.hpp"
#include "emulator/company/random.hpp"
#include "emulator/http/message.hpp"

namespace svodka::emulator::amocrm {

/// Troubles that can be switched on by POST /_control or from the command line; README.md lists them.
struct Switches {
  bool limits = true;           ///< 7 requests a second, then HTML 429; after many of them HTML 403
  bool filters = true;          ///< the paid filter package; off: filters of the four entities are ignored
  bool kommo = false;           ///< cents in `price_with_minor_units`, top level domain kommo.com
  bool customers = true;        ///< off: 402 for everything about customers
  bool revoked = false;         ///< every token is refused
  bool webhooks = true;         ///< off: 403 for webhooks, as for one who is no administrator
  bool unpaid = false;          ///< 402 for everything
  bool hide_dismissed = false;  ///< dismissed users are not listed at all
  int events_page = 100;        ///< largest page of events
  int heavy_rows = 0;           ///< 504 for a page of more than so many rows × (1 + with options); 0: never
  int latency_ms = 0;
  int lag_s = 0;         ///< rows changed in the last so many seconds are not listed yet
  int history_days = 0;  ///< events older than that are gone; 0: all are there
  int64_t clock_skew_s = 0;
  double rate_lost_event = 0, rate_repeat_event = 0;  ///< a webhook that never goes out, or goes out twice
  double rate_429 = 0, rate_403_html = 0, rate_500_html = 0, rate_504 = 0, rate_bad_json = 0, rate_drop = 0;
  double rate_drop_writes = 0;  ///< a write is done, its answer is cut
  bool read_only = false;       ///< the token's owner may change nothing
  double rate_drift = 0;        ///< chance that a listed lead is touched between two pages
  std::string zone = "Europe/Moscow";
  std::string currency = "RUB";  ///< of the account; prices are plain numbers of it
  std::string renamed_to;        ///< host the account has moved to; the old one answers 401
};

struct Settings {
  std::string token = "emulator-token";  ///< long-lived
  uint16_t user = 1;                     ///< employee who granted it
  std::string subdomain = "peregorodkin";
  OauthSettings oauth;
};

/// An amoCRM account over a generated company. Thread-safe.
class Account : public Service {
 public:
  /// `seconds`: the wall clock of the limits. `send`: posts a form to an address, gives the HTTP status, 0
  /// for none; empty: no webhook is sent.
  Account(Company company, Settings settings, std::function<double()> seconds, SendForm send = {});
  ~Account() override;

  Response Handle(const Request& request) override;
  void Advance(int64_t minutes) override;
  void Bustle(int64_t seconds, double bustle) override;
  Second Now() const override;
  double speed() const override { return speed_; }
  void SetSpeed(double speed) override { speed_ = speed; }
  void Deliver() override;
  void SetSwitches(const Switches& switches);

 private:
  friend class Exchange;
  using Ids = std::shared_ptr<const std::vector<uint32_t>>;

  Response HandleApi(const Request& request, std::string_view path, std::string_view query);
  Response HandleControl(const json::object& params);
  void Intervene(const json::object& params);
  /// Takes in what happened and queues the webhooks of it. Needs the exclusive lock.
  void Follow();
  void Drift();
  bool Happens(double rate);
  json::value Stats() const;
  json::value Truth() const;
  /// The ids of a list, kept for its next pages.
  Ids Remember(const std::string& key, const std::function<std::vector<uint32_t>()>& make);

  mutable std::shared_mutex mutex_;  ///< of the company and its view
  Company company_;
  Living living_;
  View view_;
  Settings settings_;
  std::atomic<double> speed_{0};
  mutable std::mutex side_mutex_;  ///< of what follows
  Switches switches_;
  Random chance_{30};
  Throttle throttle_;
  Oauth oauth_;
  Hooks hooks_;
  std::function<double()> seconds_;
  SendForm send_;
  std::deque<std::pair<std::string, Ids>> remembered_;
  struct Counters {
    uint64_t requests = 0, refused_429 = 0, refused_403 = 0, errors = 0;
    std::map<std::string, uint64_t> by_method;
  } counters_;
};

}  // namespace svodka::emulator::amocrm
