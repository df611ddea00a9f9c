#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "engine/query_service.hpp"

/// Report definitions (models/reports/*.yaml), validated. Keys and rules: src/reports/README.md.
namespace svodka::reports {

/// A text in both languages.
struct Text {
  std::string ru, en;
  const std::string& In(engine::Language language) const {
    return language == engine::Language::kRussian ? ru : en;
  }
  bool empty() const { return ru.empty() && en.empty(); }
};

/// One measure as a request names it, with an own label where the report's context needs one.
struct MeasureSpec {
  std::string id;     ///< of metrics.md
  json::object args;  ///< may be empty
  std::string as;     ///< own name where a widget shows the measure more than once with other arguments
  std::optional<Text> label;
  json::value ToRequest() const;  ///< "id" or {"measure", "args", "as"}
  /// Name of its column in an answer, and its id in the Document.
  const std::string& column() const { return as.empty() ? id : as; }
};

/// A measure of a widget: fixed (no switches, one variant with an empty key), or chosen by one or more
/// switches: a variant for every combination of their options, keyed by the option ids in the order of
/// `switch_ids`, separated by a space.
struct MeasureSlot {
  std::vector<std::string> switch_ids;
  std::vector<std::pair<std::string, MeasureSpec>> variants;
  bool needs_leads = false;
};

/// One factor of a product: what the product of all factors up to this one is, a measure or the quotient of
/// two.
struct FactorSpec {
  Text label;
  std::vector<std::string> upto;  ///< one measure, or two: the first over the second
  std::optional<bool> leads;      ///< only where the portal has leads (true) or has none (false)
};

/// What a widget with a measure choice may show: one measure, or several together (new and repeat).
struct MeasureChoice {
  std::string id;
  std::optional<Text> label;  ///< absent: the measure's own label
  std::vector<MeasureSlot> measures;
  std::string rank;          ///< measure by whose size members stand; empty: the first shown
  bool needs_leads = false;  ///< left out where the portal has no leads
  std::vector<FactorSpec>
      factors;  ///< of an explanation: the measure as a product, the last is the measure itself
  std::vector<std::string> ratio;  ///< of an explanation: the measure as numerator and denominator
};

struct SwitchOption {
  std::string id;
  Text label;
};
struct SwitchDefinition {
  std::string id;
  Text label;
  std::string initial;
  std::vector<SwitchOption> options;
};

struct FilterDefinition {
  std::string dimension;
  std::string kind;   ///< list, tree, range
  std::string place;  ///< top, side
  bool needs_leads = false;
  std::optional<Text> label;
};

/// A column of a list: an attribute of the records beneath the list's measure.
struct ListColumn {
  std::string id;
  std::optional<Text> label;
};

enum class WidgetKind {
  kCards,
  kSeries,
  kBars,
  kDonut,
  kTable,
  kMatrix,
  kList,
  kText,
  kScatter,
  kFunnel,
  kChanges,
  kExplanation,
  kWaterfall,
  kCurve
};
std::string_view ToString(WidgetKind kind);

/// A filter that a widget always has, or (with a switch) while that stands at an option.
struct SwitchedFilter {
  std::string switch_id, option;
  std::string dimension;
  std::vector<std::string> in;
};

struct WidgetDefinition {
  std::string id;
  WidgetKind kind = WidgetKind::kText;
  Text title, hint, text;
  int width = 12;  ///< of 12
  bool needs_leads = false;
  std::string cross;                  ///< what a click filters by: time, level, series, or empty
  std::vector<MeasureSlot> measures;  ///< fixed measures; empty where choices are given
  /// Of a list, instead of `measures` where a stage is chosen (or a pipeline that sells nothing): a flow
  /// knows the stage of today, and a sale the pipeline that sold it; a state where the card stands.
  std::vector<MeasureSlot> standing;
  std::vector<MeasureChoice> choices;
  std::string initial_choice;       ///< id of the default choice
  std::string chart = "bar";        ///< of a series: bar, line, area, stacked
  std::vector<std::string> grains;  ///< of a time axis; the first that gives three points is the default
  /// table, matrix: row dimensions from coarse to fine. bars, donut, scatter, funnel, changes: what the rows
  /// may be, the first is the default. series: what the lines may be; empty: one line per measure.
  std::vector<std::string> levels;
  std::string columns_by;           ///< column dimension of a matrix
  std::vector<ListColumn> columns;  ///< of a list
  std::string order_by;             ///< measure, dimension or list column; empty: the dimension's own order
  bool order_descending = true;
  int limit = 0;        ///< rows, series or page length; of changes each way; 0: all
  bool others = false;  ///< the rest as one recomputed row
  bool moving_average = false, trend = false;
  /// Of a waterfall: columns between the first and the last that are taken away; the others add.
  std::vector<std::string> takes;
  int days = 0;  ///< of a curve: its last age
  /// Measures of the cards that carry the shape of the period, a small series. Of flows: a state at the end
  /// of a dozen weeks costs as much as the rest of the page.
  std::vector<std::string> spark;
  std::vector<SwitchedFilter> where;  ///< filters of this widget under an option of a switch
  std::vector<std::string>
      local_filters;                  ///< dimensions that the widget filters by itself (the list's stages)
  std::vector<std::string> switches;  ///< switches that change this widget, in the order of the report
};

struct SectionDefinition {
  std::string id;
  Text title;
  bool needs_leads = false;
  std::vector<WidgetDefinition> widgets;
};

struct ReportDefinition {
  std::string id;
  std::string file;  ///< name for messages
  Text title, description;
  int order = 100;                      ///< place in the list of reports; ties by id
  std::string period = "this_quarter";  ///< default preset
  std::string compare;                  ///< default comparison, one of ComparisonKinds(); empty: none
  std::string history;                  ///< measure counted by month for the slider
  std::vector<MeasureSlot> presence;    ///< measures that are zero or null together when the report is empty
  std::string filters_of;  ///< id of a report whose filters stand before its own; resolved by Load
  std::vector<FilterDefinition> filters;
  bool custom_fields = false;  ///< every custom field of the portal is a filter too, in the side panel
  std::vector<SwitchDefinition> switches;
  std::vector<SectionDefinition> sections;

  /// Some widget has a level of kDealFields or kLeadFields.
  bool names_fields = false;

  const WidgetDefinition* FindWidget(std::string_view widget) const;
  const SwitchDefinition* FindSwitch(std::string_view id) const;
};

/// Levels that stand for every custom field of the portal's deals or leads that has members (lists, flags,
/// references).
inline constexpr std::string_view kDealFields = "deal_fields", kLeadFields = "lead_fields";

/// Names that definitions may use; an empty list switches its check off (no semantic model at hand).
struct ModelNames {
  std::vector<std::string> measures;
  std::vector<std::string> dimensions;
};
/// From engine::QueryService::DescribeModel: {"measures": [{"id"}], "dimensions": [{"id"}]}.
ModelNames NamesOf(const json::value& described_model);

/// All shipped and saved reports, by their `order`. Immutable, thread-safe.
class ReportModel {
 public:
  /// Reads every *.yaml of `folder` (by file name) against `names`. Errors, all together and sorted by place
  /// (file:line): `unknown_key`, `missing_key`, `bad_value`, `unknown_measure`, `unknown_dimension`,
  /// `unknown_switch`, `unknown_option`, `duplicate_id`, `missing_label`, `file_not_found`, `bad_yaml`.
  static Result<std::shared_ptr<const ReportModel>> Load(const std::string& folder, const ModelNames& names);
  /// One definition from text; `name` is what messages call it.
  static Result<ReportDefinition> Parse(const std::string& text, const std::string& name,
                                        const ModelNames& names);

  explicit ReportModel(std::vector<ReportDefinition> reports) : reports_(std::move(reports)) {}
  const std::vector<ReportDefinition>& reports() const { return reports_; }
  const ReportDefinition* Find(std::string_view id) const;
  std::vector<std::string> ids() const;

 private:
  std::vector<ReportDefinition> reports_;
};

/// The same reports for several portals at once, which they compare: portals are one more choice of rows and
/// lines, and the first level of tables.
std::shared_ptr<const ReportModel> ForSeveral(const ReportModel& model);

}  // namespace svodka::reports
