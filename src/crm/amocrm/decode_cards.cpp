#include <algorithm>

#include "base/text.hpp"
#include "crm/amocrm/decode.hpp"

namespace svodka::crm::amocrm {
namespace {

/// Budget in whole units; Kommo's cents where they come. The account writes 0 for an empty budget: unknown is
/// not zero.
std::optional<Money> ReadPrice(const RowReader& cells, const Reading& reading) {
  std::optional<Money> price;
  if (reading.has_cents) price = cells.Amount("price_with_minor_units");
  if (!price) price = cells.Amount("price");
  if (price && price->minor() == 0) return std::nullopt;
  return price;
}

/// The first value of a field that a setting names: an option's id, else the text.
std::optional<std::string> ReadNamedField(const json::value& row, const std::string& id) {
  const json::value* fields = FindMember(row, "custom_fields_values");
  if (id.empty() || fields == nullptr || !fields->is_array()) return std::nullopt;
  for (const json::value& field : fields->get_array()) {
    const json::value* field_id = FindMember(field, "field_id");
    const json::value* values = FindMember(field, "values");
    if (field_id == nullptr || ReadText(*field_id) != id) continue;
    if (values == nullptr || !values->is_array() || values->get_array().empty()) continue;
    const json::value& entry = values->get_array().front();
    if (const json::value* option = FindMember(entry, "enum_id")) {
      if (auto link = ReadLink(*option)) return link;
    }
    if (const json::value* value = FindMember(entry, "value")) return ReadText(*value);
  }
  return std::nullopt;
}

std::optional<std::string> LinkOf(const json::value& row, DecodeNotes& notes) {
  return RowReader(row, notes).Link("id");
}

void ReadElements(const json::value& row, const Reading& reading, DealRow& deal, DecodeNotes& notes) {
  for (const json::value* element : Embedded(row, "catalog_elements")) {
    const RowReader cells(*element, notes);
    const auto id = cells.Integer("id");
    const json::value* metadata = FindObject(*element, "metadata");
    if (!id || metadata == nullptr) continue;
    const RowReader facts(*metadata, notes);
    if (reading.products_catalog == 0 || facts.Integer("catalog_id") != reading.products_catalog) continue;
    ProductLine line;
    line.product_id = std::to_string(*id);
    if (const json::value* quantity = facts.Find("quantity")) line.quantity = ReadQuantity(*quantity);
    if (!line.quantity) line.quantity = 1;
    if (const auto product = reading.products.find(*id); product != reading.products.end()) {
      line.name = product->second.name;
      line.price = product->second.price;
    }
    if (line.price) line.amount = Times(*line.price, *line.quantity);
    deal.products.push_back(std::move(line));
  }
}

}  // namespace

std::optional<Card> DecodeCard(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  Card card;
  DealRow& deal = card.deal;
  deal.id = *id;
  card.deleted = cells.Flag("is_deleted").value_or(false);
  if (card.deleted) return card;
  deal.title = cells.Text("name");
  const auto pipeline = cells.Link("pipeline_id");
  const auto status = cells.Link("status_id");
  deal.pipeline_id = pipeline.value_or("0");
  if (pipeline && status) {
    card.status = *status;
    deal.stage_id = StageId(*pipeline, *status);
  }
  deal.amount = ReadPrice(cells, reading);
  if (!reading.currency.empty()) deal.currency = reading.currency;
  deal.owner_id = cells.Link("responsible_user_id");
  deal.creator_id = cells.Text("created_by");  // 0: a robot
  // A reason left on a reopened card says nothing.
  if (card.status == kLostStatus) {
    deal.loss_reason_id = cells.Link("loss_reason_id");
    if (!deal.loss_reason_id) {
      for (const json::value* reason : Embedded(row, "loss_reason")) {
        if (!deal.loss_reason_id) deal.loss_reason_id = LinkOf(*reason, notes);
      }
    }
  }
  deal.source_id = ReadNamedField(row, reading.source_field);
  if (!deal.source_id && reading.source_field.empty()) {
    deal.source_id = cells.Link("source_id");
    for (const json::value* source : Embedded(row, "source")) {
      const RowReader source_cells(*source, notes);
      if (const auto source_id = source_cells.Link("id")) {
        deal.source_id = source_id;
        card.source_name = source_cells.Text("name");
      }
    }
  }
  deal.deal_type_id = ReadNamedField(row, reading.deal_type_field);
  deal.utm = ReadUtm(row);
  deal.created_at = ReadMoment(cells, "created_at");
  deal.modified_at = ReadMoment(cells, "updated_at");
  // Kept only while closed: on a reopened card it may linger.
  if (card.status == kWonStatus || card.status == kLostStatus)
    deal.closed_at = ReadMoment(cells, "closed_at");
  if (!reading.planned_close_field.empty()) {
    if (const auto text = ReadNamedField(row, reading.planned_close_field)) {
      deal.planned_close = ReadDay(json::value(json::string(*text)), reading.zone);
    }
  }
  for (const json::value* company : Embedded(row, "companies")) {
    const auto company_id = LinkOf(*company, notes);
    if (!company_id) continue;
    if (!deal.company_id) deal.company_id = company_id;
    deal.clients.push_back({"company:" + *company_id, true});
  }
  const auto contacts = Embedded(row, "contacts");
  const bool has_main = std::any_of(contacts.begin(), contacts.end(), [&](const json::value* contact) {
    return RowReader(*contact, notes).Flag("is_main").value_or(false);
  });
  for (const json::value* contact : contacts) {
    const auto contact_id = LinkOf(*contact, notes);
    if (!contact_id) continue;
    const bool main =
        has_main ? RowReader(*contact, notes).Flag("is_main").value_or(false) : !deal.contact_id;
    if (main && !deal.contact_id) deal.contact_id = contact_id;
    deal.clients.push_back({"contact:" + *contact_id, main});
  }
  ReadElements(row, reading, deal, notes);
  deal.custom = ReadCustom(cells, "lead", reading);
  for (const json::value* tag : Embedded(row, "tags")) {
    CustomValue value;
    value.field_id = kTagsField;
    value.text = RowReader(*tag, notes).Text("name");
    if (value.text) deal.custom.push_back(std::move(value));
  }
  return card;
}

std::vector<int64_t> InvoicesOf(const json::value& row, const Reading& reading) {
  std::vector<int64_t> ids;
  if (reading.invoices_catalog == 0) return ids;
  for (const json::value* element : Embedded(row, "catalog_elements")) {
    const json::value* metadata = FindObject(*element, "metadata");
    const auto id = FindInteger(*element, "id");
    if (id && metadata != nullptr && FindInteger(*metadata, "catalog_id") == reading.invoices_catalog)
      ids.push_back(*id);
  }
  return ids;
}

std::optional<ClientRow> DecodeClient(const json::value& row, const std::string& kind, const Reading& reading,
                                      bool& deleted, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  ClientRow client;
  client.id = kind + ":" + *id;
  client.kind = kind;
  deleted = cells.Flag("is_deleted").value_or(false);
  if (deleted) return client;
  client.name = cells.Text("name").value_or("#" + *id);
  if (kind == "contact") {
    for (const json::value* company : Embedded(row, "companies")) {
      if (const auto company_id = LinkOf(*company, notes)) client.company_id = "company:" + *company_id;
    }
  }
  client.owner_id = cells.Link("responsible_user_id");
  client.creator_id = cells.Text("created_by");
  if (const json::value* phone = FindField(row, "PHONE")) {
    for (const std::string& text : FieldTexts(*phone)) AddPhone(client.phones, text);
    if (!client.phones.empty()) client.phone = client.phones.front();
  }
  client.created_at = ReadMoment(cells, "created_at");
  client.modified_at = ReadMoment(cells, "updated_at");
  client.custom = ReadCustom(cells, kind, reading);
  return client;
}

std::optional<Unsorted> DecodeUnsorted(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto uid = cells.Text("uid");
  if (!uid) return std::nullopt;
  Unsorted request;
  request.uid = *uid;
  for (const json::value* card : Embedded(row, "leads")) {
    if (const auto id = LinkOf(*card, notes)) request.card_id = *id;
  }
  if (request.card_id.empty()) return std::nullopt;
  LeadRow& lead = request.lead;
  lead.id = request.card_id;
  lead.title = cells.Text("source_name");
  if (const json::value* metadata = FindObject(row, "metadata")) {
    const RowReader facts(*metadata, notes);
    for (const char* name : {"form_name", "subject", "from"}) {
      if (!lead.title) lead.title = facts.Text(name);
    }
    if (const auto phone = facts.Text("phone")) lead.phone = NormalisePhone(*phone);
  }
  lead.pipeline_id = cells.Link("pipeline_id").value_or("0");
  if (const auto status = reading.unsorted_statuses.find(lead.pipeline_id);
      status != reading.unsorted_statuses.end()) {
    lead.stage_id = StageId(lead.pipeline_id, status->second);
  }
  if (!reading.currency.empty()) lead.currency = reading.currency;
  lead.created_at = ReadMoment(cells, "created_at");
  return request;
}

}  // namespace svodka::crm::amocrm
