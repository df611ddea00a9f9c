#pragma once

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

 private:
  std::map<std::string, std::string> measures_, dimensions_;
  std::vector<Field> fields_;
};

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
};

json::object BuildHead(const HeadFacts& facts);

/// `cross` of a widget: the dimension that a click filters by, or null.
json::value CrossDimension(const Question& question);

/// One line of a selection without its members' labels.
json::object DescribeSelection(const Selection& selection, bool cross, const Labels& labels,
                               const std::vector<engine::Member>& members, engine::Language language);

}  // namespace svodka::reports
