#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/json.hpp"
#include "emulator/http/message.hpp"

namespace svodka::emulator::bitrix24 {

/// A local application of the portal and its authorisation server: codes of 30 seconds that serve once,
/// access tokens of an hour, refresh tokens of 180 days that a use replaces. Times are seconds of the
/// portal's clock of limits. Not thread-safe.
class Oauth {
 public:
  std::string client_id = "local.emulator", client_secret = "emulator-client-secret";
  std::string redirect_uri = "http://127.0.0.1:1/install";
  std::string application_token = "emulator-application-token";
  std::string member_id = "0f0e0d0c0b0a09080706050403020100";
  double access_seconds = 3600, refresh_seconds = 180 * 86400.0, code_seconds = 30;

  /// `GET /oauth/authorize/?client_id&state`: back to the application's address with a code. An unknown
  /// application is told to the user in HTML, never sent back.
  Response Authorize(const json::object& params, const std::string& origin, double now);
  /// `/oauth/token/`, by GET or as a form.
  Response Token(const json::object& params, const std::string& origin, uint32_t user, double now);
  enum class State { kUnknown, kExpired, kValid };
  State StateOf(const std::string& access_token, double now) const;
  /// Every access token expires at once.
  void Expire();

 private:
  Response Issue(const std::string& origin, uint32_t user, double now, bool refreshed);
  std::string Make(char prefix);

  std::map<std::string, double> codes_, access_, refresh_;  ///< until when
  uint64_t serial_ = 0;
};

}  // namespace svodka::emulator::bitrix24
