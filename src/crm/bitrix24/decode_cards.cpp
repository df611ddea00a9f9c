#include <algorithm>

#include "base/text.hpp"
#include "crm/bitrix24/decode.hpp"

namespace svodka::crm::bitrix24 {
namespace {

/// A field's names in the two dialects.
struct Name {
  std::string_view legacy, item;
};

/// A card in either dialect: crm.item names its id "id".
class CardReader {
 public:
  CardReader(const json::value& row, DecodeNotes& notes)
      : cells_(row, notes), item_(FindMember(row, "id") != nullptr) {}

  std::optional<std::string> Text(Name name) const { return cells_.Text(Of(name)); }
  std::optional<std::string> Link(Name name) const { return cells_.Link(Of(name)); }
  std::optional<int64_t> Integer(Name name) const { return cells_.Integer(Of(name)); }
  std::optional<bool> Flag(Name name) const { return cells_.Flag(Of(name)); }
  std::optional<Money> Amount(Name name) const { return cells_.Amount(Of(name)); }
  std::optional<Instant> Moment(Name name) const { return cells_.Moment(Of(name)); }
  std::optional<Day> Date(Name name) const { return cells_.Date(Of(name)); }
  /// Normalised, in the card's order.
  std::vector<std::string> Phones() const;
  /// `field`: UF_CRM_…, whatever it is called in this dialect.
  const json::value* FindCustom(const std::string& field, const std::string& entity,
                                const Reading& reading) const;
  const json::value& row() const { return cells_.row(); }
  DecodeNotes& notes() const { return cells_.notes(); }

 private:
  std::string_view Of(Name name) const { return item_ ? name.item : name.legacy; }

  RowReader cells_;
  bool item_;
};

std::vector<std::string> CardReader::Phones() const {
  std::vector<std::string> phones;
  if (!item_) {
    for (const std::string& value : Multifield(cells_, "PHONE")) AddPhone(phones, value);
    return phones;
  }
  const json::value* list = cells_.Find("fm");
  if (list == nullptr || !list->is_array()) return phones;
  for (const json::value& entry : list->get_array()) {
    if (FindString(entry, "typeId") != "PHONE") continue;
    if (const json::value* value = FindMember(entry, "value")) {
      if (const auto text = ReadText(*value)) AddPhone(phones, *text);
    }
  }
  return phones;
}

const json::value* CardReader::FindCustom(const std::string& field, const std::string& entity,
                                          const Reading& reading) const {
  if (!item_) return cells_.Find(field);
  const auto names = reading.item_names.find(entity);
  if (names == reading.item_names.end()) return nullptr;
  const auto name = names->second.find(field);
  return name == names->second.end() ? nullptr : cells_.Find(name->second);
}

std::vector<std::string> ContactsIn(const json::value& row) {
  std::vector<std::string> contacts;
  const json::value* list = FindMember(row, "contactIds");
  if (list == nullptr || !list->is_array()) return contacts;
  for (const json::value& entry : list->get_array()) {
    if (auto contact = ReadLink(entry)) contacts.push_back(std::move(*contact));
  }
  return contacts;
}

/// The portal keeps no difference between an empty amount and zero: it writes 0.00 for both. Unknown is not
/// zero.
std::optional<Money> CardAmount(const CardReader& cells) {
  const auto amount = cells.Amount({"OPPORTUNITY", "opportunity"});
  if (amount && amount->minor() == 0) return std::nullopt;
  return amount;
}

Utm ReadUtm(const CardReader& cells) {
  return {cells.Text({"UTM_SOURCE", "utmSource"}), cells.Text({"UTM_MEDIUM", "utmMedium"}),
          cells.Text({"UTM_CAMPAIGN", "utmCampaign"}), cells.Text({"UTM_CONTENT", "utmContent"}),
          cells.Text({"UTM_TERM", "utmTerm"})};
}

void AddCustomValue(const std::string& field, const std::string& type, const json::value& value,
                    const CardReader& cells, std::vector<CustomValue>& out) {
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

std::vector<CustomValue> ReadCustom(const CardReader& cells, const std::string& entity,
                                    const Reading& reading) {
  std::vector<CustomValue> out;
  const auto fields = reading.field_types.find(entity);
  if (fields == reading.field_types.end()) return out;
  for (const auto& [field, type] : fields->second) {
    const json::value* value = cells.FindCustom(field, entity, reading);
    if (value == nullptr || value->is_null()) continue;
    if (value->is_array()) {
      for (const json::value& part : value->get_array()) AddCustomValue(field, type, part, cells, out);
    } else {
      AddCustomValue(field, type, *value, cells, out);
    }
  }
  return out;
}

std::optional<std::string> LossReason(const CardReader& cells, const Reading& reading,
                                      const std::string& entity, const std::optional<std::string>& stage,
                                      bool lost) {
  if (!lost) return std::nullopt;
  if (reading.loss_reason == "stage") {
    if (!stage) return std::nullopt;
    return (entity == "lead" ? "lead:" : "") + *stage;
  }
  if (!reading.loss_reason.starts_with("field:")) return std::nullopt;
  const json::value* value = cells.FindCustom(reading.loss_reason.substr(6), entity, reading);
  if (value == nullptr) return std::nullopt;
  if (value->is_array()) {
    return value->get_array().empty() ? std::nullopt : ReadLink(value->get_array().front());
  }
  return ReadLink(*value);
}

std::string JoinName(const CardReader& cells, const std::string& id) {
  std::string name;
  static constexpr Name kParts[] = {
      {"NAME", "name"}, {"SECOND_NAME", "secondName"}, {"LAST_NAME", "lastName"}};
  for (const Name& part : kParts) {
    if (const auto text = cells.Text(part)) name += (name.empty() ? "" : " ") + *text;
  }
  return name.empty() ? "#" + id : name;
}

}  // namespace

std::optional<LeadRow> DecodeLead(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const CardReader cells(row, notes);
  const auto id = cells.Link({"ID", "id"});
  if (!id) return std::nullopt;
  LeadRow lead;
  lead.id = *id;
  lead.title = cells.Text({"TITLE", "title"});
  lead.stage_id = cells.Text({"STATUS_ID", "stageId"});
  lead.amount = CardAmount(cells);
  lead.currency = cells.Text({"CURRENCY_ID", "currencyId"});
  lead.owner_id = cells.Link({"ASSIGNED_BY_ID", "assignedById"});
  lead.creator_id = cells.Text({"CREATED_BY_ID", "createdBy"});
  lead.mover_id = cells.Link({"MOVED_BY_ID", "movedBy"});
  lead.company_id = cells.Link({"COMPANY_ID", "companyId"});
  lead.contact_id = cells.Link({"CONTACT_ID", "contactId"});
  lead.source_id = cells.Text({"SOURCE_ID", "sourceId"});
  lead.loss_reason_id = LossReason(cells, reading, "lead", lead.stage_id,
                                   cells.Text({"STATUS_SEMANTIC_ID", "stageSemanticId"}) == "F");
  if (const auto phones = cells.Phones(); !phones.empty()) lead.phone = phones.front();
  lead.utm = ReadUtm(cells);
  lead.created_at = cells.Moment({"DATE_CREATE", "createdTime"});
  lead.modified_at = cells.Moment({"DATE_MODIFY", "updatedTime"});
  lead.moved_at = cells.Moment({"MOVED_TIME", "movedTime"});
  lead.closed_at = cells.Moment({"DATE_CLOSED", "dateClosed"});
  lead.last_activity_at = cells.Moment({"LAST_ACTIVITY_TIME", "lastActivityTime"});
  lead.custom = ReadCustom(cells, "lead", reading);
  return lead;
}

std::optional<DealRow> DecodeDeal(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const CardReader cells(row, notes);
  const auto id = cells.Link({"ID", "id"});
  if (!id || cells.Flag({"IS_RECURRING", "isRecurring"}).value_or(false))
    return std::nullopt;  // a template is no deal
  DealRow deal;
  deal.id = *id;
  deal.title = cells.Text({"TITLE", "title"});
  deal.pipeline_id = cells.Text({"CATEGORY_ID", "categoryId"}).value_or("0");
  deal.stage_id = cells.Text({"STAGE_ID", "stageId"});
  deal.amount = CardAmount(cells);
  deal.currency = cells.Text({"CURRENCY_ID", "currencyId"});
  deal.owner_id = cells.Link({"ASSIGNED_BY_ID", "assignedById"});
  deal.creator_id = cells.Text({"CREATED_BY_ID", "createdBy"});
  deal.mover_id = cells.Link({"MOVED_BY_ID", "movedBy"});
  deal.lead_id = cells.Link({"LEAD_ID", "leadId"});
  deal.company_id = cells.Link({"COMPANY_ID", "companyId"});
  deal.contact_id = cells.Link({"CONTACT_ID", "contactId"});
  deal.source_id = cells.Text({"SOURCE_ID", "sourceId"});
  deal.deal_type_id = cells.Text({"TYPE_ID", "typeId"});
  deal.loss_reason_id = LossReason(cells, reading, "deal", deal.stage_id,
                                   cells.Text({"STAGE_SEMANTIC_ID", "stageSemanticId"}) == "F");
  deal.utm = ReadUtm(cells);
  if (const auto probability = cells.Integer({"PROBABILITY", "probability"});
      probability && *probability >= 0 && *probability <= 100) {
    deal.probability = static_cast<int>(*probability);
  }
  deal.is_return_customer = cells.Flag({"IS_RETURN_CUSTOMER", "isReturnCustomer"});
  deal.created_at = cells.Moment({"DATE_CREATE", "createdTime"});
  deal.modified_at = cells.Moment({"DATE_MODIFY", "updatedTime"});
  deal.moved_at = cells.Moment({"MOVED_TIME", "movedTime"});
  deal.last_activity_at = cells.Moment({"LAST_ACTIVITY_TIME", "lastActivityTime"});
  deal.planned_close =
      cells.Date({"CLOSEDATE", "closedate"});  // planned, whatever its name; see metrics.md "Planned close"
  if (deal.company_id) deal.clients.push_back({"company:" + *deal.company_id, true});
  if (deal.contact_id) deal.clients.push_back({"contact:" + *deal.contact_id, true});
  if (deal.contact_id) AddContacts(deal, ContactsIn(row));  // crm.item knows all of them
  deal.custom = ReadCustom(cells, "deal", reading);
  return deal;
}

std::optional<ClientRow> DecodeContact(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const CardReader cells(row, notes);
  const auto id = cells.Link({"ID", "id"});
  if (!id) return std::nullopt;
  ClientRow client;
  client.id = "contact:" + *id;
  client.kind = "contact";
  client.name = JoinName(cells, *id);
  if (const auto company = cells.Link({"COMPANY_ID", "companyId"})) client.company_id = "company:" + *company;
  client.client_type_id = cells.Text({"TYPE_ID", "typeId"});
  client.source_id = cells.Text({"SOURCE_ID", "sourceId"});
  client.owner_id = cells.Link({"ASSIGNED_BY_ID", "assignedById"});
  client.creator_id = cells.Text({"CREATED_BY_ID", "createdBy"});
  client.phones = cells.Phones();
  if (!client.phones.empty()) client.phone = client.phones.front();
  client.created_at = cells.Moment({"DATE_CREATE", "createdTime"});
  client.modified_at = cells.Moment({"DATE_MODIFY", "updatedTime"});
  client.last_activity_at = cells.Moment({"LAST_ACTIVITY_TIME", "lastActivityTime"});
  client.custom = ReadCustom(cells, "contact", reading);
  return client;
}

std::optional<ClientRow> DecodeCompany(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const CardReader cells(row, notes);
  const auto id = cells.Link({"ID", "id"});
  if (!id) return std::nullopt;
  ClientRow client;
  client.id = "company:" + *id;
  client.kind = "company";
  client.name = cells.Text({"TITLE", "title"}).value_or("#" + *id);
  client.client_type_id = cells.Text({"COMPANY_TYPE", "typeId"});
  client.industry_id = cells.Text({"INDUSTRY", "industry"});
  client.owner_id = cells.Link({"ASSIGNED_BY_ID", "assignedById"});
  client.creator_id = cells.Text({"CREATED_BY_ID", "createdBy"});
  client.phones = cells.Phones();
  if (!client.phones.empty()) client.phone = client.phones.front();
  client.is_own = cells.Flag({"IS_MY_COMPANY", "isMyCompany"}).value_or(false);
  client.created_at = cells.Moment({"DATE_CREATE", "createdTime"});
  client.modified_at = cells.Moment({"DATE_MODIFY", "updatedTime"});
  client.last_activity_at = cells.Moment({"LAST_ACTIVITY_TIME", "lastActivityTime"});
  client.custom = ReadCustom(cells, "company", reading);
  return client;
}

std::map<std::string, std::vector<std::string>> DecodeContactIds(
    const std::vector<const json::value*>& rows) {
  std::map<std::string, std::vector<std::string>> contacts;
  for (const json::value* row : rows) {
    const json::value* id = FindMember(*row, "id");
    const auto deal = id == nullptr ? std::nullopt : ReadLink(*id);
    if (!deal) continue;
    if (auto list = ContactsIn(*row); !list.empty()) contacts[*deal] = std::move(list);
  }
  return contacts;
}

std::vector<std::string> DecodeContactLinks(const std::vector<const json::value*>& rows) {
  std::vector<std::string> contacts;
  for (const json::value* row : rows) {
    const json::value* id = FindMember(*row, "CONTACT_ID");
    if (auto contact = id == nullptr ? std::nullopt : ReadLink(*id)) contacts.push_back(std::move(*contact));
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
  if (const json::value* quantity = cells.Find("quantity"); quantity != nullptr && !quantity->is_null()) {
    line.quantity = ReadQuantity(*quantity);
    if (!line.quantity) notes.Add("quantity", json::serialize(*quantity));
  }
  if (line.price && line.quantity) line.amount = Times(*line.price, *line.quantity);
  return line;
}

}  // namespace svodka::crm::bitrix24
