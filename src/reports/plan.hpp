#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "reports/report_model.hpp"
#include "reports/report_state.hpp"

/// What a widget asks of the engine under a reader's state. Pure.
namespace svodka::reports {

/// The same as `requests[of]`, compared with another year: its base is what is wanted.
struct EarlierRequest {
  size_t of = 0;
  json::value request;
};

/// One widget's measures, axis and requests. Borrows the definition and the state.
struct Question {
  const WidgetDefinition* widget = nullptr;
  const WidgetState* state = nullptr;
  std::vector<const MeasureSpec*> measures;
  std::string choice;
  const MeasureChoice* chosen = nullptr;  ///< that choice's definition; null without choices
  std::string rank;  ///< measure by whose size members stand; asked for behind the shown ones where it is
                     ///< none of them
  Grain grain = Grain::kMonth;
  size_t level = 0;
  std::vector<int64_t> ages;               ///< of a curve: days at which it is asked for
  std::vector<std::string> parts;          ///< of an explanation: measures asked for behind the shown one
  std::vector<const FactorSpec*> factors;  ///< those that the portal has
  std::string compares;  ///< what the answer compares with where the reader chose nothing else: `previous`,
                         ///< `year_ago`
  std::optional<DayRange>
      range;           ///< the days that this widget shows: the period narrowed by selected buckets
  json::object asked;  ///< {"period","filters","cross_filters"}: what every request below starts with
  std::vector<json::value> requests;
  /// Requests from here on may be about a dimension that does not divide the measure: they stay without an
  /// answer.
  size_t optional_from = SIZE_MAX;
  std::vector<EarlierRequest>
      earlier;  ///< of a comparison with several years: per request, two years before first
  std::optional<json::value> records;  ///< of a list
};

struct PlanContext {
  const ReportDefinition& report;
  const ReportState& state;
  bool has_leads = true;
  std::set<std::string> after_sale;   ///< ids of pipelines that sell nothing (production, service)
  std::optional<DayRange> data_span;  ///< first to last month that holds data; for the axis of "all time"
};

/// A measure with the argument `days`, as a request names it; its column is `dAGE`.
json::object RequestAtAge(const MeasureSpec& spec, int64_t days, std::string_view bound = {});

/// Whether the card of a measure carries the shape of the period.
bool HasSpark(const WidgetDefinition& widget, const MeasureSpec& measure);

/// Cross-filters of other widgets and all filters apply; the widget's own path and filters too; its own
/// clicks do not.
Question Ask(const WidgetDefinition& widget, const PlanContext& context);

/// A request for all selections at once, without those of `except` (index over filters, then cross); for
/// presence checks. `without_period` asks over all time.
json::value AskPresence(const PlanContext& context, std::optional<size_t> except, bool without_period);

/// True where the widget, or every measure of it, is about leads and the portal has none.
bool IsHidden(const WidgetDefinition& widget, bool has_leads);

/// Choices that the portal can answer.
std::vector<const MeasureChoice*> ChoicesOf(const WidgetDefinition& widget, bool has_leads);

}  // namespace svodka::reports
