// Tokens that expire, accounts that are renamed.
#include "sync/amocrm/session_fixture.hpp"

namespace svodka::sync::amocrm {
namespace {

using namespace std::chrono_literals;

/// Refuses every token but the newest and every refresh token but the last one.
class FakeTokens final : public crm::HttpTransport {
 public:
  Result<crm::HttpAnswer> Send(const crm::HttpRequest& request, std::stop_token) override {
    const auto body = json::parse(request.body);
    ++asked;
    if (body.at("refresh_token").as_string() != refresh) {
      return FakeAccount::Answered(400, R"({"hint":"Token has been revoked","status":400})");
    }
    ++number;
    refresh = "r" + std::to_string(number);
    return FakeAccount::Answered(200,
                                 json::serialize(json::object{{"access_token", "a" + std::to_string(number)},
                                                              {"refresh_token", refresh},
                                                              {"expires_in", 86400}}),
                                 "application/json");
  }
  std::string refresh = "r0";
  int number = 0, asked = 0;
};

TEST_F(AmoSessionTest, ARefreshTokenIsUsedOnceAndTheNewPairIsKeptFirst) {
  std::string stored =
      R"({"client_id":"c","client_secret":"s","redirect_uri":"https://x","access_token":"a0","refresh_token":"r0",)"
      R"("expires_at":"2026-09-01T10:00:00Z"})";
  bool disk_full = false;
  FakeTokens server;
  auto tokens = MakeOAuthTokens("https://demo.amocrm.ru",
                                {.load = [&]() -> Result<std::string> { return stored; },
                                 .save = [&](const std::string& text) -> Status {
                                   if (disk_full) return Diagnostic{"disk_full", "full", "", {}};
                                   stored = text;
                                   return Done{};
                                 }},
                                server, clock_);
  EXPECT_EQ(tokens->Current({}).value(), "a0");
  EXPECT_EQ(server.asked, 0);
  EXPECT_EQ(tokens->Renew("a0", {}).value(), "a1");
  EXPECT_NE(stored.find("\"r1\""), std::string::npos);
  // Two were refused with the same token: the second finds the pair that the first has got.
  EXPECT_EQ(tokens->Renew("a0", {}).value(), "a1");
  EXPECT_EQ(server.asked, 1);
  clock_.Advance(24h);
  disk_full = true;
  EXPECT_EQ(tokens->Current({}).error().code, "disk_full");  // not used, for it could not be kept
  disk_full = false;
  const auto lost = tokens->Current({});
  EXPECT_EQ(lost.error().code, "reconnect_needed");
  EXPECT_EQ(ToString(lost.error()).find("r1"), std::string::npos);
}

TEST_F(AmoSessionTest, TwoProcessesThatRenewAtOnceBothGoOn) {
  const auto grant = [](const char* access, const char* refresh, const char* until) {
    return json::serialize(json::object{{"client_id", "c"},
                                        {"client_secret", "s"},
                                        {"redirect_uri", "https://x"},
                                        {"access_token", access},
                                        {"refresh_token", refresh},
                                        {"expires_at", until}});
  };
  std::string stored = grant("a0", "r0", "2026-09-01T08:00:00Z");
  /// Our question is under way when the other process has its answer: ours comes too late.
  class Race final : public crm::HttpTransport {
   public:
    explicit Race(std::function<void()> other) : other_(std::move(other)) {}
    Result<crm::HttpAnswer> Send(const crm::HttpRequest&, std::stop_token) override {
      other_();
      return FakeAccount::Answered(401, R"({"hint":"Token has been revoked","status":401})");
    }

   private:
    std::function<void()> other_;
  };
  Race server([&] { stored = grant("a1", "r1", "2026-09-02T09:00:00Z"); });
  int saved = 0;
  auto tokens = MakeOAuthTokens("https://demo.amocrm.ru",
                                {.load = [&]() -> Result<std::string> { return stored; },
                                 .save = [&](const std::string&) -> Status {
                                   ++saved;
                                   return Done{};
                                 }},
                                server, clock_);
  EXPECT_EQ(tokens->Current({}).value(), "a1");
  EXPECT_EQ(saved, 0);
}

/// The account was renamed: its old address knows neither its tokens nor where it went.
class RenamedAccount final : public crm::HttpTransport {
 public:
  Result<crm::HttpAnswer> Send(const crm::HttpRequest& request, std::stop_token) override {
    asked.push_back(request.url);
    if (request.url == "https://api-b.amocrm.ru/oauth2/account/current/subdomain") {
      EXPECT_EQ(request.headers, std::vector<std::string>{"X-Refresh-Token: r0"});
      return FakeAccount::Answered(200, json::serialize(json::object{{"id", 31}, {"domain", domain}}));
    }
    if (request.url == "https://fresh.amocrm.ru/oauth2/access_token") {
      return FakeAccount::Answered(200, R"({"access_token":"a1","refresh_token":"r1","expires_in":86400})",
                                   "application/json");
    }
    return FakeAccount::Answered(401, R"({"hint":"Token has been revoked","status":401})");
  }
  std::string domain = "fresh.amocrm.ru";
  std::vector<std::string> asked;
};

TEST_F(AmoSessionTest, ARenewalFindsARenamedAccountButNoStranger) {
  // The middle part names api_domain api-b.amocrm.ru.
  const std::string stored =
      R"({"client_id":"c","client_secret":"s","redirect_uri":"https://x","access_token":)"
      R"("e30.eyJhcGlfZG9tYWluIjoiYXBpLWIuYW1vY3JtLnJ1In0.x","refresh_token":"r0",)"
      R"("expires_at":"2026-09-01T08:00:00Z"})";
  std::string kept;
  RenamedAccount server;
  const GrantStore store{.load = [&]() -> Result<std::string> { return stored; },
                         .save = [&](const std::string& text) -> Status {
                           kept = text;
                           return Done{};
                         }};
  auto tokens = MakeOAuthTokens("https://demo.amocrm.ru", store, server, clock_);
  EXPECT_EQ(tokens->origin(), "");
  EXPECT_EQ(tokens->Current({}).value(), "a1");
  EXPECT_EQ(tokens->origin(), "https://fresh.amocrm.ru");
  EXPECT_NE(kept.find("\"r1\""), std::string::npos);

  RenamedAccount stranger;
  stranger.domain = "evil.example.com";
  auto others = MakeOAuthTokens("https://demo.amocrm.ru", store, stranger, clock_);
  EXPECT_EQ(others->Current({}).error().code, "reconnect_needed");
  for (const std::string& url : stranger.asked) EXPECT_EQ(url.find("evil"), std::string::npos);
}

}  // namespace
}  // namespace svodka::sync::amocrm
