// What the account forgets of its log, and clocks that differ.
#include <algorithm>
#include <charconv>

#include "sync/amocrm/session_fixture.hpp"

namespace svodka::sync::amocrm {
namespace {

using namespace std::chrono_literals;

constexpr const char* kVisits =
    "SELECT s.id, v.entered_at FROM f_deal_visit v JOIN d_stage s ON s.key = v.stage_key JOIN deal d ON "
    "d.key = "
    "v.deal_key WHERE d.id = '1' ORDER BY v.visit";

/// An account whose clock differs from ours.
class SkewedAccount final : public crm::HttpTransport {
 public:
  SkewedAccount(FakeAccount& account, std::chrono::seconds skew) : account_(account), skew_(skew) {}
  Result<crm::HttpAnswer> Send(const crm::HttpRequest& request, std::stop_token stop) override {
    auto answer = account_.Send(request, stop);
    if (answer.ok() && answer->served_at_s > 0) answer->served_at_s += skew_.count();
    return answer;
  }

 private:
  FakeAccount& account_;
  const std::chrono::seconds skew_;
};

TEST_F(AmoSessionTest, WhatTheLogForgetsStaysWithUs) {
  Card(1, kSales, 5501, kNow - 2400h);
  Move(1, kNow - 1200h, {kSales, 5501}, {kSales, 5502});
  Move(1, kNow - 100h, {kSales, 5502}, {kSales, 142});
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  const std::string moves = One("SELECT count(*) FROM stage_event");
  const std::string visits = One(kVisits);
  account_.lists[kEvents].erase(1);  // nobody says how long it is kept
  account_.lists[kLeads].at(1)["price"] = 77;
  Touch(account_.lists[kLeads].at(1), clock_.Now());
  clock_.Advance(1min);
  ASSERT_TRUE(sync->PollOnce().ok());
  ASSERT_TRUE(sync->Sweep().ok());
  EXPECT_EQ(One("SELECT count(*) FROM stage_event"), moves);
  EXPECT_EQ(One(kVisits), visits);
  EXPECT_EQ(One("SELECT amount FROM deal"), "77.00");
}

TEST_F(AmoSessionTest, ATruncatedLogTellsTheStageBeforeItsFirstMoveAndNoMore) {
  Card(1, kSales, 5501, kNow - 2400h);
  Move(1, kNow - 1200h, {kSales, 5501}, {kSales, 5502});
  Move(1, kNow - 100h, {kSales, 5502}, {kSales, 142});
  account_.lists[kEvents].erase(1);
  Card(2, kSales, 142, kNow - 900h);  // sold long ago: the log has nothing of it
  account_.lists[kLeads].at(2)["closed_at"] = FakeAccount::Seconds(kNow - 800h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  // The stage that the first known move left stands from the creation on; where it was before is not
  // invented.
  EXPECT_EQ(One(kVisits), "77/5502 2026-05-24T09:00:00Z 77/142 2026-08-28T05:00:00Z");
  // Closed as the account states it, not when we first saw it.
  EXPECT_EQ(One("SELECT strftime(c.date, '%Y-%m-%d') FROM f_deal f JOIN deal d ON d.key = f.deal_key JOIN "
                "d_day c ON c.day = "
                "f.closed_day WHERE d.id = '2'"),
            "2026-07-30");
}

TEST_F(AmoSessionTest, AnAccountWhoseClockDiffersLosesNothingAndIsTold) {
  for (const std::chrono::seconds skew : {std::chrono::seconds{-900}, std::chrono::seconds{900}}) {
    warehouse_ = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    account_.lists.erase(kLeads);
    SkewedAccount skewed(account_, skew);
    Card(1, kSales, 5501, clock_.Now() + skew - 5h);
    AmoSettings settings;
    settings.address = "https://demo.amocrm.ru";
    settings.portal_id = "shop";
    auto sync = MakeAmoSync(settings, MakeFixedToken("t0ken"), skewed, clock_, pauser_,
                            std::make_shared<RateLimiter>(kAmoRate, clock_), *warehouse_)
                    .value();
    const auto facts = sync->Connect();
    ASSERT_TRUE(facts.ok());
    EXPECT_LE(std::chrono::abs(facts->clock_skew - skew), 1s);  // headers tell whole seconds
    EXPECT_TRUE(std::any_of(facts->warnings.begin(), facts->warnings.end(),
                            [](const Diagnostic& warning) { return warning.code == "clock_skew"; }));
    ASSERT_TRUE(sync->RunFirstLoad().ok());
    for (int64_t id = 2; id <= 4; ++id) {
      clock_.Advance(20min);
      Card(id, kSales, 5501, clock_.Now() + skew);
      ASSERT_TRUE(sync->PollOnce().ok());
      EXPECT_EQ(Count("deal"), std::to_string(id)) << skew.count();
    }
  }
}

TEST_F(AmoSessionTest, NoListIsAskedForMoreRowsThanTheAccountGives) {
  for (int64_t id = 1; id <= 300; ++id) {
    Card(id, kSales, 5501, kNow - 100h);
    AddEvent("lead_added", "lead", id, kNow - 100h);
  }
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  ASSERT_TRUE(sync->PollOnce().ok());
  ASSERT_TRUE(sync->Sweep().ok());
  int asked = 0;
  for (const std::string& target : account_.targets) {
    const size_t at = target.find("limit=");
    if (at == std::string::npos) continue;
    int limit = 0;
    std::from_chars(target.data() + at + 6, target.data() + target.size(), limit);
    EXPECT_GE(limit, 1) << target;
    EXPECT_LE(limit, target.starts_with(kEvents) ? 100 : 250) << target;
    ++asked;
  }
  EXPECT_GT(asked, 10);
}

}  // namespace
}  // namespace svodka::sync::amocrm
