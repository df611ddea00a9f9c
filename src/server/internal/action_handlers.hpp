#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/action_desk.hpp"
#include "server/internal/session_handlers.hpp"
#include "server/message.hpp"

namespace svodka::server {

/// Writing back to the CRM, thin: all work is the desk's.
class ActionHandlers {
 public:
  explicit ActionHandlers(ActionDesk& desk) : desk_(desk) {}

  using Handler =
      std::function<Response(const Request&, const Visitor&, const std::vector<std::string>& arguments)>;
  struct Entry {
    std::string_view method, pattern;
    Handler handler;
  };
  std::vector<Entry> Entries();

 private:
  ActionDesk& desk_;
};

}  // namespace svodka::server
