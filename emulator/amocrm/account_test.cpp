#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/money.hpp"
#include "emulator/amocrm/testing.hpp"

namespace svodka::emulator::amocrm {
namespace {

int64_t Int(const json::value& value) { return value.to_number<int64_t>(); }
std::string Str(const json::value& value) { return std::string(value.as_string()); }

TestAccount& Shared() {
  static TestAccount account;
  return account;
}

TEST(Account, TellsAboutItself) {
  const json::value info =
      Shared().Get("account?with=users_groups,task_types,datetime_settings,is_api_filter_enabled");
  EXPECT_EQ(info.at("currency"), json::value("RUB"));
  EXPECT_EQ(info.at("is_api_filter_enabled"), json::value(true));
  EXPECT_EQ(info.at("_embedded").at("datetime_settings").at("timezone"), json::value("Europe/Moscow"));
  EXPECT_GE(info.at("_embedded").at("users_groups").as_array().size(), 3U);
  EXPECT_FALSE(Shared().Get("account").as_object().contains("_embedded"));
}

TEST(Account, RefusesWithoutAToken) {
  TestAccount account;
  account.token = "wrong";
  const Response refused = account.Send("GET", "/api/v4/account");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.content_type, "application/problem+json");
}

TEST(Pipelines, ShareTheirTwoFinalStages) {
  const json::value answer = Shared().Get("leads/pipelines");
  int won = 0, unsorted = 0, archived = 0;
  for (const json::value& pipeline : answer.at("_embedded").at("pipelines").as_array()) {
    archived += pipeline.at("is_archive").as_bool() ? 1 : 0;
    for (const json::value& status : pipeline.at("_embedded").at("statuses").as_array()) {
      won += Int(status.at("id")) == 142 ? 1 : 0;
      unsorted += Int(status.at("type")) == 1 ? 1 : 0;
      EXPECT_EQ(status.at("pipeline_id"), pipeline.at("id"));
    }
  }
  EXPECT_EQ(won, 5);
  EXPECT_EQ(unsorted, 5);
  EXPECT_EQ(archived, 1);
}

TEST(Lists, ArePagedByTheirLinks) {
  TestAccount& account = Shared();
  const auto all = account.Walk("leads?limit=250&order[id]=asc", "leads");
  EXPECT_EQ(static_cast<int64_t>(all.size()), Int(account.Truth().at("rows").at("leads")));
  std::set<int64_t> ids;
  for (const json::value& row : all) ids.insert(Int(row.at("id")));
  EXPECT_EQ(ids.size(), all.size());
  // More than 250 is not given: such a page has 50 rows.
  EXPECT_EQ(account.Get("leads?limit=500").at("_embedded").at("leads").as_array().size(), 50U);
  EXPECT_EQ(account.Get("events?limit=250").at("_embedded").at("events").as_array().size(), 50U);
  EXPECT_EQ(account.Get("events?limit=100").at("_embedded").at("events").as_array().size(), 100U);
  EXPECT_EQ(account.Send("GET", "/api/v4/leads?page=9999").status, 204);
  EXPECT_EQ(account.Send("GET", "/api/v4/leads/1").status, 204);
  EXPECT_EQ(account.Send("GET", "/api/v4/tasks/1").status, 404);
}

TEST(Filters, AcceptEveryWayOfWriting) {
  TestAccount& account = Shared();
  const auto rows = account.Walk("leads?limit=250", "leads");
  const int64_t from = Int(rows[100].at("updated_at")), to = Int(rows[700].at("updated_at"));
  const int64_t low = std::min(from, to), high = std::max(from, to);
  std::set<int64_t> expected;
  for (const json::value& row : rows) {
    if (Int(row.at("updated_at")) >= low && Int(row.at("updated_at")) <= high)
      expected.insert(Int(row.at("id")));
  }
  const std::string a = std::to_string(low), b = std::to_string(high);
  for (const std::string& filter :
       {"filter[updated_at][from]=" + a + "&filter[updated_at][to]=" + b,
        "filter%5Bupdated_at%5D%5Bfrom%5D=" + a + "&filter%5Bupdated_at%5D%5Bto%5D=" + b}) {
    std::set<int64_t> got;
    for (const json::value& row : account.Walk("leads?limit=100&" + filter, "leads"))
      got.insert(Int(row.at("id")));
    EXPECT_EQ(got, expected) << filter;
  }
  EXPECT_EQ(account.Send("GET", "/api/v4/leads?filter[updated_at]=" + a).status, 204);  // a bare number
  const std::string one = std::to_string(Int(rows[3].at("id"))), two = std::to_string(Int(rows[5].at("id")));
  for (const std::string& filter :
       {"filter[id][]=" + one + "&filter[id][]=" + two, "filter[id][0]=" + one + "&filter[id][1]=" + two,
        "filter[id]=" + one + "," + two})
    EXPECT_EQ(account.Walk("leads?" + filter, "leads").size(), 2U) << filter;
  const json::value& lead = rows[3];
  const auto standing = account.Walk(
      "leads?limit=250&filter[statuses][0][pipeline_id]=" + std::to_string(Int(lead.at("pipeline_id"))) +
          "&filter[statuses][0][status_id]=" + std::to_string(Int(lead.at("status_id"))),
      "leads");
  ASSERT_FALSE(standing.empty());
  for (const json::value& row : standing) {
    EXPECT_EQ(row.at("status_id"), lead.at("status_id"));
    EXPECT_EQ(row.at("pipeline_id"), lead.at("pipeline_id"));
  }
  const auto ordered = account.Walk("leads?limit=250&order[updated_at]=desc", "leads");
  for (size_t i = 1; i < ordered.size(); ++i)
    ASSERT_GE(Int(ordered[i - 1].at("updated_at")), Int(ordered[i].at("updated_at")));
}

TEST(Filters, AreIgnoredWithoutThePackage) {
  TestAccount account;
  account.Control(R"({"filters":false})");
  EXPECT_EQ(account.Get("account?with=is_api_filter_enabled").at("is_api_filter_enabled"),
            json::value(false));
  EXPECT_EQ(account.Walk("leads?limit=250&filter[id]=1", "leads").size(),
            account.Walk("leads?limit=250", "leads").size());
  // Those of tasks and notes are not part of it.
  EXPECT_EQ(account.Send("GET", "/api/v4/tasks?filter[id]=1").status, 204);
}

TEST(Rows, HaveTheirLooseTypes) {
  TestAccount& account = Shared();
  std::set<json::kind> durations, results;
  int64_t calls = 0;
  for (const char* kind : {"leads", "contacts", "companies"}) {
    for (const json::value& note : account.Walk(
             std::string(kind) + "/notes?limit=250&filter[note_type][]=call_in&filter[note_type][]=call_out",
             "notes")) {
      durations.insert(note.at("params").at("duration").kind());
      ++calls;
    }
  }
  EXPECT_EQ(durations.size(), 2U);  // numbers and strings
  const json::value truth = account.Truth().at("calls");
  EXPECT_EQ(calls, Int(truth.at("incoming")) + Int(truth.at("outgoing")));
  for (const json::value& task : account.Walk("tasks?limit=250", "tasks"))
    results.insert(task.at("result").kind());
  EXPECT_TRUE(results.contains(json::kind::array) && results.contains(json::kind::object));
  bool tracked = false, empty = false;
  for (const json::value& lead :
       account.Walk("leads?limit=250&with=contacts,loss_reason,source,catalog_elements", "leads")) {
    EXPECT_TRUE(lead.at("_embedded").at("contacts").is_array());
    empty = empty || lead.at("loss_reason_id").is_null();
    for (const json::value& field : lead.at("custom_fields_values").as_array())
      tracked = tracked || field.at("field_type") == "tracking_data";
  }
  EXPECT_TRUE(tracked && empty);
}

/// Totals counted from what the API answers and nothing else.
void Compare(TestAccount& account) {
  const json::value truth = account.Truth();
  struct Sum {
    int64_t count = 0, amount = 0;
  };
  std::map<std::pair<int64_t, int64_t>, Sum> stages;
  std::map<std::string, int64_t> months, won_months;
  struct Step {
    int64_t pipeline, status;
  };
  std::map<int64_t, Step> first, last;
  std::map<int64_t, int64_t> left_leads;  // the move out of «Лиды»
  constexpr int64_t kLeads = 7000001;
  auto events = account.Walk("events?limit=100&filter[type]=lead_status_changed", "events");
  std::reverse(events.begin(), events.end());
  for (const json::value& event : events) {
    const auto step = [&](const char* side) {
      const json::value& status = event.at(side).at(0).at("lead_status");
      return Step{Int(status.at("pipeline_id")), Int(status.at("id"))};
    };
    const int64_t id = Int(event.at("entity_id"));
    const Step before = step("value_before"), after = step("value_after");
    if (!first.contains(id))
      first[id] = before;
    else {
      EXPECT_EQ(last[id].status, before.status) << id;
      EXPECT_EQ(last[id].pipeline, before.pipeline) << id;
    }
    last[id] = after;
    if (before.pipeline == kLeads && after.pipeline != kLeads && !left_leads.contains(id))
      left_leads[id] = Int(event.at("created_at"));
  }
  int64_t leads_created = 0, deals_created = 0, won = 0, won_amount = 0, lost = 0;
  for (const json::value& row : account.Walk("leads?limit=250", "leads")) {
    const int64_t id = Int(row.at("id")), pipeline = Int(row.at("pipeline_id")),
                  status = Int(row.at("status_id"));
    Sum& sum = stages[{pipeline, status}];
    ++sum.count;
    sum.amount += Int(row.at("price")) * 100;
    if (last.contains(id)) {
      EXPECT_EQ(last[id].status, status) << id;
      EXPECT_EQ(last[id].pipeline, pipeline) << id;
    } else {
      first[id] = {pipeline, status};
    }
    if (first[id].pipeline == kLeads) {
      ++leads_created;
      ++months[LocalIso(static_cast<Second>(Int(row.at("created_at")))).substr(0, 7)];
    }
    if (pipeline == kLeads) continue;
    ++deals_created;
    if (status == 142) {
      ++won, won_amount += Int(row.at("price")) * 100;
      ++won_months[LocalIso(static_cast<Second>(Int(row.at("closed_at")))).substr(0, 7)];
    }
    lost += status == 143 ? 1 : 0;
    EXPECT_EQ(row.at("closed_at").is_null(), status != 142 && status != 143) << id;
  }
  const json::value& total = truth.at("plain").at("total");
  EXPECT_EQ(Int(total.at("leads_created")), leads_created);
  EXPECT_EQ(Int(total.at("deals_created")), deals_created);
  EXPECT_EQ(Int(total.at("deals_won")), won);
  EXPECT_EQ(Int(total.at("deals_lost")), lost);
  EXPECT_EQ(Str(total.at("won_amount")), Money::FromMinor(won_amount).ToString());
  for (const json::value& month : truth.at("plain").at("months").as_array()) {
    EXPECT_EQ(Int(month.at("leads_created")), months[Str(month.at("month"))]) << month;
    EXPECT_EQ(Int(month.at("deals_won")), won_months[Str(month.at("month"))]) << month;
  }
  for (const json::value& row : truth.at("stages_now").as_array()) {
    const Sum& mine = stages[{Int(row.at("pipeline")), Int(row.at("status"))}];
    EXPECT_EQ(Int(row.at("count")), mine.count) << row;
    EXPECT_EQ(Str(row.at("amount")), Money::FromMinor(mine.amount).ToString()) << row;
  }
  std::map<std::string, int64_t> bills;
  int64_t paid = 0;
  for (const json::value& bill : account.Walk("catalogs/4517/elements?limit=250", "elements")) {
    std::string status;
    int64_t price = 0;
    for (const json::value& field : bill.at("custom_fields_values").as_array()) {
      if (field.at("field_code") == "BILL_STATUS") status = Str(field.at("values").at(0).at("enum_code"));
      if (field.at("field_code") == "BILL_PRICE")
        price = std::stoll(Str(field.at("values").at(0).at("value")));
    }
    ++bills[status];
    if (status == "paid" || status == "paid_in_advance") paid += price * 100;
  }
  for (const char* status : {"created", "paid", "partially_paid", "paid_in_advance"})
    EXPECT_EQ(Int(truth.at("payments").at(status)), bills[status]) << status;
  EXPECT_GT(bills["partially_paid"], 0);
  EXPECT_EQ(Str(truth.at("payments").at("paid_amount")), Money::FromMinor(paid).ToString());
}

TEST(AccountTruthTest, EqualsAPlainWalkThroughTheApi) { Compare(Shared()); }

TEST(AccountTruthTest, StaysRightWhileTheCompanyLivesOn) {
  TestAccount account;
  const json::value lead = account.Get("leads?limit=1").at("_embedded").at("leads").at(0);
  account.Control(R"({"step_minutes":3000})");
  account.Control("{\"reopen\":{\"id\":" + std::to_string(Int(lead.at("id"))) + "}}");
  Compare(account);
}

// A restarted demonstration lives its past again in other pieces: nothing may have another id then.
TEST(AccountTime, IsTheSameHoweverItIsCut) {
  TestAccount whole, pieces;
  whole.Control(R"({"step_minutes":1500})");
  for (int i = 0; i < 1500; i += 30) pieces.Control(R"({"step_minutes":30})");
  const auto rows = [](TestAccount& account, const std::string& path, const std::string& name) {
    std::multiset<std::string> texts;
    for (const json::value& row : account.Walk(path, name)) texts.insert(json::serialize(row));
    return texts;
  };
  for (const auto& [path, name] :
       {std::pair{"leads?limit=250&with=catalog_elements", "leads"},
        std::pair{"events?limit=100&filter[created_at][from]=1774947000", "events"},
        std::pair{"tasks?limit=250", "tasks"}, std::pair{"leads/notes?limit=250", "notes"},
        std::pair{"catalogs/4517/elements?limit=250", "elements"},
        std::pair{"contacts?limit=250", "contacts"}}) {
    // The links tell which page a row stood on; the rows themselves stand in the same order.
    EXPECT_EQ(rows(whole, path, name), rows(pieces, path, name)) << path;
  }
  std::set<std::string> ids;
  size_t events = 0;
  for (const json::value& event : whole.Walk("events?limit=100", "events"))
    ids.insert(Str(event.at("id"))), ++events;
  EXPECT_EQ(ids.size(), events);
}

}  // namespace
}  // namespace svodka::emulator::amocrm
