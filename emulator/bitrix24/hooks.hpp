#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "emulator/company/model.hpp"

namespace svodka::emulator::bitrix24 {

/// Posts `body` as application/x-www-form-urlencoded; the HTTP status, 0 when there was no answer in time.
using SendForm = std::function<int(const std::string& url, const std::string& body)>;

/// One outgoing webhook, as a person makes it in the portal's pages: events go out once, whatever the answer.
/// Not thread-safe.
class Hooks {
 public:
  struct Handler {
    std::string url, token;
    std::set<std::string> events;  ///< empty: all that are offered
  };
  void Set(Handler handler) { handler_ = std::move(handler); }
  const std::string& url() const { return handler_.url; }
  /// Whether outgoing webhooks may have this event at all: a change of the pipeline is for applications only.
  static bool Offered(const std::string& event);
  /// `entity`: LEAD, DEAL, CONTACT, COMPANY, ACTIVITY, TIMELINECOMMENT, TASK, DYNAMICITEM;
  /// action: ADD, UPDATE, DELETE.
  void Queue(const std::string& entity, const std::string& action, uint32_t id, Second now);
  /// What waits to be sent; it is taken out of the queue.
  std::vector<std::string> Take();

  uint64_t sent = 0, failed = 0, lost = 0, repeated = 0;

 private:
  Handler handler_;
  std::deque<std::string> queue_;
};

}  // namespace svodka::emulator::bitrix24
