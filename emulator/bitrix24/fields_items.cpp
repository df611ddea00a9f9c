#include <algorithm>
#include <map>

#include "base/money.hpp"
#include "emulator/bitrix24/field.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

constexpr uint32_t kDealsPerItem = 5;
using C = const Company&;
using Id = uint32_t;

const Deal& DealOf(C company, Id id) { return company.deals[id * kDealsPerItem - 1]; }

int64_t AmountOf(C company, Id id) {
  return DealOf(company, id).amount_minor / 400 * 100;  // whole units, so that their roubles are exact
}

Field Item(std::string name, std::string type, std::function<Cell(C, Id)> get) {
  Field field;
  field.item = std::move(name);
  field.title = field.item;
  field.type = std::move(type);
  field.get = std::move(get);
  return field;
}

}  // namespace

size_t SmartItemCount(const Company& company) { return company.deals.size() / kDealsPerItem; }

bool IsSmartItemGone(const Company& company, uint32_t id) {
  const Deal& deal = DealOf(company, id);
  return deal.template_ || deal.deleted ||
         std::find(company.gone_items.begin(), company.gone_items.end(), id) != company.gone_items.end();
}

uint32_t SmartItemOf(uint32_t deal, bool or_before) {
  return or_before || deal % kDealsPerItem == 0 ? deal / kDealsPerItem : 0;
}

const std::vector<SmartStage>& SmartStages() {
  static const std::vector<SmartStage> stages{{"DT1030_9:NEW", "Заявка", 'P'},
                                              {"DT1030_9:CLIENT", "Бригада назначена", 'P'},
                                              {"DT1030_9:SUCCESS", "Смонтировано", 'S'},
                                              {"DT1030_9:FAIL", "Отменён", 'F'}};
  return stages;
}

const SmartStage& StageOfSmartItem(const Company& company, uint32_t id) {
  switch (DealSemantic(DealOf(company, id))) {
    case 'S':
      return SmartStages()[2];
    case 'F':
      return SmartStages()[3];
    default:
      return SmartStages()[id % 2];
  }
}

json::object SmartTruth(const Company& company) {
  std::map<std::string, int64_t> stages;
  int64_t count = 0, minor = 0;
  for (uint32_t id = 1; id <= SmartItemCount(company); ++id) {
    if (IsSmartItemGone(company, id)) continue;
    ++count;
    minor += ToBase(AmountOf(company, id), DealOf(company, id).currency);
    ++stages[std::string(StageOfSmartItem(company, id).id)];
  }
  json::object by_stage;
  for (const auto& [stage, number] : stages) by_stage[stage] = number;
  return {
      {"count", count}, {"amount", Money::FromMinor(minor).ToString()}, {"by_stage", std::move(by_stage)}};
}

const Fields& SmartItemFields() {
  static const Fields fields = {
      Item("id", "integer", [](C, Id id) { return Number(id); }),
      Item("title", "string", [](C, Id id) { return Text("Монтаж № " + std::to_string(id)); }),
      Item("categoryId", "crm_category", [](C, Id) { return Number(9); }),
      Item("stageId", "crm_status", [](C c, Id id) { return Text(std::string(StageOfSmartItem(c, id).id)); }),
      Item("opportunity", "double", [](C c, Id id) { return MoneyCell(AmountOf(c, id)); }),
      Item("currencyId", "crm_currency",
           [](C c, Id id) { return Text(std::string(Currencies()[DealOf(c, id).currency].code)); }),
      Item("assignedById", "user", [](C c, Id id) { return Number(DealOf(c, id).owner); }),
      Item("createdBy", "user", [](C c, Id id) { return Number(DealOf(c, id).owner); }),
      Item("createdTime", "datetime", [](C c, Id id) { return Moment(DealOf(c, id).created); }),
      Item("updatedTime", "datetime", [](C c, Id id) { return Moment(DealOf(c, id).modified); }),
      Item("movedTime", "datetime", [](C c, Id id) { return Moment(DealOf(c, id).moved); }),
      Item("companyId", "crm_company", [](C c, Id id) { return Number(DealOf(c, id).company); }),
      Item("contactId", "crm_contact", [](C c, Id id) { return Number(DealOf(c, id).contact); }),
      Item("parentId2", "crm_entity", [](C, Id id) { return Number(id * kDealsPerItem); })};
  return fields;
}

}  // namespace svodka::emulator::bitrix24
