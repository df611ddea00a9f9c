#include <gtest/gtest.h>

#include "emulator/bitrix24/testing.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

constexpr const char* kClient = "client_id=local.emulator&client_secret=emulator-client-secret";

std::string CodeOf(TestPortal& portal) {
  const Response response = portal.Send("/oauth/authorize/?client_id=local.emulator&state=abc");
  EXPECT_EQ(response.status, 302);
  const size_t at = response.location.find("code=") + 5;
  EXPECT_NE(response.location.find("&state=abc"), std::string::npos);
  return response.location.substr(at, response.location.find('&', at) - at);
}
Response Ask(TestPortal& portal, const std::string& grant) {
  return portal.Send("/oauth/token/?" + std::string(kClient) + "&" + grant);
}
json::value Body(const Response& response) { return ParseJson(response.body).value(); }
std::string Text(const json::value& body, const char* name) { return std::string(body.at(name).as_string()); }

TEST(Oauth, ACodeServesOnceAndForThirtySeconds) {
  TestPortal portal;
  const std::string code = CodeOf(portal);
  const Response first = Ask(portal, "grant_type=authorization_code&code=" + code);
  ASSERT_EQ(first.status, 200) << first.body;
  const json::value tokens = Body(first);
  EXPECT_EQ(tokens.at("expires_in"), json::value(3600));
  EXPECT_EQ(tokens.at("status"), json::value("L"));
  EXPECT_EQ(Ask(portal, "grant_type=authorization_code&code=" + code).status, 400);
  const std::string late = CodeOf(portal);
  portal.seconds += 31;
  const Response refused = Ask(portal, "grant_type=authorization_code&code=" + late);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(Text(Body(refused), "error"), "invalid_grant");
  EXPECT_EQ(portal.Send("/oauth/token/?client_id=x&grant_type=refresh_token").status, 401);
  EXPECT_EQ(portal.Send("/oauth/authorize/?client_id=x").status, 200);  // told in HTML, sent nowhere
  EXPECT_EQ(portal.Send("/oauth/authorize/?client_id=x").location, "");
}

TEST(Oauth, TokensExpireAndRefreshTokensRotate) {
  TestPortal portal;
  const json::value tokens = Body(Ask(portal, "grant_type=authorization_code&code=" + CodeOf(portal)));
  const std::string access = Text(tokens, "access_token");
  // In the query, in a form, in JSON, and behind two slashes, as some clients write it.
  EXPECT_EQ(portal.Send("/rest/profile?auth=" + access).status, 200);
  EXPECT_EQ(portal.Send("/rest//profile", "auth=" + access, "application/x-www-form-urlencoded").status, 200);
  EXPECT_EQ(portal.Send("/rest/profile.json", R"({"auth":")" + access + R"("})").status, 200);
  EXPECT_EQ(Text(Body(portal.Send("/rest/profile")), "error"), "NO_AUTH_FOUND");
  EXPECT_EQ(Text(Body(portal.Send("/rest/profile?auth=zzz")), "error"), "invalid_token");
  portal.seconds += 3601;
  const Response expired = portal.Send("/rest/profile?auth=" + access);
  EXPECT_EQ(expired.status, 401);
  EXPECT_EQ(Text(Body(expired), "error"), "expired_token");
  const std::string refresh = "grant_type=refresh_token&refresh_token=" + Text(tokens, "refresh_token");
  // As a form too, which the vendor's own SDK does.
  const Response renewed =
      portal.Send("/oauth/token/", std::string(kClient) + "&" + refresh, "application/x-www-form-urlencoded");
  ASSERT_EQ(renewed.status, 200) << renewed.body;
  EXPECT_EQ(Body(renewed).at("user_id"), json::value(1));
  EXPECT_EQ(portal.Send("/rest/profile?auth=" + Text(Body(renewed), "access_token")).status, 200);
  EXPECT_EQ(Ask(portal, refresh).status, 400);  // replaced by the new one
  EXPECT_EQ(
      Ask(portal, "grant_type=refresh_token&refresh_token=" + Text(Body(renewed), "refresh_token")).status,
      200);
}

}  // namespace
}  // namespace svodka::emulator::bitrix24
