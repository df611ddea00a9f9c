#include <map>
#include <set>

#include <gtest/gtest.h>

#include "emulator/amocrm/testing.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

int64_t Int(const json::value& value) { return value.to_number<int64_t>(); }
std::string Text(int64_t number) { return std::to_string(number); }

json::value Token(TestAccount& account, const std::string& kind, const std::string& secret, int status) {
  json::object body{{"client_id", OauthSettings().client_id},
                    {"client_secret", OauthSettings().client_secret},
                    {"redirect_uri", "https://svodka.test/cb"},
                    {"grant_type", kind}};
  body[kind == "refresh_token" ? "refresh_token" : "code"] = secret;
  const Response response = account.Send("POST", "/oauth2/access_token", json::serialize(body));
  EXPECT_EQ(response.status, status) << response.body;
  return ParseJson(response.body).value();
}

std::string Consent(TestAccount& account) {
  const Response response =
      account.Send("GET", "/oauth?client_id=" + OauthSettings().client_id +
                              "&redirect_uri=https%3A%2F%2Fsvodka.test%2Fcb&state=s%2F1");
  EXPECT_EQ(response.status, 302);
  const json::object back = ParseQuery(response.location.substr(response.location.find('?') + 1));
  EXPECT_EQ(back.at("state"), json::value("s/1"));
  EXPECT_EQ(back.at("referer"), json::value("account.test:81"));
  return std::string(back.at("code").as_string());
}

TEST(AccountOauth, CodesAndRefreshTokensServeOnce) {
  TestAccount account;
  const std::string code = Consent(account);
  const json::value first = Token(account, "authorization_code", code, 200);
  EXPECT_EQ(first.at("expires_in"), json::value(86400));
  EXPECT_EQ(Token(account, "authorization_code", code, 400).at("hint"),
            json::value("Authorization code has been revoked"));
  account.token = std::string(first.at("access_token").as_string());
  EXPECT_EQ(account.Get("account").at("id"), json::value(31000001));
  const std::string refresh(first.at("refresh_token").as_string());
  const json::value second = Token(account, "refresh_token", refresh, 200);
  EXPECT_NE(second.at("refresh_token"), first.at("refresh_token"));
  EXPECT_EQ(Token(account, "refresh_token", refresh, 401).at("hint"), json::value("Token has been revoked"));
  // A day later both access tokens are dead; a code lives twenty minutes.
  const std::string late = Consent(account);
  account.Control(R"({"step_minutes":1441})");
  EXPECT_EQ(account.Send("GET", "/api/v4/account").status, 401);
  Token(account, "authorization_code", late, 400);
  const json::value third =
      Token(account, "refresh_token", std::string(second.at("refresh_token").as_string()), 200);
  account.token = std::string(third.at("access_token").as_string());
  EXPECT_EQ(account.Send("GET", "/api/v4/account").status, 200);
  account.Control(R"({"expire_tokens":true})");
  EXPECT_EQ(account.Send("GET", "/api/v4/account").status, 401);
}

TEST(AccountOauth, ARefusalAndAMovedAccount) {
  TestAccount account;
  const Response refusal = account.Send("GET", "/oauth?client_id=" + OauthSettings().client_id +
                                                   "&redirect_uri=https%3A%2F%2Fsvodka.test%2Fcb&deny=1");
  EXPECT_NE(refusal.location.find("error=access_denied"), std::string::npos);
  const json::value token = Token(account, "authorization_code", Consent(account), 200);
  account.Control(R"({"renamed_to":"new.test:81"})");
  EXPECT_EQ(account.Send("GET", "/api/v4/account").status, 401);
  Request lookup;
  lookup.verb = "GET";
  lookup.target = "/oauth2/account/current/subdomain";
  lookup.host = "account.test:81";
  lookup.refresh_token = std::string(token.at("refresh_token").as_string());
  EXPECT_EQ(ParseJson(account.account().Handle(lookup).body).value().at("domain"),
            json::value("new.test:81"));
}

TEST(AccountRights, AreThoseOfTheUser) {
  TestAccount account;
  std::map<std::string, int64_t> views;
  const size_t all = account.Walk("leads?limit=250", "leads").size();
  const json::value users = account.Get("users?limit=250&with=role,group");
  for (const json::value& user : users.at("_embedded").at("users").as_array()) {
    const json::value& rights = user.at("rights");
    if (!rights.at("is_active").as_bool()) {
      EXPECT_EQ(account.Send("GET", "/api/v4/leads", {}, Text(Int(user.at("id")))).status, 401);
      continue;
    }
    const std::string view(rights.at("leads").at("view").as_string());
    std::set<int64_t> owners, groups;
    const Response page = account.Send("GET", "/api/v4/leads?limit=250", {}, Text(Int(user.at("id"))));
    if (page.status == 204) continue;
    const json::value seen = ParseJson(page.body).value();
    for (const json::value& lead : seen.at("_embedded").at("leads").as_array()) {
      owners.insert(Int(lead.at("responsible_user_id")));
      groups.insert(Int(lead.at("group_id")));
      EXPECT_TRUE(rights.at("status_rights").is_null() || Int(lead.at("pipeline_id")) != 7000007);
    }
    ++views[view];
    if (view == "M") {
      EXPECT_EQ(owners, std::set<int64_t>{Int(user.at("id"))});
    }
    if (view == "G") {
      EXPECT_EQ(groups, std::set<int64_t>{Int(rights.at("group_id"))});
    }
    const bool admin = rights.at("is_admin").as_bool();
    EXPECT_EQ(account.Send("GET", "/api/v4/users", {}, Text(Int(user.at("id")))).status, admin ? 200 : 403);
  }
  EXPECT_GT(views["A"], 0);
  EXPECT_GT(views["G"], 0);
  EXPECT_GT(views["M"], 0);
  EXPECT_GT(all, 1000U);
  EXPECT_EQ(account.Send("GET", "/api/v4/leads", {}, "77").status, 401);
}

TEST(AccountLimits, SevenASecondThenABan) {
  TestAccount account(true);
  for (int i = 0; i < 7; ++i) ASSERT_EQ(account.Send("GET", "/api/v4/account").status, 200) << i;
  const Response refused = account.Send("GET", "/api/v4/account");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.content_type, "text/html");
  account.seconds += 1;
  EXPECT_EQ(account.Send("GET", "/api/v4/account").status, 200);
  account.Control(R"({"offences_max":5})");
  for (int i = 0; i < 20; ++i) account.Send("GET", "/api/v4/account");
  account.seconds += 2;
  EXPECT_EQ(account.Send("GET", "/api/v4/account").status, 403);
  account.seconds += 600;
  EXPECT_EQ(account.Send("GET", "/api/v4/account").status, 200);
  const json::value stats = ParseJson(account.Send("GET", "/_stats").body).value();
  EXPECT_GT(Int(stats.at("refused_429")), 0);
  EXPECT_GT(Int(stats.at("refused_403")), 0);
}

TEST(AccountSwitches, DoWhatTheySay) {
  TestAccount account;
  account.Control(R"({"kommo":true})");
  const json::value lead = account.Get("leads?limit=1").at("_embedded").at("leads").at(0);
  EXPECT_TRUE(lead.as_object().contains("price_with_minor_units"));
  account.Control(R"({"kommo":false,"events_page":20})");
  EXPECT_EQ(account.Get("events?limit=100").at("_embedded").at("events").as_array().size(), 20U);
  account.Control(R"({"events_page":100,"history_days":30})");
  const auto recent = account.Walk("events?limit=100", "events");
  const int64_t now = AtLocal(MakeDay(2026, 3, 31), 12 * 3600);
  ASSERT_FALSE(recent.empty());
  for (const json::value& event : recent) ASSERT_GE(Int(event.at("created_at")), now - 31 * kDaySeconds);
  account.Control(R"({"history_days":0,"heavy_rows":300})");
  EXPECT_EQ(account.Send("GET", "/api/v4/leads?limit=250&with=contacts").status, 504);
  EXPECT_EQ(account.Send("GET", "/api/v4/leads?limit=100&with=contacts").status, 200);
  account.Control(R"({"heavy_rows":0,"unpaid":true})");
  EXPECT_EQ(account.Send("GET", "/api/v4/account").status, 402);
  account.Control(R"({"unpaid":false,"customers":false})");
  EXPECT_EQ(account.Send("GET", "/api/v4/customers").status, 402);
  account.Control(R"({"customers":true,"rate_bad_json":1})");
  EXPECT_FALSE(ParseJson(account.Send("GET", "/api/v4/account").body).ok());
  account.Control(R"({"rate_bad_json":0,"hide_dismissed":true})");
  const json::value users = account.Get("users?limit=250");
  for (const json::value& user : users.at("_embedded").at("users").as_array())
    EXPECT_TRUE(user.at("rights").at("is_active").as_bool());
  EXPECT_EQ(account.Send("POST", "/_control", R"({"nonsense":1})").status, 400);
  EXPECT_GT(account.Walk("customers?limit=250", "customers").size(), 0U);
  EXPECT_GT(account.Walk("customers/transactions?limit=250", "transactions").size(), 0U);
}

TEST(AccountCustomers, MoveOnAndAreToldByTheirDateOfChangeAndByHooks) {
  TestAccount account;
  account.Write("POST", "webhooks",
                R"({"destination":"http://svodka.test/hook","settings":["add_customer","update_customer"]})");
  std::map<int64_t, json::value> before;
  for (const json::value& row : account.Walk("customers?limit=250&with=contacts", "customers"))
    before[Int(row.at("id"))] = row;
  ASSERT_GT(before.size(), 5U);
  const int64_t now = AtLocal(MakeDay(2026, 3, 31), 12 * 3600);
  account.Control(R"({"step_minutes":43200})");
  std::map<int64_t, json::value> told;
  for (const json::value& row : account.Walk(
           "customers?limit=250&with=contacts&filter[updated_at][from]=" + std::to_string(now), "customers"))
    told[Int(row.at("id"))] = row;
  size_t changed = 0, moved_on = 0, fresh = 0;
  for (const json::value& row : account.Walk("customers?limit=250&with=contacts", "customers")) {
    const int64_t id = Int(row.at("id"));
    EXPECT_EQ(Int(row.at("status_id")), Int(row.at("next_date")) > now + 30 * kDaySeconds ? 5101 : 5102);
    const auto old = before.find(id);
    if (old != before.end() && old->second == row) continue;
    ++(old == before.end() ? fresh : changed);
    if (old != before.end() && old->second.at("status_id") != row.at("status_id")) ++moved_on;
    EXPECT_TRUE(told.contains(id)) << id;
  }
  EXPECT_GT(changed, 0U);
  EXPECT_GT(moved_on, 0U);
  EXPECT_GT(fresh, 0U);
  // Whoever bought is told of by an event; moving on by itself is not.
  account.account().Deliver();
  size_t added = 0, updated = 0;
  for (const auto& [url, body] : account.posted) {
    const json::object form = ParseQuery(body);
    added += form.at("customers").as_object().contains("add") ? 1 : 0;
    updated += form.at("customers").as_object().contains("update") ? 1 : 0;
  }
  EXPECT_GT(added, 0U);
  EXPECT_GT(added + updated, fresh);
}

TEST(AccountSwitches, DeletedAndMergedLeads) {
  TestAccount account;
  const auto rows = account.Get("leads?limit=3&order[id]=asc").at("_embedded").at("leads").as_array();
  const std::string a = Text(Int(rows[0].at("id"))), b = Text(Int(rows[1].at("id"))),
                    c = Text(Int(rows[2].at("id")));
  account.Control("{\"delete\":{\"id\":" + a + "},\"merge\":{\"keep\":" + b + ",\"remove\":" + c + "}}");
  EXPECT_EQ(account.Send("GET", "/api/v4/leads/" + a).status, 204);
  EXPECT_EQ(account.Send("GET", "/api/v4/leads/" + c).status, 204);
  const auto trash = account.Walk("leads?with=only_deleted", "leads");
  ASSERT_EQ(trash.size(), 1U);
  EXPECT_EQ(trash[0].as_object().size(), 4U);
  EXPECT_EQ(account.Walk("events?filter[type]=lead_deleted", "events").size(), 2U);
  const auto merged = account.Walk("events?filter[type]=entity_merged", "events");
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(Text(Int(merged[0].at("entity_id"))), b);
  account.Control("{\"restore\":{\"id\":" + a + "}}");
  EXPECT_EQ(account.Send("GET", "/api/v4/leads/" + a).status, 200);
}

TEST(AccountSwitches, DriftSkipsARowWithUnstablePaging) {
  TestAccount account;
  const size_t all = account.Walk("leads?limit=250", "leads").size();
  account.Control(R"({"rate_drift":1})");
  std::set<int64_t> seen;
  for (const json::value& row : account.Walk("leads?limit=10&order[updated_at]=asc", "leads"))
    seen.insert(Int(row.at("id")));
  EXPECT_LT(seen.size(), all);
}

TEST(AccountSwitches, ReadsLagBehindWrites) {
  TestAccount account;
  account.Control(R"({"lag_s":60})");
  const json::value lead = account.Get("leads?limit=1").at("_embedded").at("leads").at(0);
  const std::string id = Text(Int(lead.at("id")));
  account.Write("PATCH", "leads/" + id, R"({"name":"Другое имя"})");
  EXPECT_EQ(account.Send("GET", "/api/v4/leads?filter[id]=" + id).status, 204);
  account.Control(R"({"step_minutes":2})");
  EXPECT_EQ(account.Get("leads?filter[id]=" + id).at("_embedded").at("leads").at(0).at("name"),
            json::value("Другое имя"));
}

}  // namespace
}  // namespace svodka::emulator::amocrm
