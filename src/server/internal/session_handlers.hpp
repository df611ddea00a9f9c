#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "server/login_limiter.hpp"
#include "server/message.hpp"
#include "state/state.hpp"

namespace svodka::server {

/// Who sent a request. Over the local socket: the machine's own user, id `local`.
struct Visitor {
  std::optional<state::User> user;
  std::string token;  ///< of the cookie, empty without a session
  bool local = false;
};

/// Sign-in, account and interface settings.
class SessionHandlers {
 public:
  SessionHandlers(state::State& state, const Clock& clock) : state_(state), limiter_(clock) {}

  Result<Visitor> Recognise(const Request& request) const;
  bool HasCsrf(const Request& request, const Visitor& visitor) const;

  Response Get(const Request& request, const Visitor& visitor);
  Response Login(const Request& request);
  Response SetAccount(const Request& request, const Visitor& visitor);
  Response Logout(const Request& request, const Visitor& visitor);
  Response GetSettings(const Request& request, const Visitor& visitor);
  Response PutSettings(const Request& request, const Visitor& visitor);

 private:
  Response SessionResponse(const Request& request, const Visitor& visitor);
  std::string Csrf(const std::string& token) const;

  state::State& state_;
  LoginLimiter limiter_;
};

}  // namespace svodka::server
