#include <algorithm>
#include <array>
#include <optional>

#include "emulator/amocrm/rows.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/texts.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

struct Definition {
  int64_t id;
  std::string name, code, type;
  std::vector<std::pair<std::string, std::string>> enums =
      {};  ///< value, code; their ids are id * 100 + place + 1
  bool predefined = false;
};

std::vector<std::pair<std::string, std::string>> Names(std::span<const Entry> entries) {
  std::vector<std::pair<std::string, std::string>> list;
  for (const Entry& entry : entries) list.emplace_back(std::string(entry.name), "");
  return list;
}

constexpr std::array<std::string_view, 14> kTracking = {
    "UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_TERM", "UTM_CONTENT", "UTM_REFERRER", "ROISTAT",
    "REFERRER",   "FROM",       "GCLIENTID",    "GCLID",    "YCLID",       "FBCLID",       "_YM_UID"};

enum LeadField : size_t {  // places after the tracking fields
  kSourceField = kTracking.size(),
  kTypeField,
  kCityField,
  kChannelField,
  kDirectionsField,
  kAreaField,
  kShipField,
  kMontageField,
  kCostField,
  kContractField,
  kPlannedField,
  kPaySum1,
  kPayDate1,
  kPayFact1,
  kPaySum2,
  kPayDate2,
  kPayFact2
};

const std::vector<Definition>& LeadFields() {
  static const std::vector<Definition> list = [] {
    std::vector<Definition> made;
    int64_t id = 900001;
    for (const std::string_view code : kTracking) {
      std::string name(code);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      made.push_back({id++, name, std::string(code), "tracking_data", {}, true});
    }
    std::vector<std::pair<std::string, std::string>> sources;
    for (const Source& source : Sources()) sources.emplace_back(std::string(source.name), "");
    made.push_back({id++, "Источник", "", "select", sources});
    made.push_back({id++, "Тип сделки", "", "select", Names(DealTypes())});
    made.push_back({id++, "Город", "", "select", Names(Cities())});
    made.push_back({id++, "Канал сбыта", "", "select", Names(Channels())});
    made.push_back({id++, "Направления", "", "multiselect", Names(Directions())});
    made.push_back({id++, "Площадь, м²", "", "numeric"});
    made.push_back({id++, "Дата отгрузки", "", "date"});
    made.push_back({id++, "Нужен монтаж", "", "checkbox"});
    made.push_back({id++, "Себестоимость", "", "monetary"});
    made.push_back({id++, "Номер договора", "", "text"});
    made.push_back({id++, "Планируемая дата закрытия", "", "date"});
    for (const char* number : {"1", "2"}) {
      const std::string head = std::string("Платёж ") + number;
      made.push_back({id++, head + " сумма", "", "numeric"});
      made.push_back({id++, head + " дата", "", "date"});
      made.push_back({id++, head + " дата факт", "", "date"});
    }
    return made;
  }();
  return list;
}

const std::vector<std::pair<std::string, std::string>>& PhoneKinds() {
  static const std::vector<std::pair<std::string, std::string>> list = {
      {"Раб.", "WORK"}, {"Раб. прямой", "WORKDD"}, {"Мобильный", "MOB"},
      {"Факс", "FAX"},  {"Дом.", "HOME"},          {"Другой", "OTHER"}};
  return list;
}
const std::vector<std::pair<std::string, std::string>>& EmailKinds() {
  static const std::vector<std::pair<std::string, std::string>> list = {
      {"Раб.", "WORK"}, {"Личн.", "PRIV"}, {"Другой", "OTHER"}};
  return list;
}

const std::vector<Definition>& ContactFields() {
  static const std::vector<Definition> list = {{910001, "Должность", "POSITION", "text", {}, true},
                                               {910002, "Телефон", "PHONE", "multitext", PhoneKinds(), true},
                                               {910003, "Email", "EMAIL", "multitext", EmailKinds(), true},
                                               {910004, "Город", "", "select", Names(Cities())},
                                               {910005, "Источник", "", "text"}};
  return list;
}
const std::vector<Definition>& CompanyFields() {
  static const std::vector<Definition> list = {{920001, "Телефон", "PHONE", "multitext", PhoneKinds(), true},
                                               {920002, "Email", "EMAIL", "multitext", EmailKinds(), true},
                                               {920003, "Web", "WEB", "url", {}, true},
                                               {920004, "Адрес", "ADDRESS", "textarea", {}, true},
                                               {920005, "Отрасль", "", "select", Names(Industries())},
                                               {920006, "Тип", "", "select", Names(CompanyTypes())},
                                               {920007, "Город", "", "select", Names(Cities())}};
  return list;
}
const std::vector<Definition>& CustomerFields() {
  static const std::vector<Definition> list = {{930001, "Примечание", "", "textarea"}};
  return list;
}
const std::vector<Definition>& InvoiceFields() {
  static const std::vector<Definition> list = {
      {801,
       "Статус",
       "BILL_STATUS",
       "select",
       {{"Создан", "created"},
        {"Оплачен", "paid"},
        {"Частично оплачен", "partially_paid"},
        {"Оплачен авансом", "paid_in_advance"}},
       true},
      {802, "Дата оплаты", "BILL_PAYMENT_DATE", "date_time", {}, true},
      {803, "Итоговая сумма", "BILL_PRICE", "numeric", {}, true},
      {804, "Срок оплаты", "", "date"},
      {805, "Комментарий", "BILL_COMMENT", "textarea", {}, true},
      {806, "Оплачено", "", "numeric"}};
  return list;
}
const std::vector<Definition>& ProductFields() {
  static const std::vector<Definition> list = {{701, "Артикул", "SKU", "text", {}, true},
                                               {702, "Описание", "DESCRIPTION", "textarea", {}, true},
                                               {703, "Цена", "PRICE", "price", {}, true},
                                               {704, "Группа", "GROUP", "category", {}, true}};
  return list;
}

const std::vector<Definition>& FieldsOf(Kind kind) {
  switch (kind) {
    case Kind::kLead:
      return LeadFields();
    case Kind::kContact:
      return ContactFields();
    case Kind::kCompany:
      return CompanyFields();
    case Kind::kElement:
      return InvoiceFields();
    case Kind::kCustomer:
    case Kind::kTask:
      break;
  }
  return CustomerFields();
}

int64_t EnumId(const Definition& field, size_t place) {
  return field.id * 100 + static_cast<int64_t>(place) + 1;
}

json::array Define(const std::vector<Definition>& fields, std::string_view entity,
                   const std::set<std::string>& types) {
  json::array rows;
  int sort = 0;
  for (const Definition& field : fields) {
    ++sort;
    if (!types.empty() && !types.contains(field.type)) continue;
    json::value enums = nullptr;
    if (!field.enums.empty()) {
      json::array list;
      for (size_t i = 0; i < field.enums.size(); ++i) {
        json::object one{{"id", EnumId(field, i)}, {"value", field.enums[i].first}, {"sort", (i + 1) * 10}};
        one["code"] =
            field.enums[i].second.empty() ? json::value(nullptr) : json::value(field.enums[i].second);
        list.push_back(std::move(one));
      }
      enums = std::move(list);
    }
    rows.push_back(json::object{
        {"id", field.id},
        {"name", field.name},
        {"type", field.type},
        {"account_id", kAccountId},
        {"code", field.code.empty() ? json::value(nullptr) : json::value(field.code)},
        {"sort", 500 + sort},
        {"is_api_only", false},
        {"enums", std::move(enums)},
        {"nested", nullptr},
        {"group_id", field.type == "tracking_data" ? json::value("statistic") : json::value(nullptr)},
        {"required_statuses", json::array()},
        {"hidden_statuses", json::array()},
        {"chained_lists", nullptr},
        {"tracking_callback", nullptr},
        {"remind", nullptr},
        {"currency", field.type == "monetary" ? json::value("RUB") : json::value(nullptr)},
        {"is_deletable", !field.predefined},
        {"is_predefined", field.predefined},
        {"is_computed", false},
        {"search_in", nullptr},
        {"entity_type", json::string(entity)}});
  }
  return rows;
}

/// Collects the filled fields of one row.
class Values {
 public:
  Values(const std::vector<Definition>& fields, const json::object* written)
      : fields_(fields), written_(written) {}

  void Put(size_t place, json::array values) {
    if (!values.empty()) Entry(fields_[place], std::move(values));
  }
  void Text(size_t place, std::string_view text) {
    if (!text.empty()) Put(place, {json::object{{"value", json::string(text)}}});
  }
  void Number(size_t place, int64_t number) { Text(place, std::to_string(number)); }
  void Seconds(size_t place, Second at) { Put(place, {json::object{{"value", at}}}); }
  void Date(size_t place, int32_t day) { Seconds(place, AtLocal(Day{day}, 0)); }
  void Choice(size_t place, size_t choice) { Put(place, {Option(place, choice)}); }
  json::object Option(size_t place, size_t choice) const {
    const Definition& field = fields_[place];
    json::object value{{"value", field.enums[choice].first}, {"enum_id", EnumId(field, choice)}};
    value["enum_code"] =
        field.enums[choice].second.empty() ? json::value(nullptr) : json::value(field.enums[choice].second);
    return value;
  }
  json::value Finish() {
    if (written_ != nullptr) {
      for (const Definition& field : fields_) {
        if (const json::value* values = written_->if_contains(std::to_string(field.id)); values != nullptr)
          Head(field, values->as_array());
      }
    }
    if (rows_.empty()) return nullptr;
    std::stable_sort(rows_.begin(), rows_.end(), [](const json::value& a, const json::value& b) {
      return a.at("field_id").as_int64() < b.at("field_id").as_int64();
    });
    return std::move(rows_);
  }

 private:
  void Entry(const Definition& field, json::array values) {
    if (written_ != nullptr && written_->contains(std::to_string(field.id))) return;
    Head(field, std::move(values));
  }
  void Head(const Definition& field, json::array values) {
    if (values.empty()) return;  // cleared
    rows_.push_back(
        json::object{{"field_id", field.id},
                     {"field_name", field.name},
                     {"field_code", field.code.empty() ? json::value(nullptr) : json::value(field.code)},
                     {"field_type", field.type},
                     {"values", std::move(values)}});
  }
  const std::vector<Definition>& fields_;
  const json::object* written_;
  json::array rows_;
};

const json::object* WrittenFields(const View& view, Kind kind, uint32_t id) {
  const auto found = view.written_fields.find(View::Key(kind, id));
  return found == view.written_fields.end() ? nullptr : &found->second;
}

std::string Decimal(double number) {
  std::string text = PhpJson(number);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace

json::array FieldDefinitions(Kind kind, const std::set<std::string>& types) {
  return Define(FieldsOf(kind), Plural(kind), types);
}
json::array InvoiceFieldDefinitions() { return Define(InvoiceFields(), "catalogs", {}); }
json::array ProductFieldDefinitions() { return Define(ProductFields(), "catalogs", {}); }

std::optional<json::object> FieldHead(Kind kind, int64_t id, std::string_view code) {
  for (const Definition& field : FieldsOf(kind)) {
    if (field.id != id && (code.empty() || field.code != code)) continue;
    json::array ids;
    json::object enums;
    for (size_t i = 0; i < field.enums.size(); ++i)
      enums[std::to_string(EnumId(field, i))] = json::array{field.enums[i].first, field.enums[i].second};
    return json::object{{"id", field.id}, {"type", field.type}, {"enums", std::move(enums)}};
  }
  return std::nullopt;
}

json::value LeadValues(const View& view, uint32_t id) {
  const Card& card = view.cards[id - 1];
  const Company& company = view.company;
  Values values(LeadFields(), WrittenFields(view, Kind::kLead, id));
  if (view.bare.contains(View::Key(Kind::kLead, id))) return values.Finish();
  const Campaign& campaign = Campaigns()[view.CampaignOf(card)];
  values.Text(0, campaign.source);
  values.Text(1, campaign.medium);
  values.Text(2, campaign.campaign);
  values.Text(3, campaign.term);
  values.Text(4, campaign.content);
  if (const uint8_t source = view.SourceOf(card); source != 255) values.Choice(kSourceField, source);
  if (card.deal == 0) {
    values.Choice(kCityField, LeadCity(company, card.lead));
    return values.Finish();
  }
  const Deal& deal = company.deals[card.deal - 1];
  const DealCustom custom = CustomOf(company, card.deal);
  values.Choice(kTypeField, deal.type);
  values.Choice(kCityField, custom.city);
  if (custom.channel) values.Choice(kChannelField, *custom.channel);
  json::array directions;
  for (const uint8_t one : custom.directions) directions.push_back(values.Option(kDirectionsField, one));
  values.Put(kDirectionsField, std::move(directions));
  if (custom.area) values.Text(kAreaField, Decimal(*custom.area));
  if (custom.ship_day) values.Date(kShipField, custom.ship_day->number);
  if (custom.needs_montage) values.Put(kMontageField, {json::object{{"value", true}}});
  if (custom.cost) values.Number(kCostField, custom.cost->minor() / 100);
  values.Text(kContractField, custom.contract);
  values.Date(kPlannedField, deal.planned_close);
  if (const auto found = view.invoices_of.find(id); found != view.invoices_of.end()) {
    for (size_t k = 0; k < std::min<size_t>(2, found->second.size()); ++k) {
      const Invoice& invoice = view.invoices[found->second[k]];
      values.Number(kPaySum1 + 3 * k, invoice.rubles);
      values.Date(kPayDate1 + 3 * k, invoice.due_day);
      const BillStatus status = view.StatusOf(invoice);
      if (status == BillStatus::kPaid || status == BillStatus::kAdvance)
        values.Date(kPayFact1 + 3 * k, LocalDay(invoice.paid_at).number);
    }
  }
  return values.Finish();
}

json::value ContactValues(const View& view, uint32_t id) {
  Values values(ContactFields(), WrittenFields(view, Kind::kContact, id));
  if (view.bare.contains(View::Key(Kind::kContact, id))) return values.Finish();
  const Contact& contact = view.company.contacts[id - 1];
  const uint64_t dice = Dice(7, id);
  json::object phone = values.Option(1, dice % 3 == 0 ? 2 : 0);
  phone["value"] = ContactPhone(view.company, id);
  values.Put(1, {std::move(phone)});
  if (dice % 5 != 0) {
    json::object email = values.Option(2, 0);
    email["value"] = ContactEmail(view.company, id);
    values.Put(2, {std::move(email)});
  }
  values.Choice(3, contact.city);
  return values.Finish();
}

json::value CompanyValues(const View& view, uint32_t id) {
  Values values(CompanyFields(), WrittenFields(view, Kind::kCompany, id));
  if (view.bare.contains(View::Key(Kind::kCompany, id))) return values.Finish();
  const Firm& firm = view.company.firms[id - 1];
  json::object phone = values.Option(0, 0);
  phone["value"] = FirmPhone(view.company, id);
  values.Put(0, {std::move(phone)});
  values.Choice(4, firm.industry);
  values.Choice(5, firm.type);
  values.Choice(6, firm.city);
  return values.Finish();
}

int64_t PartOf(const Invoice& invoice) { return invoice.rubles / 2; }

json::object InvoiceRow(const View& view, uint32_t place, const Style& style) {
  const Invoice& invoice = view.invoices[place - 1];
  const int64_t id = kElementIds + place;
  const auto found = view.written_elements.find(place);
  Values values(InvoiceFields(), found == view.written_elements.end() ? nullptr : &found->second);
  const auto named = view.names.find(View::Key(Kind::kElement, place));
  const BillStatus status = view.StatusOf(invoice);
  values.Choice(0, static_cast<size_t>(status));
  if (status == BillStatus::kPaid || status == BillStatus::kAdvance) values.Seconds(1, invoice.paid_at);
  values.Number(2, invoice.rubles);
  values.Date(3, invoice.due_day);
  if (status == BillStatus::kPartially) values.Number(5, PartOf(invoice));
  const int64_t owner = invoice.card == 0 ? 0 : UserId(view.Owner(view.cards[invoice.card - 1]));
  return json::object{{"id", id},
                      {"name", named != view.names.end() ? named->second
                                                         : "Счёт " + std::to_string(invoice.card) + " (" +
                                                               std::to_string(invoice.number) + " из " +
                                                               std::to_string(invoice.count) + ")"},
                      {"created_by", owner},
                      {"updated_by", owner},
                      {"created_at", invoice.created},
                      {"updated_at", view.UpdatedOf(invoice)},
                      {"is_deleted", nullptr},
                      {"custom_fields_values", values.Finish()},
                      {"catalog_id", kInvoicesCatalog},
                      {"account_id", kAccountId},
                      {"_links", Link(style.origin + "/api/v4/catalogs/" + std::to_string(kInvoicesCatalog) +
                                      "/elements/" + std::to_string(id))}};
}

json::object ProductRow(const View& view, uint32_t place, const Style& style) {
  const Product& product = Products()[place - 1];
  Values values(ProductFields(), nullptr);
  values.Text(0, "P-" + std::to_string(place));
  values.Number(2, product.price_minor / 100);
  return json::object{{"id", 800000 + place},
                      {"name", json::string(product.name)},
                      {"created_by", 0},
                      {"updated_by", 0},
                      {"created_at", view.company.start},
                      {"updated_at", view.company.start},
                      {"is_deleted", nullptr},
                      {"custom_fields_values", values.Finish()},
                      {"catalog_id", kProductsCatalog},
                      {"account_id", kAccountId},
                      {"_links", Link(style.origin + "/api/v4/catalogs/" + std::to_string(kProductsCatalog) +
                                      "/elements/" + std::to_string(800000 + place))}};
}

}  // namespace svodka::emulator::amocrm
