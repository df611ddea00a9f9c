#include "fuzz/surfaces.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "crm/amocrm/client.hpp"
#include "crm/amocrm/decode.hpp"
#include "crm/amocrm/hook.hpp"
#include "crm/amocrm/oauth.hpp"
#include "crm/amocrm/place.hpp"
#include "crm/bitrix24/client.hpp"
#include "crm/bitrix24/decode.hpp"
#include "crm/bitrix24/hook.hpp"

namespace svodka::fuzz {
namespace {

namespace b24 = crm::bitrix24;
namespace amo = crm::amocrm;
using crm::DecodeNotes;
using crm::SourceBatch;

template <class Row>
void Keep(std::vector<Row>& rows, std::optional<Row> row) {
  if (row) rows.push_back(std::move(*row));
}

b24::Reading BitrixReading() {
  b24::Reading reading;
  reading.base_currency = "RUB";
  reading.loss_reason = "field:UF_CRM_1700000003";
  // The emulated portal's own fields.
  reading.field_types["deal"] = {{"UF_CRM_1700000001", "enum"},      {"UF_CRM_1700000002", "enum"},
                                 {"UF_CRM_1700000003", "enum"},      {"UF_CRM_1700000004", "number"},
                                 {"UF_CRM_1700000005", "date"},      {"UF_CRM_1700000006", "flag"},
                                 {"UF_CRM_1700000007", "money"},     {"UF_CRM_1700000008", "text"},
                                 {"UF_CRM_1700000009", "reference"}, {"UF_CRM_1700000010", "enum"}};
  reading.field_types["lead"] = {{"UF_CRM_1700000102", "enum"}, {"UF_CRM_1700000103", "enum"}};
  reading.field_types["contact"] = {{"UF_CRM_1700000202", "enum"}, {"UF_CRM_1700000302", "enum"}};
  reading.field_types["company"] = reading.field_types["contact"];
  for (const auto& [entity, types] : reading.field_types)
    for (const auto& [id, type] : types) reading.item_names[entity][id] = "ufCrm_" + id.substr(7);
  return reading;
}

amo::Reading AmoReading() {
  amo::Reading reading;
  reading.currency = "RUB";
  reading.has_cents = true;
  reading.zone = Zone::Find("Europe/Moscow").value();
  reading.lead_pipelines = {"7000001"};
  reading.unsorted_statuses = {{"78", "5500"}};
  reading.planned_close_field = "900025";
  reading.paid_field = 806;
  reading.source_field = "900015";
  reading.deal_type_field = "900016";
  reading.fields["lead"] = {{"900001", {"text", "UTM_SOURCE"}}, {"900015", {"enum", ""}},
                            {"900016", {"enum", ""}},           {"900017", {"enum", ""}},
                            {"900018", {"enum", ""}},           {"900019", {"enum", ""}},
                            {"900020", {"number", ""}},         {"900021", {"flag", ""}},
                            {"900022", {"money", ""}},          {"900025", {"date", ""}}};
  reading.fields["contact"] = {
      {"910002", {"text", "PHONE"}}, {"910003", {"text", "EMAIL"}}, {"910004", {"enum", ""}}};
  reading.fields["company"] = {{"920001", {"text", "PHONE"}},
                               {"920005", {"enum", ""}},
                               {"920006", {"enum", ""}},
                               {"920007", {"enum", ""}}};
  reading.invoices_catalog = 4517;
  reading.products_catalog = 4511;
  return reading;
}

/// Answers every request with the same bytes.
class Echo final : public crm::HttpTransport {
 public:
  explicit Echo(std::string body) : body_(std::move(body)) {}
  Result<crm::HttpAnswer> Send(const crm::HttpRequest& request, std::stop_token) override {
    crm::HttpAnswer answer;
    answer.status = 200;
    answer.content_type = "application/json";
    answer.body = body_;
    answer.origin = crm::OriginOf(request.url);
    return answer;
  }

 private:
  std::string body_;
};

std::vector<RowSurface> MakeRowSurfaces() {
  static const b24::Reading bitrix = BitrixReading();
  static const amo::Reading account = AmoReading();
  using Row = const json::value&;
  std::vector<RowSurface> all;
  const auto add = [&](std::string name, auto decode) {
    all.push_back({std::move(name), std::move(decode)});
  };

  add("bitrix24.user",
      [](Row row, SourceBatch& out, DecodeNotes& notes) { Keep(out.users, b24::DecodeUser(row, notes)); });
  add("bitrix24.department", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.departments, b24::DecodeDepartment(row, notes));
  });
  add("bitrix24.pipeline", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.pipelines, b24::DecodePipeline(row, notes));
  });
  add("bitrix24.status",
      [](Row row, SourceBatch& out, DecodeNotes& notes) { b24::DecodeStatus(row, bitrix, out, notes); });
  add("bitrix24.rate", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.rates, b24::DecodeRate(row, Day{20'000}, notes));
  });
  add("bitrix24.field", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.custom_fields, b24::DecodeField(row, "deal", notes));
  });
  add("bitrix24.item_fields", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    for (auto& field : b24::DecodeItemFields(row, "deal", notes))
      out.custom_fields.push_back(std::move(field));
    b24::DecodeItemNames(row);
  });
  add("bitrix24.lead", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.leads, b24::DecodeLead(row, bitrix, notes));
  });
  add("bitrix24.deal", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    auto deal = b24::DecodeDeal(row, bitrix, notes);
    const auto contacts = b24::DecodeContactIds({&row});
    if (deal && contacts.contains(deal->id)) b24::AddContacts(*deal, contacts.at(deal->id));
    Keep(out.deals, std::move(deal));
  });
  add("bitrix24.contact", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.clients, b24::DecodeContact(row, bitrix, notes));
  });
  add("bitrix24.company", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.clients, b24::DecodeCompany(row, bitrix, notes));
  });
  add("bitrix24.product", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    std::string owner;
    auto line = b24::DecodeProduct(row, owner, notes);
    if (!line) return;
    crm::DealRow deal;
    deal.id = owner;
    deal.pipeline_id = "0";
    deal.products.push_back(std::move(*line));
    out.deals.push_back(std::move(deal));
  });
  for (const char* entity : {"lead", "deal"}) {
    add("bitrix24.move_of_" + std::string(entity), [entity](Row row, SourceBatch& out, DecodeNotes& notes) {
      Keep(out.stage_events, b24::DecodeStageEvent(row, entity, notes));
    });
  }
  add("bitrix24.activity", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    b24::IsShadowOfTask(row);
    Keep(out.activities, b24::DecodeActivity(row, bitrix, notes));
  });
  add("bitrix24.call",
      [](Row row, SourceBatch& out, DecodeNotes& notes) { Keep(out.calls, b24::DecodeCall(row, notes)); });
  add("bitrix24.task", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.activities, b24::DecodeTask(row, notes));
  });
  add("bitrix24.comment", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.activities, b24::DecodeComment(row, notes));
  });

  add("amocrm.user", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.users, amo::DecodeUser(row, {}, notes));
  });
  add("amocrm.role", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    auto role = amo::DecodeRole(row, notes);
    if (!role) return;
    // The same row as a user's: whose role it is.
    Keep(out.users, amo::DecodeUser(row, {{role->id, *role}}, notes));
  });
  add("amocrm.group",
      [](Row row, SourceBatch& out, DecodeNotes&) { Keep(out.departments, amo::DecodeGroup(row)); });
  add("amocrm.pipeline", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    amo::Reading reading = account;
    amo::DecodePipeline(row, reading, out, notes);
  });
  add("amocrm.loss_reason", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.dictionary, amo::DecodeLossReason(row, notes));
  });
  add("amocrm.field", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    std::string code;
    auto field = amo::DecodeField(row, "lead", code, notes);
    if (field && !field->type.empty()) out.custom_fields.push_back(std::move(*field));
  });
  add("amocrm.product", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.products, amo::DecodeProduct(row, account, notes));
  });
  add("amocrm.invoice", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    amo::IsPartlyPaid(row);
    Keep(out.payments, amo::DecodeInvoice(row, account, notes));
  });
  add("amocrm.transaction", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    auto payment = amo::DecodeTransaction(row, account, notes);
    if (!payment) return;
    payment->client_id = amo::CustomerClient(row);
    out.payments.push_back(std::move(*payment));
  });
  add("amocrm.customer", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    bool deleted = false;
    auto customer = amo::DecodeCustomer(row, account, deleted, notes);
    Keep(out.dictionary, amo::DecodeCustomerKind(row, "customer_status", notes));
    if (!customer) return;
    if (customer->id.empty()) throw InvariantError("a customer without an id");
    size_t mains = 0;
    for (const auto& client : customer->clients) mains += client.is_main ? 1 : 0;
    if (mains > 1) throw InvariantError("a customer with two main clients");
    if (!deleted) out.customers.push_back(std::move(*customer));
  });
  add("amocrm.card", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    amo::InvoicesOf(row, account);
    auto card = amo::DecodeCard(row, account, notes);
    if (!card) return;
    if (card->deal.id.empty()) throw InvariantError("a card without an id");
    if (card->deleted) return;
    std::optional<amo::Passage> passage;
    if (card->deal.created_at)
      passage = amo::Passage{
          .kind = amo::Passage::Kind::kQualified, .at = *card->deal.created_at, .pipeline = "7000001"};
    amo::PlaceCard(*card, std::nullopt, account, out);
    amo::PlaceCard(std::move(*card), passage, account, out);
  });
  for (const char* kind : {"contact", "company"}) {
    add("amocrm." + std::string(kind), [kind](Row row, SourceBatch& out, DecodeNotes& notes) {
      bool deleted = false;
      auto client = amo::DecodeClient(row, kind, account, deleted, notes);
      if (!deleted) Keep(out.clients, std::move(client));
    });
  }
  add("amocrm.unsorted", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    auto unsorted = amo::DecodeUnsorted(row, account, notes);
    if (unsorted) out.leads.push_back(std::move(unsorted->lead));
  });
  add("amocrm.task", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.activities, amo::DecodeTask(row, account, notes));
  });
  add("amocrm.note", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    Keep(out.activities, amo::DecodeNote(row, "lead", account, out.calls, notes));
  });
  add("amocrm.event", [](Row row, SourceBatch& out, DecodeNotes& notes) {
    const auto event = amo::DecodeEvent(row, notes);
    if (!event) return;
    Keep(out.activities, amo::MessageOf(*event));
    amo::PlaceEvent(*event, account, out);
  });
  return all;
}

std::vector<ByteSurface> MakeByteSurfaces() {
  std::vector<ByteSurface> all;
  all.push_back(
      {"bitrix24.batch",
       {R"({"result":{"result":{"c0":[{"id":"1"}],"c1":{"items":[]}},"result_error":{"c2":{"error":"ACCESS_DENIED","error_description":"no"}},"result_total":{"c0":1},"result_next":{"c0":50},"result_time":{"c0":{"operating":0.1,"operating_reset_at":1790000000}}},"time":{"operating":0.2,"operating_reset_at":1790000000}})",
        R"({"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"})",
        "<html><h1>502 Bad Gateway</h1></html>"},
       [](const std::string& bytes) {
         Echo echo(bytes);
         b24::Client client(
             b24::Webhook::Parse("https://example.bitrix24.ru/rest/1/abcdefghij123456/").value(), echo);
         const auto answer =
             client.Batch({{"crm.deal.list", {}}, {"crm.item.list", {}}, {"profile", {}}}, {});
         if (answer.value.has_value() == answer.error.has_value())
           throw InvariantError("neither an answer nor a trouble");
         if (answer.value && answer.value->answers.size() != 3)
           throw InvariantError("three commands have three answers");
         client.Call({"profile", {}}, {});
       }});
  all.push_back({"bitrix24.hook",
                 {"event=ONCRMDEALUPDATE&data%5BFIELDS%5D%5BID%5D=15&ts=1790000000&auth%5Bdomain%5D=example."
                  "bitrix24.ru&auth%5Bapplication_token%5D=51856fefc120afa4b628cc82d3935cce",
                  "event=OnTaskAdd&data[FIELDS_AFTER][ID]=9&data[FIELDS_BEFORE]=undefined"},
                 [](const std::string& bytes) {
                   const auto form = crm::ParseForm(bytes);
                   if (form.ok()) b24::ReadHook(*form);
                 }});
  all.push_back(
      {"amocrm.page",
       {R"({"_page":1,"_links":{"self":{"href":"https://example.amocrm.ru/api/v4/leads?page=1"},"next":{"href":"https://example.amocrm.ru/api/v4/leads?page=2"}},"_embedded":{"leads":[{"id":5,"name":"x"}]}})",
        R"({"title":"Unauthorized","type":"https://httpstatus.es/401","status":401,"detail":"x","validation-errors":[{"request_id":"0","errors":[{"code":"NotSupportedChoice","path":"a","detail":"b"}]}]})",
        ""},
       [](const std::string& bytes) {
         Echo echo(bytes);
         amo::Client client("https://example.amocrm.ru", "token", echo);
         const auto answer = client.Get("/api/v4/leads?page=1", {});
         if (answer.page.has_value() == answer.error.has_value())
           throw InvariantError("neither a page nor a trouble");
       }});
  all.push_back({"amocrm.hook",
                 {"leads%5Bstatus%5D%5B0%5D%5Bid%5D=25&leads%5Bstatus%5D%5B0%5D%5Bstatus_id%5D=142&account%"
                  "5Bsubdomain%5D=example",
                  "task[update][0][id]=7&contacts[add][0][id]=8&contacts[add][0][type]=company&unsorted["
                  "update][0][action]=accept&unsorted[update][0][accept_result][leads][0]=4"},
                 [](const std::string& bytes) {
                   const auto form = crm::ParseForm(bytes);
                   if (form.ok()) amo::ReadHook(*form);
                 }});
  all.push_back(
      {"amocrm.tokens",
       {R"({"token_type":"Bearer","expires_in":86400,"access_token":"eyJ0eXAiOiJKV1QifQ.eyJhcGlfZG9tYWluIjoiYXBpLWIuYW1vY3JtLnJ1In0.x","refresh_token":"def50200"})"},
       [](const std::string& bytes) {
         Echo echo(bytes);
         amo::OAuthGrant grant;
         grant.client_id = "id", grant.client_secret = "secret", grant.redirect_uri = "https://example.test/";
         grant.access_token = bytes, grant.refresh_token = "r";
         const Instant now{std::chrono::seconds{1'790'000'000}};
         const auto next = amo::RefreshTokens(echo, "https://example.amocrm.ru", grant, now, {});
         if (next.ok() && (next->access_token.empty() || next->refresh_token.empty()))
           throw InvariantError("a pair has both");
         if (next.ok()) static_cast<void>(amo::OAuthGrant::FromJson(next->ToJson()));
         static_cast<void>(amo::OAuthGrant::FromJson(bytes));
         static_cast<void>(amo::FindOrigin(echo, "https://example.amocrm.ru", grant, {}));
       }});
  all.push_back(
      {"text", {"[b]Звонок[/b] &amp; <br/>письмо &#1078; +7 (495) 123-45-67"}, [](const std::string& bytes) {
         if (crm::PlainText(bytes, 100).size() > 100) throw InvariantError("longer than asked for");
         crm::NormalisePhone(bytes);
         crm::RedactWebhooks(bytes);
       }});
  return all;
}

/// Well-formed UTF-8 (no surrogates, nothing overlong): the warehouse takes nothing else.
bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t size = lead < 0x80                   ? 1
                        : lead >= 0xC2 && lead < 0xE0 ? 2
                        : lead >= 0xE0 && lead < 0xF0 ? 3
                        : lead >= 0xF0 && lead < 0xF5 ? 4
                                                      : 0;
    if (size == 0 || i + size > text.size()) return false;
    for (size_t k = 1; k < size; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    const auto second = size > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second >= 0xA0) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second >= 0x90)) {
      return false;
    }
    i += size;
  }
  return true;
}

/// Collects what is wrong, cell by cell.
class Judge {
 public:
  void Id(const std::string& id, const char* what) {
    if (id.empty()) fault_ = std::string(what) + " without an id";
    Cell(id, what);
  }
  void Cell(const std::string& text, const char* what) {
    if (!IsUtf8(text)) fault_ = std::string(what) + " with a text that is no UTF-8";
  }
  void Cells(std::initializer_list<const crm::Text*> texts, const char* what) {
    for (const crm::Text* text : texts)
      if (*text) Cell(**text, what);
  }
  void Customs(const std::vector<crm::CustomValue>& values, const char* what) {
    for (const auto& value : values) {
      Id(value.field_id, what);
      Cells({&value.text}, what);
      if (value.number && !std::isfinite(*value.number))
        fault_ = std::string(what) + " with a number that is none";
      const int set = int{value.text.has_value()} + int{value.number.has_value()} +
                      int{value.money.has_value()} + int{value.day.has_value()};
      if (set != 1) fault_ = std::string(what) + " with a custom value of " + std::to_string(set) + " kinds";
    }
  }
  std::string Take() { return std::move(fault_); }

 private:
  std::string fault_;
};

}  // namespace

const std::vector<RowSurface>& RowSurfaces() {
  static const std::vector<RowSurface> all = MakeRowSurfaces();
  return all;
}

const std::vector<ByteSurface>& ByteSurfaces() {
  static const std::vector<ByteSurface> all = MakeByteSurfaces();
  return all;
}

std::string FaultOf(const crm::SourceBatch& rows) {
  Judge judge;
  for (const auto& row : rows.users) {
    judge.Id(row.id, "a user");
    judge.Cell(row.name, "a user");
    judge.Cells({&row.email, &row.position, &row.photo_url}, "a user");
  }
  for (const auto& row : rows.departments)
    judge.Id(row.id, "a department"), judge.Cell(row.name, "a department");
  for (const auto& row : rows.pipelines) judge.Id(row.id, "a pipeline"), judge.Cell(row.name, "a pipeline");
  for (const auto& row : rows.stages) judge.Id(row.id, "a stage"), judge.Cell(row.name, "a stage");
  for (const auto& row : rows.dictionary)
    judge.Id(row.id, "a dictionary's value"), judge.Cell(row.name, "a dictionary's value");
  for (const auto& row : rows.custom_fields) {
    judge.Id(row.id, "a field");
    judge.Cell(row.title, "a field");
    for (const auto& option : row.options)
      judge.Id(option.id, "an option"), judge.Cell(option.label, "an option");
  }
  for (const auto& row : rows.clients) {
    judge.Id(row.id, "a client");
    judge.Cell(row.name, "a client");
    judge.Cells({&row.company_id, &row.owner_id, &row.phone, &row.source_id}, "a client");
    judge.Customs(row.custom, "a client");
  }
  for (const auto& row : rows.leads) {
    judge.Id(row.id, "a lead");
    judge.Cells(
        {&row.title, &row.stage_id, &row.currency, &row.owner_id, &row.utm.source, &row.utm.term, &row.phone},
        "a lead");
    judge.Customs(row.custom, "a lead");
  }
  for (const auto& row : rows.deals) {
    judge.Id(row.id, "a deal");
    judge.Cells(
        {&row.title, &row.stage_id, &row.currency, &row.owner_id, &row.utm.source, &row.utm.term, &row.phone},
        "a deal");
    judge.Customs(row.custom, "a deal");
    for (const auto& line : row.products) {
      judge.Cells({&line.product_id, &line.name}, "a product line");
      if (line.quantity && !std::isfinite(*line.quantity))
        return "a product line whose quantity is no number";
    }
  }
  for (const auto& row : rows.stage_events)
    judge.Id(row.id, "a move"), judge.Id(row.card_id, "the card of a move");
  for (const auto& row : rows.activities) {
    judge.Id(row.id, "an activity");
    judge.Cells({&row.direction, &row.provider, &row.subject, &row.text, &row.author_id, &row.doer_id},
                "an activity");
    if (row.duration_s && *row.duration_s < 0) return "an activity that lasted less than nothing";
  }
  for (const auto& row : rows.calls) {
    judge.Id(row.id, "a call");
    judge.Cells({&row.phone, &row.failed_code, &row.user_id}, "a call");
    if (row.duration_s && *row.duration_s < 0) return "a call that lasted less than nothing";
  }
  for (const auto& row : rows.payments)
    judge.Id(row.id, "a payment"), judge.Cells({&row.comment, &row.currency}, "a payment");
  for (const auto& row : rows.products) judge.Id(row.id, "a product"), judge.Cell(row.name, "a product");
  return judge.Take();
}

}  // namespace svodka::fuzz
