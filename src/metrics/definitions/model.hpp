#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.hpp"
#include "metrics/definitions/expression.hpp"
#include "metrics/definitions/formula.hpp"

/// The semantic model: what every number means, read from `models/`. Immutable once loaded. See
/// docs/model.md.
namespace svodka::metrics {

/// A text in both languages; never empty in a loaded model.
struct Text {
  std::string ru;
  std::string en;
};

/// A table that a fact's expressions may name by `alias`; joined only where one of them does.
struct Join {
  std::string alias;
  std::string table;
  Expression on;
  bool inner = false;   ///< may drop or multiply rows; then `always` is set too
  bool always = false;  ///< part of what the fact is
  Expression argument;  ///< of a `table` that is a macro with one argument; empty: a plain table
};

/// The date that makes a measure true, and whose number it then is.
struct Role {
  std::string id;
  Expression day;       ///< empty for `as_of`, and for roles whose measures bring their own `during`
  Expression employee;  ///< key of the employee
  Expression hour;      ///< hour of the date, 0 to 23, in the portal's zone; empty: nothing tells it
};

/// A condition that holds unless the request names one of these dimensions in a filter.
struct DefaultFilter {
  Expression where;
  std::set<std::string> unless;
};

/// A column of the records of a fact whose rows are no cards.
struct FactColumn {
  std::string id;
  std::string type;  ///< text, link (a text), member, day, integer, duration
  Text label;        ///< of a member that of its dimension where none is written
  Expression value;
};

struct Fact {
  std::string id;
  std::string table;    ///< read under the alias `f`
  std::string entity;   ///< lead or deal: what its cards are; activity, client: its rows are no cards
  Expression card;      ///< key of the card
  Expression order;     ///< order of a card's rows, for measures that take the first one; may be empty
  Expression from_day;  ///< of a state fact: its rows hold from the end of this day …
  Expression to_day;    ///< … until the end of the day before this one
  std::vector<Expression> row;  ///< key of one row, for records of rows that are no cards
  std::vector<DefaultFilter> filters;
  std::map<std::string, Role> roles;
  std::vector<Join> joins;                       ///< in an order in which each needs only earlier ones
  std::map<std::string, Expression> dimensions;  ///< dimension id -> key (an integer; 0 = none)
  /// Of dimensions made of bands: dimension id -> the number whose band `dimensions` tells.
  std::map<std::string, Expression> bands;
  /// Of rows that are no cards: what their records show, and where a row opens in the CRM.
  std::vector<FactColumn> records;
  Expression link_entity, link_id;
  bool has_cards() const { return entity == "deal" || entity == "lead"; }
  bool is_state() const { return !from_day.empty(); }
};

enum class TimeGrain { kDay, kWeek, kMonth, kQuarter, kHalf, kYear };

enum class DimensionKind {
  kTime,        ///< buckets of the measure's role day
  kEmployee,    ///< the role's employee
  kDepartment,  ///< first department of the role's employee
  kMembers,     ///< a dictionary table
  kValues,      ///< a short list written in the model
  kPortal,      ///< the one portal of the warehouse
  kRange,       ///< a number or a day of the card: filters by a range, divides nothing
  kField,       ///< field:<id>; made on the fly, not in the model
};

struct DimensionValue {
  int64_t key = 0;
  std::string id;
  Text label;
  /// Of a band: it holds the numbers under this one that no earlier band holds. Nothing: all that are left.
  std::optional<int64_t> below;
};

struct Dimension {
  std::string id;
  DimensionKind kind = DimensionKind::kMembers;
  TimeGrain grain = TimeGrain::kDay;
  Text label;
  Text none;                ///< how "none" is called
  std::string parent;       ///< the dimension one level up (department of employee), or empty
  bool per_entity = false;  ///< its members belong to leads or to deals (pipeline, stage)
  bool large = false;       ///< too many members to keep in memory (client)
  bool common = false;      ///< an id means the same in every portal (currency, tags of advertising)
  std::string table;        ///< of kMembers and the two people dimensions: d_…, alias m
  Expression where;         ///< empty: all rows
  std::map<std::string, Expression> columns;  ///< key, id, label, order, entity, parent, color, photo, extra
  std::vector<DimensionValue> values;
  /// Its values are bands of a number.
  bool has_bands() const { return !values.empty() && values.front().below.has_value(); }
  std::string range_type;  ///< of kRange: money, number, day
};

enum class MeasureKind {
  kCount,
  kSum,
  kAvg,
  kMedian,
  kPercentile80,
  kDistinct,
  kRatio,
  kDerived,
  kIncidence,  ///< share that came to an end by an age (plan/incidence.hpp), and the bounds of its interval
  kIncidenceLow,
  kIncidenceHigh
};
constexpr bool IsIncidence(MeasureKind kind) { return kind >= MeasureKind::kIncidence; }

/// Of measures that take each card once: which cards count by how many rows they have in the cell.
enum class CardRows { kAny, kOne, kSeveral };

enum class Direction { kUp, kDown, kNeutral };

enum class ArgumentType { kChoice, kInteger, kFlag, kMembers };

struct Argument {
  std::string id;
  ArgumentType type = ArgumentType::kChoice;
  std::vector<std::string> choices;  ///< of kChoice; the first is the default
  std::optional<Value> fallback;     ///< of kInteger; of kMembers: absent = required
  std::string dimension;             ///< of kMembers
  std::string setting;  ///< the portal's setting that is the default; of a choice a flag: on = the second
  Text label;
};

/// A measure with its choice arguments settled.
struct MeasureForm {
  MeasureKind kind = MeasureKind::kCount;
  std::string fact;
  std::string role;
  Expression filter;    ///< which rows count; empty = all
  Expression select;    ///< which rows take part before the first row per card is chosen; empty = all
  Expression during;    ///< replaces the role's period condition; may use {from} {to} {as_of}
  Expression value;     ///< what is summed, averaged, counted distinct
  Expression censored;  ///< of medians and incidences: how long rows without a value have lasted so far
  bool first_of_card = false;              ///< only each card's first row in the cell
  CardRows rows_of_card = CardRows::kAny;  ///< of `first_of_card`
  Formula numerator;                       ///< of kRatio; of kDerived the whole formula
  Formula denominator;
};

/// When a cohort is ripe (metrics.md, conversion_cohort): at least 80 % of it is closed, or it is as old as
/// the 80th percentile of the portal's cycle.
struct Ripeness {
  Formula closed;     ///< how many of the denominator are closed by now
  std::string cycle;  ///< measure whose `statistic` percentile80, of all time, is the cycle
};

/// One step of the order in which the records of a measure are read, where the reader asks for none.
struct RecordsOrder {
  std::string by;  ///< a column of records (record_columns.hpp)
  bool descending = false;
};

struct Measure {
  std::string id;
  std::string group;   ///< leads, deals, stages: for lists
  std::string type;    ///< integer, money, ratio, duration
  std::string format;  ///< integer, money, percent, duration, days, decimal
  Direction direction = Direction::kNeutral;
  Text label;
  Text definition;
  std::string role_name;  ///< created, closed, as_of, planned, moved, mixed: shown to people
  std::vector<Argument> arguments;
  /// Key: values of the choice arguments in their order, joined by '/'.
  std::map<std::string, MeasureForm> forms;
  std::optional<Ripeness> ripeness;  ///< of ratios over a cohort
  std::vector<RecordsOrder> records_order;
  std::string place;  ///< file:line
  const Argument* FindArgument(std::string_view argument) const;
};

class Model {
 public:
  std::map<std::string, Fact> facts;
  std::map<std::string, Dimension> dimensions;
  std::map<std::string, Measure> measures;
  std::vector<std::string> measure_order;  ///< as the files are named
  std::vector<std::string> dimension_order;

  const Fact* FindFact(std::string_view id) const;
  const Dimension* FindDimension(std::string_view id) const;
  const Measure* FindMeasure(std::string_view id) const;
  std::vector<std::string> MeasureNames() const;
  std::vector<std::string> DimensionNames() const;
};

/// One text file of a model: its name as shown in messages, and its contents.
struct ModelFile {
  std::string name;
  std::string text;
};

/// Reads `facts/`, `dimensions/`, `measures/` (*.yaml) under `folder`. Errors: all of them together, sorted
/// by place; the codes are listed in docs/model.md.
Result<std::shared_ptr<const Model>> LoadModel(const std::string& folder);
Result<std::shared_ptr<const Model>> ParseModel(const std::vector<ModelFile>& files);

}  // namespace svodka::metrics
