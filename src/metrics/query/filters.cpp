#include "metrics/query/filters.hpp"

#include <algorithm>
#include <cmath>

namespace svodka::metrics {
namespace {

std::string SortKey(const Filter& filter) {
  std::string key = filter.dimension + (filter.is_range  ? "|range"
                                        : filter.negated ? "|not"
                                        : filter.below   ? "|under"
                                                         : "|in");
  std::vector<std::string> members;
  for (const MemberId& member : filter.members) members.push_back(member ? "=" + *member : "null");
  std::sort(members.begin(), members.end());
  for (const std::string& member : members) key += "|" + member;
  for (const Value* bound : {&filter.from, &filter.to}) {
    if (const auto* text = std::get_if<std::string>(bound)) key += "|" + *text;
    if (const auto* number = std::get_if<double>(bound)) key += "|" + std::to_string(*number);
    key += "|";
  }
  return key;
}

/// A bound as the compared column holds it: Money, double, or a day's number. Errors: `bad_filter`.
Result<Value> BoundOf(const Value& bound, const std::string& type, const std::string& place) {
  if (IsNull(bound)) return Value();
  const auto* text = std::get_if<std::string>(&bound);
  if (type == "date" || type == "day") {
    if (text != nullptr) {
      const Result<Day> day = ParseDay(*text);
      if (day.ok()) return Value(int64_t{day->number});
    }
    return Diagnostic{"bad_filter", "a bound of days is a day written YYYY-MM-DD", place, {}};
  }
  double number = 0;
  if (const auto* plain = std::get_if<double>(&bound)) {
    number = *plain;
  } else {
    // Money may be written as the answers write it.
    const Result<Money> decimal = Money::Parse(*text);
    if (!decimal.ok())
      return Diagnostic{"bad_filter", "a bound of numbers is a number, not '" + *text + "'", place, {}};
    if (type == "money") return Value(*decimal);
    number = static_cast<double>(decimal->minor()) / 100.0;
  }
  if (!std::isfinite(number) || std::abs(number) >= 1e16)
    return Diagnostic{"bad_filter", "a bound is at most 16 digits long", place, {}};
  if (type != "money") return Value(number);
  // Amounts have hundredths: both `>= x` and `< x` are those of the next hundredth.
  return Value(Money::FromMinor(static_cast<int64_t>(std::ceil(number * 100.0 - 1e-6))));
}

struct Bounds {
  Value from;
  Value to;
};

Result<Bounds> BoundsOf(const Filter& filter, const std::string& type) {
  const Result<Value> from = BoundOf(filter.from, type, filter.place + ".from");
  if (!from.ok()) return from.errors();
  const Result<Value> to = BoundOf(filter.to, type, filter.place + ".to");
  if (!to.ok()) return to.errors();
  if (!IsNull(*from) && !IsNull(*to) && !(*from < *to)) {
    return Diagnostic{
        "bad_filter",
        "the range holds nothing: 'to' is the first value after it, so it must be greater than 'from'",
        filter.place,
        {}};
  }
  return Bounds{*from, *to};
}

bool HasRange(const std::string& type) { return type == "number" || type == "money" || type == "date"; }

void Sort(std::vector<int64_t>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

}  // namespace

Status FilterSet::Add(const Filter& filter, const BoundDimension& dimension, bool of_cell,
                      const Directory& directory) {
  Entry entry{filter, dimension, of_cell, {}, {}, {}, false, false, SortKey(filter)};
  for (const MemberId& member : filter.members) (member ? entry.has_named : entry.has_null) = true;
  if (filter.below &&
      (dimension.dimension == nullptr || dimension.dimension->kind != DimensionKind::kDepartment)) {
    return Diagnostic{
        "bad_filter",
        "'under' is for 'department', whose members form a tree; '" + dimension.id + "' needs 'in'",
        filter.place + ".under",
        {}};
  }
  if (dimension.dimension == nullptr) {
    entry.fields = directory.FindField(dimension.field.id);
    if (filter.is_range) {
      for (const FieldInfo& field : entry.fields) {
        if (!HasRange(field.type)) {
          return Diagnostic{"bad_filter",
                            "a range filters numbers, money and days; '" + dimension.id +
                                "' is a field of type " + field.type + " and needs 'in'",
                            filter.place,
                            {}};
        }
        const Result<Bounds> bounds = BoundsOf(filter, field.type);
        if (!bounds.ok()) return bounds.errors();
      }
    }
  } else if (dimension.dimension->kind == DimensionKind::kRange) {
    if (!filter.is_range && (entry.has_named || !entry.has_null || filter.below)) {
      return Diagnostic{
          "bad_filter",
          "'" + dimension.id + "' is filtered by a range of 'from' and 'to' (or 'in': [null]: unknown)",
          filter.place,
          {}};
    }
    const Result<Bounds> bounds = BoundsOf(filter, dimension.dimension->range_type);
    if (!bounds.ok()) return bounds.errors();
  } else {
    if (filter.is_range) {
      return Diagnostic{"bad_filter",
                        "a range filters amounts, days and custom fields; '" + dimension.id + "' needs 'in'",
                        filter.place,
                        {}};
    }
    const std::vector<int64_t> technical = directory.TechnicalEmployees();
    const DimensionKind kind = dimension.dimension->kind;
    for (const MemberId& member : filter.members) {
      if (kind == DimensionKind::kDepartment) {
        const std::vector<int64_t> employees = directory.EmployeesOf(member, filter.below);
        entry.employees.insert(entry.employees.end(), employees.begin(), employees.end());
      }
      if (!member) continue;
      const std::vector<MemberKey> keys = directory.FindMember(*dimension.dimension, *member);
      if (keys.empty()) unknown_members_.insert(dimension.id + "=" + *member);
      entry.keys.insert(entry.keys.end(), keys.begin(), keys.end());
    }
    if (kind == DimensionKind::kEmployee) {
      for (const MemberKey& key : entry.keys) {
        if (std::find(technical.begin(), technical.end(), key.key) == technical.end())
          entry.employees.push_back(key.key);
      }
    }
    if ((kind == DimensionKind::kEmployee || kind == DimensionKind::kDepartment) && entry.has_null) {
      entry.employees.push_back(0);
      entry.employees.insert(entry.employees.end(), technical.begin(), technical.end());
    }
    Sort(entry.employees);
  }
  const auto before = [](const Entry& a, const Entry& b) { return a.sort_key < b.sort_key; };
  const auto at = std::upper_bound(entries_.begin(), entries_.end(), entry, before);
  entries_.insert(at, std::move(entry));
  return Done{};
}

std::optional<Condition> FilterSet::ConditionOf(const Entry& entry, const Fact& fact, const Role& role,
                                                const std::shared_ptr<const Arguments>& arguments) {
  Condition condition;
  condition.negated = entry.filter.negated;
  if (entry.dimension.dimension == nullptr) {
    const auto field = std::find_if(entry.fields.begin(), entry.fields.end(),
                                    [&](const FieldInfo& info) { return info.entity == fact.entity; });
    if (field == entry.fields.end()) return {};
    condition.kind = entry.filter.is_range ? Condition::Kind::kFieldRange : Condition::Kind::kFieldIn;
    condition.operand = {fact.card, arguments};
    condition.field = *field;
    condition.with_null = entry.has_null;
    if (entry.filter.is_range) {
      const Bounds bounds = BoundsOf(entry.filter, field->type).value();
      condition.from = bounds.from;
      condition.to = bounds.to;
    }
    for (const MemberId& member : entry.filter.members) {
      if (member) condition.texts.push_back(*member);
    }
    std::sort(condition.texts.begin(), condition.texts.end());
    return condition;
  }
  condition.kind = Condition::Kind::kKeys;
  switch (entry.dimension.dimension->kind) {
    case DimensionKind::kEmployee:
    case DimensionKind::kDepartment:
      condition.operand = {role.employee, arguments};
      condition.keys = entry.employees;
      return condition;
    case DimensionKind::kPortal:
      condition.kind =
          (entry.keys.empty() == entry.filter.negated) ? Condition::Kind::kHolds : Condition::Kind::kNever;
      return condition;
    case DimensionKind::kMembers:
    case DimensionKind::kValues:
    case DimensionKind::kTime:
    case DimensionKind::kField:
    case DimensionKind::kRange:
      break;
  }
  const auto operand = fact.dimensions.find(entry.dimension.id);
  if (operand == fact.dimensions.end()) return {};
  condition.operand = {operand->second, arguments};
  if (entry.filter.is_range) {
    const Bounds bounds = BoundsOf(entry.filter, entry.dimension.dimension->range_type).value();
    condition.kind = Condition::Kind::kNumbers;
    condition.from = bounds.from;
    condition.to = bounds.to;
    return condition;
  }
  bool foreign = false;
  for (const MemberKey& key : entry.keys) {
    // What is bound to cards of either kind knows the members of both.
    if (key.entity.empty() || key.entity == fact.entity || !fact.has_cards()) {
      condition.keys.push_back(key.key);
    } else {
      foreign = true;
    }
  }
  // Stages of deals say nothing about leads: such a filter does not touch them. No lead is in the cell of
  // one.
  if (!condition.negated && condition.keys.empty() && !entry.has_null && foreign && !entry.of_cell) return {};
  if (entry.has_null) {
    condition.with_null = true;
    if (entry.dimension.dimension->kind == DimensionKind::kMembers) condition.keys.push_back(0);
  }
  Sort(condition.keys);
  return condition;
}

std::vector<Condition> FilterSet::ConditionsOf(const Fact& fact, const Role& role,
                                               const std::shared_ptr<const Arguments>& arguments) const {
  std::vector<Condition> chosen;
  std::set<std::string> named;
  for (const Entry& entry : entries_) {
    std::optional<Condition> condition = ConditionOf(entry, fact, role, arguments);
    if (!condition) {
      ignored_[entry.dimension.id].insert(fact.entity);
      continue;
    }
    if (condition->kind == Condition::Kind::kHolds && condition->operand.empty()) continue;
    if (!entry.of_cell && !entry.filter.negated && entry.has_named) named.insert(entry.dimension.id);
    chosen.push_back(std::move(*condition));
  }
  std::vector<Condition> conditions;
  for (const DefaultFilter& filter : fact.filters) {
    const bool lifted = std::any_of(filter.unless.begin(), filter.unless.end(),
                                    [&](const std::string& dimension) { return named.contains(dimension); });
    if (lifted) continue;
    Condition condition;
    condition.operand = {filter.where, arguments};
    conditions.push_back(std::move(condition));
  }
  for (Condition& condition : chosen) conditions.push_back(std::move(condition));
  return conditions;
}

}  // namespace svodka::metrics
