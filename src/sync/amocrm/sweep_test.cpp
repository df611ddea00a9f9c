// What the night's comparison finds beside cards, and what the log and the lists do on their worst days.
#include <algorithm>

#include "sync/amocrm/session_fixture.hpp"

namespace svodka::sync::amocrm {
namespace {

using namespace std::chrono_literals;

class AmoSweep : public AmoSessionTest {
 protected:
  void Note(int64_t id, const char* path, Instant at) {
    account_.Put(path, id,
                 {{"entity_id", 1},
                  {"created_by", 501},
                  {"created_at", FakeAccount::Seconds(at)},
                  {"updated_at", FakeAccount::Seconds(at)},
                  {"note_type", "common"},
                  {"params", json::object{{"text", "Перезвонить"}}}});
  }
  void Task(int64_t id, Instant at, bool completed) {
    account_.Put("/api/v4/tasks", id,
                 {{"created_by", 501},
                  {"responsible_user_id", 501},
                  {"created_at", FakeAccount::Seconds(at)},
                  {"updated_at", FakeAccount::Seconds(at)},
                  {"complete_till", FakeAccount::Seconds(at)},
                  {"entity_id", 1},
                  {"entity_type", "leads"},
                  {"is_completed", completed},
                  {"task_type_id", 1},
                  {"text", "Замер"},
                  {"result", json::array{}}});
  }
  std::string Steps() {
    return One("SELECT coalesce(string_agg(id, ' ' ORDER BY id), '') FROM activity WHERE deleted_at IS NULL");
  }
  void SetUp() override {
    Card(1, kSales, 5501, kNow - 100h);
    Note(11, "/api/v4/leads/notes", kNow - 50h);
    Note(12, "/api/v4/contacts/notes", kNow - 50h);
    Note(13, "/api/v4/leads/notes", kNow - 1000h);
    Task(21, kNow - 50h, true);
    Task(22, kNow - 50h, false);
    sync_ = Make();
    ASSERT_TRUE(sync_->RunFirstLoad().ok());
    ASSERT_EQ(Steps(), "note:11 note:12 note:13 task:21 task:22");
    clock_.Advance(1h);
  }
  void Sweep() {
    const auto run = sync_->Sweep();
    ASSERT_TRUE(run.ok()) << ToString(run.error());
  }
  std::unique_ptr<PortalSync> sync_;
};

TEST_F(AmoSweep, RowsThatComeToLightLateAreFound) {
  // Newer rows that every list has given already: what follows is older than any poll's window.
  Note(15, "/api/v4/leads/notes", kNow);
  Task(24, kNow, true);
  Card(2, kSales, 5501, kNow - 5h);
  Move(2, kNow, {kSales, 5501}, {kSales, 5502});
  ASSERT_TRUE(sync_->PollOnce().ok());
  ASSERT_EQ(Steps(), "note:11 note:12 note:13 note:15 task:21 task:22 task:24");
  Note(14, "/api/v4/leads/notes", kNow - 40h);
  Task(23, kNow - 30h, true);
  Move(1, kNow - 20h, {kSales, 5501}, {kSales, 142});
  Touch(account_.lists[kLeads].at(1), kNow - 20h);
  ASSERT_TRUE(sync_->PollOnce().ok());
  EXPECT_EQ(Steps(), "note:11 note:12 note:13 note:15 task:21 task:22 task:24");
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM stage_event WHERE stage_id = '77/142'"), "0");
  Sweep();
  EXPECT_EQ(Steps(), "note:11 note:12 note:13 note:14 note:15 task:21 task:22 task:23 task:24");
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM stage_event WHERE stage_id = '77/142'"), "1");
  EXPECT_EQ(One("SELECT stage_id FROM deal WHERE id = '1'"), "77/142");
  // Once more changes nothing, and the moments of what was done stay.
  const std::string before =
      One("SELECT count(*)::BIGINT FROM change_log") + One("SELECT max(completed_at) FROM activity");
  Sweep();
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM change_log") + One("SELECT max(completed_at) FROM activity"),
            before);
}

TEST_F(AmoSweep, NotesAndTasksThatVanishedGo) {
  account_.lists["/api/v4/leads/notes"].erase(11);
  account_.lists["/api/v4/contacts/notes"].erase(12);
  account_.lists["/api/v4/leads/notes"].erase(13);  // beyond the days that are read again
  account_.lists["/api/v4/tasks"].erase(21);
  account_.lists["/api/v4/tasks"].erase(22);
  Sweep();
  EXPECT_EQ(Steps(), "note:13");
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM tombstone WHERE entity = 'activity' AND cause = 'deleted'"),
            "4");
}

TEST_F(AmoSweep, ANoteWhoseDeletionIsLoggedGoesWithThePoll) {
  account_.lists["/api/v4/leads/notes"].erase(13);
  AddEvent("common_note_deleted", "lead", 1, clock_.Now(), {},
           json::array{json::object{{"note", json::object{{"id", 13}}}}});
  account_.lists["/api/v4/contacts/notes"].erase(12);
  AddEvent("common_note_deleted", "contact", 1, clock_.Now(),
           json::array{json::object{{"note", json::object{{"id", 12}}}}});
  clock_.Advance(20s);
  ASSERT_TRUE(sync_->PollOnce().ok());
  EXPECT_EQ(Steps(), "note:11 task:21 task:22");
}

TEST_F(AmoSweep, ManyLinesOfTheLogInOneSecondAreAllRead) {
  for (int64_t id = 2; id <= 360; ++id) {
    Card(id, kSales, 5501, kNow - 90h);
    Move(id, kNow - 60h, {kSales, 5501}, {kSales, 142});  // three and a half pages of one second
  }
  sync_ = Make();
  warehouse_ = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
  sync_ = Make();
  ASSERT_TRUE(sync_->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM stage_event WHERE stage_id = '77/142'"), "359");
  // And by a poll.
  for (int64_t id = 2; id <= 360; ++id) Move(id, clock_.Now(), {kSales, 142}, {kSales, 5502});
  clock_.Advance(20s);
  ASSERT_TRUE(sync_->PollOnce().ok());
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM stage_event WHERE stage_id = '77/5502'"), "359");
}

TEST_F(AmoSweep, TheLogIsAskedOnlyForTypesThatTheAccountHas) {
  const auto asked = [&](const std::string& type) {
    return std::any_of(account_.targets.begin(), account_.targets.end(), [&](const std::string& target) {
      return target.starts_with(std::string(kEvents) + "?") && target.find(type) != std::string::npos;
    });
  };
  EXPECT_TRUE(asked("customer_deleted"));
  EXPECT_TRUE(asked("common_note_deleted"));
  for (const char* type : {"lead_status_changed", "lead_deleted", "task_deleted"})
    account_.Put("/api/v4/events/types",
                 static_cast<int64_t>(account_.lists["/api/v4/events/types"].size()) + 1,
                 {{"key", type}, {"type", 1}});
  account_.targets.clear();
  sync_ = Make();
  ASSERT_TRUE(sync_->PollOnce().ok());
  EXPECT_TRUE(asked("lead_status_changed"));
  EXPECT_TRUE(asked("task_deleted"));
  EXPECT_FALSE(asked("customer_deleted"));
  EXPECT_FALSE(asked("common_note_deleted"));
}

TEST_F(AmoSweep, TheAccountsOwnWordOfWhenToComeAgainIsKept) {
  for (const int status : {429, 503}) {
    Instant asked{};
    bool refused = false;
    account_.fault = [&](int, const crm::HttpRequest&) -> std::optional<Result<crm::HttpAnswer>> {
      if (refused) return std::nullopt;
      refused = true;
      asked = clock_.Now();
      auto answer = FakeAccount::Html(status);
      answer.retry_after_s = 75;
      return answer;
    };
    const size_t before = account_.asked_at.size();
    const auto run = sync_->PollOnce();
    ASSERT_TRUE(run.ok()) << ToString(run.error());
    EXPECT_GE(account_.asked_at.at(before + 1) - asked, 75s) << status;
    EXPECT_LT(account_.asked_at.at(before + 1) - asked, 80s) << status;
  }
}

TEST_F(AmoSweep, AnUntrustedCertificateIsNotAskedAgain) {
  int asked = 0;
  account_.fault = [&](int, const crm::HttpRequest&) -> std::optional<Result<crm::HttpAnswer>> {
    ++asked;
    return Result<crm::HttpAnswer>(Diagnostic{"tls_failed", "signed by nobody", "", {}});
  };
  const auto facts = sync_->Connect();
  ASSERT_FALSE(facts.ok());
  EXPECT_EQ(facts.error().code, "tls_failed");
  EXPECT_EQ(asked, 1);
}

TEST_F(AmoSweep, WhereTheListOfPeopleIsRefusedNobodyIsSaidToHaveLeft) {
  warehouse_ = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
  account_.fault = [&](int, const crm::HttpRequest& request) -> std::optional<Result<crm::HttpAnswer>> {
    if (request.url.find("/api/v4/users") == std::string::npos) return std::nullopt;
    return FakeAccount::Answered(403, R"({"title":"Forbidden","status":403})", "application/problem+json");
  };
  sync_ = Make();
  const auto run = sync_->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(One("SELECT name, active FROM crm_user WHERE id = '501'"), "сотрудник #501 true");
  EXPECT_TRUE(std::any_of(run->warnings.begin(), run->warnings.end(), [](const Diagnostic& warning) {
    return warning.message.find("go by number") != std::string::npos;
  }));
  // Shown again: by name who is there, and as gone who is not.
  account_.fault = nullptr;
  account_.lists["/api/v4/users"].clear();
  account_.Put("/api/v4/users", 502, {{"name", "Пётр"}, {"rights", json::object{{"is_admin", true}}}});
  sync_ = Make();
  ASSERT_TRUE(sync_->PollOnce().ok());
  ASSERT_TRUE(sync_->Sweep().ok());
  EXPECT_EQ(One("SELECT name, active FROM crm_user WHERE id = '501'"), "удалённый #501 false");
}

TEST_F(AmoSweep, ARenamedAccountUnderALastingTokenIsNamed) {
  std::string leads_to;
  bool with_token = false;
  account_.fault = [&](int, const crm::HttpRequest& request) -> std::optional<Result<crm::HttpAnswer>> {
    if (request.url.ends_with(".ru/")) {
      with_token = with_token || !request.headers.empty();
      auto answer = FakeAccount::Answered(302, "", "text/html");
      answer.location = leads_to;
      return answer;
    }
    return FakeAccount::Answered(401, R"({"title":"Unauthorized","status":401})", "application/problem+json");
  };
  for (const auto& [to, named] : {std::pair{"https://renamed.amocrm.ru/", true},
                                  {"https://www.amocrm.ru/account/", false},
                                  {"https://evil.example/", false},
                                  {"https://demo.amocrm.ru/login", false}}) {
    leads_to = to;
    const auto run = Make()->PollOnce();
    ASSERT_FALSE(run.ok());
    EXPECT_EQ(run.error().code, "token_rejected");
    EXPECT_NE(run.error().message.find("another address now"), std::string::npos) << run.error().message;
    EXPECT_EQ(run.error().message.find("leads to https://renamed.amocrm.ru now") != std::string::npos, named)
        << to;
    EXPECT_EQ(run.error().message.find("evil"), std::string::npos);
  }
  EXPECT_FALSE(with_token);
}

}  // namespace
}  // namespace svodka::sync::amocrm
