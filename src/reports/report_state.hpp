#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "reports/period.hpp"
#include "reports/report_model.hpp"

/// The report state of a reader (docs/document.md, "Asking for a report"), read and checked against a
/// definition.
namespace svodka::reports {

/// One chosen filter, or one clicked value.
struct Selection {
  std::string dimension;
  std::string widget;  ///< source of a cross-filter; empty for a filter
  std::vector<std::optional<std::string>>
      in;                  ///< member ids, nothing = "none"; empty for ranges and exclusions
  json::object condition;  ///< as a request's filter
};

struct PathStep {
  std::string dimension;
  std::optional<std::string> id;
};

/// What a reader set on one widget; absent parts take the definition's default.
struct WidgetState {
  std::string choice;
  std::string grain;
  std::optional<size_t> level;
  std::vector<PathStep> path;
  json::array expanded;
  std::string order_by;
  std::optional<bool> order_descending;
  int64_t offset = 0;
  std::optional<int64_t> limit;
  std::string search;  ///< of a list: in title and id
  json::array narrow;  ///< of a list: conditions on its columns, as a request's `narrow`
  std::vector<Selection> filters;
};

struct ReportState {
  engine::Language language = engine::Language::kRussian;
  bool period_given = false;
  Period period;
  std::string compare;   ///< one of ComparisonKinds(), or empty
  std::string currency;  ///< that requests over several portals name; empty: the portals' own, which is one
  std::vector<Selection> filters, cross;
  std::map<std::string, std::string> switches;  ///< every switch of the report
  std::map<std::string, WidgetState> widgets;   ///< only those that the reader touched
  std::set<std::string> only;                   ///< empty: all widgets

  const WidgetState& Of(const std::string& widget) const;
  bool Wants(const std::string& widget) const { return only.empty() || only.contains(widget); }
};

/// Errors, all together, with a JSON path as place: `bad_state`, `unknown_dimension`, `unknown_widget`,
/// `unknown_switch`, `unknown_option`, `unknown_key`, `bad_period`, `unknown_preset`, `bad_date`.
/// `dimensions`: those of the semantic model; `field:<id>` is taken as it is, the engine knows the fields.
Result<ReportState> ReadState(const json::value& state, const ReportDefinition& report, Day today,
                              const std::vector<std::string>& dimensions);

/// The measure that a slot stands for under the chosen switches.
const MeasureSpec& Choose(const MeasureSlot& slot, const std::map<std::string, std::string>& switches);

bool IsTimeDimension(std::string_view dimension);

/// The range that adjoining buckets of a time dimension cover together; nothing when they do not adjoin or
/// are no days.
std::optional<DayRange> RangeOfBuckets(const std::string& dimension,
                                       const std::vector<std::optional<std::string>>& buckets);

}  // namespace svodka::reports
