#include <set>

#include <gtest/gtest.h>

#include "emulator/amocrm/testing.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

int64_t Int(const json::value& value) { return value.to_number<int64_t>(); }
std::string Text(int64_t number) { return std::to_string(number); }

/// Some lead that stands in a working stage of the pipeline.
json::value OpenLead(TestAccount& account, int64_t pipeline) {
  for (const json::value& row : account.Walk("leads?limit=250", "leads")) {
    if (Int(row.at("pipeline_id")) == pipeline && row.at("closed_at").is_null()) return row;
  }
  throw std::runtime_error("no open lead there");
}

json::value EventsOf(TestAccount& account, int64_t lead, const std::string& type) {
  const Response response = account.Send(
      "GET", "/api/v4/events?filter[entity]=lead&filter[entity_id]=" + Text(lead) + "&filter[type]=" + type);
  if (response.status == 204) return json::array();
  return ParseJson(response.body).value().at("_embedded").at("events");
}

TEST(AccountWrites, MoveALeadThroughItsWholeLife) {
  TestAccount account;
  const json::value before = account.Truth().at("plain").at("total");
  const json::value made = account.Write(
      "POST", "leads",
      R"([{"name":"Кухня","price":185000,"pipeline_id":7000001,"request_id":"r7","responsible_user_id":3000006,
          "custom_fields_values":[{"field_code":"UTM_SOURCE","values":[{"value":"yandex"}]}],"tags_to_add":[{"name":"новый"}]}])");
  const json::value& item = made.at("_embedded").at("leads").at(0);
  EXPECT_EQ(item.at("request_id"), json::value("r7"));
  const int64_t id = Int(item.at("id"));
  const std::string path = "leads/" + Text(id);
  json::value lead = account.Get(path);
  EXPECT_EQ(lead.at("name"), json::value("Кухня"));
  EXPECT_EQ(lead.at("price"), json::value(185000));
  EXPECT_EQ(lead.at("responsible_user_id"), json::value(3000006));
  EXPECT_EQ(lead.at("_embedded").at("tags").at(0).at("name"), json::value("новый"));
  EXPECT_EQ(lead.at("custom_fields_values").at(0).at("field_code"), json::value("UTM_SOURCE"));
  EXPECT_EQ(Int(account.Truth().at("plain").at("total").at("leads_created")),
            Int(before.at("leads_created")) + 1);

  // Out of the lead pipeline: the lead is qualified, a deal is created.
  account.Write("PATCH", path, R"({"pipeline_id":7000003,"status_id":71000103})");
  account.Write("PATCH", path, R"({"status_id":142,"price":200000})");
  lead = account.Get(path);
  EXPECT_EQ(lead.at("status_id"), json::value(142));
  EXPECT_FALSE(lead.at("closed_at").is_null());
  EXPECT_EQ(lead.at("closed_at"), lead.at("updated_at"));
  const json::value after = account.Truth().at("plain").at("total");
  EXPECT_EQ(Int(after.at("leads_qualified")), Int(before.at("leads_qualified")) + 1);
  EXPECT_EQ(Int(after.at("deals_won")), Int(before.at("deals_won")) + 1);
  const json::value moves = EventsOf(account, id, "lead_status_changed");
  ASSERT_EQ(moves.as_array().size(), 2U);  // newest first
  EXPECT_EQ(moves.at(0).at("value_after").at(0).at("lead_status").at("id"), json::value(142));
  EXPECT_EQ(moves.at(1).at("value_before").at(0).at("lead_status").at("pipeline_id"), json::value(7000001));
  const json::value sums = EventsOf(account, id, "sale_field_changed");
  ASSERT_EQ(sums.as_array().size(), 1U);
  EXPECT_EQ(sums.at(0).at("value_before").at(0).at("sale_field_value").at("sale"), json::value(185000));

  // Reopened, handed over, lost with a reason.
  account.Write("PATCH", path, R"({"status_id":71000102,"responsible_user_id":3000007})");
  EXPECT_TRUE(account.Get(path).at("closed_at").is_null());
  EXPECT_EQ(EventsOf(account, id, "entity_responsible_changed").as_array().size(), 1U);
  account.Write("PATCH", path, R"({"status_id":143,"loss_reason_id":15107})");
  lead = account.Get(path + "?with=loss_reason");
  EXPECT_EQ(lead.at("_embedded").at("loss_reason").at(0).at("name"), json::value("Дорого"));
  // And back among the leads: it was never a deal.
  account.Write("PATCH", path, R"({"pipeline_id":7000001,"status_id":71000003})");
  EXPECT_EQ(Int(account.Truth().at("plain").at("total").at("deals_won")), Int(before.at("deals_won")));
  EXPECT_EQ(Int(account.Truth().at("plain").at("total").at("leads_in_work")),
            Int(before.at("leads_in_work")) + 1);
}

TEST(AccountWrites, SayWhatIsWrong) {
  TestAccount account;
  const auto refused = [&](const std::string& path, const std::string& body) {
    const Response response = account.Send("POST", "/api/v4/" + path, body);
    EXPECT_EQ(response.status, 400) << response.body;
    EXPECT_EQ(response.content_type, "application/problem+json");
    return ParseJson(response.body).value();
  };
  const json::value task = refused("tasks", R"([{"text":"a","complete_till":1790000000},{"text":""}])");
  EXPECT_EQ(task.at("validation-errors").at(0).at("request_id"), json::value("1"));
  EXPECT_EQ(task.at("validation-errors").at(0).at("errors").at(0).at("code"), json::value("NotBlank"));
  // A user who has left is no choice any more.
  const json::value users = account.Get("users?limit=250");
  for (const json::value& user : users.at("_embedded").at("users").as_array()) {
    if (user.at("rights").at("is_active").as_bool()) continue;
    const json::value lead =
        refused("leads", "[{\"name\":\"x\",\"responsible_user_id\":" + Text(Int(user.at("id"))) + "}]");
    EXPECT_EQ(lead.at("validation-errors").at(0).at("errors").at(0).at("code"),
              json::value("NotSupportedChoice"));
  }
  refused("leads", R"([{"name":"x","pipeline_id":1}])");
  refused("leads", R"([{"name":"x","custom_fields_values":[{"field_id":5,"values":[{"value":"1"}]}]}])");
  refused("webhooks", R"({"destination":"not an address","settings":["add_lead"]})");
  refused("webhooks", R"({"destination":"https://сводка.рф/hook","settings":["add_lead"]})");
  refused("webhooks", R"({"destination":"https://svodka.test/hook","settings":["explode_lead"]})");
}

TEST(AccountWrites, TasksNotesCallsAndLinks) {
  TestAccount account;
  const json::value lead = OpenLead(account, 7000003);
  const std::string id = Text(Int(lead.at("id")));
  const json::value task = account.Write(
      "POST", "tasks",
      "[{\"text\":\"Позвонить\",\"complete_till\":1790000000,\"entity_type\":\"leads\",\"entity_id\":" + id +
          "}]");
  const std::string task_id = Text(Int(task.at("_embedded").at("tasks").at(0).at("id")));
  EXPECT_TRUE(account.Get("tasks/" + task_id).at("result").is_array());
  account.Write("PATCH", "tasks/" + task_id, R"({"is_completed":true,"result":{"text":"ок"}})");
  const json::value done = account.Get("tasks/" + task_id);
  EXPECT_EQ(done.at("is_completed"), json::value(true));
  EXPECT_TRUE(done.at("result").is_object());
  const json::value completed =
      account.Get("events?filter[entity]=task&filter[entity_id]=" + task_id + "&filter[type]=task_completed");
  EXPECT_EQ(completed.at("_embedded").at("events").as_array().size(), 1U);

  account.Write(
      "POST", "leads/notes",
      "[{\"entity_id\":" + id +
          ",\"note_type\":\"call_out\",\"params\":{\"uniq\":\"u1\",\"duration\":\"61\",\"source\":\"x\","
          "\"phone\":\"+7\"}},"
          "{\"entity_id\":" +
          id + ",\"note_type\":\"service_message\",\"params\":{\"service\":\"Свод\",\"text\":\"итог\"}}]");
  const json::value call =
      account.Get("leads/" + id + "/notes?filter[note_type]=call_out&order[id]=desc&limit=1")
          .at("_embedded")
          .at("notes")
          .at(0);
  EXPECT_EQ(call.at("params").at("duration"), json::value("61"));
  const json::value message = account.Get("leads/" + id + "/notes?filter[note_type][]=service_message")
                                  .at("_embedded")
                                  .at("notes")
                                  .at(0);
  EXPECT_EQ(message.at("params").at("text"), json::value("итог"));
  EXPECT_EQ(EventsOf(account, Int(lead.at("id")), "service_note_added").as_array().size(), 1U);

  const json::value person = account.Write(
      "POST", "contacts",
      R"([{"name":"Пётр Новый","custom_fields_values":[{"field_code":"PHONE","values":[{"value":"+79990001122","enum_code":"MOB"}]}]}])");
  const std::string contact = Text(Int(person.at("_embedded").at("contacts").at(0).at("id")));
  account.Write("POST", "leads/" + id + "/link",
                "[{\"to_entity_id\":" + contact + ",\"to_entity_type\":\"contacts\"}]");
  const json::value linked = account.Get("contacts/" + contact + "?with=leads");
  EXPECT_EQ(Text(Int(linked.at("_embedded").at("leads").at(0).at("id"))), id);
  EXPECT_EQ(linked.at("custom_fields_values").at(0).at("values").at(0).at("enum_code"), json::value("MOB"));

  // A call by number finds its contact; an unknown number is stored nowhere.
  const json::value known = account.Get("contacts?limit=1").at("_embedded").at("contacts").at(0);
  const std::string phone(known.at("custom_fields_values").at(0).at("values").at(0).at("value").as_string());
  const json::value calls = account.Write(
      "POST", "calls",
      "[{\"direction\":\"inbound\",\"duration\":12,\"source\":\"pbx\",\"phone\":\"" + phone +
          "\"},"
          "{\"direction\":\"outbound\",\"duration\":5,\"source\":\"pbx\",\"phone\":\"+70000000001\"}]");
  EXPECT_EQ(calls.at("_embedded").at("calls").as_array().size(), 1U);
  EXPECT_EQ(calls.at("errors").as_array().size(), 1U);
}

TEST(AccountWrites, ABillIsPaidAndLinked) {
  TestAccount account;
  const json::value before = account.Truth().at("payments");
  const json::value lead = OpenLead(account, 7000003);
  const json::value bill = account.Write("POST", "catalogs/4517/elements",
                                         R"([{"name":"Счёт 1","custom_fields_values":[
      {"field_code":"BILL_STATUS","values":[{"enum_code":"created"}]},{"field_code":"BILL_PRICE","values":[{"value":"60000"}]}]}])");
  const std::string id = Text(Int(bill.at("_embedded").at("elements").at(0).at("id")));
  account.Write("POST", "leads/" + Text(Int(lead.at("id"))) + "/link",
                "[{\"to_entity_id\":" + id +
                    ",\"to_entity_type\":\"catalog_elements\",\"metadata\":{\"catalog_id\":4517}}]");
  account.Write("PATCH", "catalogs/4517/elements/" + id,
                R"({"custom_fields_values":[{"field_code":"BILL_STATUS","values":[{"enum_code":"paid"}]}]})");
  const json::value after = account.Truth().at("payments");
  EXPECT_EQ(Int(after.at("paid")), Int(before.at("paid")) + 1);
  const json::value row = account.Get("leads/" + Text(Int(lead.at("id"))) + "?with=catalog_elements");
  bool found = false;
  for (const json::value& element : row.at("_embedded").at("catalog_elements").as_array())
    found = found || Text(Int(element.at("id"))) == id;
  EXPECT_TRUE(found);
  EXPECT_EQ(account.Send("POST", "/api/v4/catalogs/4517/elements", R"([{"name":"без статуса"}])").status,
            400);
}

TEST(AccountWrites, UnsortedIsAcceptedOrDeclined) {
  TestAccount account;
  const auto add = [&] {
    const json::value made =
        account.Write("POST", "leads/unsorted/forms",
                      R"([{"source_name":"Сайт","_embedded":{"leads":[{"name":"Заявка с сайта"}]}}])");
    return made.at("_embedded").at("unsorted").at(0);
  };
  const json::value first = add(), second = add();
  const std::string uid(first.at("uid").as_string()), other(second.at("uid").as_string());
  const std::string lead = Text(Int(first.at("_embedded").at("leads").at(0).at("id")));
  EXPECT_EQ(account.Get("leads/" + lead).at("status_id"), json::value(71000000));
  EXPECT_EQ(account.Get("leads/unsorted/" + uid).at("uid"), json::value(uid));
  account.Write("POST", "leads/unsorted/" + uid + "/accept", R"({"user_id":3000006,"status_id":71000003})");
  EXPECT_EQ(account.Get("leads/" + lead).at("status_id"), json::value(71000003));
  EXPECT_EQ(account.Send("DELETE", "/api/v4/leads/unsorted/" + other + "/decline", "{}").status, 200);
  EXPECT_EQ(account.Send("GET", "/api/v4/leads/unsorted/" + uid).status, 404);
}

TEST(AccountHooks, ArePostedAsFormsAndTriedAgain) {
  TestAccount account;
  account.Write(
      "POST", "webhooks",
      R"({"destination":"http://svodka.test/hook","settings":["status_lead","add_task","delete_lead"]})");
  account.Write("POST", "webhooks",
                R"({"destination":"http://svodka.test/hook","settings":["status_lead","delete_lead"]})");
  EXPECT_EQ(account.Get("webhooks").at("_embedded").at("webhooks").as_array().size(), 1U);
  const json::value lead = OpenLead(account, 7000003);
  const std::string id = Text(Int(lead.at("id")));
  account.answer = 500;
  account.Write("PATCH", "leads/" + id, R"({"status_id":143})");
  account.account().Deliver();
  ASSERT_EQ(account.posted.size(), 1U);
  const json::object form = ParseQuery(account.posted[0].second);
  const json::value& part = form.at("leads").at("status").at("0");
  EXPECT_EQ(part.at("id"), json::value(id));  // all values are strings
  EXPECT_EQ(part.at("status_id"), json::value("143"));
  EXPECT_EQ(part.at("old_status_id"), json::value(Text(Int(lead.at("status_id")))));
  EXPECT_EQ(form.at("account").at("id"), json::value("31000001"));
  account.account().Deliver();
  EXPECT_EQ(account.posted.size(), 1U);  // not before five minutes
  account.answer = 200;
  account.Control(R"({"step_minutes":6})");
  account.account().Deliver();
  ASSERT_GE(account.posted.size(), 2U);
  EXPECT_TRUE(std::any_of(account.posted.begin() + 1, account.posted.end(),
                          [&](const auto& one) { return one.second == account.posted[0].second; }));
  account.Control("{\"delete\":{\"id\":" + id + "}}");
  account.posted.clear();
  account.account().Deliver();
  ASSERT_EQ(account.posted.size(), 1U);
  EXPECT_EQ(ParseQuery(account.posted[0].second).at("leads").at("delete").at("0").at("id"), json::value(id));
  EXPECT_EQ(account.Send("DELETE", "/api/v4/webhooks", R"({"destination":"http://svodka.test/hook"})").status,
            204);
  EXPECT_EQ(account.Send("DELETE", "/api/v4/webhooks", R"({"destination":"http://svodka.test/hook"})").status,
            404);
}

TEST(AccountHooks, AreForAdministratorsAndAHundredAtMost) {
  TestAccount account;
  const auto add = [&](int number) {
    return account
        .Send("POST", "/api/v4/webhooks",
              R"({"destination":"http://svodka.test/)" + std::to_string(number) +
                  R"(","settings":["add_lead"]})")
        .status;
  };
  for (int number = 1; number <= 100; ++number) ASSERT_EQ(add(number), 201) << number;
  EXPECT_EQ(add(101), 422);
  EXPECT_EQ(add(100), 201);  // replaced, not added
  account.Control(R"({"stop_webhooks":true})");
  const json::value all = account.Get("webhooks?filter[destination]=http://svodka.test/7");
  ASSERT_EQ(all.at("_embedded").at("webhooks").as_array().size(), 1U);
  EXPECT_TRUE(all.at("_embedded").at("webhooks").at(0).at("disabled").as_bool());
  account.Control(R"({"webhooks":false})");
  EXPECT_EQ(add(7), 403);
  EXPECT_EQ(account.Send("GET", "/api/v4/webhooks").status, 403);
}

}  // namespace
}  // namespace svodka::emulator::amocrm
