#include <map>
#include <set>

#include "sync/amocrm/session_fixture.hpp"

/// Rows that the account has and does not show to our token any more: lists leave them out without a word,
/// and the question for one of them is answered with 403.
namespace svodka::sync::amocrm {
namespace {

using namespace std::chrono_literals;

class AmoHidden : public AmoSessionTest {
 protected:
  void SetUp() override {
    for (int64_t id = 1; id <= 5; ++id) Card(id, kSales, 5501, kNow - 5h);
    sync_ = Make();
    ASSERT_TRUE(sync_->RunFirstLoad().ok());
    clock_.Advance(1h);
    account_.fault = [this](int, const crm::HttpRequest& request) { return Denied(request.url); };
  }
  void Hide(const std::string& path, int64_t id) {
    hidden_[path][id] = account_.lists[path].at(id);
    account_.lists[path].erase(id);
  }
  void Show(const std::string& path, int64_t id) {
    account_.lists[path][id] = hidden_[path].at(id);
    hidden_[path].erase(id);
  }
  std::optional<Result<crm::HttpAnswer>> Denied(const std::string& url) {
    for (const auto& [path, rows] : hidden_) {
      for (const auto& [id, row] : rows) {
        const std::string one = path + "/" + std::to_string(id);
        const size_t at = url.find(one);
        if (at == std::string::npos || (at + one.size() < url.size() && url[at + one.size()] != '?'))
          continue;
        ++refusals_;
        return FakeAccount::Answered(403, R"({"title":"Forbidden","status":403,"detail":"Access denied"})",
                                     "application/problem+json");
      }
    }
    return std::nullopt;
  }
  std::string Causes() {
    return One("SELECT card_id, cause FROM tombstone WHERE entity = 'deal' ORDER BY card_id::INTEGER");
  }
  std::string Deals() {
    return One(
        "SELECT coalesce(string_agg(id, ' ' ORDER BY id::INTEGER), '') FROM deal WHERE deleted_at IS NULL");
  }
  void Live() {
    auto run = sync_->Sweep();
    ASSERT_TRUE(run.ok()) << ToString(run.error());
  }

  std::unique_ptr<PortalSync> sync_;
  std::map<std::string, std::map<int64_t, json::object>> hidden_;
  int refusals_ = 0;
};

TEST_F(AmoHidden, TheSweepBuriesOneAndRaisesItWhenItIsShownAgain) {
  Hide(kLeads, 3);
  Live();
  EXPECT_EQ(Causes(), "3 unreadable");
  EXPECT_EQ(Deals(), "1 2 4 5");
  Show(kLeads, 3);
  Live();
  EXPECT_EQ(Deals(), "1 2 3 4 5");
}

TEST_F(AmoHidden, OfSeveralThatVanishedEachIsSaidToBeWhatItIs) {
  Hide(kLeads, 2);
  Hide(kLeads, 4);
  account_.lists[kLeads].erase(5);
  Live();
  EXPECT_EQ(Causes(), "2 unreadable 4 unreadable 5 deleted");
  EXPECT_EQ(refusals_, 2);
}

TEST_F(AmoHidden, ACardOfTheLogIsNoTroubleForTheOthers) {
  Hide(kLeads, 3);
  AddEvent("lead_restored", "lead", 3, clock_.Now());
  account_.lists[kLeads].at(1)["price"] = 4321;
  Touch(account_.lists[kLeads].at(1), clock_.Now());
  clock_.Advance(20s);
  const auto run = sync_->PollOnce();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(Causes(), "3 unreadable");
  EXPECT_EQ(One("SELECT amount FROM deal WHERE id = '1'"), "4321.00");
}

TEST_F(AmoHidden, FollowingGoesOnAfterAnEventOfOne) {
  Hide(kLeads, 3);
  LivingPauser pauser(clock_);
  AmoSettings settings;
  settings.address = "https://demo.amocrm.ru";
  settings.portal_id = "shop";
  auto sync = MakeAmoSync(settings, MakeFixedToken("t0ken"), account_, clock_, pauser,
                          std::make_shared<RateLimiter>(kAmoRate, clock_), *warehouse_)
                  .value();
  std::stop_source stop;
  bool told = false;
  pauser.meanwhile = [&] {
    if (!told && clock_.Now() > kNow + 1h + 30s) {
      told = true;
      sync->TakeHints({{"lead", "3"}});
      account_.lists[kLeads].at(1)["price"] = 99;
      Touch(account_.lists[kLeads].at(1), clock_.Now());
    }
    if (clock_.Now() > kNow + 1h + 10min) stop.request_stop();
  };
  const auto run = sync->Follow(stop.get_token());
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_TRUE(told);
  EXPECT_EQ(Causes(), "3 unreadable");
  EXPECT_EQ(One("SELECT amount FROM deal WHERE id = '1'"), "99.00");
}

TEST_F(AmoHidden, ARepairNamesTheCauseOfEachCard) {
  Hide(kLeads, 2);
  account_.lists[kLeads].erase(5);
  const auto run = sync_->RereadCards({{"deal", "2"}});
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(Causes(), "2 unreadable");
  ASSERT_TRUE(sync_->RereadCards({{"deal", "1"}, {"deal", "2"}, {"deal", "5"}}).ok());
  EXPECT_EQ(Causes(), "2 unreadable 5 deleted");
  EXPECT_EQ(Deals(), "1 3 4");
}

TEST_F(AmoHidden, WithoutFiltersToo) {
  Hide(kLeads, 2);
  account_.filters_on = false;
  Live();
  EXPECT_EQ(Causes(), "2 unreadable");
}

TEST_F(AmoHidden, OfVeryManyAPartIsAskedFor) {
  for (int64_t id = 6; id <= 600; ++id) Card(id, kSales, 5501, kNow - 5h);
  Live();
  for (int64_t id = 1; id <= 598; ++id) Hide(kLeads, id);
  const int before = account_.requests;
  Live();
  EXPECT_EQ(Deals(), "599 600");
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM tombstone WHERE entity = 'deal' AND cause = 'unreadable'"),
            "598");
  EXPECT_LT(account_.requests - before, 300);
}

TEST_F(AmoHidden, TheListItselfRefusedBuriesNobody) {
  account_.fault = [](int, const crm::HttpRequest& request) -> std::optional<Result<crm::HttpAnswer>> {
    if (request.url.find("/api/v4/leads?") == std::string::npos) return std::nullopt;
    return FakeAccount::Answered(403, R"({"title":"Forbidden","status":403})", "application/problem+json");
  };
  const auto run = sync_->Sweep();
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, "access_denied");
  EXPECT_EQ(Deals(), "1 2 3 4 5");
}

}  // namespace
}  // namespace svodka::sync::amocrm
