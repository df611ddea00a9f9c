#include <algorithm>

#include "base/text.hpp"
#include "crm/bitrix24/decode.hpp"

namespace svodka::crm::bitrix24 {
namespace {

/// The portal keeps no difference between an empty amount and zero: it writes 0.00 for both. Unknown is not
/// zero.
std::optional<Money> CardAmount(const RowReader& cells) {
  const auto amount = cells.Amount("OPPORTUNITY");
  if (amount && amount->minor() == 0) return std::nullopt;
  return amount;
}

Utm ReadUtm(const RowReader& cells) {
  return {cells.Text("UTM_SOURCE"), cells.Text("UTM_MEDIUM"), cells.Text("UTM_CAMPAIGN"),
          cells.Text("UTM_CONTENT"), cells.Text("UTM_TERM")};
}

void AddCustomValue(const std::string& field, const std::string& type, const json::value& value,
                    const RowReader& cells, std::vector<CustomValue>& out) {
  CustomValue custom;
  custom.field_id = field;
  bool odd = false;
  if (type == "flag") {
    // A flag is true, 1, "1", "Y"; false is a value too, null is not.
    const auto flag = ReadFlag(value);
    if (!flag) return;
    custom.text = *flag ? "Y" : "N";
    out.push_back(std::move(custom));
    return;
  }
  const auto text = ReadText(value);
  if (!text) return;
  if (type == "number") {
    custom.number = ReadDouble(value);
    odd = !custom.number;
  } else if (type == "money") {
    custom.money = ReadMoney(value);
    odd = !custom.money;
  } else if (type == "date") {
    if (const auto day = ParseDay(std::string_view(*text).substr(0, 10)); day.ok()) custom.day = *day;
    odd = !custom.day;
  } else if (type == "enum" || type == "reference") {
    if (*text == "0") return;
    custom.text = *text;
  } else {
    custom.text = PlainText(*text, 1000);
    if (custom.text->empty()) return;
  }
  if (odd) {
    cells.notes().Add(field, *text);
    return;
  }
  out.push_back(std::move(custom));
}

std::vector<CustomValue> ReadCustom(const RowReader& cells, const std::string& entity,
                                    const Reading& reading) {
  std::vector<CustomValue> out;
  const auto fields = reading.field_types.find(entity);
  if (fields == reading.field_types.end()) return out;
  for (const auto& [field, type] : fields->second) {
    const json::value* value = cells.Find(field);
    if (value == nullptr || value->is_null()) continue;
    if (value->is_array()) {
      for (const json::value& part : value->get_array()) AddCustomValue(field, type, part, cells, out);
    } else {
      AddCustomValue(field, type, *value, cells, out);
    }
  }
  return out;
}

std::optional<std::string> LossReason(const RowReader& cells, const Reading& reading,
                                      const std::string& entity, const std::optional<std::string>& stage,
                                      bool lost) {
  if (!lost) return std::nullopt;
  if (reading.loss_reason == "stage") {
    if (!stage) return std::nullopt;
    return (entity == "lead" ? "lead:" : "") + *stage;
  }
  if (!reading.loss_reason.starts_with("field:")) return std::nullopt;
  const json::value* value = cells.Find(std::string_view(reading.loss_reason).substr(6));
  if (value == nullptr) return std::nullopt;
  if (value->is_array()) {
    return value->get_array().empty() ? std::nullopt : ReadLink(value->get_array().front());
  }
  return ReadLink(*value);
}

std::string JoinName(const RowReader& cells, const std::string& id) {
  std::string name;
  for (const char* part : {"NAME", "SECOND_NAME", "LAST_NAME"}) {
    if (const auto text = cells.Text(part)) name += (name.empty() ? "" : " ") + *text;
  }
  return name.empty() ? "#" + id : name;
}

}  // namespace

std::optional<LeadRow> DecodeLead(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  if (!id) return std::nullopt;
  LeadRow lead;
  lead.id = *id;
  lead.title = cells.Text("TITLE");
  lead.stage_id = cells.Text("STATUS_ID");
  lead.amount = CardAmount(cells);
  lead.currency = cells.Text("CURRENCY_ID");
  lead.owner_id = cells.Link("ASSIGNED_BY_ID");
  lead.creator_id = cells.Text("CREATED_BY_ID");
  lead.mover_id = cells.Link("MOVED_BY_ID");
  lead.company_id = cells.Link("COMPANY_ID");
  lead.contact_id = cells.Link("CONTACT_ID");
  lead.source_id = cells.Text("SOURCE_ID");
  lead.loss_reason_id =
      LossReason(cells, reading, "lead", lead.stage_id, cells.Text("STATUS_SEMANTIC_ID") == "F");
  if (const auto phone = FirstMultifield(cells, "PHONE")) lead.phone = NormalisePhone(*phone);
  lead.utm = ReadUtm(cells);
  lead.created_at = cells.Moment("DATE_CREATE");
  lead.modified_at = cells.Moment("DATE_MODIFY");
  lead.moved_at = cells.Moment("MOVED_TIME");
  lead.closed_at = cells.Moment("DATE_CLOSED");
  lead.last_activity_at = cells.Moment("LAST_ACTIVITY_TIME");
  lead.custom = ReadCustom(cells, "lead", reading);
  return lead;
}

std::optional<DealRow> DecodeDeal(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  if (!id || cells.Flag("IS_RECURRING").value_or(false)) return std::nullopt;  // a template is no deal
  DealRow deal;
  deal.id = *id;
  deal.title = cells.Text("TITLE");
  deal.pipeline_id = cells.Text("CATEGORY_ID").value_or("0");
  deal.stage_id = cells.Text("STAGE_ID");
  deal.amount = CardAmount(cells);
  deal.currency = cells.Text("CURRENCY_ID");
  deal.owner_id = cells.Link("ASSIGNED_BY_ID");
  deal.creator_id = cells.Text("CREATED_BY_ID");
  deal.mover_id = cells.Link("MOVED_BY_ID");
  deal.lead_id = cells.Link("LEAD_ID");
  deal.company_id = cells.Link("COMPANY_ID");
  deal.contact_id = cells.Link("CONTACT_ID");
  deal.source_id = cells.Text("SOURCE_ID");
  deal.deal_type_id = cells.Text("TYPE_ID");
  deal.loss_reason_id =
      LossReason(cells, reading, "deal", deal.stage_id, cells.Text("STAGE_SEMANTIC_ID") == "F");
  deal.utm = ReadUtm(cells);
  if (const auto probability = cells.Integer("PROBABILITY");
      probability && *probability >= 0 && *probability <= 100) {
    deal.probability = static_cast<int>(*probability);
  }
  deal.is_return_customer = cells.Flag("IS_RETURN_CUSTOMER");
  deal.created_at = cells.Moment("DATE_CREATE");
  deal.modified_at = cells.Moment("DATE_MODIFY");
  deal.moved_at = cells.Moment("MOVED_TIME");
  deal.last_activity_at = cells.Moment("LAST_ACTIVITY_TIME");
  deal.planned_close = cells.Date("CLOSEDATE");  // planned, whatever its name; see metrics.md "Planned close"
  if (deal.company_id) deal.clients.push_back({"company:" + *deal.company_id, true});
  if (deal.contact_id) deal.clients.push_back({"contact:" + *deal.contact_id, true});
  deal.custom = ReadCustom(cells, "deal", reading);
  return deal;
}

std::optional<ClientRow> DecodeContact(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  if (!id) return std::nullopt;
  ClientRow client;
  client.id = "contact:" + *id;
  client.kind = "contact";
  client.name = JoinName(cells, *id);
  if (const auto company = cells.Link("COMPANY_ID")) client.company_id = "company:" + *company;
  client.client_type_id = cells.Text("TYPE_ID");
  client.source_id = cells.Text("SOURCE_ID");
  client.owner_id = cells.Link("ASSIGNED_BY_ID");
  client.creator_id = cells.Text("CREATED_BY_ID");
  if (const auto phone = FirstMultifield(cells, "PHONE")) client.phone = NormalisePhone(*phone);
  client.created_at = cells.Moment("DATE_CREATE");
  client.modified_at = cells.Moment("DATE_MODIFY");
  client.custom = ReadCustom(cells, "contact", reading);
  return client;
}

std::optional<ClientRow> DecodeCompany(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  if (!id) return std::nullopt;
  ClientRow client;
  client.id = "company:" + *id;
  client.kind = "company";
  client.name = cells.Text("TITLE").value_or("#" + *id);
  client.client_type_id = cells.Text("COMPANY_TYPE");
  client.industry_id = cells.Text("INDUSTRY");
  client.owner_id = cells.Link("ASSIGNED_BY_ID");
  client.creator_id = cells.Text("CREATED_BY_ID");
  if (const auto phone = FirstMultifield(cells, "PHONE")) client.phone = NormalisePhone(*phone);
  client.is_own = cells.Flag("IS_MY_COMPANY").value_or(false);
  client.created_at = cells.Moment("DATE_CREATE");
  client.modified_at = cells.Moment("DATE_MODIFY");
  client.custom = ReadCustom(cells, "company", reading);
  return client;
}

std::map<std::string, std::vector<std::string>> DecodeContactIds(
    const std::vector<const json::value*>& rows) {
  std::map<std::string, std::vector<std::string>> contacts;
  for (const json::value* row : rows) {
    const json::value* id = FindMember(*row, "id");
    const json::value* list = FindMember(*row, "contactIds");
    const auto deal = id == nullptr ? std::nullopt : ReadLink(*id);
    if (!deal || list == nullptr || !list->is_array()) continue;
    for (const json::value& entry : list->get_array()) {
      if (auto contact = ReadLink(entry)) contacts[*deal].push_back(std::move(*contact));
    }
  }
  return contacts;
}

void AddContacts(DealRow& deal, const std::vector<std::string>& contact_ids) {
  for (const std::string& contact : contact_ids) {
    const std::string client = "contact:" + contact;
    const bool known = std::any_of(deal.clients.begin(), deal.clients.end(),
                                   [&](const DealRow::Client& link) { return link.client_id == client; });
    if (!known) deal.clients.push_back({client, !deal.contact_id && deal.clients.empty()});
  }
}

std::optional<ProductLine> DecodeProduct(const json::value& row, std::string& owner_id, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto owner = cells.Link("ownerId");
  if (!owner) return std::nullopt;
  owner_id = *owner;
  ProductLine line;
  line.product_id = cells.Link("productId");
  line.name = cells.Text("productName");
  line.price = cells.Amount("price");
  if (const json::value* quantity = cells.Find("quantity")) line.quantity = ReadDouble(*quantity);
  if (line.price && line.quantity) {
    line.amount = Money::FromMinor(static_cast<int64_t>(
        static_cast<double>(line.price->minor()) * *line.quantity + (line.price->minor() < 0 ? -0.5 : 0.5)));
  }
  return line;
}

}  // namespace svodka::crm::bitrix24
