#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "emulator/company/calendar.hpp"

namespace svodka::emulator::amocrm {

/// Posts `body` as application/x-www-form-urlencoded; the HTTP status, 0 when there was no answer in time.
using SendForm = std::function<int(const std::string& url, const std::string& body)>;

/// An account keeps no more of them.
inline constexpr size_t kHooksMax = 100;

/// Whether the account knows an event of this name; a subscription to another one is refused.
bool IsHookCode(std::string_view code);

/// Subscriptions to webhooks and what waits to be sent. Times are the company's. Not thread-safe.
class Hooks {
 public:
  struct Subscription {
    int64_t id;
    std::string destination;
    std::set<std::string> settings;
    int64_t sort;
    Second created, updated;
    int64_t created_by;
    bool disabled = false;
    std::deque<std::pair<Second, bool>> answers = {};  ///< of the last two hours: good or bad
  };
  struct Delivery {
    int64_t subscription;
    std::string destination, body;
    Second due;
    int attempt = 0;
  };

  /// The same destination is updated, not doubled.
  const Subscription& Subscribe(const std::string& destination, std::set<std::string> settings, int64_t sort,
                                int64_t user, Second now);
  bool Unsubscribe(const std::string& destination);
  /// As after a hundred bad answers: all of them.
  void Disable();
  const std::vector<Subscription>& subscriptions() const { return subscriptions_; }
  bool Wanted(const std::string& code) const;
  /// Queues one event for everyone who asked for it. `form`: nested body without the account.
  void Queue(const std::string& code, const json::object& form, Second now);
  /// What is due; it is taken out of the queue.
  std::vector<Delivery> Due(Second now);
  /// Plans the next attempt after a failure: +5 min, +15 min, then, after 499 or 5xx alone, +15 min, +1 h;
  /// more than a hundred bad answers in two hours end the subscription.
  void Answered(Delivery delivery, int status, Second now);
  size_t waiting() const { return queue_.size(); }
  uint64_t sent = 0, failed = 0, lost = 0, repeated = 0;

 private:
  std::vector<Subscription> subscriptions_;
  std::deque<Delivery> queue_;
  int64_t next_id_ = 8000001;
};

}  // namespace svodka::emulator::amocrm
