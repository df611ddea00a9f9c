#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/internal/session_handlers.hpp"
#include "server/message.hpp"
#include "server/setup_desk.hpp"

namespace svodka::server {

/// Setting up, thin: all work is the desk's.
class SetupHandlers {
 public:
  explicit SetupHandlers(SetupDesk& desk) : desk_(desk) {}

  using Handler =
      std::function<Response(const Request&, const Visitor&, const std::vector<std::string>& arguments)>;
  struct Entry {
    std::string_view method, pattern;
    Handler handler;
    std::vector<std::string> parameters = {};  ///< of the query, besides `language`
  };
  /// All addresses; administrators only.
  std::vector<Entry> Entries();

 private:
  SetupDesk& desk_;
};

}  // namespace svodka::server
