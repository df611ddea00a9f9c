#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "sync/amo_sync.hpp"
#include "sync/amocrm/fake_account.hpp"

namespace svodka::sync::amocrm {
namespace {

using namespace std::chrono_literals;

const Instant kNow = ParseInstant("2026-09-01T09:00:00Z").value();
constexpr const char* kLeads = "/api/v4/leads";
constexpr const char* kEvents = "/api/v4/events";
constexpr int64_t kSales = 77, kLeadPipeline = 78;

json::object StageRow(int64_t id, const char* name, int sort, int type, int64_t pipeline) {
  return {{"id", id},          {"name", name}, {"sort", sort}, {"type", type}, {"pipeline_id", pipeline},
          {"color", "#fffeb2"}};
}

json::object Pipeline(int64_t id, const char* name, int64_t unsorted, int64_t first) {
  return {
      {"id", id},
      {"name", name},
      {"sort", id},
      {"_embedded", json::object{{"statuses", json::array{StageRow(unsorted, "Неразобранное", 10, 1, id),
                                                          StageRow(first, "Первый", 20, 0, id),
                                                          StageRow(first + 1, "Второй", 30, 0, id),
                                                          StageRow(142, "Успешно", 10000, 0, id),
                                                          StageRow(143, "Не реализовано", 11000, 0, id)}}}}};
}

class AmoSessionTest : public testing::Test {
 protected:
  AmoSessionTest() : clock_(kNow), pauser_(clock_), account_(clock_) {
    warehouse_ = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    account_.Put("/api/v4/users", 501,
                 {{"name", "Анна М."},
                  {"rights", json::object{{"is_admin", true}, {"is_active", true}, {"group_id", 612}}}});
    account_.Put("/api/v4/leads/pipelines", kSales, Pipeline(kSales, "Продажи", 5500, 5501));
    account_.Put("/api/v4/leads/pipelines", kLeadPipeline, Pipeline(kLeadPipeline, "Лиды", 5600, 5601));
    account_.Put("/api/v4/leads/loss_reasons", 9, {{"name", "Дорого"}, {"sort", 1}});
  }

  std::unique_ptr<PortalSync> Make(std::set<std::string> lead_pipelines = {}) {
    AmoSettings settings;
    settings.address = "https://demo.amocrm.ru";
    settings.portal_id = "shop";
    settings.lead_pipelines = std::move(lead_pipelines);
    limiter_ = std::make_shared<RateLimiter>(kAmoRate, clock_);
    return MakeAmoSync(settings, MakeFixedToken("t0ken"), account_, clock_, pauser_, limiter_, *warehouse_)
        .value();
  }

  json::object& Card(int64_t id, int64_t pipeline, int64_t status, Instant made, int64_t price = 1000) {
    const int64_t at = FakeAccount::Seconds(made);
    const bool closed = status == 142 || status == 143;
    return account_.Put(kLeads, id,
                        {{"name", "Кухня"},
                         {"price", price},
                         {"responsible_user_id", 501},
                         {"group_id", 612},
                         {"status_id", status},
                         {"pipeline_id", pipeline},
                         {"loss_reason_id", nullptr},
                         {"created_by", 501},
                         {"created_at", at},
                         {"updated_at", at},
                         {"closed_at", closed ? json::value(at) : json::value(nullptr)},
                         {"is_deleted", false},
                         {"custom_fields_values", nullptr},
                         {"_embedded", json::object{{"tags", json::array{}}, {"companies", json::array{}}}}});
  }

  void Touch(json::object& row, Instant at) { row["updated_at"] = FakeAccount::Seconds(at); }

  void AddEvent(const std::string& type, const std::string& entity, int64_t id, Instant at,
                json::array before = {}, json::array after = {}) {
    const int64_t number = static_cast<int64_t>(account_.lists[kEvents].size()) + 1;
    account_.lists[kEvents][number] = json::object{{"id", "01jx" + std::to_string(100000 + number)},
                                                   {"type", type},
                                                   {"entity_id", id},
                                                   {"entity_type", entity},
                                                   {"created_by", 501},
                                                   {"created_at", FakeAccount::Seconds(at)},
                                                   {"value_before", std::move(before)},
                                                   {"value_after", std::move(after)}};
  }
  void Move(int64_t id, Instant at, std::pair<int64_t, int64_t> from, std::pair<int64_t, int64_t> to) {
    const auto place = [](std::pair<int64_t, int64_t> stage) {
      return json::array{
          json::object{{"lead_status", json::object{{"id", stage.second}, {"pipeline_id", stage.first}}}}};
    };
    AddEvent("lead_status_changed", "lead", id, at, place(from), place(to));
    json::object& row = account_.lists[kLeads].at(id);
    row["pipeline_id"] = to.first;
    row["status_id"] = to.second;
    Touch(row, at);
    if (to.second == 142 || to.second == 143) row["closed_at"] = FakeAccount::Seconds(at);
  }

  std::string One(const std::string& sql) {
    auto rows = warehouse_->Query(sql);
    if (!rows.ok()) return rows.error().message;
    std::string out;
    for (const auto& row : rows->rows) {
      for (const Value& cell : row) {
        out += out.empty() ? "" : " ";
        if (const auto* text = std::get_if<std::string>(&cell)) out += *text;
        if (const auto* number = std::get_if<int64_t>(&cell)) out += std::to_string(*number);
        if (const auto* money = std::get_if<Money>(&cell)) out += money->ToString();
        if (const auto* at = std::get_if<Instant>(&cell)) out += ToString(*at);
        if (const auto* flag = std::get_if<bool>(&cell)) out += *flag ? "true" : "false";
        if (std::holds_alternative<std::monostate>(cell)) out += "-";
      }
    }
    return out;
  }
  std::string Count(const std::string& table) {
    return One("SELECT count(*) FROM " + table + " WHERE deleted_at IS NULL");
  }

  ManualClock clock_;
  ManualPauser pauser_;
  FakeAccount account_;
  std::shared_ptr<RateLimiter> limiter_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
};

TEST_F(AmoSessionTest, FirstLoadBringsCardsStagesAndPeople) {
  Card(1, kSales, 5501, kNow - 72h, 185000);
  Card(2, kSales, 142, kNow - 48h);
  auto& lost = Card(3, kSales, 143, kNow - 48h, 0);
  lost["loss_reason_id"] = 9;
  auto& reopened = Card(4, kSales, 5502, kNow - 48h);
  reopened["loss_reason_id"] = 9;  // left over from an earlier loss
  auto sync = Make();
  auto run = sync->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(One("SELECT id, stage_id, amount FROM deal ORDER BY id"),
            "1 77/5501 185000.00 2 77/142 1000.00 3 77/143 - 4 77/5502 1000.00");
  EXPECT_EQ(One("SELECT loss_reason_id FROM deal WHERE loss_reason_id IS NOT NULL"), "9");
  // Won and lost are stages of each pipeline apart; a request's stage is one of leads.
  EXPECT_EQ(One("SELECT entity, semantic FROM stage WHERE pipeline_id = '77' ORDER BY entity, sort"),
            "deal P deal P deal S deal F lead P lead S lead F");
  EXPECT_EQ(One("SELECT name FROM crm_user WHERE id = '501'"), "Анна М.");
  EXPECT_EQ(One("SELECT department_id FROM user_department WHERE user_id = '501'"), "612");
  EXPECT_EQ(warehouse_->portal().zone, "Europe/Moscow");
  EXPECT_EQ(warehouse_->portal().kind, "amocrm");
  EXPECT_EQ(sync->progress().state, Progress::State::kLive);
}

TEST_F(AmoSessionTest, HistoryTellsTheFirstStageByTheMoveOutOfIt) {
  Card(1, kSales, 5501, kNow - 100h);
  Move(1, kNow - 90h, {kSales, 5501}, {kSales, 5502});
  Move(1, kNow - 80h, {kSales, 5502}, {kSales, 142});
  // Reopened and won again: the last entry counts.
  Move(1, kNow - 70h, {kSales, 142}, {kSales, 5502});
  Move(1, kNow - 60h, {kSales, 5502}, {kSales, 142});
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT s.id, v.entered_at FROM f_deal_visit v JOIN d_stage s ON s.key = v.stage_key ORDER "
                "BY v.visit"),
            "77/5501 2026-08-28T05:00:00Z 77/5502 2026-08-28T15:00:00Z 77/142 2026-08-29T01:00:00Z "
            "77/5502 2026-08-29T11:00:00Z 77/142 2026-08-29T21:00:00Z");
  // Days begin at midnight of the account's zone: 21:00 UTC is the 30th in Moscow.
  EXPECT_EQ(One("SELECT d.date::VARCHAR FROM f_deal f JOIN d_day d ON d.day = f.closed_day"), "2026-08-30");
}

TEST_F(AmoSessionTest, CardsOfALeadPipelineAreLeadsAndBecomeDealsWhenTheyMoveOn) {
  Card(1, kLeadPipeline, 5601, kNow - 100h);  // still a lead
  Card(2, kLeadPipeline, 5601, kNow - 100h);
  Move(2, kNow - 50h, {kLeadPipeline, 5601}, {kSales, 5501});
  Card(3, kLeadPipeline, 5601, kNow - 100h);
  Move(3, kNow - 40h, {kLeadPipeline, 5601}, {kLeadPipeline, 143});
  Card(4, kSales, 5501, kNow - 30h);  // a deal from its first day
  auto sync = Make({"78"});
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT id, stage_id FROM lead WHERE deleted_at IS NULL ORDER BY id"),
            "1 78/5601 2 78/142 3 78/143");
  EXPECT_EQ(One("SELECT id, lead_id, created_at FROM deal WHERE deleted_at IS NULL ORDER BY id"),
            "2 2 2026-08-30T07:00:00Z 4 - 2026-08-31T03:00:00Z");
  EXPECT_EQ(One("SELECT count(*) FROM f_lead WHERE closed_semantic = 1"), "1");
  EXPECT_EQ(One("SELECT count(*) FROM f_lead WHERE closed_semantic = 2"), "1");
  // A move back makes it a lead again, and no deal.
  clock_.Advance(1h);
  Move(2, clock_.Now(), {kSales, 5501}, {kLeadPipeline, 5602});
  clock_.Advance(30s);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT id FROM deal WHERE deleted_at IS NULL ORDER BY id"), "4");
  EXPECT_EQ(One("SELECT stage_id FROM lead WHERE id = '2'"), "78/5602");
}

TEST_F(AmoSessionTest, AnotherSettingOfLeadPipelinesReadsEveryCardAnew) {
  Card(1, kLeadPipeline, 5601, kNow - 100h);
  {
    auto sync = Make();
    ASSERT_TRUE(sync->RunFirstLoad().ok());
    EXPECT_EQ(One("SELECT id FROM deal WHERE deleted_at IS NULL"), "1");
  }
  auto sync = Make({"78"});
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  ASSERT_TRUE(sync->Sweep().ok());
  EXPECT_EQ(Count("deal"), "0");
  EXPECT_EQ(One("SELECT id FROM lead WHERE deleted_at IS NULL"), "1");
}

TEST_F(AmoSessionTest, AnotherSettingOfLeadPipelinesPlacesKnownMovesAnew) {
  Card(1, kLeadPipeline, 5601, kNow - 100h);
  Move(1, kNow - 90h, {kLeadPipeline, 5601}, {kLeadPipeline, 5602});
  Card(2, kLeadPipeline, 5601, kNow - 100h);
  Move(2, kNow - 50h, {kLeadPipeline, 5601}, {kSales, 5501});
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT DISTINCT entity FROM stage_event"), "deal");
  account_.lists[kEvents].clear();  // the account keeps its log for an unknown time
  ASSERT_TRUE(Make({"78"})->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT card_id, entity, stage_id FROM stage_event ORDER BY card_id, entity, moved_at"),
            "1 lead 78/5601 1 lead 78/5602 2 deal 77/5501 2 lead 78/5601 2 lead 78/142");
  EXPECT_EQ(One("SELECT id, lead_id, created_at FROM deal WHERE deleted_at IS NULL"),
            "2 2 2026-08-30T07:00:00Z");
  EXPECT_EQ(One("SELECT count(*) FROM f_lead WHERE closed_semantic = 1 AND NOT deleted"), "1");
  // And back: no trace of the leads is left.
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT card_id, entity, stage_id FROM stage_event ORDER BY card_id, entity, moved_at"),
            "1 deal 78/5601 1 deal 78/5602 2 deal 78/5601 2 deal 77/5501");
}

TEST_F(AmoSessionTest, DeletedStatusesAndPipelinesKeepTheirPlaceInHistory) {
  Card(1, kSales, 5501, kNow - 100h);
  Move(1, kNow - 90h, {kSales, 5501}, {kSales, 5999});  // a status that the account has deleted since
  Move(1, kNow - 80h, {kSales, 5999}, {99, 142});       // won in a pipeline that is gone
  Move(1, kNow - 70h, {99, 142}, {kSales, 5502});
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  EXPECT_EQ(
      One("SELECT s.id, s.semantic FROM f_deal_visit v JOIN d_stage d ON d.key = v.stage_key JOIN stage s "
          "ON s.key = d.key ORDER BY v.visit"),
      "77/5501 P 77/5999 P 99/142 S 77/5502 P");
  EXPECT_EQ(One("SELECT count(*) FROM stage WHERE id = '77/5999' AND removed_at IS NOT NULL"), "1");
}

TEST_F(AmoSessionTest, TagsAreAFieldOfEveryCard) {
  auto& card = Card(1, kSales, 5501, kNow - 100h);
  card["_embedded"] =
      json::object{{"tags", json::array{json::object{{"id", 1}, {"name", "VIP"}},
                                        json::object{{"id", 2}, {"name", "опт"}, {"color", nullptr}}}},
                   {"companies", json::array{}}};
  account_.lists["/api/v4/leads/custom_fields"];
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT text_value FROM custom_value WHERE entity = 'deal' AND card_id = '1' AND field_id = "
                "'tags' ORDER BY ordinal"),
            "VIP опт");
  EXPECT_EQ(One("SELECT title, multiple FROM custom_field WHERE entity = 'deal' AND id = 'tags'"),
            "Теги true");
}

TEST_F(AmoSessionTest, AcceptedAndDeclinedRequests) {
  account_.hides_unsorted = true;
  Card(1, kSales, 5500, kNow - 5h);
  Card(2, kSales, 5500, kNow - 5h);
  for (const int64_t id : {1, 2}) {
    account_.Put("/api/v4/leads/unsorted", id,
                 {{"uid", "u" + std::to_string(id)},
                  {"source_name", "Форма на сайте"},
                  {"category", "forms"},
                  {"pipeline_id", kSales},
                  {"created_at", FakeAccount::Seconds(kNow - 5h)},
                  {"metadata", json::array{}},
                  {"_embedded", json::object{{"leads", json::array{json::object{{"id", id}}}}}}});
  }
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT id, stage_id FROM lead WHERE deleted_at IS NULL ORDER BY id"), "1 77/5500 2 77/5500");
  EXPECT_EQ(Count("deal"), "0");

  clock_.Advance(1h);
  account_.lists["/api/v4/leads/unsorted"].clear();
  account_.lists[kLeads].at(1)["_embedded"] = json::object{
      {"contacts", json::array{json::object{{"id", 40}, {"is_main", true}}}}, {"companies", json::array{}}};
  // The contact was hidden until now and is not changed by being shown.
  account_.Put("/api/v4/contacts", 40,
               {{"name", "Петров"},
                {"created_at", FakeAccount::Seconds(kNow - 5h)},
                {"updated_at", FakeAccount::Seconds(kNow - 5h)}});
  Move(1, clock_.Now(), {kSales, 5500}, {kSales, 5501});
  Move(2, clock_.Now(), {kSales, 5500}, {kSales, 143});
  clock_.Advance(30s);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT id, stage_id FROM lead WHERE deleted_at IS NULL ORDER BY id"), "1 77/142 2 77/143");
  EXPECT_EQ(One("SELECT id, contact_id FROM deal WHERE deleted_at IS NULL"), "1 contact:40");
  EXPECT_EQ(One("SELECT name FROM client WHERE id = 'contact:40'"), "Петров");
}

TEST_F(AmoSessionTest, RowsTouchedWhilePagesAreReadAreNotLost) {
  for (int64_t id = 1; id <= 1200; ++id) Card(id, kSales, 5501, kNow - std::chrono::minutes{id});
  std::mt19937 random(7);
  account_.meanwhile = [&](int, const std::string& path) {
    if (path != kLeads) return;
    for (int i = 0; i < 40; ++i) {
      Touch(account_.lists[kLeads].at(1 + static_cast<int64_t>(random() % 1200)), clock_.Now());
    }
  };
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(Count("deal"), "1200");
}

TEST_F(AmoSessionTest, ManyRowsOfOneSecondAreReadByPages) {
  for (int64_t id = 1; id <= 900; ++id) Card(id, kSales, 5501, kNow - 24h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(Count("deal"), "900");
}

TEST_F(AmoSessionTest, AnIgnoredFilterIsNoticedWhateverTheFlagSays) {
  for (const bool tells : {true, false}) {
    account_.filters_on = false;
    account_.flag_tells = tells;
    warehouse_ = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    account_.lists[kLeads].clear();
    for (int64_t id = 1; id <= 700; ++id) Card(id, kSales, 5501, kNow - std::chrono::hours{id});
    auto sync = Make();
    ASSERT_TRUE(sync->RunFirstLoad().ok());
    EXPECT_EQ(Count("deal"), "700") << tells;
    // A poll stops at the first older row instead of reading all.
    clock_.Advance(1h);
    auto& row = account_.lists[kLeads].at(700);
    row["price"] = 77;
    Touch(row, clock_.Now());
    clock_.Advance(20s);
    account_.targets.clear();
    ASSERT_TRUE(sync->PollOnce().ok());
    EXPECT_EQ(One("SELECT amount FROM deal WHERE id = '700'"), "77.00");
    const auto pages = std::count_if(
        account_.targets.begin(), account_.targets.end(),
        [](const std::string& target) { return target.starts_with(std::string(kLeads) + "?"); });
    EXPECT_EQ(pages, 1);
  }
}

TEST_F(AmoSessionTest, NeverMoreThanSevenRequestsInASecond) {
  for (int64_t id = 1; id <= 3000; ++id) Card(id, kSales, 5501, kNow - std::chrono::minutes{id});
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  ASSERT_GT(account_.asked_at.size(), 20U);
  for (size_t i = 7; i < account_.asked_at.size(); ++i) {
    EXPECT_GE(account_.asked_at[i] - account_.asked_at[i - 7], 1s) << i;
  }
}

TEST_F(AmoSessionTest, OverloadsHtmlAndTimeoutsPass) {
  for (int64_t id = 1; id <= 600; ++id) Card(id, kSales, 5501, kNow - std::chrono::minutes{id});
  int heavy = 0;
  account_.fault = [&](int request, const crm::HttpRequest& asked) -> std::optional<Result<crm::HttpAnswer>> {
    if (request == 3) return FakeAccount::Html(429);
    if (request == 5) return FakeAccount::Html(403);
    if (request == 6) return FakeAccount::Answered(200, "<html>maintenance</html>", "text/html");
    if (request == 8) return FakeAccount::Html(502);
    // Large pages of cards take too long.
    if (asked.url.find("/leads?") != std::string::npos && asked.url.find("limit=250") != std::string::npos) {
      ++heavy;
      return FakeAccount::Html(504);
    }
    return std::nullopt;
  };
  auto sync = Make();
  auto run = sync->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(Count("deal"), "600");
  EXPECT_GE(heavy, 1);
  EXPECT_LE(heavy, 3);
}

TEST_F(AmoSessionTest, TroublesThatNeedAPersonStopWithPlainWordsAndNoSecret) {
  struct Case {
    int status;
    std::string body, code;
  };
  for (const Case& each :
       {Case{401, R"({"title":"Unauthorized","status":401,"detail":"bad"})", "token_rejected"},
        Case{402, R"({"title":"Payment Required","status":402})", "plan_unpaid"},
        Case{403, R"({"title":"Forbidden","status":403,"code":113,"detail":"IP"})", "address_not_allowed"},
        Case{403, R"({"title":"Forbidden","status":403})", "access_denied"}}) {
    account_.fault = [&](int, const crm::HttpRequest&) {
      return FakeAccount::Answered(each.status, each.body);
    };
    const auto run = Make()->RunFirstLoad();
    ASSERT_FALSE(run.ok());
    EXPECT_EQ(run.error().code, each.code);
    EXPECT_EQ(ToString(run.error()).find("t0ken"), std::string::npos);
  }
}

TEST_F(AmoSessionTest, ARenamedAccountIsFollowedButNoStranger) {
  Card(1, kSales, 5501, kNow - 5h);
  std::string target = "https://renamed.amocrm.ru/x";
  std::vector<std::string> strangers;
  account_.fault = [&](int, const crm::HttpRequest& asked) -> std::optional<Result<crm::HttpAnswer>> {
    if (asked.url.starts_with("https://renamed.amocrm.ru/")) return std::nullopt;
    if (!asked.url.starts_with("https://demo.amocrm.ru/")) strangers.push_back(asked.url);
    auto answer = FakeAccount::Answered(301, "");
    answer.location = target;
    return answer;
  };
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  EXPECT_EQ(warehouse_->portal().address, "https://renamed.amocrm.ru");
  target = "https://evil.example/";
  const auto run = Make()->RunFirstLoad();
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, "portal_moved");
  EXPECT_TRUE(strangers.empty());
}

TEST_F(AmoSessionTest, ALoadThatIsBrokenOffAnywhereGoesOn) {
  for (int64_t id = 1; id <= 900; ++id) {
    Card(id, kSales, 5501, kNow - std::chrono::minutes{id * 3});
    if (id % 3 == 0) Move(id, kNow - std::chrono::minutes{id}, {kSales, 5501}, {kSales, 142});
  }
  int limit = 18;
  for (int run = 0; run < 60; ++run) {
    int left = limit;
    account_.fault = [&](int, const crm::HttpRequest&) -> std::optional<Result<crm::HttpAnswer>> {
      if (--left > 0) return std::nullopt;
      return Result<crm::HttpAnswer>(Diagnostic{"cancelled", "killed", "", {}});
    };
    if (Make()->RunFirstLoad().ok()) break;
    limit += 6;
  }
  EXPECT_EQ(Count("deal"), "900");
  EXPECT_EQ(One("SELECT count(*) FROM f_deal WHERE closed_semantic = 1"), "300");
}

TEST_F(AmoSessionTest, PollBringsChangesWithOverlapAndStoresNothingTwice) {
  Card(1, kSales, 5501, kNow - 5h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  clock_.Advance(1min);
  // A write that becomes readable only minutes later, with the date of the write.
  Card(2, kSales, 5501, clock_.Now() - 8min);
  auto run = sync->PollOnce();
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(Count("deal"), "2");
  const int64_t version = run->data_version;
  clock_.Advance(20s);
  run = sync->PollOnce();
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->rows_read, 0);
  EXPECT_EQ(warehouse_->state().data_version, version);
  EXPECT_LE(run->requests, 12);
}

TEST_F(AmoSessionTest, AWrongClockOfOursHidesNothing) {
  account_.tells_time = false;
  Card(1, kSales, 5501, kNow - 5h);
  auto sync = Make();
  clock_.Advance(24h * 200);  // months ahead of the account
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  Card(2, kSales, 5501, kNow - 4h);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(Count("deal"), "2");
}

TEST_F(AmoSessionTest, ALeadKeepsItsEmployeeWhenTheDealIsGivenToAnother) {
  Card(1, kLeadPipeline, 5601, kNow - 100h);
  Move(1, kNow - 50h, {kLeadPipeline, 5601}, {kSales, 5501});
  const auto owner = [](int64_t id) {
    return json::array{json::object{{"responsible_user", json::object{{"id", id}}}}};
  };
  AddEvent("entity_responsible_changed", "lead", 1, kNow - 50h, owner(501), owner(502));
  account_.lists[kLeads].at(1)["responsible_user_id"] = 502;
  ASSERT_TRUE(Make({"78"})->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT l.owner_id, d.owner_id FROM lead l JOIN deal d ON d.id = l.id"), "501 502");
  // Another session knows it from the copy.
  auto sync = Make({"78"});
  clock_.Advance(1h);
  Touch(account_.lists[kLeads].at(1), clock_.Now());
  account_.lists[kLeads].at(1)["price"] = 7;
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT l.owner_id, l.amount FROM lead l"), "501 7.00");
}

TEST_F(AmoSessionTest, DeletedRestoredAndMergedCards) {
  for (int64_t id = 1; id <= 4; ++id) Card(id, kSales, 5501, kNow - 5h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  clock_.Advance(1h);
  account_.lists[kLeads].erase(1);
  AddEvent("lead_deleted", "lead", 1, clock_.Now() - 10s);
  // Merged: the one that stays gets the event, the other one goes; the one that stays has a new budget.
  account_.lists[kLeads].erase(2);
  AddEvent("lead_deleted", "lead", 2, clock_.Now());
  AddEvent("entity_merged", "lead", 3, clock_.Now());
  account_.lists[kLeads].at(3)["price"] = 5000;
  // In the trash: a row that lacks most of what we know.
  account_.lists[kLeads][4] =
      json::object{{"id", 4}, {"updated_at", FakeAccount::Seconds(clock_.Now())}, {"is_deleted", true}};
  clock_.Advance(20s);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT id, amount FROM deal WHERE deleted_at IS NULL ORDER BY id"), "3 5000.00");
  EXPECT_EQ(One("SELECT title, amount FROM deal WHERE id = '4'"), "Кухня 1000.00");
  EXPECT_EQ(One("SELECT card_id, cause, merged_into FROM tombstone WHERE entity = 'deal' ORDER BY card_id"),
            "1 deleted - 2 merged 3 4 deleted -");
  EXPECT_EQ(One("SELECT new_value FROM change_log WHERE card_id = '2' AND field = 'deleted'"), "merged");
  clock_.Advance(1h);
  Card(1, kSales, 5501, kNow - 5h);
  AddEvent("lead_restored", "lead", 1, clock_.Now());
  clock_.Advance(20s);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT id FROM deal WHERE deleted_at IS NULL ORDER BY id"), "1 3");
}

TEST_F(AmoSessionTest, TheSweepFindsWhatNoEventTold) {
  for (int64_t id = 1; id <= 300; ++id) Card(id, kSales, 5501, kNow - 5h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  account_.lists[kLeads].erase(17);
  account_.lists[kLeads].at(18)["price"] = 4242;  // changed without a date of change
  Card(301, kSales, 5501, kNow - 100h);
  auto run = sync->Sweep();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(run->deleted, 1);
  EXPECT_EQ(run->returned, 1);
  EXPECT_EQ(Count("deal"), "300");
  EXPECT_EQ(One("SELECT amount FROM deal WHERE id = '18'"), "4242.00");
}

/// Advances the clock and lets the world go on in every pause.
class LivingPauser final : public Pauser {
 public:
  explicit LivingPauser(ManualClock& clock) : clock_(clock) {}
  bool Pause(std::chrono::milliseconds length, std::stop_token stop) override {
    clock_.Advance(length);
    if (meanwhile) meanwhile();
    return !stop.stop_requested();
  }
  void Wake() override {}
  std::function<void()> meanwhile;

 private:
  ManualClock& clock_;
};

TEST_F(AmoSessionTest, EventsAreReadWithinSecondsAsOneBatchAndDeletionsBuried) {
  for (int64_t id = 1; id <= 40; ++id) Card(id, kSales, 5501, kNow - 72h);
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  ASSERT_TRUE(Make()->Sweep().ok());
  LivingPauser pauser(clock_);
  AmoSettings settings;
  settings.address = "https://demo.amocrm.ru";
  settings.portal_id = "shop";
  settings.poll_every = 60s;
  auto limiter = std::make_shared<RateLimiter>(kAmoRate, clock_);
  auto sync =
      MakeAmoSync(settings, MakeFixedToken("t0ken"), account_, clock_, pauser, limiter, *warehouse_).value();
  std::stop_source stop;
  Instant told{};
  int before = 0;
  int asked = 0;
  bool seen = false;
  pauser.meanwhile = [&] {
    if (sync->progress().state != Progress::State::kLive || clock_.Now() < kNow + 15s) return;
    if (told == Instant{}) {
      told = clock_.Now();
      before = account_.requests;
      account_.lists[kLeads].at(2)["price"] = 777;
      Move(2, told, {kSales, 5501}, {kSales, 142});
      account_.lists[kLeads].erase(3);
      Card(41, kSales, 5501, told);
      for (int i = 0; i < 50; ++i) sync->TakeHints({{"lead", "2"}, {"lead", "3"}, {"lead", "41"}});
      sync->TakeHints({{"lead", "100500"}, {"task", "100501"}});
      return;
    }
    if (!seen && One("SELECT amount FROM deal WHERE id = '2'") == "777.00") {
      seen = true;
      asked = account_.requests - before;
      EXPECT_LE(clock_.Now() - told, 5s);
      stop.request_stop();
    }
    if (clock_.Now() - told > 30s) stop.request_stop();
  };
  ASSERT_TRUE(sync->Follow(stop.get_token()).ok());
  ASSERT_TRUE(seen);
  EXPECT_LE(asked, 4);  // the log, the cards, the task
  EXPECT_EQ(One("SELECT stage_id FROM deal WHERE id = '2'"), "77/142");
  EXPECT_EQ(One("SELECT count(*) FROM stage_event WHERE card_id = '2' AND stage_id = '77/142'"), "1");
  EXPECT_EQ(One("SELECT count(*) FROM deal WHERE id = '3' AND deleted_at IS NULL"), "0");
  EXPECT_EQ(One("SELECT count(*) FROM deal WHERE id = '41' AND deleted_at IS NULL"), "1");
  EXPECT_EQ(One("SELECT count(*) FROM tombstone WHERE card_id IN ('100500', 'task:100501')"), "0");
}

TEST_F(AmoSessionTest, EventsDoNotShortenTheRestAfterARefusal) {
  Card(1, kSales, 5501, kNow - 72h);
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  LivingPauser pauser(clock_);
  AmoSettings settings;
  settings.address = "https://demo.amocrm.ru";
  settings.portal_id = "shop";
  auto limiter = std::make_shared<RateLimiter>(kAmoRate, clock_);
  auto sync =
      MakeAmoSync(settings, MakeFixedToken("t0ken"), account_, clock_, pauser, limiter, *warehouse_).value();
  std::stop_source stop;
  account_.fault = [&](int, const crm::HttpRequest&) -> std::optional<Result<crm::HttpAnswer>> {
    return FakeAccount::Html(429);
  };
  pauser.meanwhile = [&] {
    sync->TakeHints({{"lead", "1"}});
    if (clock_.Now() > kNow + 10min) stop.request_stop();
  };
  const int before = account_.requests;
  ASSERT_TRUE(sync->Follow(stop.get_token()).ok());
  // Eight attempts with growing delays, then ever longer waits: not one request for each event.
  EXPECT_LT(account_.requests - before, 60);
}

TEST_F(AmoSessionTest, DeletedPeopleKeepTheirWork) {
  auto& card = Card(1, kSales, 142, kNow - 5h);
  card["responsible_user_id"] = 999;
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT name, active FROM crm_user WHERE id = '999'"), "удалённый #999 false");
  // Somebody who leaves the list keeps the name.
  account_.lists["/api/v4/users"].clear();
  account_.Put("/api/v4/users", 502, {{"name", "Пётр"}, {"rights", json::object{{"is_admin", true}}}});
  ASSERT_TRUE(Make()->PollOnce().ok());
  EXPECT_EQ(One("SELECT name, removed_at IS NOT NULL FROM crm_user WHERE id = '501'"), "Анна М. true");
}

TEST_F(AmoSessionTest, CallsTasksAndInvoices) {
  auto& card = Card(1, kSales, 142, kNow - 48h);
  card["_embedded"] = json::object{
      {"catalog_elements",
       json::array{
           json::object{{"id", 70031}, {"metadata", json::object{{"quantity", 1}, {"catalog_id", 4517}}}},
           json::object{{"id", 80001}, {"metadata", json::object{{"quantity", "2"}, {"catalog_id", 4511}}}}}},
      {"companies", json::array{}}};
  account_.Put("/api/v4/catalogs", 4517, {{"name", "Счета"}, {"type", "invoices"}});
  account_.Put("/api/v4/catalogs", 4511, {{"name", "Товары"}, {"type", "products"}});
  account_.Put("/api/v4/catalogs/4511/elements", 80001,
               {{"name", "Фасад"},
                {"custom_fields_values",
                 json::array{json::object{{"field_id", 7},
                                          {"field_code", "PRICE"},
                                          {"values", json::array{json::object{{"value", "150.50"}}}}}}}});
  const auto invoice = [&](const char* status, int64_t paid) {
    return json::object{
        {"name", "Счёт 12"},
        {"created_at", FakeAccount::Seconds(kNow - 48h)},
        {"updated_at", FakeAccount::Seconds(kNow - 1h)},
        {"is_deleted", nullptr},
        {"custom_fields_values",
         json::array{
             json::object{{"field_code", "BILL_STATUS"},
                          {"values", json::array{json::object{{"value", "…"}, {"enum_code", status}}}}},
             json::object{{"field_code", "BILL_PAYMENT_DATE"},
                          {"values", json::array{json::object{{"value", paid}}}}},
             json::object{{"field_code", "BILL_PRICE"},
                          {"values", json::array{json::object{{"value", "60000"}}}}}}}};
  };
  account_.Put("/api/v4/catalogs/4517/elements", 70031, invoice("created", 0));
  account_.Put("/api/v4/leads/notes", 4001,
               {{"entity_id", 1},
                {"created_by", 501},
                {"responsible_user_id", 501},
                {"created_at", FakeAccount::Seconds(kNow - 3h)},
                {"updated_at", FakeAccount::Seconds(kNow - 3h)},
                {"note_type", "call_out"},
                {"params", json::object{{"duration", "143"}, {"phone", "8 999 000 00 00"}}}});
  account_.Put("/api/v4/contacts/notes", 4002,
               {{"entity_id", 40},
                {"created_by", 501},
                {"created_at", FakeAccount::Seconds(kNow - 3h)},
                {"updated_at", FakeAccount::Seconds(kNow - 3h)},
                {"note_type", "call_in"},
                {"params", json::object{{"duration", ""}, {"call_status", 6}}}});
  account_.Put("/api/v4/tasks", 9001,
               {{"created_by", 501},
                {"responsible_user_id", 501},
                {"created_at", FakeAccount::Seconds(kNow - 9h)},
                {"updated_at", FakeAccount::Seconds(kNow - 2h)},
                {"complete_till", FakeAccount::Seconds(kNow - 3h)},
                {"entity_id", 1},
                {"entity_type", "leads"},
                {"is_completed", true},
                {"task_type_id", 2},
                {"text", "Замер"},
                {"result", json::array{}}});
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(
      One("SELECT id, kind, direction, duration_s, missed FROM activity WHERE kind = 'call' ORDER BY id"),
      "note:4001 call out 143 - note:4002 call in - true");
  EXPECT_EQ(One("SELECT kind, completed_at FROM activity WHERE id = 'task:9001'"),
            "meeting 2026-09-01T07:00:00Z");
  EXPECT_EQ(One("SELECT deal_id, amount, state FROM payment"), "1 60000.00 planned");
  EXPECT_EQ(One("SELECT product_id, name, price, amount FROM product_line"), "80001 Фасад 150.50 301.00");
  // Lists have no date of change: an invoice that is paid is found by reading the list anew; an edited task
  // keeps its moment.
  clock_.Advance(10min);
  account_.Put("/api/v4/catalogs/4517/elements", 70031, invoice("paid", FakeAccount::Seconds(kNow)));
  account_.lists["/api/v4/tasks"].at(9001)["text"] = "Замер кухни";
  account_.lists["/api/v4/tasks"].at(9001)["updated_at"] = FakeAccount::Seconds(clock_.Now());
  clock_.Advance(20s);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT deal_id, state FROM payment"), "1 paid");
  EXPECT_EQ(One("SELECT completed_at FROM activity WHERE id = 'task:9001'"), "2026-09-01T07:00:00Z");
}

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
