#include <set>

#include <gtest/gtest.h>

#include "emulator/bitrix24/testing.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

TestPortal& Shared() {
  static TestPortal portal;
  return portal;
}
std::string Str(const json::value& value) { return std::string(value.as_string()); }

TEST(Params, ReadPhpBrackets) {
  const json::object params =
      ParseQuery("filter[%3EID]=5&select[0]=ID&select[]=TITLE&order[ID]=ASC&a=b+c%26&filter%5B@ID%5D[]=7");
  EXPECT_EQ(params.at("filter").at(">ID"), json::value("5"));
  EXPECT_EQ(params.at("filter").at("@ID").at("0"), json::value("7"));
  EXPECT_EQ(TextList(params, "SELECT"), (std::vector<std::string>{"ID", "TITLE"}));
  EXPECT_EQ(params.at("a"), json::value("b c&"));
}

TEST(Params, PhpMapsAreListsWhenTheirKeysAre) {
  EXPECT_EQ(PhpMap({}), json::value(json::array()));
  EXPECT_TRUE(PhpMap({{"0", 1}, {"1", 2}}).is_array());
  EXPECT_TRUE(PhpMap({{"1", 1}}).is_object());
  EXPECT_TRUE(PhpMap({{"c0", 1}}).is_object());
  EXPECT_EQ(PhpJson(json::array{424327.59, 0.5, "a\"\\\n\x01", 3}),
            "[424327.59,0.5,\"a\\\"\\\\\\n\\u0001\",3]");
}

TEST(Requests, EveryFormGivesTheSame) {
  TestPortal& portal = Shared();
  const auto id_of = [](const Response& response) {
    return ParseJson(response.body).value().at("result").at(0).at("ID");
  };
  const std::string query =
      "filter[%3EID]=5&start=-1&order[ID]=ASC&select[]=ID&bx24_request_id=1&bx24_sdk_ver=2";
  EXPECT_EQ(id_of(portal.Send("/rest/1/s3/crm.deal.list?" + query)), json::value("6"));
  EXPECT_EQ(id_of(portal.Send("/rest/1/s3/CRM.Deal.List.json?" + query)), json::value("6"));
  EXPECT_EQ(id_of(portal.Send("/rest//1/s3//crm.deal.list/?" + query)), json::value("6"));
  EXPECT_EQ(id_of(portal.Send("/rest/1/s3/crm.deal.list", query, "application/x-www-form-urlencoded")),
            json::value("6"));
  EXPECT_EQ(id_of(portal.Send("/rest/1/s3/crm.deal.list",
                              R"({"FILTER":{">ID":5},"START":-1,"ORDER":{"ID":"ASC"}})")),
            json::value("6"));
  const std::string part = "\r\nContent-Disposition: form-data; name=";
  EXPECT_EQ(id_of(portal.Send("/rest/1/s3/crm.deal.list",
                              "--xx" + part + "\"filter[>ID]\"\r\n\r\n5\r\n--xx" + part +
                                  "\"start\"\r\n\r\n-1\r\n--xx--\r\n",
                              "multipart/form-data; boundary=xx")),
            json::value("6"));
}

TEST(Errors, HaveTheirCodes) {
  TestPortal& portal = Shared();
  const auto error = [](const Response& response) {
    return std::pair(response.status, Str(ParseJson(response.body).value().at("error")));
  };
  EXPECT_EQ(error(portal.Send("/rest/1/wrong/profile")), std::pair(401, std::string("INVALID_CREDENTIALS")));
  EXPECT_EQ(error(portal.Send("/rest/profile")), std::pair(401, std::string("NO_AUTH_FOUND")));
  EXPECT_EQ(error(portal.Post("no.such.method", "{}")),
            std::pair(404, std::string("ERROR_METHOD_NOT_FOUND")));
  EXPECT_EQ(error(portal.Post("crm.deal.get", R"({"id":99999999})")), std::pair(400, std::string()));
  EXPECT_EQ(error(portal.Post("crm.item.get", R"({"entityTypeId":2,"id":99999999})")),
            std::pair(400, std::string("NOT_FOUND")));
  EXPECT_EQ(error(portal.Post("crm.item.list", R"({"entityTypeId":5})")),
            std::pair(400, std::string("ENTITY_TYPE_NOT_SUPPORTED")));
  EXPECT_EQ(error(portal.Post("crm.item.list", R"({"entityTypeId":2,"filter":{"nonsense":1}})")),
            std::pair(400, std::string("INVALID_ARG_VALUE")));
  EXPECT_EQ(error(portal.Post("crm.category.list", R"({"entityTypeId":1})")),
            std::pair(400, std::string("ENTITY_TYPE_NOT_SUPPORTED")));
  EXPECT_EQ(error(portal.Post("app.info", "{}")), std::pair(400, std::string("ACCESS_DENIED")));
  // A legacy list ignores a field that it does not know.
  EXPECT_EQ(portal.Post("crm.deal.list", R"({"filter":{"NONSENSE":1}})").status, 200);
}

TEST(Shapes, LegacyDealsAreStrings) {
  const json::value row = Shared().Call("crm.deal.get", R"({"id":42})").at("result");
  for (const char* name : {"ID", "TITLE", "CATEGORY_ID", "STAGE_ID", "OPPORTUNITY", "CURRENCY_ID",
                           "ASSIGNED_BY_ID", "COMPANY_ID", "CONTACT_ID"}) {
    EXPECT_TRUE(row.at(name).is_string() || std::string(name) == "OPPORTUNITY") << name;
  }
  EXPECT_EQ(Str(row.at("ID")), "42");
  EXPECT_TRUE(Str(row.at("DATE_CREATE")).ends_with("+03:00"));
  EXPECT_TRUE(Str(row.at("CLOSEDATE")).ends_with("T03:00:00+03:00"));
  EXPECT_TRUE(row.at("UF_CRM_1700000006").is_bool());
  EXPECT_FALSE(row.as_object().contains("CONTACT_IDS"));
}

TEST(Shapes, ItemDealsAreTyped) {
  const json::value row =
      Shared().Call("crm.item.get", R"({"entityTypeId":2,"id":42})").at("result").at("item");
  EXPECT_TRUE(row.at("id").is_int64());
  EXPECT_TRUE(row.at("companyId").is_int64());
  EXPECT_TRUE(row.at("contactIds").is_array());
  EXPECT_TRUE(row.at("ufCrm_1700000001").is_array());
  EXPECT_TRUE(row.at("ufCrm_1700000006").is_string());
  EXPECT_TRUE(row.at("leadId").is_null() || row.at("leadId").is_int64());
  const json::value fields =
      Shared().Call("crm.item.fields", R"({"entityTypeId":2})").at("result").at("fields");
  EXPECT_EQ(Str(fields.at("ufCrm_1700000001").at("upperName")), "UF_CRM_1700000001");
  EXPECT_TRUE(fields.at("ufCrm_1700000001").at("isMultiple").as_bool());
}

TEST(Shapes, Dictionaries) {
  TestPortal& portal = Shared();
  const json::value categories = portal.Call("crm.category.list", R"({"entityTypeId":2})");
  EXPECT_EQ(categories.at("result").at("categories").as_array().size(), 3U);
  EXPECT_EQ(categories.at("total"), json::value(3));
  const json::value stages =
      portal.Call("crm.status.list", R"({"filter":{"ENTITY_ID":"DEAL_STAGE_2"}})").at("result");
  ASSERT_EQ(stages.as_array().size(), 7U);
  EXPECT_EQ(Str(stages.at(0).at("STATUS_ID")), "C2:NEW");
  EXPECT_TRUE(stages.at(0).at("SEMANTICS").is_null());
  EXPECT_EQ(Str(stages.at(4).at("SEMANTICS")), "S");
  EXPECT_EQ(Str(stages.at(4).at("EXTRA").at("SEMANTICS")), "success");
  const json::value users = portal.Call("user.get", R"({"FILTER":{"ACTIVE":true}})").at("result");
  EXPECT_LT(users.as_array().size(), portal.Call("user.get").at("result").as_array().size());
  EXPECT_TRUE(users.at(0).at("ACTIVE").is_bool());
  const json::value departments = portal.Call("department.get").at("result");
  EXPECT_FALSE(departments.at(0).as_object().contains("PARENT"));
  EXPECT_EQ(portal.Call("crm.currency.list").at("total"), json::value(0));
  EXPECT_EQ(portal.Call("crm.settings.mode.get").at("result"), json::value(1));
}

TEST(Paging, FollowsTheRules) {
  TestPortal& portal = Shared();
  const json::value first = portal.Call("crm.deal.list", R"({"order":{"ID":"ASC"},"select":["ID"]})");
  EXPECT_EQ(first.at("result").as_array().size(), 50U);
  EXPECT_EQ(first.at("next"), json::value(50));
  EXPECT_EQ(first.at("total"), json::value(1002));
  const json::value last =
      portal.Call("crm.deal.list", R"({"order":{"ID":"ASC"},"select":["ID"],"start":1000})");
  EXPECT_EQ(last.at("result").as_array().size(), 2U);
  EXPECT_FALSE(last.as_object().contains("next"));
  const json::value keyset =
      portal.Call("crm.deal.list", R"({"order":{"ID":"ASC"},"filter":{">ID":100},"start":-1})");
  EXPECT_EQ(keyset.at("total"), json::value(0));
  EXPECT_FALSE(keyset.as_object().contains("next"));
  EXPECT_EQ(Str(keyset.at("result").at(0).at("ID")), "101");
  EXPECT_EQ(portal.Walk("crm.deal.list", {{"select", json::array{"ID"}}}).size(), 1002U);
  const json::value down =
      portal.Call("crm.deal.list", R"({"order":{"ID":"DESC"},"start":-1,"filter":{"<ID":10}})");
  EXPECT_EQ(down.at("result").as_array().size(), 9U);
  EXPECT_EQ(Str(down.at("result").at(0).at("ID")), "9");
}

TEST(Filters, EqualAPlainWalk) {
  TestPortal& portal = Shared();
  const auto all = portal.Walk("crm.deal.list", {});
  const auto check = [&](const std::string& filter, auto&& wanted) {
    std::set<std::string> expected, got;
    for (const json::value& row : all) {
      if (wanted(row)) expected.insert(Str(row.at("ID")));
    }
    for (const json::value& row : portal.Walk(
             "crm.deal.list", {{"filter", ParseJson(filter).value()}, {"select", json::array{"ID"}}})) {
      EXPECT_TRUE(got.insert(Str(row.at("ID"))).second);
    }
    EXPECT_EQ(got, expected) << filter;
    EXPECT_FALSE(expected.empty()) << filter;
  };
  const auto is = [](const json::value& row, const char* name, std::string_view text) {
    return row.at(name).is_string() && row.at(name).as_string() == text;
  };
  check(R"({"STAGE_ID":"NEW"})", [&](const json::value& row) { return is(row, "STAGE_ID", "NEW"); });
  check(R"({"!STAGE_ID":"NEW","CATEGORY_ID":0})",
        [&](const json::value& row) { return !is(row, "STAGE_ID", "NEW") && is(row, "CATEGORY_ID", "0"); });
  check(R"({"@STAGE_ID":["NEW","C2:WON"]})",
        [&](const json::value& row) { return is(row, "STAGE_ID", "NEW") || is(row, "STAGE_ID", "C2:WON"); });
  check(R"({"%TITLE":"ДВЕРЬ"})",
        [&](const json::value& row) { return Str(row.at("TITLE")).find("верь") != std::string::npos; });
  check(R"({"=%TITLE":"Сделка%"})",
        [&](const json::value& row) { return Str(row.at("TITLE")).starts_with("Сделка"); });
  check(R"({">=DATE_CREATE":"2026-03-01T00:00:00+03:00"})",
        [&](const json::value& row) { return Str(row.at("DATE_CREATE")) >= "2026-03-01"; });
  check(R"({">=DATE_CREATE":"2026-03-01 00:00:00","<DATE_CREATE":"16.03.2026"})",
        [&](const json::value& row) {
          return Str(row.at("DATE_CREATE")) >= "2026-03-01" && Str(row.at("DATE_CREATE")) < "2026-03-16";
        });
  check(R"({">=DATE_MODIFY":"2026-03-25T12:00:00+03:00"})",
        [&](const json::value& row) { return Str(row.at("DATE_MODIFY")) >= "2026-03-25T12"; });
  check(R"({">OPPORTUNITY":500000})", [&](const json::value& row) {
    return row.at("OPPORTUNITY").is_string() && std::stod(Str(row.at("OPPORTUNITY"))) > 500000;
  });
  check(R"({"SOURCE_ID":""})", [&](const json::value& row) { return row.at("SOURCE_ID").is_null(); });
  check(R"({"IS_RECURRING":"N","UF_CRM_1700000006":"1"})", [&](const json::value& row) {
    return is(row, "IS_RECURRING", "N") && row.at("UF_CRM_1700000006").as_bool();
  });
}

TEST(Filters, GroupsOfTheItemDialect) {
  TestPortal& portal = Shared();
  const auto rows = portal.Walk(
      "crm.item.list",
      {{"entityTypeId", 2},
       {"select", json::array{"id", "stageId", "categoryId"}},
       {"filter",
        ParseJson(R"({"categoryId":0,"0":{"logic":"OR","0":{"stageId":"NEW"},"1":{"stageId":"WON"}}})")
            .value()}},
      "items", "id");
  EXPECT_FALSE(rows.empty());
  for (const json::value& row : rows) EXPECT_TRUE(row.at("stageId") == "NEW" || row.at("stageId") == "WON");
  const json::value unioned =
      portal.Call("crm.item.list", R"({"entityTypeId":2,"filter":{"logic":"OR","0":{"id":3},"1":{"id":5}}})");
  EXPECT_EQ(unioned.at("total"), json::value(2));
}

TEST(Order, ByChangeNewestFirst) {
  const json::value rows =
      Shared()
          .Call("crm.deal.list", R"({"order":{"DATE_MODIFY":"DESC"},"select":["ID","DATE_MODIFY"]})")
          .at("result");
  for (size_t i = 1; i < rows.as_array().size(); ++i)
    EXPECT_GE(Str(rows.at(i - 1).at("DATE_MODIFY")), Str(rows.at(i).at("DATE_MODIFY")));
  const json::value amounts =
      Shared()
          .Call("crm.deal.list", R"({"order":{"OPPORTUNITY":"DESC"},"select":["ID","OPPORTUNITY"]})")
          .at("result");
  for (size_t i = 1; i < amounts.as_array().size(); ++i) {
    EXPECT_GE(std::stod(Str(amounts.at(i - 1).at("OPPORTUNITY"))),
              std::stod(Str(amounts.at(i).at("OPPORTUNITY"))));
  }
}

TEST(Batch, HidesErrorsAndFollowsReferences) {
  TestPortal& portal = Shared();
  const json::value result =
      portal
          .Call("batch", R"({"halt":0,"cmd":{"d":"crm.deal.list?filter%5B%3EID%5D=5&start=-1&select[]=ID",
      "e":"crm.deal.get?id=99999999","n":"crm.deal.list?filter[>ID]=$result[d][49][ID]&start=-1&select[]=ID","b":"batch?cmd[a]=profile"}})")
          .at("result");
  EXPECT_EQ(Str(result.at("result").at("n").at(0).at("ID")), "56");
  EXPECT_EQ(Str(result.at("result_error").at("e").at("error_description")), "Not found");
  EXPECT_EQ(Str(result.at("result_error").at("b").at("error")), "ERROR_BATCH_METHOD_NOT_ALLOWED");
  EXPECT_TRUE(result.at("result_next").is_array());  // an empty map is a list
  const json::value listed =
      portal.Call("batch", R"({"cmd":["profile","crm.deal.get?id=99999999"]})").at("result");
  EXPECT_TRUE(listed.at("result").is_array());
  EXPECT_TRUE(listed.at("result_error").is_object());
  const json::value halted =
      portal.Call("batch", R"({"halt":1,"cmd":{"a":"crm.deal.get?id=99999999","z":"profile"}})").at("result");
  EXPECT_TRUE(halted.at("result").as_array().empty());
  json::object commands;
  for (int i = 0; i < 51; ++i) commands["c" + std::to_string(i)] = "profile";
  EXPECT_EQ(portal.Post("batch", json::serialize(json::object{{"cmd", commands}})).status, 400);
}

TEST(History, OfOneCardAndOfTheWholePortal) {
  TestPortal& portal = Shared();
  const json::value of_card = portal
                                  .Call("crm.stagehistory.list",
                                        R"({"entityTypeId":2,"filter":{"OWNER_ID":42},"order":{"ID":"ASC"}})")
                                  .at("result")
                                  .at("items");
  ASSERT_FALSE(of_card.as_array().empty());
  EXPECT_EQ(Str(of_card.at(0).at("TYPE_ID")), "1");
  EXPECT_EQ(Str(of_card.at(0).at("OWNER_ID")), "42");
  const auto all = portal.Walk("crm.stagehistory.list", {{"entityTypeId", 1}}, "items");
  EXPECT_EQ(all.size(), portal.Truth().at("rows").at("lead_events").as_int64());
  EXPECT_TRUE(all.front().as_object().contains("STATUS_ID"));
}

TEST(Activities, BelongToTheirCards) {
  TestPortal& portal = Shared();
  const auto all =
      portal.Walk("crm.activity.list",
                  {{"select", json::array{"ID", "OWNER_ID", "OWNER_TYPE_ID", "TYPE_ID", "BINDINGS"}}});
  EXPECT_EQ(all.size(), portal.Truth().at("rows").at("activities").as_int64());
  std::set<std::string> expected;
  for (const json::value& row : all) {
    if (row.at("OWNER_TYPE_ID") == "2" && row.at("OWNER_ID") == "42") expected.insert(Str(row.at("ID")));
  }
  std::set<std::string> got;
  for (const json::value& row :
       portal.Walk("crm.activity.list", {{"filter", json::object{{"OWNER_TYPE_ID", 2}, {"OWNER_ID", 42}}}}))
    got.insert(Str(row.at("ID")));
  EXPECT_EQ(got, expected);
}

}  // namespace
}  // namespace svodka::emulator::bitrix24
