#pragma once

#include <string>

#include "server/internal/session_handlers.hpp"
#include "server/message.hpp"
#include "state/state.hpp"

namespace svodka::server {

/// Saved views of the signed-in user: `[{"id", "name", "address", "default"}]`.
class ViewHandlers {
 public:
  explicit ViewHandlers(state::State& state) : state_(state) {}

  Response List(const Request& request, const Visitor& visitor, const std::string& portal,
                const std::string& report);
  Response Add(const Request& request, const Visitor& visitor, const std::string& portal,
               const std::string& report);
  Response Change(const Request& request, const Visitor& visitor, const std::string& portal,
                  const std::string& report, const std::string& id);
  Response Remove(const Request& request, const Visitor& visitor, const std::string& portal,
                  const std::string& report, const std::string& id);

 private:
  /// Errors: `unknown_portal`.
  Result<state::ViewPlace> PlaceOf(const Visitor& visitor, const std::string& portal,
                                   const std::string& report) const;

  state::State& state_;
};

}  // namespace svodka::server
