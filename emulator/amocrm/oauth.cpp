#include "emulator/amocrm/oauth.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "emulator/company/random.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

Response Refuse(const std::string& hint, int status = 400) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = json::serialize(
      json::object{{"hint", hint},
                   {"title", "Некорректный запрос"},
                   {"type", "https://developers.amocrm.ru/v3/errors/OAuthProblemJson"},
                   {"status", status},
                   {"detail", "В запросе отсутствует ряд параметров или параметры невалидны"}});
  return response;
}

std::string Hex(uint64_t value) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text(16, '0');
  for (size_t i = 16; i-- > 0; value >>= 4) text[i] = kHex[value & 15];
  return text;
}

std::string Encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace

std::string Base64Url(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  uint32_t buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += kDigits[(buffer >> bits) & 63];
    }
  }
  if (bits > 0) out += kDigits[(buffer << (6 - bits)) & 63];
  return out;
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length);
  return std::string(reinterpret_cast<const char*>(digest), length);
}

Response Oauth::Consent(const json::object& params, const std::string& host, bool kommo, uint16_t user,
                        Second now) {
  const std::string redirect = settings_.redirect_uri.empty() ? TextParam(params, "redirect_uri").value_or("")
                                                              : settings_.redirect_uri;
  if (TextParam(params, "client_id").value_or("") != settings_.client_id || redirect.empty()) {
    Response response;
    response.status = 400;
    response.content_type = "text/html; charset=utf-8";
    response.body = "<html><body>Интеграция не найдена</body></html>";
    return response;
  }
  std::string target = redirect + (redirect.find('?') == std::string::npos ? "?" : "&");
  if (TextParam(params, "deny")) {
    target += "error=access_denied";
  } else {
    ++serial_;
    const std::string code =
        "def502" + Hex(Mix(now, serial_)) + Hex(Mix(serial_, 11)) + Hex(Mix(serial_, 12));
    codes_[code] = {user, now + static_cast<Second>(code_seconds), redirect};
    target += "code=" + code + "&referer=" + Encode(host) + "&platform=" + (kommo ? "2" : "1");
  }
  if (const auto state = TextParam(params, "state")) target += "&state=" + Encode(*state);
  Response response;
  response.status = 302;
  response.content_type = "text/html; charset=utf-8";
  response.location = target;
  return response;
}

json::object Oauth::Issue(uint16_t user, const std::string& host, Second now, int64_t account,
                          const std::string& redirect_uri) {
  ++serial_;
  const std::string head = Base64Url(R"({"typ":"JWT","alg":"HS256","jti":")" + Hex(serial_) + "\"}");
  const std::string claims = Base64Url(json::serialize(json::object{
      {"aud", settings_.client_id},
      {"jti", Hex(serial_)},
      {"iat", now + clock_skew_s},
      {"nbf", now + clock_skew_s},
      {"exp", now + access_seconds + clock_skew_s},
      {"sub", std::to_string(3000000 + user)},
      {"grant_type", ""},
      {"account_id", account},
      {"base_domain", host},
      {"api_domain", host},
      {"version", 2},
      {"scopes", json::array{"push_notifications", "files", "crm", "files_delete", "notifications"}}}));
  std::string token = head + "." + claims;
  token += "." + Base64Url(HmacSha256(settings_.client_secret, token));
  const std::string refresh = "def502" + Hex(Mix(now, serial_ * 7)) + Hex(Mix(serial_, 21)) +
                              Hex(Mix(serial_, 22)) + Hex(Mix(serial_, 23));
  access_[token] = {user, now + static_cast<Second>(access_seconds), redirect_uri};
  refresh_[refresh] = {user, now + static_cast<Second>(refresh_seconds), redirect_uri};
  return json::object{{"token_type", "Bearer"},
                      {"expires_in", access_seconds},
                      {"server_time", now + clock_skew_s},
                      {"access_token", token},
                      {"refresh_token", refresh}};
}

Response Oauth::Token(const json::object& params, const std::string& host, Second now, int64_t account) {
  const auto text = [&](const char* name) { return TextParam(params, name).value_or(""); };
  if (text("client_id") != settings_.client_id || text("client_secret") != settings_.client_secret)
    return Refuse("Client authentication failed", 401);
  const std::string kind = text("grant_type");
  std::map<std::string, Grant>* grants = kind == "authorization_code" ? &codes_
                                         : kind == "refresh_token"    ? &refresh_
                                                                      : nullptr;
  if (grants == nullptr) return Refuse("Check the `grant_type` parameter");
  const bool code = grants == &codes_;
  const auto found = grants->find(text(code ? "code" : "refresh_token"));
  if (found == grants->end())
    return Refuse(code ? "Cannot decrypt the authorization code" : "Cannot decrypt the refresh token",
                  code ? 400 : 401);
  Grant& grant = found->second;
  if (grant.used)
    return Refuse(code ? "Authorization code has been revoked" : "Token has been revoked", code ? 400 : 401);
  if (grant.until < now)
    return Refuse(code ? "Authorization code has expired" : "Token has expired", code ? 400 : 401);
  if (text("redirect_uri") != grant.redirect_uri) return Refuse("Check the `redirect_uri` parameter");
  grant.used = true;
  const uint16_t user = grant.user;
  const std::string redirect = grant.redirect_uri;
  Response response;
  response.content_type = "application/json";
  response.body = json::serialize(Issue(user, host, now, account, redirect));
  return response;
}

std::optional<uint16_t> Oauth::UserOf(const std::string& token, Second now) const {
  const auto found = access_.find(token);
  if (found == access_.end() || found->second.until <= now) return std::nullopt;
  return found->second.user;
}

bool Oauth::KnowsRefresh(const std::string& token, Second now) const {
  const auto found = refresh_.find(token);
  return found != refresh_.end() && !found->second.used && found->second.until > now;
}

void Oauth::Expire(bool all) {
  access_.clear();
  if (all) refresh_.clear(), codes_.clear();
}

}  // namespace svodka::emulator::amocrm
