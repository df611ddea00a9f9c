// Lists of calls in the portal of a CRM: whose the calls are, which of them the CRM has itself, in either
// order.
#include "sync/call_list.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "crm/files/suggest.hpp"
#include "sync/listed_calls.hpp"
#include "sync/stage_rows.hpp"

namespace svodka::sync {
namespace {

namespace fs = std::filesystem;
const fs::path kFixtures = fs::path(SVODKA_SOURCE_DIR) / "tests/fixtures/calls";

Instant At(const char* text) { return ParseInstant(text).value(); }

class CallLists : public testing::Test {
 protected:
  CallLists() : clock_(At("2026-11-20T10:00:00Z")) {
    warehouse_ = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    warehouse::PortalSettings portal;
    portal.id = "main";
    portal.kind = "bitrix24";
    portal.name = "Main";
    portal.zone = "Asia/Yekaterinburg";
    portal.base_currency = "RUB";
    warehouse_->Configure(portal).value();
    crm::SourceBatch rows;
    User(rows, "1", "Анна Ветрова", {"79000000001", "101"});
    User(rows, "2", "Борис Ключ", {"102"});
    User(rows, "101", "Вера Третья", {});
    Client(rows, "company:5", "company", "", {"79161112233", "74951112255"});
    Client(rows, "contact:9", "contact", "company:5", {"79160000000", "79161112244"});
    Store(std::move(rows));
  }

  static void User(crm::SourceBatch& rows, const std::string& id, const std::string& name,
                   std::vector<std::string> phones) {
    crm::UserRow row;
    row.id = id;
    row.name = name;
    row.phones = std::move(phones);
    rows.users.push_back(std::move(row));
  }
  static crm::ActivityRow& Activity(crm::SourceBatch& rows, const std::string& id) {
    crm::ActivityRow& row = rows.activities.emplace_back();
    row.id = id;
    row.kind = "call";
    row.direction = "out";
    row.completed = true;
    return row;
  }
  static void Client(crm::SourceBatch& rows, const std::string& id, const std::string& kind,
                     const std::string& company, std::vector<std::string> phones) {
    crm::ClientRow row;
    row.id = id;
    row.kind = kind;
    row.name = id;
    if (!company.empty()) row.company_id = company;
    row.phones = std::move(phones);
    if (!row.phones.empty()) row.phone = row.phones.front();
    rows.clients.push_back(std::move(row));
  }
  static void Call(crm::SourceBatch& rows, const std::string& id, const std::string& phone, const char* at,
                   const std::string& direction = "out") {
    crm::CallRow call;
    call.id = id;
    call.phone = phone;
    call.direction = direction;
    call.started_at = At(at);
    call.duration_s = 60;
    rows.calls.push_back(std::move(call));
  }
  void Store(crm::SourceBatch rows) {
    auto load = std::move(warehouse_->Begin(clock_.Now())).value();
    StoreBatch(*load, rows).value();
    load->Commit().value();
  }
  /// As a poll does it.
  void Poll(crm::SourceBatch rows) {
    Store(std::move(rows));
    MatchListedCalls(*warehouse_, clock_).value();
  }

  FileImportSummary Import(const std::string& name, const std::string& yaml = "") {
    const std::vector<std::string> paths{(kFixtures / name).string()};
    const auto mapping =
        crm::files::ParseMapping(yaml.empty() ? crm::files::SuggestMapping(paths).value() : yaml, "map.yaml");
    EXPECT_TRUE(mapping.ok()) << mapping.error().message;
    auto summary = ImportCallList(*warehouse_, clock_, *mapping, paths, {});
    EXPECT_TRUE(summary.ok()) << summary.error().message;
    return *summary;
  }

  std::string Lines(const std::string& sql) {
    const auto answer = warehouse_->Query(sql);
    if (!answer.ok()) return answer.error().message;
    std::string text;
    for (const auto& row : answer->rows) {
      for (size_t i = 0; i < row.size(); ++i) {
        if (i > 0) text += " ";
        if (const auto* words = std::get_if<std::string>(&row[i])) text += *words;
        if (const auto* number = std::get_if<int64_t>(&row[i])) text += std::to_string(*number);
        if (IsNull(row[i])) text += "-";
      }
      text += "\n";
    }
    return text;
  }
  /// What counts: when (UTC), way, seconds, whether missed, by whom, with whom.
  std::string Counted() {
    return Lines(
        "SELECT strftime(a.happened_at, '%d %H:%M:%S'), a.direction, a.duration_s, CASE WHEN a.missed THEN "
        "'missed' "
        "ELSE 'answered' END, a.doer_id, coalesce((SELECT string_agg(b.entity || ':' || b.card_id, '+' ORDER "
        "BY "
        "b.entity) FROM activity_binding b WHERE b.activity_id = a.id), '-') FROM activity a WHERE a.id LIKE "
        "'list:%' "
        "AND a.deleted_at IS NULL ORDER BY a.happened_at, a.duration_s");
  }
  int64_t CountStar() {
    return std::get<int64_t>(
        warehouse_->Query("SELECT count(*)::BIGINT FROM f_activity WHERE kind = 'call'")->rows[0][0]);
  }

  ManualClock clock_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
};

// The three layouts tell of the same calls; times are in the portal's zone, five hours before UTC.
constexpr const char* kTold =
    "02 05:15:00 out 190 answered 1 company:5\n"
    "02 06:00:05 in 45 answered 2 contact:9\n"
    "03 04:30:00 in 0 missed 2 company:5\n";

TEST_F(CallLists, OfACloudExchangeNameEmployees) {
  const auto summary = Import("cloud.csv");
  EXPECT_EQ(Counted(), std::string(kTold) + "04 13:20:00 out 0 answered 2 -\n");
  EXPECT_EQ(summary.calls->calls, 4);
  EXPECT_EQ(summary.report.rows_skipped, 1);  // between colleagues
  EXPECT_EQ(summary.calls->with_client, 3);
  EXPECT_EQ(summary.calls->with_employee, 4);
  EXPECT_EQ(summary.calls->unknown.calls, 1);
  EXPECT_EQ(summary.calls->unknown.examples, std::vector<std::string>{"79165556677"});
}

TEST_F(CallLists, OfAsteriskHaveExtensionsAndARowForEachPhoneThatRang) {
  const auto summary = Import("asterisk.csv");
  EXPECT_EQ(Counted(), std::string(kTold) + "04 13:20:00 out 0 answered 2 -\n");
  EXPECT_EQ(summary.calls->legs, 1);
  EXPECT_EQ(summary.calls->strangers.calls, 0);
  EXPECT_EQ(summary.report.rows_rejected, 0);
}

TEST_F(CallLists, OfAMobileOperatorHaveTheSubscribersNumber) {
  auto summary = Import("operator.csv");
  EXPECT_EQ(summary.calls->calls, 4);
  EXPECT_EQ(summary.report.rows_skipped, 2);  // a message, traffic
  EXPECT_EQ(summary.calls->strangers.examples, std::vector<std::string>{"+7 900 000-00-02"});
  EXPECT_EQ(Counted(),
            "02 05:15:00 out 190 answered 1 company:5\n02 06:00:05 in 45 answered 1 contact:9\n"
            "03 04:30:00 in 0 missed - company:5\n04 13:20:00 out 3723 answered - -\n");
  // The list once more, with what was learnt of the number: the same calls, now somebody's.
  const std::vector<std::string> paths{(kFixtures / "operator.csv").string()};
  crm::files::SuggestChoices choices;
  const auto signature = crm::files::SuggestWithChoices(paths, {})->files.at(0).signature;
  choices.files[signature].people["+7 900 000-00-02"] = "#2";
  summary = Import("operator.csv", crm::files::SuggestWithChoices(paths, choices)->yaml);
  EXPECT_EQ(summary.calls->with_employee, 4);
  EXPECT_EQ(summary.rows_stored, 2);
  EXPECT_EQ(CountStar(), 4);
}

TEST_F(CallLists, TheSameListAgainStoresNothing) {
  Import("cloud.csv");
  const int64_t version = warehouse_->state().data_version;
  const auto again = Import("cloud.csv");
  EXPECT_EQ(again.rows_stored, 0);
  EXPECT_EQ(again.rows_unchanged, 4);
  EXPECT_EQ(warehouse_->state().data_version, version);
  // Another program's export of the same days tells of the same calls.
  EXPECT_EQ(Import("asterisk.csv").rows_stored, 0);
  EXPECT_EQ(CountStar(), 4);
}

crm::SourceBatch CallsOfTheCrm(void (*add)(crm::SourceBatch&, const std::string&, const std::string&,
                                           const char*, const std::string&)) {
  crm::SourceBatch rows;
  add(rows, "71", "79161112233", "2026-11-02T05:16:59Z", "out");  // 119 seconds later
  add(rows, "72", "79161112244", "2026-11-02T06:00:05Z", "out");  // the other way
  add(rows, "73", "74951112255", "2026-11-03T04:27:59Z", "in");   // 121 seconds before
  return rows;
}
constexpr const char* kNotInTheCrm =
    "02 06:00:05 in 45 answered 2 contact:9\n03 04:30:00 in 0 missed 2 company:5\n04 13:20:00 out 0 answered "
    "2 -\n";

TEST_F(CallLists, ACallThatTheCrmHasIsNotCountedTwice) {
  Store(CallsOfTheCrm(Call));
  EXPECT_EQ(Import("cloud.csv").calls->in_crm, 1);
  EXPECT_EQ(Counted(), kNotInTheCrm);
  EXPECT_EQ(CountStar(), 6);  // three of the CRM, three of the list
}

TEST_F(CallLists, ACallThatTheCrmGetsLaterIsNotCountedTwice) {
  Import("cloud.csv");
  EXPECT_EQ(CountStar(), 4);
  Poll(CallsOfTheCrm(Call));
  EXPECT_EQ(Counted(), kNotInTheCrm);
  EXPECT_EQ(CountStar(), 6);
  EXPECT_EQ(Import("cloud.csv").rows_stored, 0);
  EXPECT_EQ(CountStar(), 6);
}

TEST_F(CallLists, EachCallOfTheCrmStandsForOneOfTheList) {
  crm::SourceBatch rows;
  Call(rows, "71", "79161112233", "2026-11-02T05:15:30Z");
  Store(rows);
  const auto map = R"(
portal: {name: List, zone: Etc/UTC, currency: RUB}
files: [{file: "*.csv", entity: calls, fields: {direction: {value: out}, phone: n, started_at: t, duration: d}}]
)";
  const fs::path file = fs::temp_directory_path() / ("svodka-calls-" + std::to_string(::getpid()) + ".csv");
  // Redialled at once: the CRM has one of the two, the nearer.
  std::ofstream(file) << "n,t,d\n79161112233,2026-11-02 10:14:50,0\n79161112233,2026-11-02 10:15:25,30\n";
  const auto mapping = crm::files::ParseMapping(map, "map.yaml");
  const std::vector<std::string> paths{file.string()};
  const auto summary = ImportCallList(*warehouse_, clock_, *mapping, paths, {});
  fs::remove(file);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->calls->in_crm, 1);
  EXPECT_EQ(Counted(), "02 05:14:50 out 0 answered - company:5\n");
}

TEST_F(CallLists, ANoteOfAmoCrmIsWrittenWhenTheCallEnds) {
  crm::SourceBatch rows;
  Call(rows, "note:1", "79161112233", "2026-11-02T05:18:20Z");  // begun 190 seconds before
  rows.calls.back().activity_id = "note:1";
  rows.calls.back().duration_s = 190;
  Activity(rows, "note:1");
  Store(rows);
  EXPECT_EQ(Import("cloud.csv").calls->in_crm, 1);
}

TEST_F(CallLists, ACallOfTheCrmWithoutANumberIsKnownByItsClient) {
  crm::SourceBatch rows;
  crm::ActivityRow& activity = Activity(rows, "act:4");
  activity.happened_at = At("2026-11-02T05:15:40Z");
  activity.bindings = {{"company", "5"}};
  Store(rows);
  EXPECT_EQ(Import("cloud.csv").calls->in_crm, 1);
}

TEST_F(CallLists, ANumberOfDifferentCompaniesIsNobodysOfAContactAndItsCompanyBoths) {
  crm::SourceBatch rows;
  Client(rows, "company:6", "company", "", {"79161112233"});            // company:5 has it too
  Client(rows, "contact:10", "contact", "company:5", {"74951112255"});  // its own company has it too
  Client(rows, "contact:11", "contact", "company:5", {"79161112244"});  // a colleague of contact:9
  Store(rows);
  const auto summary = Import("cloud.csv");
  EXPECT_EQ(summary.calls->shared.examples, std::vector<std::string>{"79161112233"});
  EXPECT_EQ(Counted(),
            "02 05:15:00 out 190 answered 1 -\n02 06:00:05 in 45 answered 2 company:5\n"
            "03 04:30:00 in 0 missed 2 company:5+contact:10\n04 13:20:00 out 0 answered 2 -\n");
}

TEST_F(CallLists, AClientOrALeadThatComesLaterGetsItsCalls) {
  Import("cloud.csv");
  crm::SourceBatch rows;
  crm::LeadRow lead;
  lead.id = "3";
  lead.stage_id = "NEW";
  lead.phone = "79165556677";
  lead.created_at = At("2026-11-05T00:00:00Z");
  rows.leads.push_back(lead);
  Poll(rows);
  EXPECT_NE(Counted().find("04 13:20:00 out 0 answered 2 lead:3\n"), std::string::npos) << Counted();
  crm::SourceBatch made;
  Client(made, "contact:12", "contact", "", {"79990000000", "79165556677"});
  Poll(made);
  EXPECT_NE(Counted().find("04 13:20:00 out 0 answered 2 contact:12\n"), std::string::npos) << Counted();
  // The number is taken from the client again: the call is the lead's as before.
  crm::SourceBatch without;
  Client(without, "contact:12", "contact", "", {});
  Poll(without);
  EXPECT_NE(Counted().find("04 13:20:00 out 0 answered 2 lead:3\n"), std::string::npos) << Counted();
}

TEST_F(CallLists, AListCanBeTakenBackAndImportedAgain) {
  Import("cloud.csv");
  const auto lists = FindCallLists(*warehouse_);
  ASSERT_EQ(lists->size(), 1u);
  EXPECT_EQ(lists->front().file, "cloud.csv");
  EXPECT_EQ(lists->front().calls, 4);
  EXPECT_EQ(TakeBackCallList(*warehouse_, clock_, lists->front().id).value(), 4);
  EXPECT_EQ(CountStar(), 0);
  EXPECT_EQ(TakeBackCallList(*warehouse_, clock_, lists->front().id).error().code, "unknown_list");
  EXPECT_EQ(Import("cloud.csv").rows_stored, 4);
  EXPECT_EQ(CountStar(), 4);
}

TEST_F(CallLists, OtherFilesAreRefused) {
  const auto mapping = crm::files::ParseMapping(
      "portal: {name: L, zone: Etc/UTC, currency: RUB}\nfiles: [{file: a.csv, entity: users, fields: {name: "
      "n}}]\n",
      "map.yaml");
  const std::vector<std::string> paths{"a.csv"};
  EXPECT_EQ(ImportCallList(*warehouse_, clock_, *mapping, paths, {}).error().code, "only_calls");
}

}  // namespace
}  // namespace svodka::sync
