#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "reports/plan.hpp"
#include "reports/report_service.hpp"

/// The head of a Document: everything but the widgets' data.
namespace svodka::reports {

/// Labels of measures and dimensions in one language.
class Labels {
 public:
  explicit Labels(const json::value& described_model);
  std::string OfMeasure(const std::string& id) const;  ///< the id itself where the model has no label
  std::string OfDimension(const std::string& id) const;
  /// Custom fields of the portal: `field:ID` and its type.
  struct Field {
    std::string dimension, entity, type;
  };
  const std::vector<Field>& fields() const { return fields_; }
  /// What a range of the dimension is made of: money, number or day; empty: it has no ranges.
  std::string RangeTypeOf(const std::string& id) const;

 private:
  std::map<std::string, std::string> measures_, dimensions_, types_;
  std::vector<Field> fields_;
};

/// The definition for one portal: kDealFields and kLeadFields give way to its fields; a widget that is left
/// without a level goes.
ReportDefinition WithFields(ReportDefinition report, const Labels& labels);

struct MonthCount {
  Day from;
  int64_t count = 0;
};

struct HeadFacts {
  const ReportDefinition& report;
  const ReportState& state;
  const PortalFacts& portal;
  const Labels& labels;
  Day today;
  std::optional<Comparison> comparison;
  const std::vector<MonthCount>* history = nullptr;
  json::array selections;  ///< see DescribeSelections
  json::value empty_because;
  std::vector<Question> questions;  ///< of the visible widgets, in any order
  /// The name of a member for the path of a drill; left out: paths carry ids alone.
  std::function<std::string(const std::string& dimension, const std::optional<std::string>& id)> name_of;
};

json::object BuildHead(const HeadFacts& facts);

/// A member's name in words: a bucket of time, else its label. Members of one id (a lead stage and a deal
/// stage of Bitrix24) are chosen together and named together. `none` and unknown ids have a name too.
std::string MemberName(const std::string& dimension, const std::optional<std::string>& id,
                       const std::vector<engine::Member>& members, engine::Language language);

/// `cross` of a widget: the dimension that a click filters by, or null.
json::value CrossDimension(const Question& question);

/// One line of a selection without its members' labels.
json::object DescribeSelection(const Selection& selection, bool cross, const Labels& labels,
                               const std::vector<engine::Member>& members, engine::Language language);

}  // namespace svodka::reports
