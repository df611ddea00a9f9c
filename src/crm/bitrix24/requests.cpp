#include "crm/bitrix24/requests.hpp"

#include <cstdio>
#include <cstdlib>

#include "crm/bitrix24/cells.hpp"

namespace svodka::crm::bitrix24 {
namespace {

using Names = std::span<const std::string_view>;

/// One field in both dialects; "" where a dialect does not have it.
struct Pair {
  std::string_view legacy, item;
};
constexpr Pair kLeadFields[] = {{"ID", "id"},
                                {"TITLE", "title"},
                                {"STATUS_ID", "stageId"},
                                {"STATUS_SEMANTIC_ID", "stageSemanticId"},
                                {"OPPORTUNITY", "opportunity"},
                                {"CURRENCY_ID", "currencyId"},
                                {"ASSIGNED_BY_ID", "assignedById"},
                                {"CREATED_BY_ID", "createdBy"},
                                {"MOVED_BY_ID", "movedBy"},
                                {"MOVED_TIME", "movedTime"},
                                {"COMPANY_ID", "companyId"},
                                {"CONTACT_ID", "contactId"},
                                {"SOURCE_ID", "sourceId"},
                                {"DATE_CREATE", "createdTime"},
                                {"DATE_MODIFY", "updatedTime"},
                                {"DATE_CLOSED", "dateClosed"},
                                {"LAST_ACTIVITY_TIME", "lastActivityTime"},
                                {"UTM_SOURCE", "utmSource"},
                                {"UTM_MEDIUM", "utmMedium"},
                                {"UTM_CAMPAIGN", "utmCampaign"},
                                {"UTM_CONTENT", "utmContent"},
                                {"UTM_TERM", "utmTerm"},
                                {"PHONE", ""},
                                {"NAME", "name"},
                                {"LAST_NAME", "lastName"},
                                {"UF_*", ""}};
constexpr Pair kDealFields[] = {{"ID", "id"},
                                {"TITLE", "title"},
                                {"CATEGORY_ID", "categoryId"},
                                {"STAGE_ID", "stageId"},
                                {"STAGE_SEMANTIC_ID", "stageSemanticId"},
                                {"OPPORTUNITY", "opportunity"},
                                {"CURRENCY_ID", "currencyId"},
                                {"ASSIGNED_BY_ID", "assignedById"},
                                {"CREATED_BY_ID", "createdBy"},
                                {"MOVED_BY_ID", "movedBy"},
                                {"MOVED_TIME", "movedTime"},
                                {"LEAD_ID", "leadId"},
                                {"COMPANY_ID", "companyId"},
                                {"CONTACT_ID", "contactId"},
                                {"", "contactIds"},
                                {"SOURCE_ID", "sourceId"},
                                {"TYPE_ID", "typeId"},
                                {"PROBABILITY", "probability"},
                                {"IS_RECURRING", "isRecurring"},
                                {"IS_RETURN_CUSTOMER", "isReturnCustomer"},
                                {"DATE_CREATE", "createdTime"},
                                {"DATE_MODIFY", "updatedTime"},
                                {"CLOSEDATE", "closedate"},
                                {"LAST_ACTIVITY_TIME", "lastActivityTime"},
                                {"UTM_SOURCE", "utmSource"},
                                {"UTM_MEDIUM", "utmMedium"},
                                {"UTM_CAMPAIGN", "utmCampaign"},
                                {"UTM_CONTENT", "utmContent"},
                                {"UTM_TERM", "utmTerm"},
                                {"CLOSED", "closed"},
                                {"IS_MANUAL_OPPORTUNITY", "isManualOpportunity"},
                                {"UF_*", ""}};
constexpr std::array<std::string_view, 14> kContactFields = {"ID",
                                                             "NAME",
                                                             "SECOND_NAME",
                                                             "LAST_NAME",
                                                             "COMPANY_ID",
                                                             "TYPE_ID",
                                                             "SOURCE_ID",
                                                             "ASSIGNED_BY_ID",
                                                             "CREATED_BY_ID",
                                                             "DATE_CREATE",
                                                             "DATE_MODIFY",
                                                             "LAST_ACTIVITY_TIME",
                                                             "PHONE",
                                                             "UF_*"};
constexpr std::array<std::string_view, 12> kCompanyFields = {"ID",
                                                             "TITLE",
                                                             "COMPANY_TYPE",
                                                             "INDUSTRY",
                                                             "IS_MY_COMPANY",
                                                             "ASSIGNED_BY_ID",
                                                             "CREATED_BY_ID",
                                                             "DATE_CREATE",
                                                             "DATE_MODIFY",
                                                             "LAST_ACTIVITY_TIME",
                                                             "PHONE",
                                                             "UF_*"};
constexpr std::array<std::string_view, 20> kActivityFields = {"ID",
                                                              "OWNER_TYPE_ID",
                                                              "OWNER_ID",
                                                              "TYPE_ID",
                                                              "PROVIDER_ID",
                                                              "PROVIDER_TYPE_ID",
                                                              "SUBJECT",
                                                              "CREATED",
                                                              "LAST_UPDATED",
                                                              "START_TIME",
                                                              "END_TIME",
                                                              "DEADLINE",
                                                              "COMPLETED",
                                                              "STATUS",
                                                              "RESPONSIBLE_ID",
                                                              "AUTHOR_ID",
                                                              "DIRECTION",
                                                              "SETTINGS",
                                                              "ASSOCIATED_ENTITY_ID",
                                                              "BINDINGS"};
constexpr std::array<std::string_view, 10> kTaskFields = {
    "ID",           "TITLE",        "STATUS",      "CREATED_BY", "RESPONSIBLE_ID",
    "CREATED_DATE", "CHANGED_DATE", "CLOSED_DATE", "DEADLINE",   "UF_CRM_TASK"};

template <class Fields>
void Select(Params& params, const Fields& fields) {
  size_t i = 0;
  for (const std::string_view field : fields) {
    params.emplace_back("select[" + std::to_string(i++) + "]", std::string(field));
  }
}

template <class Fields>
std::vector<std::string_view> NamesIn(const Fields& fields, std::string_view Pair::*dialect) {
  std::vector<std::string_view> names;
  for (const Pair& field : fields) {
    if (!(field.*dialect).empty()) names.push_back(field.*dialect);
  }
  return names;
}

/// Everything that we store of a row.
void SelectAll(Params& params, const ListForm& list) {
  if (list.dialect == Dialect::kItem) {
    // Phones (`fm`) come with everything only; deals have none.
    auto names =
        list.stream == Stream::kDeal ? NamesIn(kDealFields, &Pair::item) : std::vector<std::string_view>{"*"};
    names.insert(names.end(), list.custom_fields.begin(), list.custom_fields.end());
    return Select(params, names);
  }
  switch (list.stream) {
    case Stream::kLead:
      return Select(params, NamesIn(kLeadFields, &Pair::legacy));
    case Stream::kDeal:
      return Select(params, NamesIn(kDealFields, &Pair::legacy));
    case Stream::kContact:
      return Select(params, kContactFields);
    case Stream::kCompany:
      return Select(params, kCompanyFields);
    case Stream::kActivity:
      return Select(params, kActivityFields);
    case Stream::kTask:
      return Select(params, kTaskFields);
    case Stream::kLeadHistory:
    case Stream::kDealHistory:
    case Stream::kCall:
      return;
  }
}

void FilterIds(Params& params, std::string_view key, std::span<const std::string> ids) {
  size_t i = 0;
  for (const std::string& id : ids) {
    params.emplace_back("filter[" + std::string(key) + "][" + std::to_string(i++) + "]", id);
  }
}

void AddEntityType(Params& params, const ListForm& list) {
  if (list.dialect == Dialect::kItem)
    params.emplace_back("entityTypeId", std::to_string(EntityTypeId(list.stream)));
  if (list.stream == Stream::kLeadHistory) params.emplace_back("entityTypeId", "1");
  if (list.stream == Stream::kDealHistory) params.emplace_back("entityTypeId", "2");
}

/// A field's name in requests of the list.
std::string NameIn(const ListForm& list, std::string_view legacy) {
  return std::string(list.dialect == Dialect::kItem ? ItemNameOf(legacy) : legacy);
}

/// The part that every walk of a list shares. start=-1 switches the slow counting off.
Params Walk(const ListForm& list, const char* direction) {
  Params params;
  AddEntityType(params, list);
  if (list.stream == Stream::kCall) {  // orders by two plain texts
    params.emplace_back("SORT", "ID");
    params.emplace_back("ORDER", direction);
  } else {
    params.emplace_back("order[" + NameIn(list, "ID") + "]", direction);
  }
  params.emplace_back("start", "-1");
  return params;
}

/// "filter[>ID]", as the method wants it written.
std::string Filter(const ListForm& list, std::string_view prefix, std::string_view field) {
  return (list.stream == Stream::kCall ? "FILTER[" : "filter[") + std::string(prefix) + NameIn(list, field) +
         "]";
}

}  // namespace

std::string_view NameOf(Stream stream) {
  switch (stream) {
    case Stream::kLead:
      return "lead";
    case Stream::kDeal:
      return "deal";
    case Stream::kContact:
      return "contact";
    case Stream::kCompany:
      return "company";
    case Stream::kLeadHistory:
      return "lead_history";
    case Stream::kDealHistory:
      return "deal_history";
    case Stream::kActivity:
      return "activity";
    case Stream::kTask:
      return "task";
    case Stream::kCall:
      return "call";
  }
  return "";
}

std::string_view MethodOf(Stream stream) {
  switch (stream) {
    case Stream::kLead:
      return "crm.lead.list";
    case Stream::kDeal:
      return "crm.deal.list";
    case Stream::kContact:
      return "crm.contact.list";
    case Stream::kCompany:
      return "crm.company.list";
    case Stream::kLeadHistory:
    case Stream::kDealHistory:
      return "crm.stagehistory.list";
    case Stream::kActivity:
      return "crm.activity.list";
    case Stream::kTask:
      return "tasks.task.list";
    case Stream::kCall:
      return "voximplant.statistic.get";
  }
  return "";
}

std::string ListForm::Method() const {
  return std::string(dialect == Dialect::kItem ? "crm.item.list" : MethodOf(stream));
}

int EntityTypeId(Stream stream) {
  switch (stream) {
    case Stream::kLead:
      return 1;
    case Stream::kDeal:
      return 2;
    case Stream::kContact:
      return 3;
    case Stream::kCompany:
      return 4;
    default:
      return 0;
  }
}

std::string_view ItemNameOf(std::string_view legacy) {
  for (const std::span<const Pair> fields :
       {std::span<const Pair>(kDealFields), std::span<const Pair>(kLeadFields)}) {
    for (const Pair& field : fields) {
      if (field.legacy == legacy) return field.item;
    }
  }
  return "";
}

std::optional<int64_t> IdOfRow(const json::value& row) {
  const json::value* id = FindMember(row, "ID");
  if (id == nullptr) id = FindMember(row, "id");
  return id == nullptr ? std::nullopt : ReadInteger(*id);
}

std::optional<Instant> LastActivityOf(const json::value& row) {
  DecodeNotes notes;
  const RowReader cells(row, notes);
  const auto moment = cells.Moment("LAST_ACTIVITY_TIME");
  return moment ? moment : cells.Moment("lastActivityTime");
}

bool IsTemplate(const json::value& row) {
  const json::value* recurring = FindMember(row, "IS_RECURRING");
  if (recurring == nullptr) recurring = FindMember(row, "isRecurring");
  return recurring != nullptr && ReadFlag(*recurring).value_or(false);
}

std::string_view ModifiedFieldOf(Stream stream) {
  switch (stream) {
    case Stream::kLead:
    case Stream::kDeal:
    case Stream::kContact:
    case Stream::kCompany:
      return "DATE_MODIFY";
    case Stream::kActivity:
      return "LAST_UPDATED";
    case Stream::kTask:
      return "CHANGED_DATE";
    case Stream::kLeadHistory:
    case Stream::kDealHistory:
    case Stream::kCall:
      return "";
  }
  return "";
}

std::string LastIdOf(const ListForm& list, size_t command) {
  const Stream stream = list.stream;
  const bool item = list.dialect == Dialect::kItem;
  std::string path = "$result[c" + std::to_string(command) + "]";
  if (item || stream == Stream::kLeadHistory || stream == Stream::kDealHistory) path += "[items]";
  if (stream == Stream::kTask) path += "[tasks]";
  return path + "[" + std::to_string(kPageRows - 1) + "][" + (item || stream == Stream::kTask ? "id" : "ID") +
         "]";
}

Command PageBelow(const ListForm& list, std::string_view below) {
  Params params = Walk(list, "DESC");
  if (!below.empty()) params.emplace_back(Filter(list, "<", "ID"), std::string(below));
  SelectAll(params, list);
  return {list.Method(), std::move(params)};
}

Command PageAbove(const ListForm& list, std::string_view above) {
  Params params = Walk(list, "ASC");
  params.emplace_back(Filter(list, ">", "ID"), std::string(above));
  SelectAll(params, list);
  return {list.Method(), std::move(params)};
}

Command PageChanged(const ListForm& list, std::string_view field, Instant since, int32_t offset_s,
                    std::string_view above) {
  Params params = Walk(list, "ASC");
  params.emplace_back(Filter(list, ">=", field),
                      list.plain_moments ? PlainPortalTime(since, offset_s) : PortalTime(since, offset_s));
  params.emplace_back(Filter(list, ">", "ID"), above.empty() ? "0" : std::string(above));
  SelectAll(params, list);
  return {list.Method(), std::move(params)};
}

Command PageOfIds(const ListForm& list, std::string_view above) {
  Params params = Walk(list, "ASC");
  params.emplace_back(Filter(list, ">", "ID"), above.empty() ? "0" : std::string(above));
  std::vector<std::string> names{NameIn(list, "ID")};
  if (list.stream == Stream::kDeal) names.push_back(NameIn(list, "IS_RECURRING"));
  if (list.stream == Stream::kActivity) {
    for (const char* name : {"TYPE_ID", "PROVIDER_ID", "ASSOCIATED_ENTITY_ID"})
      names.push_back(NameIn(list, name));
  }
  Select(params, names);
  return {list.Method(), std::move(params)};
}

Command PageOfOpenIds(const ListForm& list, std::string_view above) {
  Command command = PageOfIds(list, above);
  if (list.stream == Stream::kTask) {
    command.params.emplace_back("filter[!REAL_STATUS]", "5");
  } else {
    command.params.emplace_back("filter[COMPLETED]", "N");
  }
  return command;
}

Command ByIds(const ListForm& list, std::span<const std::string> ids) {
  Params params = Walk(list, "ASC");
  FilterIds(params, (list.stream == Stream::kTask ? "" : "@") + NameIn(list, "ID"), ids);
  SelectAll(params, list);
  return {list.Method(), std::move(params)};
}

Command Count(const ListForm& list) {
  Params params;
  if (list.stream == Stream::kCall) {
    params = {{"SORT", "ID"}, {"ORDER", "ASC"}, {"start", "0"}};
    return {list.Method(), std::move(params)};
  }
  AddEntityType(params, list);
  params.emplace_back("order[" + NameIn(list, "ID") + "]", "ASC");
  params.emplace_back("start", "0");
  params.emplace_back("select[0]", NameIn(list, "ID"));
  return {list.Method(), std::move(params)};
}

Command Get(const ListForm& list, std::string_view id) {
  if (list.dialect == Dialect::kItem) {
    return {"crm.item.get",
            {{"entityTypeId", std::to_string(EntityTypeId(list.stream))}, {"id", std::string(id)}}};
  }
  switch (list.stream) {
    case Stream::kLead:
      return {"crm.lead.get", {{"id", std::string(id)}}};
    case Stream::kDeal:
      return {"crm.deal.get", {{"id", std::string(id)}}};
    case Stream::kContact:
      return {"crm.contact.get", {{"id", std::string(id)}}};
    case Stream::kCompany:
      return {"crm.company.get", {{"id", std::string(id)}}};
    case Stream::kActivity:
      return {"crm.activity.get", {{"id", std::string(id)}}};
    case Stream::kTask:
      return {"tasks.task.get", {{"taskId", std::string(id)}}};
    case Stream::kLeadHistory:
    case Stream::kDealHistory:
    case Stream::kCall:
      break;
  }
  throw InvariantError("history and calls have no single record");
}

Command ProbeNewest(const ListForm& list) {
  Params params = Walk(list, "DESC");
  Select(params, std::vector{NameIn(list, "ID"), NameIn(list, "DATE_CREATE")});
  return {list.Method(), std::move(params)};
}

Command ProbeChanged(Stream stream, std::string_view since) {
  const ListForm list{stream, Dialect::kItem};
  Params params = Walk(list, "ASC");
  params.emplace_back(Filter(list, ">=", "DATE_MODIFY"), std::string(since));
  params.emplace_back("select[0]", "id");
  return {list.Method(), std::move(params)};
}

Command ItemFields(Stream stream) {
  return {"crm.item.fields", {{"entityTypeId", std::to_string(EntityTypeId(stream))}}};
}

Command ContactsOfDeals(std::span<const std::string> deal_ids) {
  Params params{{"entityTypeId", "2"},
                {"order[id]", "ASC"},
                {"start", "-1"},
                {"select[0]", "id"},
                {"select[1]", "contactIds"}};
  FilterIds(params, "@id", deal_ids);
  return {"crm.item.list", std::move(params)};
}

Command ContactsOfDeal(const std::string& deal_id) {
  return {"crm.deal.contact.items.get", {{"id", deal_id}}};
}

Command ProductsOfDeals(std::span<const std::string> deal_ids, int64_t start) {
  Params params{{"order[id]", "ASC"}, {"start", std::to_string(start)}, {"filter[=ownerType]", "D"}};
  FilterIds(params, "=ownerId", deal_ids);
  return {"crm.item.productrow.list", std::move(params)};
}

Command CommentsOf(std::string_view entity, std::string_view card_id, std::string_view below) {
  Params params{{"order[ID]", "DESC"},
                {"start", "-1"},
                {"filter[ENTITY_ID]", std::string(card_id)},
                {"filter[ENTITY_TYPE]", std::string(entity)}};
  if (!below.empty()) params.emplace_back("filter[<ID]", std::string(below));
  static constexpr std::array<std::string_view, 6> kFields = {"ID",      "ENTITY_ID", "ENTITY_TYPE",
                                                              "CREATED", "COMMENT",   "AUTHOR_ID"};
  Select(params, kFields);
  return {"crm.timeline.comment.list", std::move(params)};
}

Command CommentGet(std::string_view id) { return {"crm.timeline.comment.get", {{"id", std::string(id)}}}; }

std::string PlainPortalTime(Instant instant, int32_t offset_s) {
  std::string text = ToString(instant + std::chrono::seconds{offset_s}).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string PortalTime(Instant instant, int32_t offset_s) {
  std::string text = ToString(instant + std::chrono::seconds{offset_s});
  text.pop_back();  // Z
  char offset[16];
  const int32_t minutes = std::abs(offset_s) / 60;
  std::snprintf(offset, sizeof offset, "%c%02d:%02d", offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
  return text + offset;
}

}  // namespace svodka::crm::bitrix24
