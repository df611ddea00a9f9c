#include <functional>
#include <random>

#include "sync/amocrm/session_fixture.hpp"

namespace svodka::sync::amocrm {
namespace {

using namespace std::chrono_literals;

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
  EXPECT_EQ(One("SELECT name FROM stage WHERE id = '77/5999' AND removed_at IS NOT NULL"),
            "удалённый этап #5999");
  EXPECT_EQ(One("SELECT name FROM pipeline WHERE entity = 'deal' AND id = '99' AND removed_at IS NOT NULL"),
            "удалённая воронка #99");
  EXPECT_EQ(One("SELECT name FROM stage WHERE id = '99/142'"), "Успешно реализовано");
}

TEST_F(AmoSessionTest, AStatusThatIsDeletedWhileWeLookKeepsItsName) {
  Card(1, kSales, 5501, kNow - 100h);
  const auto session = Make();
  ASSERT_TRUE(session->RunFirstLoad().ok());
  // Its cards move to the pipeline's first stage, and the whole pipeline «Лиды» is put away.
  account_.lists["/api/v4/leads/pipelines"].erase(kLeadPipeline);
  auto& statuses =
      account_.lists["/api/v4/leads/pipelines"].at(kSales)["_embedded"].at("statuses").as_array();
  statuses.erase(statuses.begin() + 2);  // «Второй»
  clock_.Advance(2h);
  const auto again = Make();
  ASSERT_TRUE(again->PollOnce().ok());
  EXPECT_EQ(One("SELECT name, removed_at IS NULL FROM stage WHERE entity = 'deal' AND id IN ('77/5501', "
                "'77/5502') ORDER BY id"),
            "Первый true Второй false");
  EXPECT_EQ(One("SELECT name, removed_at IS NULL FROM pipeline WHERE entity = 'deal' AND id = '78'"),
            "Лиды false");
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

}  // namespace
}  // namespace svodka::sync::amocrm
