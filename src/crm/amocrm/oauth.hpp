#pragma once

#include <stop_token>
#include <string>

#include "base/json.hpp"
#include "base/time.hpp"
#include "crm/http.hpp"

namespace svodka::crm::amocrm {

/// An integration of an account and its present pair of tokens. All of it but the origin and the redirect
/// address is secret.
struct OAuthGrant {
  std::string client_id, client_secret, redirect_uri;
  std::string access_token, refresh_token;
  Instant expires_at{};  ///< of the access token

  std::string ToJson() const;
  /// Errors: `bad_integration` (what is missing; never a value).
  static Result<OAuthGrant> FromJson(std::string_view text);
};

/// Exchanges a one-shot code (it lives 20 minutes) for the first pair. Errors: `code_rejected`, those of
/// HttpTransport, `bad_answer`, `portal_busy`. No message holds a secret.
Result<OAuthGrant> ExchangeCode(HttpTransport& transport, const std::string& origin, OAuthGrant grant,
                                const std::string& code, Instant now, std::stop_token stop);
/// A new pair for the refresh token, which this kills. Errors: `reconnect_needed` when the account refuses
/// it.
Result<OAuthGrant> RefreshTokens(HttpTransport& transport, const std::string& origin, OAuthGrant grant,
                                 Instant now, std::stop_token stop);
/// Where the account lives now, by the host that its access token names (`api_domain`): a renamed account is
/// not known any more at its old address. Errors: `portal_gone` where nobody tells, or where the answer names
/// a host that is not the vendor's; those of HttpTransport.
Result<std::string> FindOrigin(HttpTransport& transport, const std::string& origin, const OAuthGrant& grant,
                               std::stop_token stop);

}  // namespace svodka::crm::amocrm
