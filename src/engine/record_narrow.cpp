#include "engine/record_narrow.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace svodka::engine {
namespace {

using metrics::RecordColumn;
using metrics::RecordColumnKind;
using metrics::RecordCondition;

constexpr std::array<std::string_view, 3> kParts = {"numerator", "denominator", "both"};

/// A bound of a range: a number, or a day as the number of days.
Result<std::optional<double>> BoundOf(const Value& value, RecordColumnKind kind, const std::string& place) {
  if (IsNull(value)) return std::optional<double>();
  const auto* number = std::get_if<double>(&value);
  const auto* text = std::get_if<std::string>(&value);
  if (kind == RecordColumnKind::kDay) {
    if (text != nullptr) {
      if (Result<Day> day = ParseDay(*text); day.ok()) return std::optional<double>(day->number);
    }
    return Diagnostic{"bad_filter", "a bound of days is written YYYY-MM-DD", place, {}};
  }
  if (number != nullptr) return std::optional<double>(*number);
  if (text != nullptr) {
    if (Result<Money> money = Money::Parse(*text); money.ok())
      return std::optional<double>(static_cast<double>(money->minor()) / 100);
  }
  return Diagnostic{"bad_filter", "a bound of this column is a number", place, {}};
}

class Binder {
 public:
  Binder(const metrics::BoundQuery& query, const Dictionary& dictionary)
      : query_(query), dictionary_(dictionary) {}

  Result<RecordCondition> Bind(const metrics::Narrowing& narrowing, const RecordColumn& column) const {
    RecordCondition condition;
    condition.column = column.id;
    const bool range = !IsNull(narrowing.from) || !IsNull(narrowing.to);
    const bool spans = column.kind == RecordColumnKind::kNumber || column.kind == RecordColumnKind::kDay;
    if (range && !spans)
      return Diagnostic{
          "bad_filter", "'" + column.id + "' is chosen by 'in', not by a range", narrowing.place, {}};
    auto from = BoundOf(narrowing.from, column.kind, narrowing.place + ".from");
    if (!from.ok()) return from.errors();
    auto to = BoundOf(narrowing.to, column.kind, narrowing.place + ".to");
    if (!to.ok()) return to.errors();
    condition.from = *from;
    condition.to = *to;
    if (condition.from && condition.to && *condition.from >= *condition.to)
      return Diagnostic{"bad_filter",
                        "'to' is the first value after the range, so it must be greater than 'from'",
                        narrowing.place,
                        {}};
    const metrics::Dimension* dimension = query_.model->FindDimension(column.id);
    for (size_t i = 0; i < narrowing.members.size(); ++i) {
      const metrics::MemberId& member = narrowing.members[i];
      const std::string place = narrowing.place + ".in[" + std::to_string(i) + "]";
      if (!member) {
        condition.none = true;
      } else if (spans) {
        return Diagnostic{
            "bad_filter", "'" + column.id + "' is narrowed by a range, or by null for nothing", place, {}};
      } else if (column.kind == RecordColumnKind::kPart) {
        if (std::find(kParts.begin(), kParts.end(), *member) == kParts.end())
          return Diagnostic{"bad_filter", "a part is numerator, denominator or both, not '" + *member + "'",
                            place,
                            NearestNames(*member, std::vector<std::string>(kParts.begin(), kParts.end()))};
        condition.parts.push_back(*member);
      } else if (dimension != nullptr) {
        for (const metrics::MemberKey& key : dictionary_.FindMember(*dimension, *member))
          condition.keys.push_back(key.key);
      }
    }
    return condition;
  }

 private:
  const metrics::BoundQuery& query_;
  const Dictionary& dictionary_;
};

}  // namespace

std::vector<RecordColumn> CardColumns(bool has_value, bool has_parts) {
  std::vector<RecordColumn> columns = metrics::RecordColumnList();
  std::erase_if(columns, [&](const RecordColumn& column) {
    return (column.id == "value" && !has_value) || (column.id == "part" && !has_parts);
  });
  return columns;
}

Result<RecordColumn> FindNarrowColumn(const std::string& name, const std::string& place,
                                      const std::vector<RecordColumn>& columns) {
  std::vector<std::string> known;
  for (const RecordColumn& column : columns) {
    if (column.kind == RecordColumnKind::kText) continue;
    if (column.id == name) return column;
    known.push_back(column.id);
  }
  return Diagnostic{"bad_filter", "these records cannot be narrowed by '" + name + "'", place,
                    NearestNames(name, known)};
}

Result<std::vector<RecordCondition>> BindNarrow(const metrics::BoundQuery& query,
                                                const Dictionary& dictionary,
                                                const std::vector<RecordColumn>& columns) {
  std::vector<RecordCondition> conditions;
  Diagnostics problems;
  for (const metrics::Narrowing& narrowing : query.request.narrow) {
    auto column = FindNarrowColumn(narrowing.column, narrowing.place + ".column", columns);
    if (!column.ok()) {
      problems.insert(problems.end(), column.errors().begin(), column.errors().end());
      continue;
    }
    auto condition = Binder(query, dictionary).Bind(narrowing, *column);
    if (condition.ok()) {
      conditions.push_back(std::move(condition).value());
    } else {
      problems.insert(problems.end(), condition.errors().begin(), condition.errors().end());
    }
  }
  if (!problems.empty()) return problems;
  return conditions;
}

}  // namespace svodka::engine
