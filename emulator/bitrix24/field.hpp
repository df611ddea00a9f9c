#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "emulator/company/model.hpp"

/// Rows of the portal's tables as named fields, in both of its dialects.
namespace svodka::emulator::bitrix24 {

/// UPPER_CASE names and strings, or camelCase names and typed values.
enum class Dialect { kLegacy, kItem };

/// One value of one row, before it is written in a dialect.
struct Cell {
  enum class Kind {
    kNull,
    kNumber,  ///< number; "5" / 5
    kMoney,   ///< number in hundredths; "19999.99" / 19999.99
    kReal,    ///< real; "12.5" / 12.5
    kText,
    kTime,  ///< number in seconds; 2026-08-01T10:00:00+03:00
    kDate,  ///< number in days; 2026-08-01T03:00:00+03:00
    kBool,  ///< a UF flag: true / "Y"
    kList,  ///< multi-value: texts as strings; numbers in the item dialect
    kJson   ///< prepared JSON, the same in both
  };
  Kind kind = Kind::kNull;
  int64_t number = 0;
  double real = 0;
  std::string text;
  std::vector<std::string> list;
  bool list_of_numbers = false;
  json::value prepared = nullptr;
};

Cell Number(int64_t number);
/// 0 is null.
Cell NumberOrNull(int64_t number);
Cell MoneyCell(int64_t minor);
Cell Real(double real);
Cell Text(std::string text);
/// "" is null.
Cell TextOrNull(std::string text);
Cell Flag(bool flag);
Cell Moment(Second moment);
Cell DateCell(int32_t day);
Cell Prepared(json::value value);

json::value Write(const Cell& cell, Dialect dialect);

struct Field {
  std::string legacy, item;  ///< empty: not in that dialect
  std::string type;          ///< as `.fields` names it: integer, string, double, datetime, crm_status …
  std::string title;
  std::function<Cell(const Company&, uint32_t)> get;
  std::string status_type;  ///< dictionary of a crm_status
  bool multiple = false;
  bool on_demand = false;  ///< in a list only when selected by name
  bool writable = false;

  const std::string& name(Dialect dialect) const { return dialect == Dialect::kLegacy ? legacy : item; }
};

using Fields = std::vector<Field>;
const Fields& DealFields();
const Fields& LeadFields();
const Fields& ContactFields();
const Fields& CompanyFields();
const Fields& ActivityFields();
const Fields& DealHistoryFields();
const Fields& LeadHistoryFields();
const Fields& TaskFields();
const Fields& CommentFields();
const Fields& CallFields();

/// The company's one smart process, «Монтаж»: every fifth deal has a card in it. Its cards follow from the
/// deals.
inline constexpr int64_t kSmartType = 1030;
const Fields& SmartItemFields();
size_t SmartItemCount(const Company& company);
bool IsSmartItemGone(const Company& company, uint32_t id);
/// The card of this deal, 0: it has none. `or_before`: of the last one at or before it that has.
uint32_t SmartItemOf(uint32_t deal, bool or_before = false);
/// Stages in working order: id, name, semantic.
struct SmartStage {
  std::string_view id, name;
  char semantic;
};
const std::vector<SmartStage>& SmartStages();
const SmartStage& StageOfSmartItem(const Company& company, uint32_t id);
/// count, amount (roubles, decimal), by_stage {id: count} of those that are there.
json::object SmartTruth(const Company& company);

/// Definition of a custom field.
struct UserField {
  uint32_t id;
  std::string name, type, label;
  bool multiple;
  std::vector<std::pair<std::string, std::string>> options;  ///< id, label
};
/// Option of a lead's «Причина отказа» for an index in LossWords(): an id is the portal's own, never shared
/// between fields.
std::string LeadReasonId(uint8_t index);
/// Of a card type: lead, deal, contact, company.
const std::vector<UserField>& UserFields(CardType type);
/// `UF_CRM_1747309879` → `ufCrm_1747309879`, `UF_CRM_3_DIGIT` → `ufCrm3Digit`.
std::string ItemName(const std::string& uf_name);

}  // namespace svodka::emulator::bitrix24
