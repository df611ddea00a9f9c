#include <algorithm>

#include "reports/changes.hpp"
#include "reports/shape.hpp"
#include "reports/table_view.hpp"

namespace svodka::reports {

/// The first measure is where it begins, the last where it ends; those between add to it or take from it, and
/// each begins where the one before has ended.
json::object ShapeWaterfall(const Question& question, const std::vector<Answer>& answers,
                            const ShapeContext& context) {
  const TableView view(answers[0], question.measures.size());
  const std::vector<std::string>& takes = question.widget->takes;
  json::array bars;
  Quantity level;
  for (size_t i = 0; i < view.measures(); ++i) {
    const std::string& id = question.measures[i]->column();
    json::object value = view.rows() > 0 ? view.ValueAt(0, i) : json::object{{"v", nullptr}};
    const Quantity size = Quantity::Of(value, "v").value_or(Quantity{});
    const bool whole = i == 0 || i + 1 == view.measures();
    const bool down = !whole && std::find(takes.begin(), takes.end(), id) != takes.end();
    const Quantity from = whole ? size - size : level;
    level = whole ? size : down ? level - size : level - (Quantity{} - size);
    bars.push_back(json::object{{"measure", id},
                                {"value", std::move(value)},
                                {"sign", whole  ? 0
                                         : down ? -1
                                                : 1},
                                {"from", from.ToJson()},
                                {"to", level.ToJson()}});
  }
  return {{"measures", DescribeMeasures(view, question, context.language)}, {"bars", std::move(bars)}};
}

}  // namespace svodka::reports
