#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metrics/definitions/model.hpp"
#include "metrics/query/calendar.hpp"

/// What is run: scans of one fact each, grouped to the grain, and how measures are made of their columns.
namespace svodka::metrics {

/// A custom field of the CRM as a dimension.
struct FieldInfo {
  std::string id;
  std::string entity;  ///< lead or deal
  std::string title;
  std::string type;      ///< text, number, money, date, enum, flag, reference
  bool several = false;  ///< some card has several values: it stands under each, so its rows do not add up
};

/// Values of an expression's placeholders; a list where it stands in brackets: `IN ({stages})`.
using Arguments = std::map<std::string, std::vector<Value>>;

struct BoundExpression {
  Expression expression;
  std::shared_ptr<const Arguments> arguments;
  bool empty() const { return expression.empty(); }
};

struct Condition {
  enum class Kind {
    kHolds,       ///< the expression
    kKeys,        ///< operand is (not) one of `keys`
    kDays,        ///< operand lies in one of `ranges`, or is NULL where `undated`
    kNumbers,     ///< from <= operand < to
    kFieldIn,     ///< some value of the card's field is (not) one of `texts`
    kFieldRange,  ///< some value of the card's field lies in from <= value < to
    kNever,
  };
  Kind kind = Kind::kHolds;
  BoundExpression operand;
  std::vector<int64_t> keys;  ///< sorted, without doubles
  bool negated = false;
  bool with_null = false;  ///< NULL counts as one of the keys (or texts)
  std::vector<DayRange> ranges;
  bool undated = false;
  FieldInfo field;
  std::vector<std::string> texts;
  Value from;
  Value to;
};

/// One column of the grain.
struct GroupColumn {
  enum class Kind { kKey, kPeople, kDepartment, kTime, kField, kFixed };
  Kind kind = Kind::kKey;
  std::string dimension;
  BoundExpression key;  ///< kKey: the key; kPeople, kDepartment: key of the employee; kField: key of the card
  TimeGrain grain = TimeGrain::kDay;
  FieldInfo field;
  Value fixed;  ///< of kFixed: the same for every row of this scan
};

struct Atom {
  enum class Kind {
    kCount,
    kKnown,
    kSum,
    kMedian,
    kPercentile80,
    kDistinct,
    kSurvivalMedian,
    /// What a median of several warehouses together is made of, as text (plan/spread.hpp): each value that
    /// there is, and of a survival median what is done and what waits at each time.
    kSpread,
    kSurvivalSpread,
    kIncidence,  ///< what an incidence is made of, as text (plan/incidence.hpp)
  };
  Kind kind = Kind::kCount;
  BoundExpression value;     ///< unused by kCount
  BoundExpression filter;    ///< empty: every row of the scan
  BoundExpression censored;  ///< of the survival kinds
  bool money = false;        ///< sums and medians are DECIMAL(18,2), else DOUBLE
};

/// A statement of its own: no other atom stands beside it.
inline bool IsSurvival(Atom::Kind kind) {
  return kind == Atom::Kind::kSurvivalMedian || kind == Atom::Kind::kSurvivalSpread ||
         kind == Atom::Kind::kIncidence;
}

/// Rows that a group must not be: the tuples already shown (for "others").
struct Exclusion {
  std::vector<GroupColumn> columns;
  std::vector<std::vector<Value>> tuples;
};

/// A state fact exploded to the ends of time buckets.
struct StateBuckets {
  std::vector<std::pair<int64_t, Day>> ends;  ///< key of the bucket, the day at whose end the state is taken
};

/// Rate of each currency (key, decimal text): written as constants instead of a join with the rates of days.
using ConstantRates = std::vector<std::pair<int64_t, std::string>>;

struct Scan {
  std::shared_ptr<const Model> model;  ///< keeps the expressions alive
  const Fact* fact = nullptr;
  std::shared_ptr<const Arguments> arguments;  ///< as_of, from, to, for the fact's own expressions
  BoundExpression role_day;  ///< empty for a state at a moment and for measures with their own period clause
  std::vector<Condition> where;  ///< canonical order
  std::optional<StateBuckets> buckets;
  std::optional<Exclusion> exclusion;
  std::vector<int64_t> technical;              ///< keys of technical employees: shown as 0
  std::shared_ptr<const ConstantRates> rates;  ///< null: rates change from day to day
  /// Key of the currency that amounts are told in (sql/in_currency.hpp); nothing: the portal's base currency.
  std::optional<int64_t> amounts_in;
  std::vector<GroupColumn> groups;
  bool first_of_card = false;
  CardRows rows_of_card = CardRows::kAny;
  std::vector<Atom> atoms;
};

/// Where a level's value of a component comes from: the columns of one or several scans (whose rows are
/// disjoint).
struct Source {
  size_t scan = 0;
  std::vector<size_t> atoms;
};

/// One simple aggregate; measures are components or formulas over them.
struct Component {
  MeasureKind kind = MeasureKind::kCount;
  std::string type;
  int64_t days = 0;       ///< of an incidence: the age
  bool additive = false;  ///< a level above is the sum of the rows below
  bool moment = false;  ///< of a state, or with its own period clause: nothing in buckets that have not begun
  /// Per level (number of leading dimensions kept). Additive components have only the last level.
  std::map<size_t, std::vector<Source>> levels;
};

/// A measure of the request (or one that a formula names): a component, or formulas over other nodes.
struct Node {
  const Measure* measure = nullptr;
  const MeasureForm* form = nullptr;
  std::optional<size_t> component;
  std::shared_ptr<const Arguments> arguments;  ///< of a component: what it was counted with
  std::map<std::string, size_t> parts;         ///< measure id in the formulas -> node
};

struct Plan {
  std::vector<Scan> scans;
  std::vector<Component> components;
  std::vector<Node> nodes;
  std::vector<size_t> columns;  ///< node per measure of the request
};

}  // namespace svodka::metrics
