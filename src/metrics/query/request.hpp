#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "base/value.hpp"

/// The request of docs/request.md, read strictly: syntax only, no names looked up.
namespace svodka::metrics {

using MemberId = std::optional<std::string>;  ///< nothing = "none"

struct MeasureCall {
  std::string id;
  std::string column;  ///< `as`, else the id
  json::object arguments;
  std::string place;
};

struct Filter {
  std::string dimension;
  bool is_range = false;
  bool negated = false;           ///< not_in
  bool below = false;             ///< under: the members and all below them in the tree
  std::vector<MemberId> members;  ///< of in / not_in / under
  Value from;                     ///< of a range: null = open, double or text (a date)
  Value to;
  std::string place;
};

struct Comparison {
  enum class Kind { kNone, kPrevious, kYearsAgo };
  Kind kind = Kind::kNone;
  int years = 0;
};

struct OrderBy {
  std::string by;
  bool descending = false;
  std::string place;
};

/// A condition on a column of the records shown.
struct Narrowing {
  std::string column;
  std::vector<MemberId> members;  ///< `in`; of numbers and days only nothing, beside or without a range
  Value from;                     ///< half-open: null = open, double or text (a date)
  Value to;
  std::string place;
};

/// The cell whose rows are asked for.
struct CellReference {
  std::string measure;  ///< a column of the request
  std::vector<std::pair<std::string, MemberId>> values;
  std::string place;
};

struct Request {
  std::vector<MeasureCall> measures;
  std::vector<std::string> dimensions;
  std::optional<DayRange> period;
  std::vector<Filter> filters;  ///< cross_filters stand behind the filters
  Comparison compare;
  bool totals = false;
  std::optional<Day> as_of;
  std::vector<OrderBy> order;
  std::optional<int64_t> limit;
  bool others = false;
  bool samples = false;  ///< ratios get a column ID.n
  bool ripe = false;     ///< cohort ratios get a column ID.ripe
  std::optional<CellReference> cell;
  int64_t offset = 0;
  std::string search;
  std::vector<Narrowing> narrow;
  std::string values_of;  ///< the column of records whose values are asked for instead of rows
};

/// Errors, all of them together: `bad_request` (wrong type), `unknown_key`, `missing_key`, `bad_period`,
/// `bad_filter`, `bad_date`, `duplicate_column`.
Result<Request> ParseRequest(const json::value& value);

}  // namespace svodka::metrics
