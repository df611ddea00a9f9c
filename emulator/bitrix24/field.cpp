#include "emulator/bitrix24/field.hpp"

#include <cmath>
#include <cstdio>

#include "base/money.hpp"
#include "emulator/company/catalog.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

std::string RealText(double real) {
  char text[40];
  const int length = std::snprintf(text, sizeof text, "%.10g", real);
  return std::string(text, static_cast<size_t>(length));
}

json::value ListValue(const Cell& cell, Dialect dialect) {
  json::array array;
  for (const std::string& text : cell.list) {
    if (cell.list_of_numbers && dialect == Dialect::kItem) {
      array.push_back(static_cast<int64_t>(std::stoll(text)));
    } else {
      array.push_back(json::string(text));
    }
  }
  // An empty multi-field of the legacy dialect is false.
  if (array.empty() && dialect == Dialect::kLegacy) return false;
  return array;
}

}  // namespace

Cell Number(int64_t number) {
  Cell cell;
  cell.kind = Cell::Kind::kNumber;
  cell.number = number;
  return cell;
}
Cell NumberOrNull(int64_t number) { return number == 0 ? Cell{} : Number(number); }
Cell MoneyCell(int64_t minor) {
  Cell cell = Number(minor);
  cell.kind = Cell::Kind::kMoney;
  return cell;
}
Cell Real(double real) {
  Cell cell;
  cell.kind = Cell::Kind::kReal;
  cell.real = real;
  return cell;
}
Cell Text(std::string text) {
  Cell cell;
  cell.kind = Cell::Kind::kText;
  cell.text = std::move(text);
  return cell;
}
Cell TextOrNull(std::string text) { return text.empty() ? Cell{} : Text(std::move(text)); }
Cell Flag(bool flag) { return Text(flag ? "Y" : "N"); }
Cell Moment(Second moment) {
  if (moment == 0) return Cell{};
  Cell cell = Number(moment);
  cell.kind = Cell::Kind::kTime;
  return cell;
}
Cell DateCell(int32_t day) {
  Cell cell = Number(day);
  cell.kind = Cell::Kind::kDate;
  return cell;
}
Cell Prepared(json::value value) {
  Cell cell;
  cell.kind = Cell::Kind::kJson;
  cell.prepared = std::move(value);
  return cell;
}

json::value Write(const Cell& cell, Dialect dialect) {
  const bool legacy = dialect == Dialect::kLegacy;
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return nullptr;
    case Cell::Kind::kNumber:
      if (legacy) return json::string(std::to_string(cell.number));
      return cell.number;
    case Cell::Kind::kMoney:
      if (legacy) return json::string(Money::FromMinor(cell.number).ToString());
      if (cell.number % 100 == 0) return cell.number / 100;
      return static_cast<double>(cell.number) / 100.0;
    case Cell::Kind::kReal:
      if (legacy) return json::string(RealText(cell.real));
      return cell.real;
    case Cell::Kind::kText:
      return json::string(cell.text);
    case Cell::Kind::kTime:
      return json::string(LocalIso(static_cast<Second>(cell.number)));
    // Midnight UTC in the portal's offset: a date, whatever it looks like.
    case Cell::Kind::kDate:
      return json::string(LocalIso(static_cast<Second>(cell.number * kDaySeconds)));
    case Cell::Kind::kBool:
      if (legacy) return cell.number != 0;
      return json::string(cell.number != 0 ? "Y" : "N");
    case Cell::Kind::kList:
      return ListValue(cell, dialect);
    case Cell::Kind::kJson:
      return cell.prepared;
  }
  return nullptr;
}

std::string ItemName(const std::string& uf_name) {
  // The part after UF_CRM: a number keeps its underscore unless words follow it.
  const std::string tail = uf_name.substr(6);
  std::string out = "ufCrm";
  const bool only_digits = tail.find_first_not_of("_0123456789") == std::string::npos;
  if (only_digits && tail.find('_', 1) == std::string::npos) return out + tail;
  bool upper = true;
  for (const char c : tail) {
    if (c == '_') {
      upper = true;
    } else {
      out.push_back(static_cast<char>(upper ? std::toupper(static_cast<unsigned char>(c))
                                            : std::tolower(static_cast<unsigned char>(c))));
      upper = false;
    }
  }
  return out;
}

std::string LeadReasonId(uint8_t index) { return std::to_string(631 + index); }

const std::vector<UserField>& UserFields(CardType type) {
  const auto lead_reasons = [] {  // an option's id is the portal's own, never shared between fields
    std::vector<std::pair<std::string, std::string>> list;
    for (uint8_t i = 0; i < LossWords().size(); ++i) list.emplace_back(LeadReasonId(i), LossWords()[i].name);
    return list;
  };
  const auto options = [](std::span<const Entry> entries) {
    std::vector<std::pair<std::string, std::string>> list;
    for (const Entry& entry : entries) list.emplace_back(entry.id, entry.name);
    return list;
  };
  static const std::vector<UserField> deal = {
      {101, "UF_CRM_1700000001", "enumeration", "Направления", true, options(Directions())},
      {102, "UF_CRM_1700000002", "enumeration", "Город", false, options(Cities())},
      {103, "UF_CRM_1700000003", "enumeration", "Канал сбыта", false, options(Channels())},
      {104, "UF_CRM_1700000004", "double", "Площадь, м²", false, {}},
      {105, "UF_CRM_1700000005", "date", "Отгрузка по плану", false, {}},
      {106, "UF_CRM_1700000006", "boolean", "Нужен монтаж", false, {}},
      {107, "UF_CRM_1700000007", "money", "Себестоимость", false, {}},
      {108, "UF_CRM_1700000008", "string", "Номер договора", false, {}},
      {109, "UF_CRM_1700000009", "employee", "Продавец", false, {}},
      {110, "UF_CRM_1700000010", "enumeration", "Причина отказа", false, options(LossWords())}};
  static const std::vector<UserField> lead = {
      {121, "UF_CRM_1700000102", "enumeration", "Город", false, options(Cities())},
      {122, "UF_CRM_1700000103", "enumeration", "Причина отказа", false, lead_reasons()}};
  static const std::vector<UserField> contact = {
      {131, "UF_CRM_1700000202", "enumeration", "Город", false, options(Cities())}};
  static const std::vector<UserField> company = {
      {141, "UF_CRM_1700000302", "enumeration", "Город", false, options(Cities())}};
  static const std::vector<UserField> none;
  switch (type) {
    case CardType::kDeal:
      return deal;
    case CardType::kLead:
      return lead;
    case CardType::kContact:
      return contact;
    case CardType::kCompany:
      return company;
    case CardType::kNone:
      break;
  }
  return none;
}

}  // namespace svodka::emulator::bitrix24
