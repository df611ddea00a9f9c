#include <algorithm>

#include "base/money.hpp"
#include "emulator/bitrix24/call.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/texts.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

json::string S(std::string_view text) { return json::string(text); }

/// `crm.deal.list` → `deal`.
std::string_view Noun(std::string_view method) {
  method.remove_prefix(4);
  return method.substr(0, method.find('.'));
}

json::value LinkRow(const char* name, uint32_t id, int sort, bool primary) {
  return json::object{{name, id}, {"SORT", sort}, {"ROLE_ID", 0}, {"IS_PRIMARY", primary ? "Y" : "N"}};
}

}  // namespace

Answer Call::ListFrom(const Table& table, Dialect dialect, const json::value* filter,
                      const std::vector<std::string>& select,
                      std::vector<std::pair<std::string, bool>> order) {
  ListRequest request;
  request.filter = filter;
  request.order = std::move(order);
  request.start = Start();
  request.dialect = dialect;
  const Table* read = &table;
  Table restricted;
  if (faults_.only_owner != 0) {
    restricted = Restricted(table);
    read = &restricted;
  } else if (faults_.history_of_current_pipeline && &table == &tables().deal_history) {
    restricted = table;
    restricted.gone = [](const Company& c, uint32_t id) {
      const StageEvent& event = c.deal_events[id - 1];
      return DealStages()[event.stage].category != DealCategory(c.deals[event.card - 1]);
    };
    restricted.gone_count = 1;
    read = &restricted;
  }
  const ListPage page = Page(*read, company(), request);
  const auto chosen = Chosen(table, dialect, select, false);
  json::array rows;
  rows.reserve(page.ids.size());
  for (const uint32_t id : page.ids) rows.push_back(WriteRow(chosen, company(), id, dialect));
  return {std::move(rows), page.total, page.next, page.scanned};
}

/// The table as the webhook's user may read it: own cards only (fault `only_owner`).
Table Call::Restricted(const Table& table) {
  Table restricted = table;
  restricted.gone_count = 1;
  const auto hide = [&](auto&& owner) {
    restricted.gone = [before = table.gone, owner, wanted = faults_.only_owner](const Company& c,
                                                                                uint32_t id) {
      return (before && before(c, id)) || owner(c, id) != wanted;
    };
  };
  if (&table == &tables().deals) hide([](const Company& c, uint32_t id) { return c.deals[id - 1].owner; });
  if (&table == &tables().leads) hide([](const Company& c, uint32_t id) { return c.leads[id - 1].owner; });
  if (&table == &tables().contacts)
    hide([](const Company& c, uint32_t id) { return c.contacts[id - 1].owner; });
  if (&table == &tables().companies)
    hide([](const Company& c, uint32_t id) { return c.firms[id - 1].owner; });
  if (&table == &tables().activities)
    hide([](const Company& c, uint32_t id) { return c.actions[id - 1].responsible; });
  if (&table == &tables().tasks)
    hide([](const Company& c, uint32_t id) { return c.tasks[id - 1].responsible; });
  if (&table == &tables().calls) throw ApiError{403, "ACCESS_DENIED", "Access denied!"};
  return restricted;
}

std::vector<std::pair<std::string, bool>> Call::Order() const {
  std::vector<std::pair<std::string, bool>> order;
  const json::value* value = Param(params_, "order");
  if (value == nullptr || !value->is_object()) return order;
  for (const auto& member : value->get_object()) {
    std::string direction = ScalarText(member.value()).value_or("ASC");
    std::transform(direction.begin(), direction.end(), direction.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    if (direction != "ASC" && direction != "DESC")
      throw ApiError{400, "", "Unknown order direction: " + direction};
    order.emplace_back(member.key(), direction == "DESC");
  }
  return order;
}

int64_t Call::Start() const {
  const int64_t start = IntParam(params_, "start").value_or(0);
  return start < 0 ? -1 : start;
}

Answer Call::PageOf(json::array rows) {
  const auto total = static_cast<int64_t>(rows.size());
  const int64_t start = std::max<int64_t>(0, Start());
  json::array page;
  for (int64_t i = start; i < std::min<int64_t>(total, start + static_cast<int64_t>(kPageSize)); ++i) {
    page.push_back(rows[static_cast<size_t>(i)]);
  }
  const int64_t end = start + static_cast<int64_t>(page.size());
  return {std::move(page), total, end < total ? std::optional(end) : std::nullopt, 0};
}

CardType Call::LegacyType() const {
  const std::string_view noun = Noun(method_);
  if (noun == "deal") return CardType::kDeal;
  if (noun == "lead") return CardType::kLead;
  if (noun == "contact") return CardType::kContact;
  return CardType::kCompany;
}

bool Call::IsSmartItem() const { return IntParam(params_, "entityTypeId") == kSmartType; }

CardType Call::ItemType() const {
  const auto type = IntParam(params_, "entityTypeId");
  if (!type) throw ApiError{400, "100", "Could not find value for parameter {entityTypeId}"};
  if (*type < 1 || *type > 4)
    throw ApiError{400, "ENTITY_TYPE_NOT_SUPPORTED",
                   "Entity type " + std::to_string(*type) + " is not supported"};
  return static_cast<CardType>(*type);
}

const Table& Call::TableOf(CardType type) {
  switch (type) {
    case CardType::kLead:
      return tables().leads;
    case CardType::kDeal:
      return tables().deals;
    case CardType::kContact:
      return tables().contacts;
    case CardType::kCompany:
    case CardType::kNone:
      break;
  }
  return tables().companies;
}

uint32_t Call::RequiredId(const char* name) const {
  const auto id = IntParam(params_, name);
  if (!id) throw ApiError{400, "100", std::string("Could not find value for parameter {") + name + "}"};
  return *id > 0 && *id <= UINT32_MAX ? static_cast<uint32_t>(*id) : 0;
}

uint32_t Call::ExistingId(CardType type, const char* name, bool item) {
  const uint32_t id = RequiredId(name);
  const Table& table = TableOf(type);
  const bool hidden = faults_.only_owner != 0 && id != 0 && id <= table.size(company()) &&
                      Restricted(table).gone(company(), id);
  if (hidden && faults_.hidden_denied && !table.gone(company(), id))
    throw ApiError{400, "", "Access denied."};
  if (id == 0 || id > table.size(company()) || table.gone(company(), id) || hidden) {
    throw item ? ApiError{400, "NOT_FOUND", "Element not found"} : ApiError{400, "", "Not found"};
  }
  return id;
}

Answer Call::LegacyList() {
  return ListFrom(TableOf(LegacyType()), Dialect::kLegacy, Param(params_, "filter"),
                  TextList(params_, "select"), Order());
}

Answer Call::LegacyGet() {
  const CardType type = LegacyType();
  const uint32_t id = ExistingId(type, "id", false);
  return {WriteRow(TableOf(type), company(), id, Dialect::kLegacy, {}, true), {}, {}, 0};
}

Answer Call::LegacyFields() {
  json::object fields;
  for (const Field& field : *TableOf(LegacyType()).fields) {
    if (field.legacy.empty()) continue;
    const bool custom = field.legacy.starts_with("UF_CRM_1");
    json::object one{{"type", S(field.type)},
                     {"isRequired", false},
                     {"isReadOnly", !field.writable},
                     {"isImmutable", false},
                     {"isMultiple", field.multiple},
                     {"isDynamic", custom},
                     {"title", S(custom ? field.legacy : field.title)}};
    if (!field.status_type.empty()) one["statusType"] = S(field.status_type);
    if (custom) one["formLabel"] = S(field.title), one["listLabel"] = S(field.title);
    for (const UserField& user_field : UserFields(LegacyType())) {
      if (user_field.name != field.legacy || user_field.options.empty()) continue;
      json::array items;
      for (const auto& option : user_field.options)
        items.push_back(json::object{{"ID", S(option.first)}, {"VALUE", S(option.second)}});
      one["items"] = items;
    }
    fields[field.legacy] = std::move(one);
  }
  return {fields, {}, {}, 0};
}

Answer Call::UserFieldList() {
  const json::value* filter = Param(params_, "filter");
  const bool labelled =
      filter != nullptr && filter->is_object() && Param(filter->get_object(), "LANG") != nullptr;
  const CardType type = LegacyType();
  static constexpr const char* kEntities[] = {"", "CRM_LEAD", "CRM_DEAL", "CRM_CONTACT", "CRM_COMPANY"};
  json::array rows;
  for (const UserField& field : UserFields(type)) {
    if (filter != nullptr && filter->is_object()) {
      if (const auto name = TextParam(filter->get_object(), "FIELD_NAME"); name && *name != field.name)
        continue;
    }
    json::object row{{"ID", S(std::to_string(field.id))},
                     {"ENTITY_ID", kEntities[static_cast<int>(type)]},
                     {"FIELD_NAME", S(field.name)},
                     {"USER_TYPE_ID", S(field.type)},
                     {"XML_ID", nullptr},
                     {"SORT", "100"},
                     {"MULTIPLE", field.multiple ? "Y" : "N"},
                     {"MANDATORY", "N"},
                     {"SHOW_FILTER", "E"},
                     {"SHOW_IN_LIST", "Y"},
                     {"EDIT_IN_LIST", "Y"},
                     {"IS_SEARCHABLE", "N"},
                     {"SETTINGS", json::object{{"DEFAULT_VALUE", ""}}}};
    if (labelled) row["EDIT_FORM_LABEL"] = S(field.label), row["LIST_COLUMN_LABEL"] = S(field.label);
    if (!field.options.empty()) {
      json::array options;
      int sort = 10;
      for (const auto& option : field.options) {
        options.push_back(json::object{{"ID", S(option.first)},
                                       {"SORT", S(std::to_string(sort))},
                                       {"VALUE", S(option.second)},
                                       {"DEF", "N"},
                                       {"XML_ID", S("x" + option.first)}});
        sort += 10;
      }
      row["LIST"] = options;
    }
    rows.push_back(std::move(row));
  }
  const auto total = static_cast<int64_t>(rows.size());
  return {rows, total, {}, 0};
}

Answer Call::ItemList() {
  const Table& table = IsSmartItem() ? tables().smart_items : TableOf(ItemType());
  const json::value* filter = Param(params_, "filter");
  json::value honoured = filter == nullptr ? json::value(json::object()) : *filter;
  if (faults_.items_plain_dates && honoured.is_object()) {
    // ISO is not understood: such a condition holds for nothing.
    for (auto& member : honoured.get_object()) {
      if (member.key().find("Time") != std::string_view::npos &&
          ScalarText(member.value()).value_or("").find('T') != std::string::npos)
        member.value() = "?";
    }
  }
  Answer answer = ListFrom(table, Dialect::kItem, &honoured, TextList(params_, "select"), Order());
  if (faults_.items_shift_s != 0) {
    for (json::value& row : answer.result.get_array()) {
      for (const char* name : {"createdTime", "updatedTime"}) {
        json::value* moment = row.get_object().if_contains(name);
        if (moment == nullptr || !moment->is_string()) continue;
        const auto at = ParseMoment(std::string(moment->get_string()));
        if (at) *moment = Write(Moment(static_cast<Second>(*at + faults_.items_shift_s)), Dialect::kItem);
      }
    }
  }
  answer.result = json::object{{"items", std::move(answer.result)}};
  return answer;
}

Answer Call::ItemGet() {
  if (IsSmartItem()) {
    const uint32_t item = RequiredId("id");
    if (item > SmartItemCount(company()) || IsSmartItemGone(company(), item))
      throw ApiError{400, "NOT_FOUND", "Element was not found"};
    return {json::object{{"item", WriteRow(tables().smart_items, company(), item, Dialect::kItem, {}, true)}},
            {},
            {},
            0};
  }
  const CardType type = ItemType();
  const uint32_t id = ExistingId(type, "id", true);
  return {
      json::object{{"item", WriteRow(TableOf(type), company(), id, Dialect::kItem, {}, true)}}, {}, {}, 0};
}

Answer Call::ItemFields() {
  const CardType type = ItemType();
  json::object fields;
  for (const Field& field : *TableOf(type).fields) {
    if (field.item.empty()) continue;
    json::object one{{"type", S(field.type)},         {"isRequired", false},
                     {"isReadOnly", !field.writable}, {"isImmutable", false},
                     {"isMultiple", field.multiple},  {"isDynamic", field.legacy.starts_with("UF_CRM_1")},
                     {"title", S(field.title)}};
    if (!field.legacy.empty()) one["upperName"] = S(field.legacy);
    if (!field.status_type.empty()) one["statusType"] = S(field.status_type);
    for (const UserField& user_field : UserFields(type)) {
      if (user_field.name != field.legacy || user_field.options.empty()) continue;
      json::array items;
      for (const auto& option : user_field.options)
        items.push_back(json::object{{"ID", S(option.first)}, {"VALUE", S(option.second)}});
      one["items"] = items;
    }
    fields[field.item] = std::move(one);
  }
  return {json::object{{"fields", fields}}, {}, {}, 0};
}

Answer Call::StageHistory() {
  const auto type = IntParam(params_, "entityTypeId");
  if (!type) throw ApiError{400, "100", "Could not find value for parameter {entityTypeId}"};
  if (*type != 1 && *type != 2)
    throw ApiError{400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported"};
  const Table& table = *type == 1 ? tables().lead_history : tables().deal_history;
  // Names are upper case in both dialects here; unknown ones are refused.
  Answer answer =
      ListFrom(table, Dialect::kItem, Param(params_, "filter"), TextList(params_, "select"), Order());
  for (json::value& row : answer.result.get_array()) {  // numbers are strings, as recorded
    for (auto& member : row.get_object()) {
      if (member.value().is_int64()) member.value() = S(std::to_string(member.value().get_int64()));
    }
  }
  answer.result = json::object{{"items", std::move(answer.result)}};
  return answer;
}

Answer Call::DealContacts() {
  const Deal& deal = company().deals[ExistingId(CardType::kDeal, "id", false) - 1];
  json::array rows;
  if (deal.contact != 0) rows.push_back(LinkRow("CONTACT_ID", deal.contact, 10, true));
  if (deal.second_contact != 0) rows.push_back(LinkRow("CONTACT_ID", deal.second_contact, 20, false));
  return {rows, {}, {}, 0};
}

Answer Call::ContactCompanies() {
  const Contact& contact = company().contacts[ExistingId(CardType::kContact, "id", false) - 1];
  json::array rows;
  if (contact.company != 0) rows.push_back(LinkRow("COMPANY_ID", contact.company, 10, true));
  return {rows, {}, {}, 0};
}

Answer Call::CompanyContacts() {
  const uint32_t id = ExistingId(CardType::kCompany, "id", false);
  json::array rows;
  const uint32_t main = company().firms[id - 1].main_contact;
  if (main != 0) rows.push_back(LinkRow("CONTACT_ID", main, 10, true));
  // The second contact of a company stands right after the first; both are primary, as in a recording.
  if (main != 0 && main < company().contacts.size() && company().contacts[main].company == id) {
    rows.push_back(LinkRow("CONTACT_ID", main + 1, 20, true));
  }
  return {rows, {}, {}, 0};
}

Answer Call::ActivityList() {
  auto order = Order();
  if (order.empty()) order.emplace_back("START_TIME", false);  // the portal's default
  return ListFrom(tables().activities, Dialect::kLegacy, Param(params_, "filter"),
                  TextList(params_, "select"), std::move(order));
}

Answer Call::ActivityGet() {
  const uint32_t id = RequiredId("id");
  if (id == 0 || id > company().actions.size() || company().actions[id - 1].deleted)
    throw ApiError{400, "", "Not found"};
  return {WriteRow(tables().activities, company(), id, Dialect::kLegacy, {}, true), {}, {}, 0};
}

Answer Call::ActivityBindings() {
  const uint32_t id = RequiredId("activityId");
  if (id == 0 || id > company().actions.size() || company().actions[id - 1].deleted)
    throw ApiError{400, "NOT_FOUND", "Activity not found"};
  const Action& action = company().actions[id - 1];
  json::array rows{
      json::object{{"entityTypeId", static_cast<int>(action.card_type)}, {"entityId", action.card}}};
  if (action.client_type != CardType::kNone) {
    rows.push_back(
        json::object{{"entityTypeId", static_cast<int>(action.client_type)}, {"entityId", action.client}});
  }
  return {rows, {}, {}, 0};
}

Answer Call::CommentList() {
  const json::value* filter = Param(params_, "filter");
  if (filter == nullptr || !filter->is_object() ||
      (!filter->get_object().contains("ENTITY_ID") && !filter->get_object().contains("=ENTITY_ID"))) {
    throw ApiError{400, "", "Empty required filter field: ENTITY_ID"};
  }
  if (!filter->get_object().contains("ENTITY_TYPE") && !filter->get_object().contains("=ENTITY_TYPE")) {
    throw ApiError{400, "", "Empty required filter field: ENTITY_TYPE"};
  }
  return ListFrom(tables().comments, Dialect::kLegacy, filter, TextList(params_, "select"), Order());
}

Answer Call::CommentGet() {
  const uint32_t id = RequiredId("id");
  if (id == 0 || id > company().comments.size() || company().comments[id - 1].deleted)
    throw ApiError{400, "", "Not found"};
  return {WriteRow(tables().comments, company(), id, Dialect::kLegacy, {}, true), {}, {}, 0};
}

Answer Call::CallStatistic() {
  std::vector<std::pair<std::string, bool>> order;
  if (const auto sort = TextParam(params_, "SORT"))
    order.emplace_back(*sort, TextParam(params_, "ORDER").value_or("ASC") == "DESC");
  return ListFrom(tables().calls, Dialect::kLegacy, Param(params_, "FILTER"), {}, std::move(order));
}

Answer Call::TaskList() {
  auto order = Order();
  if (order.empty()) order.emplace_back("ID", true);
  std::vector<std::string> select = TextList(params_, "select");
  Answer answer =
      ListFrom(tables().tasks, Dialect::kLegacy, Param(params_, "filter"), select, std::move(order));
  // Asked in upper case, answered in camel case, everything as strings.
  json::array rows;
  for (json::value& row : answer.result.get_array()) {
    json::object renamed;
    for (const Field& field : TaskFields()) {
      if (json::value* value = row.get_object().if_contains(field.legacy))
        renamed[field.item] = std::move(*value);
    }
    if (!renamed.contains("id")) renamed["id"] = "";
    rows.push_back(std::move(renamed));
  }
  answer.result = json::object{{"tasks", std::move(rows)}};
  return answer;
}

Answer Call::ProductRows() {
  const json::value* filter = Param(params_, "filter");
  const json::value* owners = nullptr;
  std::string type;
  if (filter != nullptr && filter->is_object()) {
    for (const auto& member : filter->get_object()) {
      if (member.key() == "=ownerId" || member.key() == "ownerId" || member.key() == "@ownerId")
        owners = &member.value();
      if (member.key() == "=ownerType" || member.key() == "ownerType")
        type = ScalarText(member.value()).value_or("");
    }
  }
  if (owners == nullptr || type.empty())
    throw ApiError{400, "INVALID_ARG_VALUE", "Filter must have =ownerType and =ownerId"};
  json::array rows;
  for (const json::value& owner : ListOf(*owners)) {
    const auto text = ScalarText(owner);
    const uint32_t id = text ? static_cast<uint32_t>(std::strtoul(text->c_str(), nullptr, 10)) : 0;
    if (type != "D" || id == 0 || id > company().deals.size() || company().deals[id - 1].deleted) continue;
    int sort = 10;
    for (const ProductLine& line : LinesOf(company(), id)) {
      const double price = static_cast<double>(line.price_minor) / 100.0;
      rows.push_back(json::object{{"id", id * 10 + static_cast<uint32_t>(sort) / 10},
                                  {"ownerId", id},
                                  {"ownerType", "D"},
                                  {"productId", line.product + 1},
                                  {"productName", S(Products()[line.product].name)},
                                  {"price", price},
                                  {"priceAccount", price},
                                  {"priceExclusive", price},
                                  {"priceNetto", price},
                                  {"priceBrutto", price},
                                  {"quantity", line.quantity},
                                  {"discountTypeId", 2},
                                  {"discountRate", 0},
                                  {"discountSum", 0},
                                  {"taxRate", nullptr},
                                  {"taxIncluded", "N"},
                                  {"customized", "Y"},
                                  {"measureCode", 796},
                                  {"measureName", S(Products()[line.product].unit)},
                                  {"sort", sort},
                                  {"type", 1}});
      sort += 10;
    }
  }
  Answer answer = PageOf(std::move(rows));
  answer.result = json::object{{"productRows", std::move(answer.result)}};
  return answer;
}

Answer Call::ProductList() {
  json::array rows;
  int id = 1;
  for (const Product& product : Products()) {
    rows.push_back(json::object{{"ID", S(std::to_string(id))},
                                {"NAME", S(product.name)},
                                {"PRICE", S(Money::FromMinor(product.price_minor).ToString())},
                                {"CURRENCY_ID", "RUB"},
                                {"SECTION_ID", nullptr},
                                {"ACTIVE", "Y"},
                                {"CATALOG_ID", "25"}});
    ++id;
  }
  return PageOf(std::move(rows));
}

Answer Call::CatalogProducts() {
  const auto select = TextList(params_, "select");
  const auto has = [&](std::string_view name) {
    return std::find(select.begin(), select.end(), name) != select.end();
  };
  if (!has("id") || !has("iblockId")) throw ApiError{400, "0", "Required select fields: id, iblockId"};
  json::array rows;
  int id = 1;
  for (const Product& product : Products()) {
    rows.push_back(
        json::object{{"id", id}, {"iblockId", 25}, {"name", S(product.name)}, {"active", "Y"}, {"type", 1}});
    ++id;
  }
  Answer answer = PageOf(std::move(rows));
  answer.result = json::object{{"products", std::move(answer.result)}};
  return answer;
}

}  // namespace svodka::emulator::bitrix24
