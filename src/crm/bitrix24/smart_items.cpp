#include "crm/bitrix24/smart_items.hpp"

#include <array>
#include <utility>

#include "crm/bitrix24/requests.hpp"

namespace svodka::crm::bitrix24 {
namespace {

constexpr std::array kFields = {"id",           "title",     "stageId",     "opportunity", "currencyId",
                                "assignedById", "createdBy", "createdTime", "updatedTime", "movedTime",
                                "companyId",    "contactId", "parentId2"};

Params Walk(const std::string& type) {
  return {{"entityTypeId", type}, {"order[id]", "ASC"}, {"start", "-1"}};
}

Command Listed(Params params) {
  size_t at = 0;
  for (const char* field : kFields) params.emplace_back("select[" + std::to_string(at++) + "]", field);
  return {"crm.item.list", std::move(params)};
}

}  // namespace

Command SmartTypes() { return {"crm.type.list", {{"order[id]", "ASC"}, {"start", "0"}}}; }

std::vector<SmartType> DecodeSmartTypes(const std::vector<const json::value*>& rows) {
  std::vector<SmartType> types;
  for (const json::value* row : rows) {
    const json::value* id = FindMember(*row, "entityTypeId");
    const auto type = id == nullptr ? std::nullopt : ReadLink(*id);
    const json::value* title = FindMember(*row, "title");
    if (!type) continue;
    types.push_back({*type, title == nullptr ? *type : ReadText(*title).value_or(*type)});
  }
  return types;
}

std::string SmartTypeOfStages(std::string_view entity_id) {
  constexpr std::string_view kBegin = "DYNAMIC_";
  const size_t end = entity_id.find("_STAGE");
  if (!entity_id.starts_with(kBegin) || end == std::string_view::npos || end <= kBegin.size()) return "";
  return std::string(entity_id.substr(kBegin.size(), end - kBegin.size()));
}

Command SmartAbove(const std::string& type, std::string_view above) {
  Params params = Walk(type);
  params.emplace_back("filter[>id]", std::string(above));
  return Listed(std::move(params));
}

Command SmartChanged(const std::string& type, Instant since, int32_t offset_s, std::string_view above) {
  Params params = Walk(type);
  params.emplace_back("filter[>=updatedTime]", PlainPortalTime(since, offset_s));
  params.emplace_back("filter[>id]", std::string(above));
  return Listed(std::move(params));
}

Command SmartIds(const std::string& type, std::string_view above) {
  Params params = Walk(type);
  params.emplace_back("filter[>id]", std::string(above));
  params.emplace_back("select[0]", "id");
  return {"crm.item.list", std::move(params)};
}

Command SmartByIds(const std::string& type, std::span<const std::string> ids) {
  Params params = Walk(type);
  for (size_t i = 0; i < ids.size(); ++i)
    params.emplace_back("filter[@id][" + std::to_string(i) + "]", ids[i]);
  return Listed(std::move(params));
}

Command SmartGet(const std::string& type, const std::string& id) {
  return {"crm.item.get", {{"entityTypeId", type}, {"id", id}}};
}

std::optional<SmartItemRow> DecodeSmartItem(const json::value& row, const std::string& type,
                                            DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  SmartItemRow item;
  item.id = type + ":" + *id;
  item.type_id = type;
  item.title = cells.Text("title");
  item.stage_id = cells.Text("stageId");
  item.amount = cells.Amount("opportunity");
  item.currency = cells.Text("currencyId");
  item.owner_id = cells.Link("assignedById");
  item.creator_id = cells.Link("createdBy");
  if (const auto company = cells.Link("companyId")) item.company_id = "company:" + *company;
  if (const auto contact = cells.Link("contactId")) item.contact_id = "contact:" + *contact;
  item.deal_id = cells.Link("parentId2");
  item.created_at = cells.Moment("createdTime");
  item.modified_at = cells.Moment("updatedTime");
  item.moved_at = cells.Moment("movedTime");
  return item;
}

}  // namespace svodka::crm::bitrix24
