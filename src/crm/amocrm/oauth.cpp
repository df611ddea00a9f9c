#include "crm/amocrm/oauth.hpp"

#include <algorithm>

#include "crm/amocrm/address.hpp"
#include "crm/amocrm/api_error.hpp"

namespace svodka::crm::amocrm {
namespace {

Result<OAuthGrant> Ask(HttpTransport& transport, const std::string& origin, OAuthGrant grant,
                       json::object body, const char* refused_code, const std::string& refused, Instant now,
                       std::stop_token stop) {
  body["client_id"] = grant.client_id;
  body["client_secret"] = grant.client_secret;
  body["redirect_uri"] = grant.redirect_uri;
  HttpRequest request;
  request.url = origin + "/oauth2/access_token";
  request.body = json::serialize(body);
  request.content_type = "application/json";
  request.follow_redirects = false;
  auto answer = transport.Send(request, stop);
  if (!answer.ok()) return answer.errors();
  if (answer->status == 429 || answer->status >= 500)
    return Classify(*answer, "/oauth2/access_token").diagnostic;
  if (answer->status >= 400) {
    std::string hint;
    if (LooksLikeJson(*answer)) {
      if (const auto problem = ParseJson(answer->body); problem.ok())
        hint = FindString(*problem, "hint").value_or("");
    }
    return Diagnostic{
        refused_code, refused + (hint.empty() ? std::string() : " (the account says: " + hint + ")"), "", {}};
  }
  if (answer->status != 200 || !LooksLikeJson(*answer)) {
    return ClassifyForeign(*answer, "/oauth2/access_token", "no pair of tokens").diagnostic;
  }
  const auto pair = ParseJson(answer->body);
  if (!pair.ok()) return ClassifyForeign(*answer, "/oauth2/access_token", "a cut body").diagnostic;
  grant.access_token = FindString(*pair, "access_token").value_or("");
  grant.refresh_token = FindString(*pair, "refresh_token").value_or("");
  if (grant.access_token.empty() || grant.refresh_token.empty()) {
    return ClassifyForeign(*answer, "/oauth2/access_token", "no pair of tokens").diagnostic;
  }
  grant.expires_at = now + std::chrono::seconds{std::clamp<int64_t>(
                               FindInteger(*pair, "expires_in").value_or(86400), 60, 10 * 86400)};
  return grant;
}

/// The middle part of a JWT, unproven: it only names a host, which is checked.
std::optional<std::string> ApiDomainOf(std::string_view token) {
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  std::string text;
  uint32_t buffer = 0;
  int bits = 0;
  for (const char c : token.substr(first + 1, second - first - 1)) {
    const int digit = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '-' || c == '+' ? 62
                      : c == '_' || c == '/' ? 63
                                             : -1;
    if (digit < 0) continue;  // padding
    buffer = (buffer << 6) | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    text += static_cast<char>((buffer >> bits) & 0xff);
  }
  const auto claims = ParseJson(text);
  return claims.ok() ? FindString(*claims, "api_domain") : std::nullopt;
}

}  // namespace

std::string OAuthGrant::ToJson() const {
  return json::serialize(json::object{{"client_id", client_id},
                                      {"client_secret", client_secret},
                                      {"redirect_uri", redirect_uri},
                                      {"access_token", access_token},
                                      {"refresh_token", refresh_token},
                                      {"expires_at", ToString(expires_at)}});
}

Result<OAuthGrant> OAuthGrant::FromJson(std::string_view text) {
  const auto parsed = ParseJson(text);
  if (!parsed.ok() || !parsed->is_object()) {
    return Diagnostic{
        "bad_integration",
        "the integration must be a JSON object with client_id, client_secret, redirect_uri and code, as "
        "amoCRM shows them in the integration's Keys",
        "--oauth-file",
        {}};
  }
  OAuthGrant grant;
  grant.client_id = FindString(*parsed, "client_id").value_or("");
  grant.client_secret = FindString(*parsed, "client_secret").value_or("");
  grant.redirect_uri = FindString(*parsed, "redirect_uri").value_or("");
  grant.access_token = FindString(*parsed, "access_token").value_or("");
  grant.refresh_token = FindString(*parsed, "refresh_token").value_or("");
  if (const auto text_at = FindString(*parsed, "expires_at")) {
    if (const auto at = ParseInstant(*text_at); at.ok()) grant.expires_at = *at;
  }
  for (const auto& [name, value] :
       {std::pair{"client_id", &grant.client_id}, std::pair{"client_secret", &grant.client_secret},
        std::pair{"redirect_uri", &grant.redirect_uri}}) {
    if (value->empty()) {
      return Diagnostic{"bad_integration", std::string("the integration lacks ") + name, "--oauth-file", {}};
    }
  }
  return grant;
}

Result<OAuthGrant> ExchangeCode(HttpTransport& transport, const std::string& origin, OAuthGrant grant,
                                const std::string& code, Instant now, std::stop_token stop) {
  return Ask(transport, origin, std::move(grant), {{"grant_type", "authorization_code"}, {"code", code}},
             "code_rejected",
             "the account does not accept the code: it lives 20 minutes and works once, and client_id, "
             "client_secret and "
             "redirect_uri must be those of the integration; copy a new code and connect again",
             now, stop);
}

Result<OAuthGrant> RefreshTokens(HttpTransport& transport, const std::string& origin, OAuthGrant grant,
                                 Instant now, std::stop_token stop) {
  const std::string refresh = grant.refresh_token;
  return Ask(
      transport, origin, std::move(grant), {{"grant_type", "refresh_token"}, {"refresh_token", refresh}},
      "reconnect_needed",
      "the account does not accept the refresh token any more (used elsewhere, older than three months, or "
      "withdrawn); copy a new code from the integration and connect again",
      now, stop);
}

Result<std::string> FindOrigin(HttpTransport& transport, const std::string& origin, const OAuthGrant& grant,
                               std::stop_token stop) {
  const Diagnostic gone{
      "portal_gone",
      "the account is not found at " + origin +
          " any more, and nobody tells where it went; connect it again with its new address",
      "",
      {}};
  const auto api = ApiDomainOf(grant.access_token);
  if (!api) return gone;
  const std::string scheme = origin.substr(0, origin.find("://") + 3);
  auto host = ParseAddress(scheme + *api);
  if (!host.ok() || !IsSameVendor(origin, *host)) return gone;
  HttpRequest request;
  request.url = *host + "/oauth2/account/current/subdomain";
  request.headers.push_back("X-Refresh-Token: " + grant.refresh_token);
  request.follow_redirects = false;
  auto answer = transport.Send(request, stop);
  if (!answer.ok()) return answer.errors();
  if (answer->status != 200 || !LooksLikeJson(*answer)) return gone;
  const auto parsed = ParseJson(answer->body);
  if (!parsed.ok()) return gone;
  const auto domain = FindString(*parsed, "domain");
  if (!domain) return gone;
  auto found = ParseAddress(scheme + *domain);
  if (!found.ok() || !IsSameVendor(origin, *found)) return gone;
  return *found;
}

}  // namespace svodka::crm::amocrm
