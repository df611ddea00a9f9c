#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/text.hpp"
#include "emulator/bitrix24/table.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

using Operator = Condition::Operator;

struct Prefix {
  std::string_view text;
  Operator op;
  bool starts, ends;
};
// Longest first.
constexpr Prefix kPrefixes[] = {
    {"!=%", Operator::kNotLike, true, false},      {"!%=", Operator::kNotLike, false, true},
    {">=", Operator::kGreaterEqual, false, false}, {"<=", Operator::kLessEqual, false, false},
    {"!@", Operator::kNotIn, false, false},        {"!=", Operator::kNotEqual, false, false},
    {"!%", Operator::kNotLike, false, false},      {"=%", Operator::kLike, true, false},
    {"%=", Operator::kLike, false, true},          {">", Operator::kGreater, false, false},
    {"<", Operator::kLess, false, false},          {"@", Operator::kIn, false, false},
    {"%", Operator::kLike, false, false},          {"=", Operator::kEqual, false, false},
    {"!", Operator::kNotEqual, false, false}};

std::optional<double> AsNumber(const std::string& text) {
  if (text.empty()) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return end == text.c_str() + text.size() ? std::optional(number) : std::nullopt;
}

const Field* FindField(const Table& table, std::string_view name, Dialect dialect) {
  for (const Field& field : *table.fields) {
    const std::string& own = field.name(dialect);
    if (!own.empty() && own == name) return &field;
    // crm.item also takes custom fields by their upper-case names.
    if (dialect == Dialect::kItem && field.legacy == name && name.starts_with("UF_")) return &field;
  }
  return nullptr;
}

/// -1, 0, 1; nothing when the two cannot be compared.
std::optional<int> Compare(const Cell& cell, const Condition& condition, size_t i) {
  const std::string& value = condition.values[i];
  const auto sign = [](auto a, auto b) { return a < b ? -1 : a > b ? 1 : 0; };
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return std::nullopt;
    case Cell::Kind::kNumber: {
      const auto& number = condition.numbers[i];
      return number ? std::optional(sign(static_cast<double>(cell.number), *number)) : std::nullopt;
    }
    case Cell::Kind::kMoney: {
      const auto& number = condition.numbers[i];
      return number ? std::optional(sign(static_cast<double>(cell.number), *number * 100.0)) : std::nullopt;
    }
    case Cell::Kind::kReal: {
      const auto& number = condition.numbers[i];
      return number ? std::optional(sign(cell.real, *number)) : std::nullopt;
    }
    case Cell::Kind::kTime: {
      const auto& moment = condition.moments[i];
      return moment ? std::optional(sign(cell.number, *moment)) : std::nullopt;
    }
    case Cell::Kind::kDate: {
      const auto& moment = condition.moments[i];
      if (!moment) return std::nullopt;
      return sign(cell.number, (*moment + kMoscowOffset) / kDaySeconds);
    }
    case Cell::Kind::kBool: {
      const bool flag = value == "1" || value == "Y" || value == "true";
      return sign(static_cast<int>(cell.number != 0), static_cast<int>(flag));
    }
    case Cell::Kind::kText:
      return sign(cell.text.compare(value), 0);
    case Cell::Kind::kList:
      return std::find(cell.list.begin(), cell.list.end(), value) != cell.list.end() ? 0 : 1;
    case Cell::Kind::kJson: {
      for (const json::value& item : ListOf(cell.prepared)) {
        if (ScalarText(item) == value) return 0;
      }
      return 1;
    }
  }
  return std::nullopt;
}

std::string CellText(const Cell& cell) {
  if (cell.kind == Cell::Kind::kText) return cell.text;
  return ScalarText(Write(cell, Dialect::kLegacy)).value_or("");
}

bool Like(const Condition& condition, const Cell& cell) {
  const std::string text = FoldCase(CellText(cell));
  return std::any_of(condition.values.begin(), condition.values.end(), [&](const std::string& value) {
    std::string pattern = value;
    bool starts = condition.starts;
    bool ends = condition.ends;
    if (pattern.starts_with('%')) pattern.erase(0, 1), starts = false;
    if (pattern.ends_with('%')) pattern.pop_back(), ends = false;
    pattern = FoldCase(pattern);
    if (starts && !ends) return text.starts_with(pattern);
    if (ends && !starts) return text.ends_with(pattern);
    return text.find(pattern) != std::string::npos;
  });
}

bool IsEmpty(const Cell& cell) {
  return cell.kind == Cell::Kind::kNull || (cell.kind == Cell::Kind::kText && cell.text.empty());
}

bool EqualsAny(const Condition& condition, const Cell& cell) {
  for (size_t i = 0; i < condition.values.size(); ++i) {
    if (condition.null_values[i] || condition.values[i].empty()) {
      if (IsEmpty(cell)) return true;
      continue;
    }
    if (Compare(cell, condition, i) == 0) return true;
  }
  return false;
}

}  // namespace

std::optional<int64_t> ParseMoment(const std::string& text) {
  if (const auto instant = ParseInstant(text)) {
    return std::chrono::duration_cast<std::chrono::seconds>(instant->time_since_epoch()).count();
  }
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  int used = 0;
  char gap = ' ';
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n%c%2d:%2d:%2d", &year, &month, &day, &used, &gap, &hour,
                  &minute, &second) < 3 &&
      std::sscanf(text.c_str(), "%2u.%2u.%4d%n%c%2d:%2d:%2d", &day, &month, &year, &used, &gap, &hour,
                  &minute, &second) < 3) {
    return std::nullopt;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1971) return std::nullopt;
  return static_cast<int64_t>(AtLocal(MakeDay(year, month, day), hour * 3600 + minute * 60 + second));
}

Condition ParseFilter(const Table& table, const json::value* filter, Dialect dialect) {
  Condition root;
  root.op = Operator::kAll;
  if (filter == nullptr) return root;
  for (const auto& [key, value] : EntriesOf(*filter)) {
    if (key == "logic") {
      root.op = ScalarText(value).value_or("AND") == "OR" ? Operator::kAny : Operator::kAll;
      continue;
    }
    const bool numeric = !key.empty() && key.find_first_not_of("0123456789") == std::string::npos;
    if (numeric && (value.is_object() || value.is_array())) {
      root.children.push_back(ParseFilter(table, &value, dialect));
      continue;
    }
    if (key == "BINDINGS" || key == "IS_RECURRING_ANY") continue;  // answered by Table::of_card
    Condition condition;
    std::string_view name = key;
    for (const Prefix& prefix : kPrefixes) {
      if (!name.starts_with(prefix.text)) continue;
      condition.op = prefix.op;
      condition.starts = prefix.starts;
      condition.ends = prefix.ends;
      name.remove_prefix(prefix.text.size());
      break;
    }
    condition.field = FindField(table, name, dialect);
    if (condition.field == nullptr) {
      if (dialect == Dialect::kLegacy) continue;
      throw ApiError{400, "INVALID_ARG_VALUE",
                     "Invalid filter: field '" + std::string(name) + "' is not allowed in filter"};
    }
    const bool list = value.is_array() || value.is_object();
    if (list && condition.op == Operator::kEqual) condition.op = Operator::kIn;
    if (list && condition.op == Operator::kNotEqual) condition.op = Operator::kNotIn;
    if (value.is_null()) {
      condition.values.emplace_back();
      condition.null_values.push_back(true);
    }
    for (const json::value& one : ListOf(value)) {
      condition.values.push_back(one.is_bool() ? (one.get_bool() ? "Y" : "N") : ScalarText(one).value_or(""));
      condition.null_values.push_back(one.is_null());
    }
    for (const std::string& text : condition.values) {
      condition.numbers.push_back(AsNumber(text));
      condition.moments.push_back(ParseMoment(text));
    }
    root.children.push_back(std::move(condition));
  }
  return root;
}

bool Matches(const Condition& condition, const Company& company, uint32_t id, Dialect dialect) {
  switch (condition.op) {
    case Operator::kAll:
      return std::all_of(condition.children.begin(), condition.children.end(),
                         [&](const Condition& child) { return Matches(child, company, id, dialect); });
    case Operator::kAny:
      return std::any_of(condition.children.begin(), condition.children.end(),
                         [&](const Condition& child) { return Matches(child, company, id, dialect); });
    default:
      break;
  }
  const Cell cell = condition.field->get(company, id);
  const auto against = [&]() -> std::optional<int> {
    if (condition.values.empty()) return std::nullopt;
    return Compare(cell, condition, 0);
  };
  switch (condition.op) {
    case Operator::kEqual:
    case Operator::kIn:
      return EqualsAny(condition, cell);
    case Operator::kNotEqual:
    case Operator::kNotIn:
      return !EqualsAny(condition, cell);
    case Operator::kGreater:
      return against().value_or(-1) > 0;
    case Operator::kGreaterEqual:
      return against().value_or(-1) >= 0;
    case Operator::kLess:
      return against().value_or(1) < 0;
    case Operator::kLessEqual:
      return against().value_or(1) <= 0;
    case Operator::kLike:
      return Like(condition, cell);
    case Operator::kNotLike:
      return !Like(condition, cell);
    case Operator::kAll:
    case Operator::kAny:
      break;
  }
  return true;
}

}  // namespace svodka::emulator::bitrix24
