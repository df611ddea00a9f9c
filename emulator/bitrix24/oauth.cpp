#include "emulator/bitrix24/oauth.hpp"

#include <algorithm>
#include <cstdio>

#include "emulator/company/random.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

constexpr const char* kScopes = "crm,user,department,task,telephony,catalog";

Response Json(int status, const json::value& body) {
  Response response;
  response.status = status;
  response.body = json::serialize(body);
  return response;
}

Response Refuse(int status, const char* error, const char* description) {
  return Json(status, json::object{{"error", error}, {"error_description", description}});
}

std::string HostOf(const std::string& origin) { return origin.substr(origin.find("//") + 2); }

}  // namespace

std::string Oauth::Make(char prefix) {
  ++serial_;
  char text[40];
  std::snprintf(text, sizeof text, "%c%016llx%016llx", prefix,
                static_cast<unsigned long long>(Mix(serial_, 24)),
                static_cast<unsigned long long>(Mix(serial_, 42)));
  return text;
}

Response Oauth::Authorize(const json::object& params, const std::string& origin, double now) {
  if (TextParam(params, "client_id") != client_id) {
    Response response;
    response.content_type = "text/html; charset=UTF-8";
    response.body = "<html><body>Application not found</body></html>";
    return response;
  }
  const std::string code = Make('c');
  codes_[code] = now + code_seconds;
  Response response;
  response.status = 302;
  response.location = redirect_uri + (redirect_uri.find('?') == std::string::npos ? "?" : "&") +
                      "code=" + code + "&state=" + TextParam(params, "state").value_or("") +
                      "&domain=" + HostOf(origin) + "&member_id=" + member_id + "&scope=" + kScopes +
                      "&server_domain=" + HostOf(origin);
  return response;
}

Response Oauth::Issue(const std::string& origin, uint32_t user, double now, bool refreshed) {
  const std::string access = Make('a');
  const std::string refresh = Make('r');
  access_[access] = now + access_seconds;
  refresh_[refresh] = now + refresh_seconds;
  json::object body{{"access_token", access},
                    {"refresh_token", refresh},
                    {"expires", static_cast<int64_t>(now + access_seconds)},
                    {"expires_in", static_cast<int64_t>(access_seconds)},
                    {"domain", HostOf(origin)},
                    {"member_id", member_id},
                    {"scope", kScopes},
                    {"client_endpoint", origin + "/rest/"},
                    {"server_endpoint", origin + "/rest/"},
                    {"status", "L"}};
  if (refreshed) body["user_id"] = user;
  return Json(200, body);
}

Response Oauth::Token(const json::object& params, const std::string& origin, uint32_t user, double now) {
  const std::string grant = TextParam(params, "grant_type").value_or("");
  if (grant != "authorization_code" && grant != "refresh_token")
    return Refuse(400, "invalid_request", "grant_type is not supported");
  if (TextParam(params, "client_id") != client_id || TextParam(params, "client_secret") != client_secret)
    return Refuse(401, "invalid_client", "client is not known or its secret is wrong");
  const bool code = grant == "authorization_code";
  auto& grants = code ? codes_ : refresh_;
  const auto at = grants.find(TextParam(params, code ? "code" : "refresh_token").value_or(""));
  if (at == grants.end() || at->second <= now)
    return Refuse(400, "invalid_grant",
                  code ? "the code is unknown or too old" : "the token is unknown or too old");
  grants.erase(at);  // serves once
  return Issue(origin, user, now, !code);
}

Oauth::State Oauth::StateOf(const std::string& access_token, double now) const {
  const auto at = access_.find(access_token);
  if (at == access_.end()) return State::kUnknown;
  return at->second > now ? State::kValid : State::kExpired;
}

void Oauth::Expire() {
  for (auto& [token, until] : access_) until = 0;
}

}  // namespace svodka::emulator::bitrix24
