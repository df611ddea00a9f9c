#include <map>

#include <gtest/gtest.h>

#include "base/money.hpp"
#include "emulator/bitrix24/testing.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

/// Totals of the portal counted from what its API answers and nothing else.
struct Counted {
  std::map<std::string, std::map<std::string, int64_t>> months, owners;
  std::map<std::string, std::pair<int64_t, int64_t>> stages;  ///< "deal 2 C2:NEW": count, amount
};

Counted CountThroughTheApi(TestPortal& portal) {
  Counted counted;
  std::map<std::string, int64_t> rates;
  const json::value currencies = portal.Call("crm.currency.list").at("result");
  for (const json::value& currency : currencies.as_array()) {
    rates[std::string(currency.at("CURRENCY").as_string())] =
        Money::Parse(currency.at("AMOUNT").as_string()).value().minor();
  }
  // The last entry into a final stage from one that is not final, if the card has stayed there.
  struct Card {
    bool open = true;
    std::string closed;
  };
  const auto history = [&](int type, const char* semantic_name) {
    std::map<std::string, Card> cards;
    for (const json::value& row : portal.Walk("crm.stagehistory.list", {{"entityTypeId", type}}, "items")) {
      Card& card = cards[std::string(row.at("OWNER_ID").as_string())];
      const bool open = row.at(semantic_name) == "P";
      if (card.open && !open) card.closed = row.at("CREATED_TIME").as_string();
      card.open = open;
    }
    return cards;
  };
  const auto lead_history = history(1, "STATUS_SEMANTIC_ID");
  const auto deal_history = history(2, "STAGE_SEMANTIC_ID");
  const auto add = [&](const std::string& owner, const std::string& at, const std::string& what,
                       int64_t value) {
    counted.months[at.substr(0, 7)][what] += value;
    counted.owners[owner][what] += value;
  };
  const auto text = [](const json::value& row, const char* name) {
    return std::string(row.at(name).as_string());
  };
  for (const json::value& row : portal.Walk("crm.lead.list", {})) {
    const std::string owner = text(row, "ASSIGNED_BY_ID");
    add(owner, text(row, "DATE_CREATE"), "leads_created", 1);
    const std::string semantic = text(row, "STATUS_SEMANTIC_ID");
    const std::string& closed = lead_history.at(text(row, "ID")).closed;
    if (semantic == "P") {
      add(owner, text(row, "DATE_CREATE"), "leads_in_work", 1);
      EXPECT_EQ(text(row, "DATE_CLOSED"), "");
    } else {
      add(owner, closed, semantic == "S" ? "leads_qualified" : "leads_lost", 1);
      EXPECT_EQ(text(row, "DATE_CLOSED"), closed);
    }
    auto& stage = counted.stages["lead lead " + text(row, "STATUS_ID")];
    ++stage.first;
    stage.second += Money::Parse(text(row, "OPPORTUNITY")).value().minor();
  }
  for (const json::value& row :
       portal.Walk("crm.deal.list", {{"filter", json::object{{"IS_RECURRING", "N"}}}})) {
    const std::string owner = text(row, "ASSIGNED_BY_ID");
    const int64_t own =
        row.at("OPPORTUNITY").is_null() ? 0 : Money::Parse(text(row, "OPPORTUNITY")).value().minor();
    const int64_t amount = own * rates.at(text(row, "CURRENCY_ID")) / 100;
    const std::string created = text(row, "DATE_CREATE");
    add(owner, created, "deals_created", 1);
    add(owner, created, "created_amount", amount);
    const std::string semantic = text(row, "STAGE_SEMANTIC_ID");
    const std::string& closed = deal_history.at(text(row, "ID")).closed;
    const std::string word = semantic == "P" ? "in_work" : semantic == "S" ? "won" : "lost";
    add(owner, semantic == "P" ? created : closed, "deals_" + word, 1);
    add(owner, semantic == "P" ? created : closed, word + "_amount", amount);
    auto& stage = counted.stages["deal " + text(row, "CATEGORY_ID") + " " + text(row, "STAGE_ID")];
    ++stage.first;
    stage.second += amount;
  }
  return counted;
}

void Compare(TestPortal& portal) {
  const json::value truth = portal.Truth();
  const Counted counted = CountThroughTheApi(portal);
  const auto check = [](const json::value& row, const std::map<std::string, int64_t>& mine, bool owner) {
    const auto value = [&](const char* name) {
      const auto found = mine.find(name);
      return found == mine.end() ? 0 : found->second;
    };
    for (const char* name : {"leads_created", "leads_qualified", "leads_lost", "leads_in_work",
                             "deals_created", "deals_lost", "deals_in_work"}) {
      EXPECT_EQ(row.at(name).as_int64(), value(name)) << name << " " << row;
    }
    for (const char* name : {"created_amount", "lost_amount", "in_work_amount"}) {
      EXPECT_EQ(row.at(name).as_string(), Money::FromMinor(value(name)).ToString()) << name << " " << row;
    }
    EXPECT_EQ(row.at(owner ? "deals_won_of_owner" : "deals_won").as_int64(), value("deals_won"));
    EXPECT_EQ(row.at(owner ? "won_amount_of_owner" : "won_amount").as_string(),
              Money::FromMinor(value("won_amount")).ToString());
    EXPECT_EQ(row.at("deals_new").as_int64() + row.at("deals_repeat").as_int64(),
              row.at("deals_won").as_int64());
  };
  for (const json::value& row : truth.at("plain").at("months").as_array()) {
    const auto found = counted.months.find(std::string(row.at("month").as_string()));
    ASSERT_NE(found, counted.months.end()) << row;
    check(row, found->second, false);
  }
  for (const json::value& row : truth.at("plain").at("employees").as_array()) {
    const auto found = counted.owners.find(std::string(row.at("employee").as_string()));
    if (found == counted.owners.end()) {
      EXPECT_EQ(row.at("deals_created").as_int64(), 0)
          << row;  // somebody who sold and handed over everything
    } else {
      check(row, found->second, true);
    }
  }
  for (const json::value& row : truth.at("stages_now").as_array()) {
    const std::string key = std::string(row.at("entity").as_string()) + " " +
                            std::string(row.at("pipeline").as_string()) + " " +
                            std::string(row.at("stage").as_string());
    const auto found = counted.stages.find(key);
    const auto mine = found == counted.stages.end() ? std::pair<int64_t, int64_t>() : found->second;
    EXPECT_EQ(row.at("count").as_int64(), mine.first) << key;
    EXPECT_EQ(row.at("amount").as_string(), Money::FromMinor(mine.second).ToString()) << key;
  }
}

TEST(Truth, EqualsAPlainWalkThroughTheApi) {
  TestPortal portal;
  Compare(portal);
}

TEST(Truth, StaysRightWhileTheCompanyLivesOn) {
  TestPortal portal;
  const std::string before = LocalIso(portal.portal().Now());
  portal.Control(R"({"step_minutes":4000})");
  portal.Control(R"({"delete":{"entity":"deal","id":17}})");
  portal.Control(R"({"delete":{"entity":"lead","id":19}})");
  portal.Control(R"({"reopen":{"entity":"deal","id":23}})");
  Compare(portal);
  // What changed since is found by the moment of change, nothing more and nothing less.
  std::map<std::string, std::string> all, changed;
  for (const json::value& row : portal.Walk("crm.deal.list", {})) {
    if (std::string_view(row.at("DATE_MODIFY").as_string()) >= before)
      all[std::string(row.at("ID").as_string())] = row.at("STAGE_ID").as_string();
  }
  for (const json::value& row :
       portal.Walk("crm.deal.list", {{"filter", json::object{{">=DATE_MODIFY", before}}}})) {
    changed[std::string(row.at("ID").as_string())] = row.at("STAGE_ID").as_string();
  }
  EXPECT_EQ(all, changed);
  EXPECT_GT(changed.size(), 20U);
  EXPECT_TRUE(changed.contains("23"));
  EXPECT_FALSE(all.contains("17"));
}

TEST(Writes, HaveTheirSideEffects) {
  TestPortal portal;
  const json::value before = portal.Call("crm.deal.get", R"({"id":1000})").at("result");
  EXPECT_TRUE(
      portal
          .Call(
              "crm.item.update",
              R"({"entityTypeId":2,"id":1000,"fields":{"stageId":"C2:WON","categoryId":2,"title":"Новое имя","opportunity":123.45}})")
          .at("result")
          .is_object());
  const json::value after = portal.Call("crm.deal.get", R"({"id":1000})").at("result");
  EXPECT_EQ(after.at("STAGE_ID"), json::value("C2:WON"));
  EXPECT_EQ(after.at("TITLE"), json::value("Новое имя"));
  EXPECT_EQ(after.at("OPPORTUNITY"), json::value("123.45"));
  EXPECT_EQ(after.at("MOVED_BY_ID"), json::value("1"));
  EXPECT_GT(after.at("DATE_MODIFY").as_string(), before.at("DATE_MODIFY").as_string());
  const json::value history =
      portal
          .Call("crm.stagehistory.list",
                R"({"entityTypeId":2,"filter":{"OWNER_ID":1000},"order":{"ID":"DESC"}})")
          .at("result")
          .at("items");
  EXPECT_EQ(history.at(0).at("STAGE_ID"), json::value("C2:WON"));
  // A stage of another pipeline through the legacy method silently does nothing.
  EXPECT_EQ(portal.Call("crm.deal.update", R"({"id":1000,"fields":{"STAGE_ID":"NEW"}})").at("result"),
            json::value(true));
  EXPECT_EQ(portal.Call("crm.deal.get", R"({"id":1000})").at("result").at("STAGE_ID"), json::value("C2:WON"));

  const json::value todo = portal.Call(
      "crm.activity.todo.add",
      R"({"ownerTypeId":2,"ownerId":1000,"deadline":"2026-09-30T15:00:00+03:00","title":"Позвонить","responsibleId":6})");
  const json::value activity =
      portal.Call("crm.activity.get", json::serialize(json::object{{"id", todo.at("result").at("id")}}))
          .at("result");
  EXPECT_EQ(activity.at("SUBJECT"), json::value("Позвонить"));
  EXPECT_EQ(activity.at("COMPLETED"), json::value("N"));
  EXPECT_EQ(activity.at("DEADLINE"), json::value("2026-09-30T15:00:00+03:00"));
  EXPECT_EQ(portal.Call("crm.deal.get", R"({"id":1000})").at("result").at("LAST_ACTIVITY_TIME"),
            activity.at("CREATED"));

  portal.Call("crm.timeline.comment.add",
              R"({"fields":{"ENTITY_ID":1000,"ENTITY_TYPE":"deal","COMMENT":"Проверка"}})");
  const json::value comments =
      portal
          .Call("crm.timeline.comment.list",
                R"({"filter":{"ENTITY_ID":1000,"ENTITY_TYPE":"deal"},"order":{"ID":"DESC"}})")
          .at("result");
  EXPECT_EQ(comments.at(0).at("COMMENT"), json::value("Проверка"));
  const json::value task =
      portal
          .Call("tasks.task.add",
                R"({"fields":{"TITLE":"Счёт","RESPONSIBLE_ID":6,"UF_CRM_TASK":["D_1000"]}})")
          .at("result")
          .at("task");
  EXPECT_EQ(task.at("ufCrmTask").at(0), json::value("D_1000"));
  EXPECT_EQ(portal.Call("crm.deal.delete", R"({"id":1000})").at("result"), json::value(true));
  EXPECT_EQ(portal.Post("crm.deal.get", R"({"id":1000})").status, 400);
}

TEST(Limits, TheBucketLeaksTwoASecond) {
  TestPortal portal(1000, true);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(portal.Post("server.time", "{}").status, 200) << i;
  EXPECT_EQ(portal.Post("server.time", "{}").status, 503);
  portal.seconds += 1;
  EXPECT_EQ(portal.Post("server.time", "{}").status, 200);
  EXPECT_EQ(portal.Post("server.time", "{}").status, 200);
  EXPECT_EQ(portal.Post("server.time", "{}").status, 503);
  const json::value stats = ParseJson(portal.Send("/_stats").body).value();
  EXPECT_EQ(stats.at("refused_503"), json::value(2));
  EXPECT_EQ(stats.at("by_method").at("server.time"), json::value(52));
}

TEST(Limits, TheOperatingBudgetBlocksOneMethodForTenMinutes) {
  TestPortal portal(1000, true);
  portal.Control(R"({"limits":false,"operating_per_call_s":200})");
  for (int i = 0; i < 3; ++i) ASSERT_EQ(portal.Post("crm.deal.list", "{}").status, 200);
  EXPECT_EQ(portal.Post("crm.deal.list", "{}").status, 429);
  EXPECT_EQ(portal.Post("crm.lead.list", "{}").status, 200);
  portal.seconds += 600;
  EXPECT_EQ(portal.Post("crm.deal.list", "{}").status, 200);
}

TEST(Faults, CanBeSwitched) {
  TestPortal portal;
  portal.Control(R"({"revoked":true})");
  EXPECT_EQ(portal.Post("profile", "{}").status, 401);
  portal.Control(R"({"revoked":false,"missing_scope":"crm"})");
  EXPECT_EQ(portal.Post("crm.deal.list", "{}").status, 403);
  portal.Control(R"({"missing_scope":"","rate_500_html":1})");
  EXPECT_EQ(portal.Post("profile", "{}").status, 500);
  portal.Control(R"({"rate_500_html":0,"rate_bad_json":1})");
  EXPECT_FALSE(ParseJson(portal.Post("profile", "{}").body).ok());
  portal.Control(R"({"rate_bad_json":0,"renamed_to":"http://other.example"})");
  const Response moved = portal.Post("profile", "{}");
  EXPECT_EQ(moved.status, 302);
  EXPECT_EQ(moved.location, "http://other.example/rest/1/s3/profile");
  portal.Control(R"({"renamed_to":"","rate_repeat_row":1})");
  EXPECT_EQ(portal.Call("crm.deal.list").at("result").as_array().size(), 51U);
  portal.Control(R"({"rate_repeat_row":0,"rate_skip_row":1})");
  EXPECT_EQ(portal.Call("crm.deal.list").at("result").as_array().size(), 49U);
  portal.Control(R"({"rate_skip_row":0,"only_owner":6})");
  const json::value own = portal.Call("crm.deal.list", R"({"select":["ASSIGNED_BY_ID"]})");
  EXPECT_LT(own.at("total").as_int64(), 1000);
  for (const json::value& row : own.at("result").as_array())
    EXPECT_EQ(row.at("ASSIGNED_BY_ID"), json::value("6"));
  EXPECT_EQ(portal.Post("voximplant.statistic.get", "{}").status, 403);
  portal.Control(R"({"only_owner":0,"history_of_current_pipeline":true})");
  for (const json::value& row :
       portal.Walk("crm.stagehistory.list",
                   {{"entityTypeId", 2}, {"filter", json::object{{"STAGE_ID", "WON"}}}}, "items")) {
    const json::value deal =
        portal.Call("crm.deal.get", json::serialize(json::object{{"id", row.at("OWNER_ID")}})).at("result");
    ASSERT_EQ(deal.at("CATEGORY_ID"), json::value("0"));
  }
  EXPECT_EQ(portal.Send("/_control", R"({"nonsense":1})").status, 400);
}

}  // namespace
}  // namespace svodka::emulator::bitrix24
