// Cards of a smart process: copied when a person has chosen it, polled, compared and buried like cards of the
// CRM's own.
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "bitrix24/emulator_process.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::bitrix24_test {
namespace {

using warehouse::Warehouse;

class SmartItemsTest : public testing::Test {
 protected:
  void SetUp() override {
    transport_ = crm::MakeCurlTransport();
    warehouse_ = Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    limiter_ = std::make_shared<sync::RateLimiter>(sync::RateLimiter::Settings{0, 40}, clock_);
  }
  void Open(std::vector<std::string> types) {
    sync::BitrixSettings settings;
    settings.webhook = emulator_.webhook();
    settings.portal_id = "demo";
    settings.comment_days_first = 0;
    settings.smart_types = std::move(types);
    sync_ = sync::MakeBitrixSync(settings, *transport_, clock_, pauser_, limiter_, *warehouse_).value();
  }
  std::string Lines(const std::string& sql) {
    auto rows = warehouse_->Query("SELECT coalesce(string_agg(t::TEXT, chr(10)), '') FROM (" + sql + ") t");
    return rows.ok() ? std::get<std::string>(rows->rows.at(0).at(0)) : ToString(rows.error());
  }
  /// The star, and a twin straight from the copied rows, against the emulator's own books.
  void ExpectTruth() {
    const json::value truth = emulator_.Get("/_truth").at("smart_items");
    const std::string total = std::to_string(truth.at("count").as_int64()) +
                              ", 'amount': " + std::string(truth.at("amount").as_string()) + "}";
    EXPECT_EQ(Lines("SELECT count(*) AS n, sum(amount) AS amount FROM f_smart_item"), "{'n': " + total);
    EXPECT_EQ(
        Lines("SELECT count(*) AS n, sum(CAST(i.amount * coalesce((SELECT r.rate FROM currency_rate r WHERE "
              "r.currency = i.currency ORDER BY r.day LIMIT 1), 1) AS DECIMAL(18, 2))) AS amount FROM "
              "smart_item i WHERE deleted_at IS NULL"),
        "{'n': " + total);
    std::string stages;
    for (const auto& [stage, count] : truth.at("by_stage").as_object()) {
      stages += (stages.empty() ? "{'id': '" : "\n{'id': '") + std::string(stage) +
                "', 'n': " + std::to_string(count.as_int64()) + "}";
    }
    EXPECT_EQ(
        Lines("SELECT s.id, count(*) AS n FROM f_smart_item f JOIN d_code s ON s.kind = 'smart_stage' AND "
              "s.key = f.stage_key GROUP BY s.id ORDER BY s.id"),
        stages);
  }

  EmulatorProcess emulator_{{"--limits-off", "--deals", "1000", "--today", "2026-03-31"}};
  SystemClock clock_;
  sync::SystemPauser pauser_;
  std::unique_ptr<crm::HttpTransport> transport_;
  std::unique_ptr<Warehouse> warehouse_;
  std::shared_ptr<sync::RateLimiter> limiter_;
  std::unique_ptr<sync::PortalSync> sync_;
};

TEST_F(SmartItemsTest, AreCopiedOnlyWhenChosenThenPolledAndBuried) {
  Open({});
  ASSERT_TRUE(sync_->RunFirstLoad().ok());
  ASSERT_TRUE(sync_->PollOnce().ok());
  EXPECT_EQ(Lines("SELECT count(*) AS n FROM smart_item"), "{'n': 0}");
  EXPECT_EQ(Lines("SELECT id, name FROM dictionary WHERE kind = 'smart_type_offered'"),
            "{'id': 1030, 'name': Монтаж}");

  Open({"1030"});
  auto run = sync_->PollOnce();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  for (const Diagnostic& warning : run->warnings) ADD_FAILURE() << ToString(warning);
  ExpectTruth();
  EXPECT_EQ(Lines("SELECT name FROM d_code WHERE kind = 'smart_stage' ORDER BY sort"),
            "{'name': Заявка}\n{'name': Бригада назначена}\n{'name': Смонтировано}\n{'name': Отменён}");
  // Nothing happens: nothing is stored.
  const int64_t version = warehouse_->state().data_version;
  ASSERT_TRUE(sync_->PollOnce().ok());
  EXPECT_EQ(warehouse_->state().data_version, version);
  for (int day = 0; day < 2; ++day) {
    emulator_.Control({{"step_minutes", 24 * 60}});
    ASSERT_TRUE(sync_->PollOnce().ok());
    ExpectTruth();
  }
  // Deleted without a word: the comparison of ids.
  emulator_.Control({{"delete", {{"entity", "item"}, {"id", 7}}}});
  run = sync_->Sweep();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(Lines("SELECT card_id, cause FROM tombstone WHERE entity = 'smart_item'"),
            "{'card_id': '1030:7', 'cause': deleted}");
  ExpectTruth();

  // Chosen no more: counted no more, and back at once when chosen again.
  Open({});
  ASSERT_TRUE(sync_->PollOnce().ok());
  EXPECT_EQ(Lines("SELECT count(*) AS n FROM f_smart_item"), "{'n': 0}");
  Open({"1030"});
  ASSERT_TRUE(sync_->PollOnce().ok());
  ExpectTruth();
}

TEST_F(SmartItemsTest, ADeletionByEventIsSeenAtOnceAndFaultsLoseNothing) {
  emulator_.Control({{"rate_repeat_row", 0.1}, {"rate_skip_row", 0.1}, {"rate_500_html", 0.05}});
  Open({"1030", "4711"});
  ASSERT_TRUE(sync_->RunFirstLoad().ok());
  auto run = sync_->PollOnce();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  // A type that is not there (any more) costs itself alone, and is named.
  bool told = false;
  for (const Diagnostic& warning : run->warnings)
    told = told || ToString(warning).find("4711") != std::string::npos;
  EXPECT_TRUE(told);
  emulator_.Control({{"rate_repeat_row", 0}, {"rate_skip_row", 0}, {"rate_500_html", 0}});
  ASSERT_TRUE(sync_->Sweep().ok());
  ExpectTruth();
  emulator_.Control({{"delete", {{"entity", "item"}, {"id", 11}}}});
  std::jthread following([&](std::stop_token stop) { (void)sync_->Follow(stop); });
  sync_->TakeHints({{"item:1030", "11"}});
  for (int i = 0; i < 100; ++i) {
    if (Lines("SELECT card_id FROM tombstone WHERE entity = 'smart_item'") != "") break;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  following.request_stop();
  following.join();
  ExpectTruth();
}

}  // namespace
}  // namespace svodka::bitrix24_test
