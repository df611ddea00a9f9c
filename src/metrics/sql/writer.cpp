#include "metrics/sql/writer.hpp"

#include <algorithm>
#include <set>

#include "metrics/query/calendar.hpp"
#include "metrics/sql/in_currency.hpp"

namespace svodka::metrics {
namespace {

const char* GrainColumn(TimeGrain grain) {
  switch (grain) {
    case TimeGrain::kDay:
      return "day";
    case TimeGrain::kWeek:
      return "week";
    case TimeGrain::kMonth:
      return "month";
    case TimeGrain::kQuarter:
      return "quarter";
    case TimeGrain::kHalf:
      return "half";
    case TimeGrain::kYear:
      return "year";
  }
  throw InvariantError("unknown time grain");
}

std::string_view FieldColumn(const FieldInfo& field) {
  if (field.type == "number") return "v.number_value";
  if (field.type == "money") return "v.money_value";
  if (field.type == "date") return "v.day_value";
  return "v.text_value";
}

}  // namespace

std::string Quoted(std::string_view identifier) {
  std::string quoted = "\"";
  for (const char c : identifier) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string IncidenceColumns(const std::string& ended, const std::string& waited) {
  return "CAST(CASE WHEN " + ended + " < 0 THEN -1 - " + ended + " ELSE coalesce(" + ended + ", " + waited +
         ") END AS BIGINT) AS t, count(*) FILTER (WHERE " + ended +
         " >= 0) AS done, count(*) FILTER (WHERE " + ended + " < 0) AS other, count(*) AS n";
}

SqlWriter& SqlWriter::Integers(const std::vector<int64_t>& numbers) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) Text(", ");
    Integer(numbers[i]);
  }
  return *this;
}

SqlWriter& SqlWriter::WantedKeys(const std::vector<int64_t>& keys) {
  std::string list;
  list.reserve(keys.size() * 8);
  for (const int64_t key : keys) list += (list.empty() ? "" : ",") + std::to_string(key);
  // Keys of the star are INTEGER; joined with any wider type they prune nothing.
  return Text("(SELECT unnest(CAST(string_split(").Bind(list).Text(", ',') AS INTEGER[])) AS key) AS wanted");
}

SqlWriter& SqlWriter::Literal(const Value& value) {
  if (IsNull(value)) return Text("NULL");
  if (const auto* number = std::get_if<int64_t>(&value)) return Integer(*number);
  return Bind(value);
}

SqlWriter& SqlWriter::RoleDay() {
  if (!scan_.role_day.empty()) return Write(scan_.role_day);
  if (scan_.buckets) return Text("bucket.day");
  return Literal(scan_.arguments->at("as_of").front());
}

/// Of a state, and of dates that are whole days: NULL.
SqlWriter& SqlWriter::RoleHour() {
  for (const auto& [id, role] : scan_.fact->roles) {
    if (scan_.role_day.empty() || role.hour.empty() || !(role.day == scan_.role_day.expression)) continue;
    return Write({role.hour, scan_.role_day.arguments});
  }
  return Text("CAST(NULL AS INTEGER)");
}

/// The days that the scan's period leaves, where they are bounded and nothing undated counts.
std::optional<DayRange> SqlWriter::BoundedDays() const {
  if (scan_.role_day.empty()) return {};
  for (const Condition& condition : scan_.where) {
    if (condition.kind != Condition::Kind::kDays || condition.undated || condition.ranges.empty()) continue;
    if (!(condition.operand.expression == scan_.role_day.expression)) continue;
    const DayRange hull{condition.ranges.front().from, condition.ranges.back().to};
    if (hull.from > kEarliestDay && hull.to < kLatestDay) return hull;
  }
  return {};
}

/// A few buckets of a bounded period are told by comparing days; else the calendar is joined.
bool SqlWriter::NeedsCalendar(const GroupColumn& column) const {
  constexpr size_t kComparedBucketsMax = 24;
  if (column.kind != GroupColumn::Kind::kTime || column.grain == TimeGrain::kDay) return false;
  const std::optional<DayRange> days = BoundedDays();
  return !days || BucketsOf(*days, column.grain).size() > kComparedBucketsMax;
}

SqlWriter& SqlWriter::Bucket(TimeGrain grain) {
  if (grain == TimeGrain::kDay) return RoleDay();
  const std::vector<int64_t> buckets = BucketsOf(*BoundedDays(), grain);
  if (buckets.size() == 1) return Integer(buckets.front());
  Text("CASE");
  for (size_t i = 0; i + 1 < buckets.size(); ++i) {
    Text(" WHEN ").RoleDay().Text(" < ").Integer(FirstDayOf(grain, buckets[i + 1]).number);
    Text(" THEN ").Integer(buckets[i]);
  }
  return Text(" ELSE ").Integer(buckets.back()).Text(" END");
}

bool HasConstantRates(const Scan& scan) {
  constexpr std::string_view kJoin = "rate.currency_key = f.currency_key AND ";
  if (!scan.rates) return false;
  return std::any_of(scan.fact->joins.begin(), scan.fact->joins.end(), [&](const Join& join) {
    return join.alias == "rate" && !join.always && join.on.text().starts_with(kJoin);
  });
}

/// The rate as a function of the currency, in place of the joined one.
SqlWriter& SqlWriter::WithRates(std::string_view text) {
  constexpr std::string_view kRate = "rate.rate";
  for (size_t at = text.find(kRate); at != std::string_view::npos; at = text.find(kRate)) {
    Text(text.substr(0, at)).Text("(CASE f.currency_key");
    for (const auto& [currency, rate] : *scan_.rates) {
      Text(" WHEN ").Integer(currency).Text(" THEN CAST(" + rate + " AS DECIMAL(18, 8))");
    }
    Text(" END)");
    text.remove_prefix(at + kRate.size());
  }
  return Text(text);
}

SqlWriter& SqlWriter::Write(const BoundExpression& bound) {
  const bool rates = bound.expression.aliases().contains("rate") && HasConstantRates(scan_);
  for (const Expression::Piece& piece : bound.expression.pieces()) {
    if (!piece.placeholder && rates) {
      WithRates(piece.text);
    } else if (!piece.placeholder && scan_.amounts_in && bound.expression.aliases().contains("rate")) {
      Text(WithRatesOfShadow(piece.text));
    } else if (!piece.placeholder) {
      Text(piece.text);
    } else if (piece.text == "day") {
      RoleDay();
    } else if (piece.text == "hour") {
      RoleHour();
    } else if (piece.text == "as_of" && scan_.buckets) {
      Text("bucket.day");
    } else {
      const std::vector<Value>& values = bound.arguments->at(piece.text);
      for (size_t i = 0; i < values.size(); ++i) {
        if (i > 0) Text(", ");
        Literal(values[i]);
      }
    }
  }
  return *this;
}

/// A member's id as its column holds it; an id that is no such value is no card's.
SqlWriter& SqlWriter::FieldMember(const FieldInfo& field, const std::string& id) {
  if (field.type == "number") return Text("TRY_CAST(").Bind(id).Text(" AS DOUBLE)");
  if (field.type == "money") return Text("TRY_CAST(").Bind(id).Text(" AS DECIMAL(18, 2))");
  if (field.type != "date") return Bind(id);
  const Result<Day> day = ParseDay(id);
  return day.ok() ? Integer(day->number) : Text("NULL");
}

SqlWriter& SqlWriter::Write(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kHolds:
      return Text("(").Write(condition.operand).Text(")");
    case Condition::Kind::kNever:
      return Text("FALSE");
    case Condition::Kind::kKeys:
      if (condition.keys.empty() && !condition.with_null) return Text(condition.negated ? "TRUE" : "FALSE");
      Text("(");
      if (!condition.keys.empty()) {
        Text("(").Write(condition.operand).Text(condition.negated ? ") NOT IN (" : ") IN (");
        Integers(condition.keys).Text(")");
        if (condition.negated == condition.with_null) {
          Text(condition.negated ? " AND " : "");
        } else {
          Text(" OR ");
        }
      }
      // NULL is a member ("none") of some dimensions: it is kept or dropped by name, never by three-valued
      // logic.
      if (condition.negated || condition.with_null) {
        Text("(")
            .Write(condition.operand)
            .Text(condition.negated && condition.with_null ? ") IS NOT NULL" : ") IS NULL");
      }
      return Text(")");
    case Condition::Kind::kDays:
      Text("(");
      for (size_t i = 0; i < condition.ranges.size(); ++i) {
        const DayRange& range = condition.ranges[i];
        if (i > 0) Text(" OR ");
        Write(condition.operand).Text(" >= ").Integer(range.from.number).Text(" AND ");
        Write(condition.operand).Text(" < ").Integer(range.to.number);
      }
      if (condition.undated) {
        if (!condition.ranges.empty()) Text(" OR ");
        Write(condition.operand).Text(" IS NULL");
      }
      return Text(")");
    case Condition::Kind::kNumbers:
      Text("(");
      if (!IsNull(condition.from)) Write(condition.operand).Text(" >= ").Literal(condition.from);
      if (!IsNull(condition.from) && !IsNull(condition.to)) Text(" AND ");
      if (!IsNull(condition.to)) Write(condition.operand).Text(" < ").Literal(condition.to);
      return Text(")");
    case Condition::Kind::kFieldIn:
    case Condition::Kind::kFieldRange: {
      const FieldInfo& field = condition.field;
      const auto exists = [&](bool negated) -> SqlWriter& {
        Text(negated ? "NOT EXISTS (" : "EXISTS (");
        Text("SELECT 1 FROM custom_value AS v JOIN ")
            .Text(Quoted(field.entity))
            .Text(" AS c ON c.id = v.card_id");
        Text(" WHERE c.key = ").Write(condition.operand).Text(" AND v.entity = ").Bind(field.entity);
        return Text(" AND v.field_id = ").Bind(field.id);
      };
      if (condition.kind == Condition::Kind::kFieldRange) {
        exists(false);
        const auto bound = [&](const Value& value, std::string_view comparison) {
          if (IsNull(value)) return;
          Text(" AND ").Text(FieldColumn(field)).Text(comparison).Literal(value);
        };
        bound(condition.from, " >= ");
        bound(condition.to, " < ");
        return Text(")");
      }
      Text(condition.negated ? "NOT (" : "(");
      if (!condition.texts.empty()) {
        exists(false).Text(" AND ").Text(FieldColumn(field)).Text(" IN (");
        for (size_t i = 0; i < condition.texts.size(); ++i) {
          if (i > 0) Text(", ");
          FieldMember(field, condition.texts[i]);
        }
        Text("))");
      }
      if (condition.with_null) {
        if (!condition.texts.empty()) Text(" OR ");
        exists(true).Text(")");
      }
      if (condition.texts.empty() && !condition.with_null) Text("FALSE");
      return Text(")");
    }
  }
  throw InvariantError("unknown condition");
}

SqlWriter& SqlWriter::Write(const GroupColumn& column, size_t index) {
  switch (column.kind) {
    case GroupColumn::Kind::kKey:
      return Write(column.key);
    case GroupColumn::Kind::kPeople:
      if (scan_.technical.empty()) return Write(column.key);
      Text("CASE WHEN ").Write(column.key).Text(" IN (").Integers(scan_.technical).Text(") THEN 0 ELSE ");
      return Write(column.key).Text(" END");
    case GroupColumn::Kind::kDepartment:
      return Text("coalesce(employee.department_key, 0)");
    case GroupColumn::Kind::kTime:
      if (!NeedsCalendar(column)) return Bucket(column.grain);
      return Text("role_day.").Text(GrainColumn(column.grain));
    case GroupColumn::Kind::kField:
      return Text("field" + std::to_string(index) + ".value");
    case GroupColumn::Kind::kFixed:
      return Literal(column.fixed);
  }
  throw InvariantError("unknown group column");
}

/// FROM f_deal AS f LEFT JOIN d_day AS role_day ON … LEFT JOIN d_employee AS employee ON … WHERE … AND …
SqlWriter& SqlWriter::Source(const std::vector<const BoundExpression*>& named, const BoundExpression& extra) {
  const Fact& fact = *scan_.fact;
  std::set<std::string> aliases;
  const auto need = [&](const Expression& expression) {
    aliases.insert(expression.aliases().begin(), expression.aliases().end());
    if (expression.placeholders().contains("day") && !scan_.role_day.empty()) {
      const std::set<std::string>& of_day = scan_.role_day.expression.aliases();
      aliases.insert(of_day.begin(), of_day.end());
    }
  };
  for (const BoundExpression* expression : named) need(expression->expression);
  need(extra.expression);
  need(scan_.role_day.expression);
  for (const Condition& condition : scan_.where) need(condition.operand.expression);
  std::vector<const GroupColumn*> columns;
  for (const GroupColumn& group : scan_.groups) columns.push_back(&group);
  if (scan_.exclusion) {
    for (const GroupColumn& group : scan_.exclusion->columns) columns.push_back(&group);
  }
  const GroupColumn* department = nullptr;
  bool time = false;
  for (const GroupColumn* column : columns) {
    need(column->key.expression);
    if (column->kind == GroupColumn::Kind::kDepartment) department = column;
    if (NeedsCalendar(*column)) time = true;
  }
  if (HasConstantRates(scan_)) aliases.erase("rate");
  // A join may itself name an earlier one.
  for (auto join = fact.joins.rbegin(); join != fact.joins.rend(); ++join) {
    if (join->always || aliases.contains(join->alias)) need(join->on);
  }

  Text(" FROM ").Text(Quoted(fact.table)).Text(" AS f");
  if (scan_.buckets) {
    Text(" JOIN (VALUES ");
    for (size_t i = 0; i < scan_.buckets->ends.size(); ++i) {
      Text(i > 0 ? ", (" : "(").Integer(scan_.buckets->ends[i].second.number).Text(")");
    }
    Text(") AS bucket(day) ON ").Write(fact.from_day, scan_.arguments).Text(" <= bucket.day AND ");
    Write(fact.to_day, scan_.arguments).Text(" > bucket.day");
  }
  for (const Join& join : fact.joins) {
    if (!join.always && !aliases.contains(join.alias)) continue;
    Text(join.inner ? " JOIN " : " LEFT JOIN ").Text(Quoted(join.table));
    if (!join.argument.empty()) Text("(").Write(join.argument, scan_.arguments).Text(")");
    Text(" AS ").Text(join.alias).Text(" ON ");
    Write(join.on, scan_.arguments);
  }
  if (time) Text(" LEFT JOIN d_day AS role_day ON role_day.day = ").RoleDay();
  if (department != nullptr) {
    Text(" LEFT JOIN d_employee AS employee ON employee.key = ").Write(department->key);
    if (!scan_.technical.empty()) Text(" AND NOT employee.technical");
  }
  const auto join_field = [&](const GroupColumn& column, size_t index) {
    if (column.kind != GroupColumn::Kind::kField) return;
    if (column.field.several) {
      Text(" LEFT JOIN (SELECT c.key AS card, ").Text(FieldColumn(column.field)).Text(" AS value");
    } else {
      Text(" LEFT JOIN (SELECT c.key AS card, any_value(").Text(FieldColumn(column.field)).Text(") AS value");
    }
    Text(" FROM custom_value AS v JOIN ").Text(Quoted(column.field.entity));
    Text(" AS c ON c.id = v.card_id WHERE v.entity = ").Bind(column.field.entity).Text(" AND v.field_id = ");
    Bind(column.field.id)
        .Text(column.field.several ? " GROUP BY ALL" : " GROUP BY c.key")
        .Text(") AS field" + std::to_string(index) + " ON field" + std::to_string(index));
    Text(".card = ").Write(column.key);
  };
  for (size_t i = 0; i < columns.size(); ++i) join_field(*columns[i], i);

  const char* glue = " WHERE ";
  const auto next = [&]() -> SqlWriter& {
    Text(glue);
    glue = " AND ";
    return *this;
  };
  if (fact.is_state()) {
    if (scan_.buckets) {
      Day first = scan_.buckets->ends.front().second;
      Day last = scan_.buckets->ends.back().second;
      next().Write(fact.to_day, scan_.arguments).Text(" > ").Integer(first.number);
      next().Write(fact.from_day, scan_.arguments).Text(" <= ").Integer(last.number);
    } else {
      const Value as_of = scan_.arguments->at("as_of").front();
      next().Write(fact.to_day, scan_.arguments).Text(" > ").Literal(as_of);
      next().Write(fact.from_day, scan_.arguments).Text(" <= ").Literal(as_of);
    }
  }
  for (const Condition& condition : scan_.where) next().Write(condition);
  if (!extra.empty()) next().Text("(").Write(extra).Text(")");
  return *this;
}

}  // namespace svodka::metrics
