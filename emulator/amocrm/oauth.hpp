#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "emulator/company/calendar.hpp"
#include "emulator/http/message.hpp"

namespace svodka::emulator::amocrm {

struct OauthSettings {
  std::string client_id = "6f0f2a1e-0000-4000-8000-000000000001", client_secret = "emulator-client-secret";
  std::string redirect_uri;  ///< empty: any, but the same in each call as at the consent
};

/// The consent page, one-shot codes, access tokens of a day and refresh tokens that a use kills. Times are
/// the company's. Not thread-safe.
class Oauth {
 public:
  explicit Oauth(OauthSettings settings) : settings_(std::move(settings)) {}

  int64_t clock_skew_s = 0;  ///< of what the replies say, not of what is checked
  int64_t access_seconds = 86400, refresh_seconds = 90 * 86400, code_seconds = 1200;

  /// `GET /oauth?client_id=…&redirect_uri=…&state=…[&deny=1]`: sends the browser back with a code.
  Response Consent(const json::object& params, const std::string& host, bool kommo, uint16_t user,
                   Second now);
  /// `POST /oauth2/access_token`.
  Response Token(const json::object& params, const std::string& host, Second now, int64_t account);
  /// Employee of a valid access token.
  std::optional<uint16_t> UserOf(const std::string& token, Second now) const;
  bool KnowsRefresh(const std::string& token, Second now) const;
  /// Kills every access token; with `all`, every refresh token and code too.
  void Expire(bool all);
  const OauthSettings& settings() const { return settings_; }

 private:
  struct Grant {
    uint16_t user;
    Second until;
    std::string redirect_uri;
    bool used = false;
  };
  json::object Issue(uint16_t user, const std::string& host, Second now, int64_t account,
                     const std::string& redirect_uri);
  OauthSettings settings_;
  std::map<std::string, Grant> codes_, access_, refresh_;
  uint64_t serial_ = 0;
};

std::string Base64Url(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view text);

}  // namespace svodka::emulator::amocrm
