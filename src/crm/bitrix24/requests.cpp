#include "crm/bitrix24/requests.hpp"

#include <cstdio>
#include <cstdlib>

namespace svodka::crm::bitrix24 {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 26> kLeadFields = {"ID",
                                                          "TITLE",
                                                          "STATUS_ID",
                                                          "STATUS_SEMANTIC_ID",
                                                          "OPPORTUNITY",
                                                          "CURRENCY_ID",
                                                          "ASSIGNED_BY_ID",
                                                          "CREATED_BY_ID",
                                                          "MOVED_BY_ID",
                                                          "MOVED_TIME",
                                                          "COMPANY_ID",
                                                          "CONTACT_ID",
                                                          "SOURCE_ID",
                                                          "DATE_CREATE",
                                                          "DATE_MODIFY",
                                                          "DATE_CLOSED",
                                                          "LAST_ACTIVITY_TIME",
                                                          "UTM_SOURCE",
                                                          "UTM_MEDIUM",
                                                          "UTM_CAMPAIGN",
                                                          "UTM_CONTENT",
                                                          "UTM_TERM",
                                                          "PHONE",
                                                          "NAME",
                                                          "LAST_NAME",
                                                          "UF_*"};
constexpr std::array<std::string_view, 31> kDealFields = {"ID",
                                                          "TITLE",
                                                          "CATEGORY_ID",
                                                          "STAGE_ID",
                                                          "STAGE_SEMANTIC_ID",
                                                          "OPPORTUNITY",
                                                          "CURRENCY_ID",
                                                          "ASSIGNED_BY_ID",
                                                          "CREATED_BY_ID",
                                                          "MOVED_BY_ID",
                                                          "MOVED_TIME",
                                                          "LEAD_ID",
                                                          "COMPANY_ID",
                                                          "CONTACT_ID",
                                                          "SOURCE_ID",
                                                          "TYPE_ID",
                                                          "PROBABILITY",
                                                          "IS_RECURRING",
                                                          "IS_RETURN_CUSTOMER",
                                                          "DATE_CREATE",
                                                          "DATE_MODIFY",
                                                          "CLOSEDATE",
                                                          "LAST_ACTIVITY_TIME",
                                                          "UTM_SOURCE",
                                                          "UTM_MEDIUM",
                                                          "UTM_CAMPAIGN",
                                                          "UTM_CONTENT",
                                                          "UTM_TERM",
                                                          "CLOSED",
                                                          "IS_MANUAL_OPPORTUNITY",
                                                          "UF_*"};
constexpr std::array<std::string_view, 13> kContactFields = {
    "ID",        "NAME",           "SECOND_NAME",   "LAST_NAME",   "COMPANY_ID",  "TYPE_ID",
    "SOURCE_ID", "ASSIGNED_BY_ID", "CREATED_BY_ID", "DATE_CREATE", "DATE_MODIFY", "PHONE",
    "UF_*"};
constexpr std::array<std::string_view, 11> kCompanyFields = {"ID",
                                                             "TITLE",
                                                             "COMPANY_TYPE",
                                                             "INDUSTRY",
                                                             "IS_MY_COMPANY",
                                                             "ASSIGNED_BY_ID",
                                                             "CREATED_BY_ID",
                                                             "DATE_CREATE",
                                                             "DATE_MODIFY",
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

Names FieldsOf(Stream stream) {
  switch (stream) {
    case Stream::kLead:
      return kLeadFields;
    case Stream::kDeal:
      return kDealFields;
    case Stream::kContact:
      return kContactFields;
    case Stream::kCompany:
      return kCompanyFields;
    case Stream::kActivity:
      return kActivityFields;
    case Stream::kTask:
      return kTaskFields;
    case Stream::kLeadHistory:
    case Stream::kDealHistory:
    case Stream::kCall:
      return {};
  }
  return {};
}

void Select(Params& params, Names fields) {
  size_t i = 0;
  for (const std::string_view field : fields) {
    params.emplace_back("select[" + std::to_string(i++) + "]", std::string(field));
  }
}

void FilterIds(Params& params, std::string_view key, std::span<const std::string> ids) {
  size_t i = 0;
  for (const std::string& id : ids) {
    params.emplace_back("filter[" + std::string(key) + "][" + std::to_string(i++) + "]", id);
  }
}

/// The part that every walk of a list shares. start=-1 switches the slow counting off.
Params Walk(Stream stream, const char* direction) {
  Params params;
  if (stream == Stream::kLeadHistory) params.emplace_back("entityTypeId", "1");
  if (stream == Stream::kDealHistory) params.emplace_back("entityTypeId", "2");
  if (stream == Stream::kCall) {  // orders by two plain texts
    params.emplace_back("SORT", "ID");
    params.emplace_back("ORDER", direction);
  } else {
    params.emplace_back("order[ID]", direction);
  }
  params.emplace_back("start", "-1");
  return params;
}

/// "filter[>ID]", as the method wants it written.
std::string Filter(Stream stream, std::string_view key) {
  return (stream == Stream::kCall ? "FILTER[" : "filter[") + std::string(key) + "]";
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

std::string_view IdKeyOf(Stream stream) { return stream == Stream::kTask ? "id" : "ID"; }

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

std::string LastIdOf(Stream stream, size_t command) {
  std::string path = "$result[c" + std::to_string(command) + "]";
  if (stream == Stream::kLeadHistory || stream == Stream::kDealHistory) path += "[items]";
  if (stream == Stream::kTask) path += "[tasks]";
  return path + "[" + std::to_string(kPageRows - 1) + "][" + std::string(IdKeyOf(stream)) + "]";
}

Command PageBelow(Stream stream, std::string_view below) {
  Params params = Walk(stream, "DESC");
  if (!below.empty()) params.emplace_back(Filter(stream, "<ID"), std::string(below));
  Select(params, FieldsOf(stream));
  return {std::string(MethodOf(stream)), std::move(params)};
}

Command PageAbove(Stream stream, std::string_view above) {
  Params params = Walk(stream, "ASC");
  params.emplace_back(Filter(stream, ">ID"), std::string(above));
  Select(params, FieldsOf(stream));
  return {std::string(MethodOf(stream)), std::move(params)};
}

Command PageChanged(Stream stream, std::string_view field, Instant since, int32_t offset_s,
                    std::string_view above) {
  Params params = Walk(stream, "ASC");
  params.emplace_back(Filter(stream, ">=" + std::string(field)), PortalTime(since, offset_s));
  params.emplace_back(Filter(stream, ">ID"), above.empty() ? "0" : std::string(above));
  Select(params, FieldsOf(stream));
  return {std::string(MethodOf(stream)), std::move(params)};
}

Command PageOfIds(Stream stream, std::string_view above) {
  Params params = Walk(stream, "ASC");
  params.emplace_back("filter[>ID]", above.empty() ? "0" : std::string(above));
  static constexpr std::array<std::string_view, 2> kDeal = {"ID", "IS_RECURRING"};
  static constexpr std::array<std::string_view, 1> kOther = {"ID"};
  Select(params, stream == Stream::kDeal ? Names(kDeal) : Names(kOther));
  return {std::string(MethodOf(stream)), std::move(params)};
}

Command PageOfOpenIds(Stream stream, std::string_view above) {
  Command command = PageOfIds(stream, above);
  if (stream == Stream::kTask) {
    command.params.emplace_back("filter[!REAL_STATUS]", "5");
  } else {
    command.params.emplace_back("filter[COMPLETED]", "N");
  }
  return command;
}

Command ByIds(Stream stream, std::span<const std::string> ids) {
  Params params = Walk(stream, "ASC");
  FilterIds(params, stream == Stream::kTask ? "ID" : "@ID", ids);
  Select(params, FieldsOf(stream));
  return {std::string(MethodOf(stream)), std::move(params)};
}

Command Count(Stream stream) {
  Params params;
  if (stream == Stream::kLeadHistory) params.emplace_back("entityTypeId", "1");
  if (stream == Stream::kDealHistory) params.emplace_back("entityTypeId", "2");
  if (stream == Stream::kCall) {
    params = {{"SORT", "ID"}, {"ORDER", "ASC"}, {"start", "0"}};
    return {std::string(MethodOf(stream)), std::move(params)};
  }
  params.emplace_back("order[ID]", "ASC");
  params.emplace_back("start", "0");
  params.emplace_back("select[0]", "ID");
  return {std::string(MethodOf(stream)), std::move(params)};
}

Command Get(Stream stream, std::string_view id) {
  switch (stream) {
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

Command ContactsOfDeals(std::span<const std::string> deal_ids) {
  Params params{{"entityTypeId", "2"},
                {"order[id]", "ASC"},
                {"start", "-1"},
                {"select[0]", "id"},
                {"select[1]", "contactIds"}};
  FilterIds(params, "@id", deal_ids);
  return {"crm.item.list", std::move(params)};
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

std::string PortalTime(Instant instant, int32_t offset_s) {
  std::string text = ToString(instant + std::chrono::seconds{offset_s});
  text.pop_back();  // Z
  char offset[16];
  const int32_t minutes = std::abs(offset_s) / 60;
  std::snprintf(offset, sizeof offset, "%c%02d:%02d", offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
  return text + offset;
}

}  // namespace svodka::crm::bitrix24
