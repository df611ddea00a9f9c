#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "metrics/sql/render.hpp"

namespace svodka::metrics {

/// The scan's join with the rates of days is written as constants.
bool HasConstantRates(const Scan& scan);

/// Which cards a scan takes by how many rows they have, after ` WHERE turn = 1`; of the window column
/// `mates`.
constexpr std::string_view MatesOf(CardRows rows) {
  return rows == CardRows::kOne ? " AND mates = 1" : rows == CardRows::kSeveral ? " AND mates > 1" : "";
}

/// An incidence's text of the columns `IncidenceColumns`, grouped by their `t`.
inline constexpr std::string_view kIncidenceText =
    "string_agg(t || ':' || done || ':' || other || ':' || n, ' ')";
/// `ended`: days until the end asked for, of the other end -1 less the days, NULL: neither so far.
std::string IncidenceColumns(const std::string& ended, const std::string& waited);

/// Text and parameters of a statement as they grow together.
class SqlWriter {
 public:
  /// `scan` settles what {as_of} and {day} mean.
  explicit SqlWriter(const Scan& scan) : scan_(scan) {}

  SqlWriter& Text(std::string_view text) {
    sql_.text += text;
    return *this;
  }
  SqlWriter& Bind(Value value) {
    sql_.text += '?';
    sql_.params.push_back(std::move(value));
    return *this;
  }
  /// Keys and day numbers are our own integers and stand as literals: DuckDB prunes by constants, not by
  /// parameters.
  SqlWriter& Integer(int64_t number) { return Text(std::to_string(number)); }
  SqlWriter& Integers(const std::vector<int64_t>& numbers);
  /// A table of keys for a join, `(SELECT unnest(…) AS key) AS wanted`: one bound text however many they are.
  /// A list of ten thousand literals takes five times as long to plan as its rows take to be read.
  SqlWriter& WantedKeys(const std::vector<int64_t>& keys);
  SqlWriter& Literal(const Value& value);
  SqlWriter& Write(const BoundExpression& expression);
  SqlWriter& Write(const Expression& expression, const std::shared_ptr<const Arguments>& arguments) {
    return Write(BoundExpression{expression, arguments});
  }
  SqlWriter& Write(const Condition& condition);
  SqlWriter& Write(const GroupColumn& column, size_t index);
  /// FROM with joins, WHERE with the scan's conditions and `extra`. Joins what the given expressions name.
  SqlWriter& Source(const std::vector<const BoundExpression*>& named, const BoundExpression& extra);
  /// The day that the scan's rows belong to.
  SqlWriter& RoleDay();
  SqlWriter& RoleHour();

  const Sql& sql() const { return sql_; }
  Sql Take() { return std::move(sql_); }

 private:
  std::optional<DayRange> BoundedDays() const;
  bool NeedsCalendar(const GroupColumn& column) const;
  SqlWriter& Bucket(TimeGrain grain);
  SqlWriter& FieldMember(const FieldInfo& field, const std::string& id);
  SqlWriter& WithRates(std::string_view text);

  const Scan& scan_;
  Sql sql_;
};

}  // namespace svodka::metrics
