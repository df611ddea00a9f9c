// Comments, which no list of the portal tells of: read card by card, of clients too, and missed when they are
// gone.
#include <gtest/gtest.h>

#include "sync/bitrix24/fake_portal.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::sync {
namespace {

using namespace std::chrono_literals;

const Instant kNow = ParseInstant("2026-09-01T09:00:00Z").value();

/// Deals 1 and 2 of manager 7, whose client is contact 9 of company 5; all in work, made a hundred days ago.
class CommentsTest : public testing::Test {
 protected:
  CommentsTest() : clock_(kNow), pauser_(clock_), portal_(clock_) {
    warehouse_ = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    for (const char* id : {"7", "8"})
      portal_.Put("user.get", std::stoll(id), {{"NAME", id}, {"LAST_NAME", "Иванов"}, {"ACTIVE", true}});
    portal_.Put("crm.status.list", 1,
                {{"ENTITY_ID", "DEAL_STAGE"}, {"STATUS_ID", "NEW"}, {"NAME", "Новая"}, {"SORT", "10"}});
    portal_.Put("crm.currency.list", 1,
                {{"CURRENCY", "RUB"}, {"AMOUNT", "1"}, {"AMOUNT_CNT", "1"}, {"BASE", "Y"}});
    const json::value at = json::string(portal_.Moment(kNow - 100 * 24h));
    for (int64_t id = 1; id <= 2; ++id) {
      portal_.Put("crm.deal.list", id,
                  {{"CATEGORY_ID", "0"},
                   {"STAGE_ID", "NEW"},
                   {"OPPORTUNITY", "10.00"},
                   {"ASSIGNED_BY_ID", id == 1 ? "7" : "8"},
                   {"CONTACT_ID", "9"},
                   {"COMPANY_ID", "5"},
                   {"DATE_CREATE", at},
                   {"DATE_MODIFY", at},
                   {"MOVED_TIME", at},
                   {"LAST_ACTIVITY_TIME", at}});
    }
    for (const auto& [list, id] : {std::pair{"crm.contact.list", 9}, std::pair{"crm.company.list", 5}}) {
      portal_.Put(list, id,
                  {{"NAME", "Пётр"},
                   {"TITLE", "Окна"},
                   {"DATE_CREATE", at},
                   {"DATE_MODIFY", at},
                   {"LAST_ACTIVITY_TIME", at}});
    }
    portal_.lists["crm.timeline.comment.list"];
  }
  void Comment(int64_t id, const char* entity, int64_t card, Instant at, const char* author = "7") {
    portal_.Put("crm.timeline.comment.list", id,
                {{"ENTITY_ID", std::to_string(card)},
                 {"ENTITY_TYPE", entity},
                 {"CREATED", portal_.Moment(at)},
                 {"COMMENT", "Текст " + std::to_string(id)},
                 {"AUTHOR_ID", author}});
    auto& row = portal_.lists["crm." + std::string(entity) + ".list"][card];
    row["LAST_ACTIVITY_TIME"] = json::string(portal_.Moment(at));
  }
  std::unique_ptr<PortalSync> Make() {
    limiter_ = std::make_shared<RateLimiter>(RateLimiter::Settings{0, 40}, clock_);
    BitrixSettings settings;
    settings.webhook = "https://p.bitrix24.ru/rest/1/s3cret/";
    settings.portal_id = "p";
    return MakeBitrixSync(settings, portal_, clock_, pauser_, limiter_, *warehouse_).value();
  }
  std::string One(const std::string& sql) {
    auto rows = warehouse_->Query("SELECT coalesce(string_agg(t::TEXT, chr(10)), '') FROM (" + sql + ") t");
    return rows.ok() ? std::get<std::string>(rows->rows.at(0).at(0)) : ToString(rows.error());
  }
  std::string Held() {
    return One(
        "SELECT substr(a.id, 9) || ' ' || b.entity || ' ' || b.card_id AS c FROM activity a JOIN "
        "activity_binding b ON b.activity_id = a.id WHERE a.deleted_at IS NULL ORDER BY a.id");
  }
  /// Days since the last sign of life of each deal.
  std::string Quiet() {
    return One(
        "SELECT d.id, 20697 - f.last_sign_day AS days FROM f_deal f JOIN deal d ON d.key = f.deal_key "
        "ORDER BY d.id");
  }

  ManualClock clock_;
  ManualPauser pauser_;
  FakePortal portal_;
  std::shared_ptr<RateLimiter> limiter_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
};

TEST_F(CommentsTest, OfAClientAreASignOfLifeOfItsCardsUnderTheSameResponsible) {
  Comment(70, "contact", 9, kNow - 5 * 24h);
  Comment(71, "company", 5, kNow - 80 * 24h, "8");
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(Held(), "{'c': 70 contact 9}");  // older ones wait for a pause
  ASSERT_TRUE(sync->ReadRest().ok());
  EXPECT_EQ(Held(), "{'c': 70 contact 9}\n{'c': 71 company 5}");
  // Deal 1 is of manager 7, deal 2 of manager 8.
  EXPECT_EQ(Quiet(), "{'id': 1, 'days': 5}\n{'id': 2, 'days': 80}");
  EXPECT_EQ(One("SELECT last_comment FROM deal WHERE last_comment IS NOT NULL"), "");

  clock_.Advance(10min);
  Comment(72, "company", 5, kNow + 9min);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(Held(), "{'c': 70 contact 9}\n{'c': 71 company 5}\n{'c': 72 company 5}");
  EXPECT_EQ(Quiet(), "{'id': 1, 'days': 0}\n{'id': 2, 'days': 80}");
  // Nothing more happens: nothing is asked card by card, nothing stored.
  const int asked = portal_.asked["crm.timeline.comment.list"];
  const int64_t version = warehouse_->state().data_version;
  clock_.Advance(20s);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(portal_.asked["crm.timeline.comment.list"], asked);
  EXPECT_EQ(warehouse_->state().data_version, version);
}

TEST_F(CommentsTest, ThatVanishedWithoutAWordAreFoundByTheSweep) {
  Comment(70, "deal", 1, kNow - 5 * 24h);
  Comment(71, "deal", 1, kNow - 50 * 24h);
  Comment(72, "contact", 9, kNow - 4 * 24h, "8");
  Comment(73, "deal", 2, kNow - 3 * 24h);
  portal_.lists["crm.deal.list"][1]["LAST_ACTIVITY_TIME"] = json::string(portal_.Moment(kNow - 5 * 24h));
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  ASSERT_TRUE(sync->ReadRest().ok());
  EXPECT_EQ(One("SELECT id, last_comment FROM deal ORDER BY id"),
            "{'id': 1, 'last_comment': Текст 70}\n{'id': 2, 'last_comment': Текст 73}");
  auto& comments = portal_.lists["crm.timeline.comment.list"];
  comments.erase(70);
  comments.erase(71);
  comments.erase(72);
  // A page has lost this one: the portal has it all the same.
  comments[73]["ENTITY_ID"] = json::string("77");
  // And this one nobody told us of.
  portal_.Put("crm.timeline.comment.list", 74,
              {{"ENTITY_ID", "9"},
               {"ENTITY_TYPE", "contact"},
               {"CREATED", portal_.Moment(kNow - 6 * 24h)},
               {"COMMENT", "Новый"},
               {"AUTHOR_ID", "8"}});
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT count(*) AS n FROM activity WHERE deleted_at IS NULL"), "{'n': 4}");
  const auto sweep = sync->Sweep();
  ASSERT_TRUE(sweep.ok()) << ToString(sweep.error());
  EXPECT_EQ(sweep->deleted, 3);
  EXPECT_EQ(sweep->returned, 1);
  EXPECT_EQ(Held(), "{'c': 73 deal 2}\n{'c': 74 contact 9}");
  EXPECT_EQ(One("SELECT id, last_comment FROM deal ORDER BY id"),
            "{'id': 1, 'last_comment': NULL}\n{'id': 2, 'last_comment': Текст 73}");
  EXPECT_EQ(One("SELECT DISTINCT cause FROM tombstone"), "{'cause': deleted}");
  // The sign of life went with it.
  EXPECT_EQ(Quiet(), "{'id': 1, 'days': 100}\n{'id': 2, 'days': 3}");
}

TEST_F(CommentsTest, OfCardsThatThePortalWillNotTellOfStay) {
  Comment(70, "deal", 1, kNow - 5 * 24h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  ASSERT_TRUE(sync->ReadRest().ok());
  portal_.lists["crm.timeline.comment.list"].clear();
  portal_.refused.insert("crm.timeline.comment.list");
  auto sweep = sync->Sweep();
  ASSERT_TRUE(sweep.ok()) << ToString(sweep.error());
  EXPECT_EQ(Held(), "{'c': 70 deal 1}");
  // Nor when the list is empty and the one asked for by its id is refused.
  portal_.refused = {"crm.timeline.comment.get"};
  ASSERT_TRUE(Make()->Sweep().ok());
  EXPECT_EQ(Held(), "{'c': 70 deal 1}");
  portal_.refused.clear();
  ASSERT_TRUE(Make()->Sweep().ok());
  EXPECT_EQ(Held(), "");
}

}  // namespace
}  // namespace svodka::sync
