#include "sync/amocrm/subscription.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "sync/amocrm/fake_account.hpp"

namespace svodka::sync::amocrm {
namespace {

constexpr std::array<std::string_view, 2> kCodes = {"add_lead", "update_lead"};
constexpr const char* kOurs = "https://svodka.example.ru/hooks/shop/k3y";

/// Answers what it is told to, and remembers what it was asked.
class FakeHooks final : public crm::HttpTransport {
 public:
  std::vector<crm::HttpAnswer> answers;  ///< one after the other; the last one stays
  std::vector<crm::HttpRequest> asked;
  Result<crm::HttpAnswer> Send(const crm::HttpRequest& request, std::stop_token) override {
    asked.push_back(request);
    return answers[std::min(asked.size(), answers.size()) - 1];
  }
};

class SubscriptionTest : public testing::Test {
 protected:
  SubscriptionTest() : clock_(ParseInstant("2026-09-01T09:00:00Z").value()), pauser_(clock_) {}
  Subscriptions Make() {
    return {"https://demo.amocrm.ru", MakeFixedToken("t0ken"), account_, pauser_,
            std::make_shared<RateLimiter>(kAmoRate, clock_)};
  }
  ManualClock clock_;
  ManualPauser pauser_;
  FakeHooks account_;
};

TEST_F(SubscriptionTest, FindsOursAmongOthersWhateverTheFilterDoes) {
  account_.answers = {FakeAccount::Answered(
      200, R"({"_embedded":{"webhooks":[{"destination":"https://other.ru/x","settings":["add_lead"]},)"
           R"({"destination":"https://svodka.example.ru/hooks/shop/k3y","settings":["add_lead"],)"
           R"("disabled":true}]}})")};
  auto account = Make();
  const auto found = account.Find(kOurs, {});
  ASSERT_TRUE(found.ok());
  ASSERT_TRUE(found->has_value());
  EXPECT_TRUE((*found)->disabled);
  EXPECT_EQ((*found)->settings, std::set<std::string>{"add_lead"});
  EXPECT_FALSE(account.Find("https://svodka.example.ru/hooks/shop/other", {})->has_value());
  account_.answers = {FakeAccount::Answered(204, "")};
  EXPECT_FALSE(Make().Find(kOurs, {})->has_value());
}

TEST_F(SubscriptionTest, IsMadeByPostAndDroppedByItsAddress) {
  account_.answers = {FakeAccount::Answered(201, "{}"), FakeAccount::Answered(204, ""),
                      FakeAccount::Answered(404, "{}")};
  auto account = Make();
  ASSERT_TRUE(account.Put(kOurs, kCodes, {}).ok());
  ASSERT_TRUE(account.Drop(kOurs, {}).ok());
  ASSERT_TRUE(account.Drop(kOurs, {}).ok());  // gone already
  ASSERT_EQ(account_.asked.size(), 3U);
  EXPECT_EQ(account_.asked[0].method, "POST");
  EXPECT_EQ(json::parse(account_.asked[0].body),
            (json::value{{"destination", kOurs}, {"settings", {"add_lead", "update_lead"}}, {"sort", 10}}));
  EXPECT_EQ(account_.asked[1].method, "DELETE");
  EXPECT_EQ(json::parse(account_.asked[1].body), (json::value{{"destination", kOurs}}));
  for (const auto& request : account_.asked) {
    EXPECT_EQ(request.url, "https://demo.amocrm.ru/api/v4/webhooks");
    EXPECT_FALSE(request.follow_redirects);
  }
}

TEST_F(SubscriptionTest, SaysInPlainWordsWhatIsMissing) {
  const char* problem = R"({"title":"Forbidden","status":403,"detail":"Only for administrators"})";
  account_.answers = {FakeAccount::Answered(403, problem)};
  const auto refused = Make().Put(kOurs, kCodes, {});
  EXPECT_EQ(refused.error().code, "no_right");
  EXPECT_NE(refused.error().message.find("administrator"), std::string::npos);
  account_.answers = {FakeAccount::Answered(425, R"({"title":"Off","status":425})")};
  EXPECT_EQ(Make().Put(kOurs, kCodes, {}).error().code, "feature_off");
  account_.answers = {FakeAccount::Answered(400, R"({"title":"Bad Request","status":400})")};
  EXPECT_EQ(Make().Put(kOurs, kCodes, {}).error().code, "request_rejected");
  // No message holds the address: it is a secret.
  EXPECT_EQ(ToString(refused.error()).find("k3y"), std::string::npos);
}

TEST_F(SubscriptionTest, TroublesThatPassAreWaitedOut) {
  account_.answers = {FakeAccount::Html(429), FakeAccount::Html(502), FakeAccount::Answered(201, "{}")};
  EXPECT_TRUE(Make().Put(kOurs, kCodes, {}).ok());
  EXPECT_EQ(account_.asked.size(), 3U);
  account_.asked.clear();
  account_.answers = {FakeAccount::Html(502)};
  EXPECT_EQ(Make().Put(kOurs, kCodes, {}).error().code, "portal_busy");
  EXPECT_EQ(account_.asked.size(), 4U);
}

}  // namespace
}  // namespace svodka::sync::amocrm
