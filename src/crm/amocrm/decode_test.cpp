#include "crm/amocrm/decode.hpp"

#include <gtest/gtest.h>

#include "crm/amocrm/address.hpp"
#include "crm/amocrm/api_error.hpp"
#include "crm/amocrm/client.hpp"
#include "crm/amocrm/oauth.hpp"
#include "crm/amocrm/place.hpp"

namespace svodka::crm::amocrm {
namespace {

/// The invented lead of the account's documentation sheet.
constexpr const char* kLead =
    R"({"id":9101,"name":"Кухня, Петров","price":185000,"responsible_user_id":501,"group_id":0,
 "status_id":142,"pipeline_id":77,"loss_reason_id":null,"created_by":0,"updated_by":501,"created_at":1788000000,
 "updated_at":1789000000,"closed_at":1789000000,"closest_task_at":null,"is_deleted":false,"score":null,"account_id":31,
 "custom_fields_values":[
  {"field_id":11,"field_name":"utm_source","field_code":"UTM_SOURCE","field_type":"tracking_data","values":[{"value":"yandex"}]},
  {"field_id":12,"field_name":"Себестоимость","field_code":null,"field_type":"numeric","values":[{"value":"120000"}]},
  {"field_id":13,"field_name":"Город","field_code":null,"field_type":"select","values":[{"value":"Тула","enum_id":4}]},
  {"field_id":14,"field_name":"UTM_Term","field_code":null,"field_type":"text","values":[{"value":"кухни"}]},
  {"field_id":15,"field_name":"План","field_code":null,"field_type":"date","values":[{"value":1788901200}]},
  {"field_id":16,"field_name":"Монтаж","field_code":null,"field_type":"checkbox","values":[{"value":false}]},
  {"field_id":17,"field_name":"Реквизиты","field_code":null,"field_type":"legal_entity","values":[{"value":{"name":"ООО"}}]}],
 "_embedded":{"tags":[],"companies":[{"id":8}],"contacts":[{"id":5,"is_main":false},{"id":"6","is_main":true}]}})";

Reading MakeReading() {
  Reading reading;
  reading.currency = "RUB";
  reading.zone = Zone::Find("Europe/Moscow").value();
  reading.unsorted_statuses = {{"77", "5500"}};
  reading.fields["lead"] = {{"12", {"number", ""}}, {"13", {"enum", ""}}, {"15", {"date", ""}},
                            {"16", {"flag", ""}},   {"17", {"", ""}},     {"11", {"text", "UTM_SOURCE"}}};
  return reading;
}

json::value With(const char* text, const char* member, json::value value) {
  json::value row = json::parse(text);
  row.as_object()[member] = std::move(value);
  return row;
}

TEST(AmoDecodeCard, TheDocumentedLead) {
  DecodeNotes notes;
  Reading reading = MakeReading();
  reading.planned_close_field = "15";
  const auto card = DecodeCard(json::parse(kLead), reading, notes).value();
  const DealRow& deal = card.deal;
  EXPECT_EQ(deal.id, "9101");
  EXPECT_EQ(deal.stage_id, "77/142");
  EXPECT_EQ(deal.amount->ToString(), "185000.00");
  EXPECT_EQ(deal.creator_id, "0");  // a robot
  EXPECT_EQ(deal.owner_id, "501");
  EXPECT_EQ(deal.contact_id, "6");
  EXPECT_EQ(deal.company_id, "8");
  EXPECT_EQ(deal.clients.size(), 3U);
  EXPECT_EQ(deal.utm.source, "yandex");
  EXPECT_EQ(deal.utm.term, "кухни");  // a plain text field of that name
  EXPECT_EQ(ToString(*deal.planned_close), "2026-09-09");
  ASSERT_EQ(deal.custom.size(), 4U);
  EXPECT_EQ(deal.custom[0].number, 120000);
  EXPECT_EQ(deal.custom[1].text, "4");
  EXPECT_EQ(ToString(*deal.custom[2].day), "2026-09-09");  // midnight in Moscow, 21:00 UTC of the day before
  EXPECT_EQ(deal.custom[3].text, "N");
  EXPECT_TRUE(notes.notes().empty());
}

TEST(AmoDecodeCard, LooseTypesMeanTheSame) {
  DecodeNotes notes;
  const Reading reading = MakeReading();
  EXPECT_EQ(DecodeCard(With(kLead, "price", "185000"), reading, notes)->deal.amount->minor(), 18'500'000);
  EXPECT_EQ(DecodeCard(With(kLead, "price", 0), reading, notes)->deal.amount, std::nullopt);
  EXPECT_EQ(DecodeCard(With(kLead, "price", nullptr), reading, notes)->deal.amount, std::nullopt);
  EXPECT_EQ(DecodeCard(With(kLead, "created_at", "1788000000"), reading, notes)->deal.created_at,
            Instant{std::chrono::seconds{1788000000}});
  EXPECT_TRUE(DecodeCard(With(kLead, "custom_fields_values", nullptr), reading, notes)->deal.custom.empty());
  EXPECT_TRUE(
      DecodeCard(With(kLead, "custom_fields_values", json::array{}), reading, notes)->deal.custom.empty());
  EXPECT_TRUE(DecodeCard(With(kLead, "_embedded", json::array{}), reading, notes)->deal.clients.empty());
  EXPECT_FALSE(DecodeCard(With(kLead, "is_deleted", nullptr), reading, notes)->deleted);
  EXPECT_TRUE(DecodeCard(json::parse(R"({"id":1,"updated_at":5,"is_deleted":1})"), reading, notes)->deleted);
  EXPECT_EQ(DecodeCard(json::parse(R"({"name":"no id"})"), reading, notes), std::nullopt);
  EXPECT_TRUE(notes.notes().empty());
}

TEST(AmoDecodeCard, CentsOfKommo) {
  DecodeNotes notes;
  Reading reading = MakeReading();
  const json::value row = With(kLead, "price_with_minor_units", 185000.55);
  EXPECT_EQ(DecodeCard(row, reading, notes)->deal.amount->ToString(), "185000.00");
  reading.has_cents = true;
  EXPECT_EQ(DecodeCard(row, reading, notes)->deal.amount->ToString(), "185000.55");
}

TEST(AmoDecodeCard, AReasonAndAClosingCountOnlyWhileClosed) {
  DecodeNotes notes;
  const Reading reading = MakeReading();
  json::value row = With(kLead, "loss_reason_id", 9);
  EXPECT_EQ(DecodeCard(row, reading, notes)->deal.loss_reason_id, std::nullopt);
  row.as_object()["status_id"] = 143;
  EXPECT_EQ(DecodeCard(row, reading, notes)->deal.loss_reason_id, "9");
  row.as_object()["loss_reason_id"] = nullptr;
  row.as_object()["_embedded"] = json::parse(R"({"loss_reason":[{"id":11,"name":"Дорого"}]})");
  EXPECT_EQ(DecodeCard(row, reading, notes)->deal.loss_reason_id, "11");
  row.as_object()["status_id"] = 5501;
  EXPECT_EQ(DecodeCard(row, reading, notes)->deal.loss_reason_id, std::nullopt);
  EXPECT_EQ(DecodeCard(row, reading, notes)->deal.closed_at, std::nullopt);
}

TEST(AmoDecodeNote, DurationsAreNumbersTextsOrNothing) {
  DecodeNotes notes;
  Reading reading = MakeReading();
  reading.NameUser("Пётр  Ильин", "502");
  reading.NameUser("Ольга К.", "503");
  reading.NameUser("ольга К.", "504");
  const auto call = [&](const char* params) {
    std::vector<CallRow> calls;
    json::value row = json::parse(
        R"({"id":4001,"entity_id":9101,"created_by":501,"created_at":1788700000,"updated_at":1788700000,
            "responsible_user_id":502,"note_type":"call_in"})");
    row.as_object()["params"] = json::parse(params);
    return *DecodeNote(row, "lead", reading, calls, notes);
  };
  EXPECT_EQ(call(R"({"duration":143})").duration_s, 143);
  EXPECT_EQ(call(R"({"duration":"143"})").duration_s, 143);
  EXPECT_EQ(call(R"({"duration":""})").duration_s, std::nullopt);
  EXPECT_EQ(call(R"({"duration":null})").missed, std::nullopt);  // nobody knows
  EXPECT_EQ(call(R"([])").duration_s, std::nullopt);             // PHP's empty object
  EXPECT_EQ(call(R"({"duration":0})").missed, true);
  EXPECT_EQ(call(R"({"call_status":6})").missed, true);
  EXPECT_EQ(call(R"({"duration":5,"call_status":6})").missed, false);
  EXPECT_EQ(call(R"({"duration":5})").doer_id, "501");
  EXPECT_EQ(call(R"({"duration":5,"call_responsible":"77"})").doer_id, "77");
  EXPECT_EQ(call(R"({"duration":5,"call_responsible":"Анна"})").doer_id, "501");
  // By the name of an employee; not by one that nobody has, or several have.
  EXPECT_EQ(call(R"({"duration":5,"call_responsible":" пётр Ильин "})").doer_id, "502");
  EXPECT_EQ(call(R"({"duration":5,"call_responsible":"Ольга К."})").doer_id, "501");
  EXPECT_EQ(call(R"({"duration":5,"call_responsible":""})").doer_id, "501");
  EXPECT_TRUE(notes.notes().empty());
}

TEST(AmoDecodeNote, RobotsDoNoWork) {
  DecodeNotes notes;
  std::vector<CallRow> calls;
  EXPECT_EQ(DecodeNote(json::parse(R"({"id":1,"note_type":"service_message","params":{"text":"x"}})"), "lead",
                       MakeReading(), calls, notes),
            std::nullopt);
}

TEST(AmoDecodeInvoice, StatusByCodeElseByText) {
  DecodeNotes notes;
  const Reading reading = MakeReading();
  const auto state = [&](const char* status, const char* code) {
    const std::string text =
        std::string(
            R"({"id":7,"created_at":1788500000,"custom_fields_values":[{"field_code":"BILL_STATUS","values":[{"value":")") +
        status + R"(","enum_code":)" + code +
        R"(}]},{"field_code":"BILL_PRICE","values":[{"value":"60000.50"}]},)" +
        R"({"field_code":"BILL_PAYMENT_DATE","values":[{"value":1788890000}]}]})";
    return *DecodeInvoice(json::parse(text), reading, notes);
  };
  EXPECT_EQ(state("Оплачен", "\"paid\"").state, "paid");
  EXPECT_EQ(state("Оплачен", "null").state, "paid");
  EXPECT_EQ(state("x", "\"paid_in_advance\"").state, "paid");
  EXPECT_EQ(state("x", "\"partially_paid\"").state, "planned");  // how much was paid no field tells
  EXPECT_EQ(state("Создан", "\"created\"").paid_day, std::nullopt);
  EXPECT_EQ(state("Оплачен", "\"paid\"").amount->ToString(), "60000.50");
  EXPECT_EQ(ToString(*state("Оплачен", "\"paid\"").paid_day), "2026-09-08");
}

TEST(AmoDecodeInvoice, WhatHasComeOfOnePaidInPartIsInAFieldOfPeoplesOwn) {
  DecodeNotes notes;
  Reading reading = MakeReading();
  reading.paid_field = 806;
  const auto invoice = [&](const char* status, const char* paid) {
    return json::parse(
        std::string(
            R"({"id":7,"updated_at":1788890000,"custom_fields_values":[{"field_id":801,"field_code":"BILL_STATUS",)") +
        R"("values":[{"value":")" + status +
        R"("}]},{"field_id":803,"field_code":"BILL_PRICE","values":[{"value":"600"}]},)" +
        R"({"field_id":806,"field_code":null,"values":[{"value":")" + paid + R"("}]}]})");
  };
  const json::value part = invoice("Частично оплачен", "200");
  EXPECT_TRUE(IsPartlyPaid(part));
  const auto partly = *DecodeInvoice(part, reading, notes);
  EXPECT_EQ(partly.state, "planned");
  EXPECT_EQ(partly.amount->ToString(), "600.00");
  EXPECT_EQ(partly.paid_amount->ToString(), "200.00");
  EXPECT_EQ(ToString(*partly.paid_day), "2026-09-08");
  EXPECT_EQ(DecodeInvoice(invoice("Оплачен", "600"), reading, notes)->paid_amount, std::nullopt);
  EXPECT_EQ(DecodeInvoice(invoice("Создан", "200"), reading, notes)->paid_amount, std::nullopt);
  EXPECT_EQ(DecodeInvoice(invoice("Частично оплачен", "0"), reading, notes)->paid_day, std::nullopt);
  reading.paid_field = 0;
  EXPECT_EQ(DecodeInvoice(part, reading, notes)->paid_amount, std::nullopt);
}

TEST(AmoDecodeTransaction, IsAPurchaseOfAClient) {
  DecodeNotes notes;
  const auto row = json::parse(
      R"({"id":9,"price":"1500","comment":"Кухня","completed_at":1788890000,"customer_id":5,"is_deleted":null})");
  const auto payment = *DecodeTransaction(row, MakeReading(), notes);
  EXPECT_EQ(payment.id, "transaction:9");
  EXPECT_EQ(payment.amount->ToString(), "1500.00");
  EXPECT_EQ(payment.state, "paid");
  EXPECT_EQ(ToString(*payment.paid_day), "2026-09-08");
  EXPECT_EQ(DecodeTransaction(json::parse(R"({"id":9,"is_deleted":true})"), MakeReading(), notes)->state,
            "cancelled");
  EXPECT_EQ(CustomerClient(json::parse(
                R"({"_embedded":{"contacts":[{"id":3},{"id":4,"is_main":true}],"companies":[]}})")),
            "contact:4");
  EXPECT_EQ(CustomerClient(json::parse(R"({"_embedded":{"contacts":[{"id":3}],"companies":[{"id":8}]}})")),
            "company:8");
  EXPECT_EQ(CustomerClient(json::parse(R"({"_embedded":[]})")), std::nullopt);
}

TEST(AmoDecodeCustomer, HasTheNextPurchaseItsClientsAndItsStatus) {
  DecodeNotes notes;
  bool deleted = true;
  const auto row = json::parse(
      R"({"id":"7","name":"Пётр","next_price":"1850.5","next_date":1788890000,"responsible_user_id":"501",)"
      R"("status_id":5101,"created_by":0,"created_at":1700000000,"updated_at":"1780000000","ltv":3700,)"
      R"("purchases_count":"2","is_deleted":null,"what_is_new":{"a":[1]},"custom_fields_values":[],)"
      R"("_embedded":{"segments":[{"id":71},{"id":"72"},{"id":71}],"contacts":[{"id":3},{"id":4,"is_main":1},)"
      R"({"id":4}],"companies":{"id":8}}})");
  const auto customer = *DecodeCustomer(row, MakeReading(), deleted, notes);
  EXPECT_FALSE(deleted);
  EXPECT_EQ(customer.id, "7");
  EXPECT_EQ(customer.owner_id, "501");
  EXPECT_EQ(customer.creator_id, std::nullopt);
  EXPECT_EQ(customer.status_id, "5101");
  EXPECT_EQ(ToString(*customer.next_at), "2026-09-08T17:53:20Z");
  EXPECT_EQ(customer.next_amount->ToString(), "1850.50");
  EXPECT_EQ(customer.purchased_amount->ToString(), "3700.00");
  EXPECT_EQ(customer.purchases, 2);
  EXPECT_EQ(ToString(*customer.modified_at), "2026-05-28T20:26:40Z");
  EXPECT_EQ(customer.segment_ids, (std::vector<std::string>{"71", "72"}));
  EXPECT_EQ(customer.client_id, "company:8");
  std::string clients;
  for (const auto& client : customer.clients) clients += client.client_id + (client.is_main ? "* " : " ");
  EXPECT_EQ(clients, "company:8* contact:3 contact:4 ");
  EXPECT_TRUE(notes.ToDiagnostics().empty());
}

TEST(AmoDecodeCustomer, AnEmptyOrDeletedOneIsNoTrouble) {
  DecodeNotes notes;
  bool deleted = false;
  // In the mode of segments there is neither a status nor a next purchase; empty objects come as [].
  const auto bare = *DecodeCustomer(
      json::parse(
          R"({"id":7,"status_id":0,"next_date":0,"next_price":null,"purchases_count":"","_embedded":[]})"),
      MakeReading(), deleted, notes);
  EXPECT_EQ(bare.status_id, std::nullopt);
  EXPECT_EQ(bare.next_at, std::nullopt);
  EXPECT_EQ(bare.next_amount, std::nullopt);
  EXPECT_EQ(bare.purchases, std::nullopt);
  EXPECT_TRUE(bare.clients.empty());
  EXPECT_EQ(bare.client_id, std::nullopt);
  EXPECT_EQ(DecodeCustomer(json::parse(R"({"id":7,"is_deleted":true})"), MakeReading(), deleted, notes)->id,
            "7");
  EXPECT_TRUE(deleted);
  EXPECT_EQ(DecodeCustomer(json::parse(R"({"id":null,"name":"x"})"), MakeReading(), deleted, notes),
            std::nullopt);
  EXPECT_EQ(DecodeCustomerKind(json::parse(R"({"id":5101,"sort":"10"})"), "customer_status", notes)->name,
            "#5101");
}

TEST(AmoDecodeUser, RoleAndRightsStandBesideTheRolesOwn) {
  DecodeNotes notes;
  const auto role =
      *DecodeRole(json::parse(R"({"id":7,"name":"Менеджер","rights":{"leads":{"view":"G"}}})"), notes);
  const auto user = *DecodeUser(
      json::parse(R"({"id":501,"name":"А","rights":{"leads":{"view":"M"},"is_admin":false,"is_active":false,)"
                  R"("group_id":null,"role_id":7},"_embedded":{"roles":[],"groups":[]}})"),
      {{role.id, role}}, notes);
  EXPECT_EQ(user.role, "Менеджер");
  EXPECT_EQ(user.is_admin, false);
  EXPECT_FALSE(user.active);
  EXPECT_EQ(user.department_ids, std::vector<std::string>{"0"});
  const auto rights = json::parse(*user.rights);
  EXPECT_EQ(rights.at("own").at("leads").at("view"), "M");
  EXPECT_EQ(rights.at("role").at("leads").at("view"), "G");
  const auto odd = *DecodeUser(json::parse(R"({"id":502,"rights":[],"_embedded":[]})"), {}, notes);
  EXPECT_EQ(odd.rights, std::nullopt);
  EXPECT_EQ(odd.is_admin, std::nullopt);
}

Event Move(const char* before_pipeline, const char* before, const char* after_pipeline, const char* after) {
  Event event;
  event.id = "01jx";
  event.type = "lead_status_changed";
  event.entity = "lead";
  event.entity_id = "1";
  event.at = Instant{std::chrono::seconds{1789000000}};
  event.before_pipeline = before_pipeline;
  event.before_status = before;
  event.after_pipeline = after_pipeline;
  event.after_status = after;
  return event;
}

std::string Rows(const SourceBatch& batch) {
  std::string out;
  for (const auto& row : batch.stage_events) {
    out += (out.empty() ? "" : ", ") + row.entity + " " + row.stage_id + " " + std::to_string(row.kind);
  }
  return out;
}

TEST(AmoPlaceEvent, WhatAMoveMeans) {
  Reading reading = MakeReading();
  reading.lead_pipelines = {"78"};
  const auto place = [&](const Event& event) {
    SourceBatch out;
    const auto passage = PlaceEvent(event, reading, out);
    return Rows(out) + (!passage                                     ? ""
                        : passage->kind == Passage::Kind::kQualified ? " qualified"
                                                                     : " declined");
  };
  EXPECT_EQ(place(Move("77", "5501", "77", "5502")), "deal 77/5501 2, deal 77/5502 2");
  EXPECT_EQ(place(Move("77", "5501", "77", "142")), "deal 77/5501 2, deal 77/142 3");
  EXPECT_EQ(place(Move("77", "5501", "79", "1")), "deal 77/5501 2, deal 79/1 5");
  EXPECT_EQ(place(Move("78", "1", "78", "143")), "lead 78/1 2, lead 78/143 3");
  EXPECT_EQ(place(Move("78", "1", "77", "5501")), "lead 78/1 2, lead 78/142 3, deal 77/5501 1 qualified");
  EXPECT_EQ(place(Move("77", "5500", "77", "5501")),
            "lead 77/5500 2, lead 77/142 3, deal 77/5501 1 qualified");
  EXPECT_EQ(place(Move("77", "5500", "77", "143")), "lead 77/5500 2, lead 77/143 3 declined");
  EXPECT_EQ(place(Move("77", "5501", "78", "1")), "lead 78/1 5");
}

TEST(AmoAddress, WhatPeoplePaste) {
  EXPECT_EQ(ParseAddress(" https://Demo.amocrm.ru/leads/list/ ").value(), "https://demo.amocrm.ru");
  EXPECT_EQ(ParseAddress("demo.kommo.com").value(), "https://demo.kommo.com");
  EXPECT_EQ(ParseAddress("http://127.0.0.1:8080/").value(), "http://127.0.0.1:8080");
  for (const char* bad : {"", "http://demo.amocrm.ru", "https://evil.example",
                          "https://amocrm.ru.evil.example", "https://www.amocrm.ru", "https://.amocrm.ru"}) {
    EXPECT_FALSE(ParseAddress(bad).ok()) << bad;
  }
  EXPECT_TRUE(IsSameVendor("https://a.amocrm.ru", "https://b.kommo.com"));
  EXPECT_TRUE(IsAccountOf("https://a.amocrm.ru", "https://b.amocrm.ru"));
  EXPECT_FALSE(IsAccountOf("https://a.amocrm.ru", "https://www.amocrm.ru"));
  EXPECT_FALSE(IsAccountOf("https://a.amocrm.ru", "https://evil.example"));
  for (const auto& [origin, cents] : {std::pair{"https://a.kommo.com", true},
                                      {"https://a.amocrm.com", true},
                                      {"https://a.amocrm.ru", false},
                                      {"https://kommo.com.amocrm.ru", false},
                                      {"http://127.0.0.1:80", false}})
    EXPECT_EQ(HasCents(origin), cents) << origin;
  EXPECT_FALSE(IsSameVendor("https://a.amocrm.ru", "http://b.amocrm.ru"));
  EXPECT_FALSE(IsSameVendor("https://a.amocrm.ru", "https://evil.example"));
}

/// Answers one thing and remembers what it was asked.
class OneAnswer final : public HttpTransport {
 public:
  Result<HttpAnswer> Send(const HttpRequest& request, std::stop_token) override {
    asked = request;
    return answer;
  }
  HttpRequest asked;
  HttpAnswer answer;
};

TEST(AmoClient, AnswersOfEveryKind) {
  OneAnswer transport;
  Client client("https://demo.amocrm.ru", "s3cret", transport);
  transport.answer.status = 204;
  auto outcome = client.Get("/api/v4/leads?page=9", {});
  ASSERT_TRUE(outcome.page);
  EXPECT_TRUE(outcome.page->rows.empty());
  EXPECT_EQ(transport.asked.url, "https://demo.amocrm.ru/api/v4/leads?page=9");
  EXPECT_EQ(transport.asked.headers, std::vector<std::string>{"Authorization: Bearer s3cret"});
  EXPECT_FALSE(transport.asked.follow_redirects);
  transport.answer.status = 200;
  transport.answer.body =
      R"({"_page":1,"_links":{"next":{"href":"https://other.host/api/v4/leads?page=2"}},"_embedded":{"leads":[{"id":1}]}})";
  outcome = client.Get("/api/v4/leads", {});
  ASSERT_TRUE(outcome.page);
  EXPECT_EQ(outcome.page->rows.size(), 1U);
  EXPECT_EQ(outcome.page->next, "/api/v4/leads?page=2");
  transport.answer.body = R"({"_page":1,"_links":[],"_embedded":[]})";
  outcome = client.Get("/api/v4/leads", {});
  ASSERT_TRUE(outcome.page);
  EXPECT_TRUE(outcome.page->rows.empty());
  for (const char* body : {"<html>", "", "{\"cut", "[1]"}) {
    transport.answer.body = body;
    EXPECT_EQ(client.Get("/api/v4/leads", {}).error->diagnostic.code, "bad_answer") << body;
  }
}

TEST(AmoError, SortsWhatTheAccountSays) {
  const auto classify = [](int status, const char* body) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = body;
    return Classify(answer, "/api/v4/leads");
  };
  EXPECT_EQ(classify(429, "<html>").remedy, Remedy::kSlower);
  EXPECT_EQ(classify(403, "<html>").remedy, Remedy::kBlocked);
  EXPECT_EQ(classify(403, R"({"status":403})").remedy, Remedy::kRefused);
  EXPECT_EQ(classify(504, "<html>").remedy, Remedy::kSmaller);
  EXPECT_EQ(classify(500, "").remedy, Remedy::kRetry);
  EXPECT_EQ(classify(401, R"({"detail":"x"})").remedy, Remedy::kToken);
  EXPECT_EQ(classify(402, "").diagnostic.code, "plan_unpaid");
  EXPECT_EQ(classify(404, "").remedy, Remedy::kRefused);
  EXPECT_EQ(classify(301, "").remedy, Remedy::kRetry);
}

TEST(AmoOAuth, ExchangesACodeAndSaysWhatIsMissing) {
  OneAnswer transport;
  OAuthGrant grant;
  grant.client_id = "id";
  grant.client_secret = "hush";
  grant.redirect_uri = "https://x";
  transport.answer.status = 200;
  transport.answer.body =
      R"({"token_type":"Bearer","expires_in":86400,"access_token":"a","refresh_token":"r"})";
  const Instant now{std::chrono::seconds{1789000000}};
  const auto pair = ExchangeCode(transport, "https://demo.amocrm.ru", grant, "c0de", now, {});
  ASSERT_TRUE(pair.ok());
  EXPECT_EQ(pair->refresh_token, "r");
  EXPECT_EQ(pair->expires_at, now + std::chrono::hours{24});
  EXPECT_EQ(OAuthGrant::FromJson(pair->ToJson())->access_token, "a");
  const auto body = json::parse(transport.asked.body);
  EXPECT_EQ(body.at("grant_type").as_string(), "authorization_code");
  EXPECT_EQ(body.at("redirect_uri").as_string(), "https://x");
  transport.answer.status = 400;
  transport.answer.body = R"({"hint":"Authorization code has expired","status":400})";
  const auto refused = ExchangeCode(transport, "https://demo.amocrm.ru", grant, "c0de", now, {});
  EXPECT_EQ(refused.error().code, "code_rejected");
  EXPECT_EQ(refused.error().message.find("c0de"), std::string::npos);
  EXPECT_EQ(refused.error().message.find("hush"), std::string::npos);
  EXPECT_EQ(OAuthGrant::FromJson(R"({"client_id":"x"})").error().code, "bad_integration");
}

}  // namespace
}  // namespace svodka::crm::amocrm
