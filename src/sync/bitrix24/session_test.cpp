#include <filesystem>
#include <functional>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/bitrix24/fake_portal.hpp"
#include "sync/bitrix_sync.hpp"

extern char** environ;

namespace svodka::sync {
namespace {

using namespace std::chrono_literals;

const Instant kNow = ParseInstant("2026-09-01T09:00:00Z").value();

/// A portal whose rows are spread over the last year, the newest today.
void Fill(FakePortal& portal, int64_t deals) {
  portal.Put(
      "user.get", 7,
      {{"NAME", "Иван"}, {"LAST_NAME", "Петров"}, {"ACTIVE", true}, {"UF_DEPARTMENT", json::array{1}}});
  portal.Put("department.get", 1, {{"NAME", "Продажи"}});
  portal.Put("crm.status.list", 1,
             {{"ENTITY_ID", "DEAL_STAGE"},
              {"STATUS_ID", "NEW"},
              {"NAME", "Новая"},
              {"SORT", "10"},
              {"SEMANTICS", nullptr}});
  portal.Put("crm.status.list", 2,
             {{"ENTITY_ID", "DEAL_STAGE"},
              {"STATUS_ID", "WON"},
              {"NAME", "Успех"},
              {"SORT", "20"},
              {"SEMANTICS", "S"}});
  portal.Put("crm.status.list", 3,
             {{"ENTITY_ID", "STATUS"},
              {"STATUS_ID", "NEW"},
              {"NAME", "Новый"},
              {"SORT", "10"},
              {"SEMANTICS", nullptr}});
  portal.Put("crm.currency.list", 1,
             {{"CURRENCY", "RUB"}, {"AMOUNT", "1"}, {"AMOUNT_CNT", "1"}, {"BASE", "Y"}});
  for (int64_t id = 1; id <= deals; ++id) {
    const Instant made = kNow - std::chrono::hours{24 * 365 * (deals - id) / deals + 24};
    const json::value at = json::string(portal.Moment(made));
    portal.Put("crm.deal.list", id * 3,
               {{"TITLE", "Сделка"},
                {"CATEGORY_ID", "0"},
                {"STAGE_ID", "NEW"},
                {"STAGE_SEMANTIC_ID", "P"},
                {"OPPORTUNITY", std::to_string(id) + ".50"},
                {"CURRENCY_ID", "RUB"},
                {"ASSIGNED_BY_ID", "7"},
                {"DATE_CREATE", at},
                {"DATE_MODIFY", at},
                {"MOVED_TIME", at},
                {"LAST_ACTIVITY_TIME", at}});
    portal.Put("crm.stagehistory.list/2", id,
               {{"TYPE_ID", "1"},
                {"OWNER_ID", std::to_string(id * 3)},
                {"CREATED_TIME", at},
                {"CATEGORY_ID", "0"},
                {"STAGE_ID", "NEW"}});
    portal.Put("crm.lead.list", id,
               {{"TITLE", "Лид"},
                {"STATUS_ID", "NEW"},
                {"STATUS_SEMANTIC_ID", "P"},
                {"ASSIGNED_BY_ID", "7"},
                {"DATE_CREATE", at},
                {"DATE_MODIFY", at},
                {"LAST_ACTIVITY_TIME", at}});
    portal.Put(
        "crm.stagehistory.list/1", id,
        {{"TYPE_ID", "1"}, {"OWNER_ID", std::to_string(id)}, {"CREATED_TIME", at}, {"STATUS_ID", "NEW"}});
    portal.Put("crm.activity.list", id,
               {{"OWNER_TYPE_ID", "2"},
                {"OWNER_ID", std::to_string(id * 3)},
                {"TYPE_ID", "2"},
                {"PROVIDER_ID", "VOXIMPLANT_CALL"},
                {"DIRECTION", "2"},
                {"COMPLETED", id % 2 == 0 ? "Y" : "N"},
                {"RESPONSIBLE_ID", "7"},
                {"CREATED", at},
                {"LAST_UPDATED", at},
                {"START_TIME", at},
                {"END_TIME", at}});
  }
  for (int64_t id = 1; id <= 3; ++id) {
    const json::value at = json::string(portal.Moment(kNow - 48h));
    portal.Put("crm.contact.list", id, {{"NAME", "Контакт"}, {"DATE_CREATE", at}, {"DATE_MODIFY", at}});
    portal.Put("crm.company.list", id, {{"TITLE", "Компания"}, {"DATE_CREATE", at}, {"DATE_MODIFY", at}});
    portal.Put("tasks.task.list", id,
               {{"title", "Задача"},
                {"status", "2"},
                {"responsibleId", "7"},
                {"createdDate", at},
                {"changedDate", at},
                {"ufCrmTask", json::array{"D_3"}}});
  }
  portal.lists["crm.timeline.comment.list"];
}

class SessionTest : public testing::Test {
 protected:
  SessionTest() : clock_(kNow), pauser_(clock_), portal_(clock_) {
    warehouse_ = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
  }
  std::unique_ptr<PortalSync> Make(double per_second = 1.9) {
    limiter_ = std::make_shared<RateLimiter>(RateLimiter::Settings{per_second, 40}, clock_);
    BitrixSettings settings;
    settings.webhook = "https://p.bitrix24.ru/rest/1/s3cret/";
    settings.portal_id = "p";
    return MakeBitrixSync(settings, portal_, clock_, pauser_, limiter_, *warehouse_).value();
  }
  std::string One(const std::string& sql) {
    auto rows = warehouse_->Query(sql);
    if (!rows.ok()) return ToString(rows.error());
    std::string text;
    for (const Value& cell : rows->rows.at(0)) {
      if (!text.empty()) text += "|";
      if (const auto* number = std::get_if<int64_t>(&cell)) text += std::to_string(*number);
      if (const auto* money = std::get_if<Money>(&cell)) text += money->ToString();
      if (const auto* string = std::get_if<std::string>(&cell)) text += *string;
      if (IsNull(cell)) text += "null";
    }
    return text;
  }
  /// The portal's own totals, by counting its rows.
  void ExpectEqual() {
    int64_t minor = 0;
    for (const auto& [id, row] : portal_.lists["crm.deal.list"])
      minor += Money::Parse(row.at("OPPORTUNITY").as_string()).value().minor();
    const auto size = [&](const char* list) { return std::to_string(portal_.lists[list].size()); };
    EXPECT_EQ(One("SELECT count(*)::BIGINT, sum(amount)::DECIMAL(18,2) FROM deal WHERE deleted_at IS NULL"),
              size("crm.deal.list") + "|" + Money::FromMinor(minor).ToString());
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM lead WHERE deleted_at IS NULL"), size("crm.lead.list"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM stage_event WHERE entity = 'deal'"),
              size("crm.stagehistory.list/2"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM stage_event WHERE entity = 'lead'"),
              size("crm.stagehistory.list/1"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM activity WHERE kind = 'call' AND deleted_at IS NULL"),
              size("crm.activity.list"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM activity WHERE kind = 'task' AND deleted_at IS NULL"),
              size("tasks.task.list"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM client WHERE deleted_at IS NULL"), "6");
  }

  ManualClock clock_;
  ManualPauser pauser_;
  FakePortal portal_;
  std::shared_ptr<RateLimiter> limiter_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
};

TEST_F(SessionTest, ConnectTellsWhoWeAreInPlainWords) {
  Fill(portal_, 60);
  const auto facts = Make()->Connect();
  ASSERT_TRUE(facts.ok()) << ToString(facts.error());
  EXPECT_TRUE(facts->is_admin);
  EXPECT_EQ(facts->zone, "Europe/Moscow");
  EXPECT_EQ(facts->base_currency, "RUB");
  EXPECT_EQ(facts->deals, 60);
  EXPECT_TRUE(facts->warnings.empty());
  EXPECT_EQ(facts->ToLines().at(0), "Portal https://p.bitrix24.ru, asked as Анна (administrator)");
}

TEST_F(SessionTest, TheFirstLoadBringsEverythingInFewRequests) {
  Fill(portal_, 430);
  auto sync = Make();
  const auto run = sync->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  ExpectEqual();
  EXPECT_LT(portal_.requests, 40);
  EXPECT_EQ(sync->progress().state, Progress::State::kLive);
  EXPECT_EQ(One("SELECT kind, zone, base_currency FROM portal"), "bitrix24|Europe/Moscow|RUB");
  EXPECT_EQ(One("SELECT name FROM stage WHERE entity = 'deal' AND id = 'WON'"), "Успех");
}

TEST_F(SessionTest, WhileThePortalIsWaitedForTheStarCatchesUp) {
  Fill(portal_, 60);
  for (auto& [id, row] : portal_.lists["crm.deal.list"])
    row["LAST_ACTIVITY_TIME"] = json::string(portal_.Moment(kNow - 1h));
  auto sync = Make();
  std::vector<std::string> seen;  // deals in the star before each request for comments
  portal_.fault = [&](int) -> std::optional<Result<crm::HttpAnswer>> {
    if (sync->progress().stage != "comments") return std::nullopt;
    seen.push_back(One("SELECT count(*)::BIGINT FROM f_deal"));
    std::this_thread::sleep_for(1500ms);
    // A refusal in the middle: asked again, and nothing is lost.
    if (seen.size() == 1) return Result<crm::HttpAnswer>(FakePortal::Answered(503, "busy"));
    return std::nullopt;
  };
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen.back(), "60");
  EXPECT_EQ(One("SELECT star_behind::BIGINT FROM data_state"), "0");
  ExpectEqual();
}

TEST_F(SessionTest, AnIdlePollCostsOneRequestAndChangesNothing) {
  Fill(portal_, 60);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  clock_.Advance(1s);
  ASSERT_TRUE(sync->PollOnce().ok());
  const int64_t version = warehouse_->state().data_version;
  const int before = portal_.requests;
  clock_.Advance(5s);
  const auto poll = sync->PollOnce();
  ASSERT_TRUE(poll.ok());
  EXPECT_EQ(portal_.requests - before, 1);
  EXPECT_EQ(poll->rows_read, 0);
  EXPECT_EQ(warehouse_->state().data_version, version);
  EXPECT_EQ(warehouse_->state().current_at, clock_.Now());
}

TEST_F(SessionTest, APollBringsNewAndChangedCardsWithTheirMover) {
  Fill(portal_, 60);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  clock_.Advance(1h);
  const json::value at = json::string(portal_.Moment(clock_.Now() - 1min));
  auto& deal = portal_.lists["crm.deal.list"][3];
  deal["STAGE_ID"] = "WON";
  deal["STAGE_SEMANTIC_ID"] = "S";
  deal["MOVED_BY_ID"] = "7";
  deal["MOVED_TIME"] = at;
  deal["DATE_MODIFY"] = at;
  deal["LAST_ACTIVITY_TIME"] = at;
  deal["OPPORTUNITY"] = "1000.00";
  portal_.Put(
      "crm.stagehistory.list/2", 1000,
      {{"TYPE_ID", 3}, {"OWNER_ID", 3}, {"CREATED_TIME", at}, {"CATEGORY_ID", 0}, {"STAGE_ID", "WON"}});
  portal_.Put("crm.timeline.comment.list", 5,
              {{"ENTITY_ID", "3"},
               {"ENTITY_TYPE", "deal"},
               {"CREATED", at},
               {"COMMENT", "[B]Ура[/B]"},
               {"AUTHOR_ID", "7"}});
  const auto poll = sync->PollOnce();
  ASSERT_TRUE(poll.ok()) << ToString(poll.error());
  ExpectEqual();
  EXPECT_EQ(One("SELECT mover_id FROM stage_event WHERE entity = 'deal' AND id = '1000'"), "7");
  EXPECT_EQ(One("SELECT text FROM activity WHERE id = 'comment:5'"), "Ура");
  EXPECT_EQ(One("SELECT stage_id FROM deal WHERE id = '3'"), "WON");
}

TEST_F(SessionTest, TheSweepBuriesWhatVanishedAndRaisesWhatReturned) {
  Fill(portal_, 120);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  const auto gone = portal_.lists["crm.deal.list"][30];
  portal_.lists["crm.deal.list"].erase(30);
  portal_.lists["crm.lead.list"].erase(7);
  portal_.lists["crm.activity.list"].erase(1);
  clock_.Advance(24h);
  auto sweep = sync->Sweep();
  ASSERT_TRUE(sweep.ok()) << ToString(sweep.error());
  EXPECT_EQ(sweep->deleted, 3);
  ExpectEqual();
  EXPECT_EQ(One("SELECT cause FROM tombstone WHERE entity = 'deal'"), "deleted");
  portal_.lists["crm.deal.list"][30] = gone;
  sweep = sync->Sweep();
  ASSERT_TRUE(sweep.ok());
  EXPECT_EQ(sweep->returned, 1);
  ExpectEqual();
}

TEST_F(SessionTest, TheSweepFindsRowsThatAPageHasLost) {
  Fill(portal_, 120);
  const auto lost = portal_.lists["crm.deal.list"][60];
  portal_.lists["crm.deal.list"].erase(60);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  portal_.lists["crm.deal.list"][60] = lost;  // it was there all the time, the page had skipped it
  ASSERT_TRUE(sync->Sweep().ok());
  ExpectEqual();
}

TEST_F(SessionTest, TheSweepFindsWhateverAPageHasLost) {
  Fill(portal_, 120);
  std::map<std::string, std::pair<int64_t, FakePortal::Row>> lost;
  for (const char* name : {"crm.activity.list", "crm.stagehistory.list/2"}) {
    auto& list = portal_.lists[name];
    ASSERT_GE(list.size(), 3U) << name;
    const auto victim = std::next(list.begin(), static_cast<std::ptrdiff_t>(list.size() / 2));
    lost[name] = *victim;
    list.erase(victim);
  }
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  const auto rows = [&] {
    return One("SELECT ((SELECT count(*) FROM activity) + (SELECT count(*) FROM stage_event))::BIGINT");
  };
  const int64_t before = std::stoll(rows());
  for (const auto& [name, row] : lost) portal_.lists[name].insert(row);
  const auto sweep = sync->Sweep();
  ASSERT_TRUE(sweep.ok()) << ToString(sweep.error());
  EXPECT_EQ(sweep->returned, 2);
  EXPECT_EQ(rows(), std::to_string(before + 2));
  const auto again = sync->Sweep();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->returned, 0);
  ExpectEqual();
}

TEST_F(SessionTest, PassingTroublesAreSurvived) {
  Fill(portal_, 170);
  portal_.fault = [&](int request) -> std::optional<Result<crm::HttpAnswer>> {
    switch (request) {
      case 2:
        return FakePortal::Answered(200, "<html>maintenance</html>");
      case 4:
        return FakePortal::Answered(200, R"({"result":{"result":{"c0":[{"ID")");
      case 6:
      case 7:
        return FakePortal::Answered(
            503, R"({"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"})");
      case 9:
        return FakePortal::Answered(500, "");
      case 11:
        return Result<crm::HttpAnswer>(Diagnostic{"portal_unreachable", "gone", "", {}});
      case 13:
        return FakePortal::Answered(429, R"({"error":"OPERATION_TIME_LIMIT","error_description":"x"})");
      case 15:
        portal_.silent_once = true;
        return std::nullopt;
      default:
        return std::nullopt;
    }
  };
  portal_.lists_repeat_once = "crm.deal.list";
  const auto run = Make()->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  ExpectEqual();
}

TEST_F(SessionTest, ReferencesThatAreNotResolvedLoseNothing) {
  Fill(portal_, 170);
  portal_.resolves_references = false;
  auto sync = Make();
  const auto run = sync->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  ExpectEqual();
  ASSERT_TRUE(sync->Sweep().ok());
  ExpectEqual();
}

TEST_F(SessionTest, ARevokedWebhookStopsAndTheNextOneGoesOn) {
  Fill(portal_, 400);
  portal_.fault = [&](int request) -> std::optional<Result<crm::HttpAnswer>> {
    if (request < 15) return std::nullopt;
    return FakePortal::Answered(
        401, R"({"error":"INVALID_CREDENTIALS","error_description":"Invalid request credentials"})");
  };
  auto stopped = Make()->RunFirstLoad();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, "webhook_revoked");
  EXPECT_EQ(ToString(stopped.error()).find("s3cret"), std::string::npos);
  portal_.fault = nullptr;
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  ExpectEqual();
}

TEST_F(SessionTest, AnUnreachablePortalIsTriedWithAGrowingDelayAndResumed) {
  Fill(portal_, 400);
  portal_.fault = [&](int request) -> std::optional<Result<crm::HttpAnswer>> {
    if (request < 12) return std::nullopt;
    return Result<crm::HttpAnswer>(
        Diagnostic{"portal_unreachable", "cannot reach https://p.bitrix24.ru", "", {}});
  };
  auto sync = Make();
  const auto before = clock_.Now();
  auto stopped = sync->RunFirstLoad();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, "portal_unreachable");
  EXPECT_EQ(sync->progress().error->code, "portal_unreachable");
  EXPECT_GT(clock_.Now() - before, 1min);
  EXPECT_EQ(portal_.requests, 11 + 8);
  portal_.fault = nullptr;
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  ExpectEqual();
}

TEST_F(SessionTest, AStopInTheMiddleIsClean) {
  Fill(portal_, 400);
  std::stop_source stop;
  portal_.fault = [&](int request) -> std::optional<Result<crm::HttpAnswer>> {
    if (request == 8) stop.request_stop();
    return std::nullopt;
  };
  auto sync = Make();
  auto stopped = sync->RunFirstLoad(stop.get_token());
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, "cancelled");
  portal_.fault = nullptr;
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  ExpectEqual();
}

TEST_F(SessionTest, AMissingRightCostsItsListOnly) {
  Fill(portal_, 60);
  portal_.refused = {"tasks.task.list", "user.get"};
  const auto run = Make()->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM deal"), "60");
  EXPECT_TRUE(std::any_of(run->warnings.begin(), run->warnings.end(),
                          [](const Diagnostic& d) { return d.code == "scope_missing"; }));
  portal_.refused = {"crm.deal.list"};
  const auto refused = Make()->PollOnce();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "scope_missing");
}

TEST_F(SessionTest, TheRateStaysBelowThePortalsBucket) {
  Fill(portal_, 900);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(sync->PollOnce().ok());
  // The portal's leaky bucket, as it counts: 2 a second, 50 at once.
  double level = 0;
  double highest = 0;
  for (size_t i = 0; i < portal_.asked_at.size(); ++i) {
    if (i > 0)
      level -= 2 * std::chrono::duration<double>(portal_.asked_at[i] - portal_.asked_at[i - 1]).count();
    level = std::max(0.0, level) + 1;
    highest = std::max(highest, level);
  }
  EXPECT_GT(portal_.requests, 100);
  EXPECT_LE(highest, 45);
}

TEST_F(SessionTest, FollowLoadsPollsAndStopsWhenAPersonMustAct) {
  Fill(portal_, 60);
  portal_.fault = [&](int) -> std::optional<Result<crm::HttpAnswer>> {
    if (clock_.Now() < kNow + 48h) {
      clock_.Advance(30min);
      return std::nullopt;
    }
    return FakePortal::Answered(401, R"({"error":"NO_AUTH_FOUND","error_description":"x"})");
  };
  auto sync = Make();
  const auto followed = sync->Follow({});
  ASSERT_FALSE(followed.ok());
  EXPECT_EQ(followed.error().code, "webhook_revoked");
  EXPECT_EQ(sync->progress().state, Progress::State::kStopped);
  ExpectEqual();
  EXPECT_NE(warehouse_->FindCursor("bitrix24:sweep").value(), std::nullopt);
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

TEST_F(SessionTest, EventsAreReadWithinSecondsAsOneBatchAndDeletionsBuried) {
  Fill(portal_, 60);
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  ASSERT_TRUE(Make()->Sweep().ok());
  LivingPauser pauser(clock_);
  auto limiter = std::make_shared<RateLimiter>(RateLimiter::Settings{1.9, 40}, clock_);
  BitrixSettings settings;
  settings.webhook = "https://p.bitrix24.ru/rest/1/s3cret/";
  settings.portal_id = "p";
  settings.poll_every = 60s;  // so that polling is not what brings it
  auto sync = MakeBitrixSync(settings, portal_, clock_, pauser, limiter, *warehouse_).value();
  std::stop_source stop;
  Instant told{};
  int before = 0;
  int64_t asked = 0;
  bool seen = false;
  pauser.meanwhile = [&] {
    if (sync->progress().state != Progress::State::kLive || clock_.Now() < kNow + 10s) return;
    if (told == Instant{}) {
      if (!warehouse_->FindCursor("bitrix24:comment").value()->starts_with("{\"loaded\":true")) return;
      told = clock_.Now();
      before = portal_.requests;
      auto& row = portal_.lists["crm.deal.list"][9];
      row["STAGE_ID"] = "WON";
      row["OPPORTUNITY"] = "777.00";
      row["DATE_MODIFY"] = json::string(portal_.Moment(told));
      row["MOVED_TIME"] = row["DATE_MODIFY"];
      portal_.Put("crm.stagehistory.list/2", 1000,
                  {{"TYPE_ID", "3"},
                   {"OWNER_ID", "9"},
                   {"CREATED_TIME", row["DATE_MODIFY"]},
                   {"CATEGORY_ID", "0"},
                   {"STAGE_ID", "WON"}});
      portal_.lists["crm.deal.list"].erase(12);
      portal_.lists["crm.activity.list"].erase(1);
      // Repeated events, and events of cards that were never ours.
      for (int i = 0; i < 50; ++i) sync->TakeHints({{"deal", "9"}, {"deal", "12"}, {"activity", "1"}});
      sync->TakeHints({{"deal", "100500"}, {"lead", "100501"}});
      return;
    }
    if (!seen && One("SELECT amount::DECIMAL(18,2) FROM deal WHERE id = '9'") == "777.00") {
      seen = true;
      asked = portal_.requests - before;
      EXPECT_LE(clock_.Now() - told, 5s);
      stop.request_stop();
    }
    if (clock_.Now() - told > 30s) stop.request_stop();
  };
  ASSERT_TRUE(sync->Follow(stop.get_token()).ok());
  ASSERT_TRUE(seen);
  EXPECT_LE(asked, 8);
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM deal WHERE id = '12' AND deleted_at IS NULL"), "0");
  EXPECT_EQ(One("SELECT cause FROM tombstone WHERE entity = 'deal' AND card_id = '12'"), "deleted");
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM activity WHERE id = 'act:1' AND deleted_at IS NULL"), "0");
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM tombstone WHERE card_id IN ('100500', '100501')"), "0");
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM stage_event WHERE card_id = '9' AND stage_id = 'WON'"), "1");
}

std::string DataPath() {
  return (std::filesystem::temp_directory_path() / ("svodka_kill_" + std::to_string(getpid()) + ".duckdb"))
      .string();
}

/// The child of the next test: loads into the file that the environment names.
TEST_F(SessionTest, DISABLED_KillChild) {
  const char* path = std::getenv("SVODKA_KILL_PATH");
  if (path == nullptr) GTEST_SKIP();
  warehouse_ = warehouse::Warehouse::Open({.path = path, .threads = 1, .memory_limit = ""}).value();
  Fill(portal_, 1200);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
}

TEST_F(SessionTest, KilledAtRandomMomentsNothingIsLostOrCountedTwice) {
  const std::string path = DataPath();
  const std::string variable = "SVODKA_KILL_PATH=" + path;
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(const_cast<char*>(variable.c_str()));
  environment.push_back(nullptr);
  std::string self = "/proc/self/exe";
  std::string filter = "--gtest_filter=SessionTest.DISABLED_KillChild";
  std::string disabled = "--gtest_also_run_disabled_tests";
  std::string brief = "--gtest_brief=1";
  char* arguments[] = {self.data(), filter.data(), disabled.data(), brief.data(), nullptr};
  std::mt19937 random(20260901);
  int killed = 0;
  bool finished = false;
  constexpr int kAttempts = 10;
  for (int attempt = 0; attempt < kAttempts && !finished; ++attempt) {
    pid_t child = 0;
    ASSERT_EQ(posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments, environment.data()), 0);
    // Each attempt may live longer than the one before; the last one as long as it needs, however slow the
    // machine is.
    const auto life =
        attempt == kAttempts - 1
            ? std::chrono::milliseconds(std::chrono::minutes{5})
            : std::chrono::milliseconds(60 + random() % (300 + 250 * static_cast<unsigned>(attempt)));
    const auto until = std::chrono::steady_clock::now() + life;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > until) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        break;
      }
      std::this_thread::sleep_for(2ms);
    }
    finished = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (WIFSIGNALED(status)) ++killed;
  }
  EXPECT_TRUE(finished);
  EXPECT_GT(killed, 0);
  warehouse_ = warehouse::Warehouse::Open({.path = path, .threads = 1, .memory_limit = ""}).value();
  Fill(portal_, 1200);
  ExpectEqual();
  warehouse_.reset();
  std::filesystem::remove(path);
  std::filesystem::remove(path + ".wal");
}

}  // namespace
}  // namespace svodka::sync
