// Stages that an administrator changes, renames and deletes while the copy lives.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "bitrix24/emulator_process.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::bitrix24_test {
namespace {

using warehouse::Warehouse;

class StagesTest : public testing::Test {
 protected:
  void SetUp() override {
    transport_ = crm::MakeCurlTransport();
    warehouse_ = Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    limiter_ = std::make_shared<sync::RateLimiter>(sync::RateLimiter::Settings{0, 40}, clock_);
    Step(0);
  }
  /// The company works on; our clock is its clock.
  void Step(int minutes) {
    const json::value told = emulator_.Control({{"step_minutes", minutes}});
    clock_.Set(ParseInstant(std::string(told.at("now").as_string())).value());
  }
  /// A program that starts again reads the dictionaries at once.
  void ReadAll(bool first = false) {
    sync::BitrixSettings settings;
    settings.webhook = emulator_.webhook();
    settings.portal_id = "demo";
    settings.comment_days_first = 0;
    auto sync = sync::MakeBitrixSync(settings, *transport_, clock_, pauser_, limiter_, *warehouse_).value();
    const auto run = first ? sync->RunFirstLoad() : sync->PollOnce();
    ASSERT_TRUE(run.ok()) << ToString(run.error());
  }
  std::string Lines(const std::string& sql) {
    auto rows = warehouse_->Query("SELECT coalesce(string_agg(t::TEXT, chr(10)), '') FROM (" + sql + ") t");
    return rows.ok() ? std::get<std::string>(rows->rows.at(0).at(0)) : ToString(rows.error());
  }
  std::string Won(const std::string& where = "TRUE") {
    return Lines(
        "SELECT d.id, f.closed_day, f.closed_semantic FROM f_deal f JOIN deal d ON d.key = f.deal_key WHERE "
        "NOT f.deleted AND f.closed_semantic = 1 AND " +
        where + " ORDER BY d.id");
  }

  EmulatorProcess emulator_{{"--limits-off", "--deals", "1000", "--today", "2026-03-31"}};
  ManualClock clock_{ParseInstant("2026-03-31T00:00:00Z").value()};
  sync::SystemPauser pauser_;
  std::unique_ptr<crm::HttpTransport> transport_;
  std::unique_ptr<Warehouse> warehouse_;
  std::shared_ptr<sync::RateLimiter> limiter_;
};

TEST_F(StagesTest, AStageThatBecomesASuccessWinsOnlyWhatComesToItAfterwards) {
  ReadAll(true);
  const std::string stage = "EXECUTING";
  const std::string before = Won();
  const std::string states = Lines("SELECT * FROM f_deal_state ORDER BY ALL");
  emulator_.Control({{"stage", {{"id", stage}, {"semantics", "S"}, {"name", "Оплачено"}}}});
  ReadAll();
  EXPECT_EQ(Lines("SELECT name, semantic FROM d_stage WHERE entity = 'deal' AND id = '" + stage + "'"),
            "{'name': Оплачено, 'semantic': 1}");
  EXPECT_EQ(Won(), before);
  EXPECT_EQ(Lines("SELECT * FROM f_deal_state ORDER BY ALL"), states);
  // Months later: what came to the stage since is won on its day, unless it went on to be lost or worked on.
  const auto day = std::to_string(clock_.Now().time_since_epoch() / std::chrono::hours{24});
  for (int week = 0; week < 4; ++week) Step(7 * 24 * 60);
  ReadAll();
  const std::string since = "closed_day > " + day;
  EXPECT_NE(Lines("SELECT count(*) AS n FROM stage_event WHERE entity = 'deal' AND stage_id = '" + stage +
                  "' AND semantic = 'S'"),
            "{'n': 0}");
  // The twin: the CRM's own words on each move.
  EXPECT_EQ(
      Lines("SELECT d.id FROM f_deal f JOIN deal d ON d.key = f.deal_key WHERE NOT f.deleted AND "
            "f.closed_semantic = 1 AND " +
            since + " ORDER BY d.id"),
      Lines("WITH moved AS (SELECT card_id, semantic, moved_at, lag(semantic) OVER w AS before, "
            "row_number() OVER (PARTITION BY card_id ORDER BY moved_at DESC, id::BIGINT DESC) AS back "
            "FROM stage_event WHERE entity = 'deal' WINDOW w AS (PARTITION BY card_id ORDER BY "
            "moved_at, id::BIGINT)) SELECT m.card_id AS id FROM moved m JOIN deal d ON d.id = m.card_id "
            "WHERE d.deleted_at IS NULL AND m.back = 1 AND m.semantic = 'S' AND (SELECT "
            "max((moved_at + INTERVAL 3 HOUR)::DATE) FROM moved e WHERE e.card_id = m.card_id AND "
            "e.semantic <> 'P' AND coalesce(e.before, 'P') = 'P') - DATE '1970-01-01' > " +
            day + " ORDER BY m.card_id"));
}

TEST_F(StagesTest, AStageThatIsRenamedMovedAndDeletedKeepsItsCards) {
  ReadAll(true);
  const std::string before = Won();
  const std::string lost =
      Lines("SELECT count(*) AS n FROM f_deal WHERE closed_semantic = 2 AND NOT deleted");
  emulator_.Control({{"stage", {{"id", "LOSE"}, {"removed", true}}}});
  emulator_.Control({{"stage", {{"id", "PREPARATION"}, {"name", "Подготовка"}, {"sort", 15}}}});
  ReadAll();
  EXPECT_EQ(Lines("SELECT semantic, removed FROM d_stage WHERE entity = 'deal' AND id = 'LOSE'"),
            "{'semantic': 2, 'removed': true}");
  EXPECT_EQ(Lines("SELECT name FROM d_stage WHERE entity = 'deal' AND id = 'PREPARATION'"),
            "{'name': Подготовка}");
  EXPECT_EQ(Won(), before);
  EXPECT_EQ(Lines("SELECT count(*) AS n FROM f_deal WHERE closed_semantic = 2 AND NOT deleted"), lost);
  // A copy that begins only now knows the deleted one by the history.
  const std::string closed = Lines("SELECT closed_semantic, count(*) AS n FROM f_deal GROUP BY 1 ORDER BY 1");
  warehouse_ = Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
  ReadAll(true);
  EXPECT_EQ(Lines("SELECT closed_semantic, count(*) AS n FROM f_deal GROUP BY 1 ORDER BY 1"), closed);
}

}  // namespace
}  // namespace svodka::bitrix24_test
