#include "reports/shape.hpp"
#include "reports/table_view.hpp"

namespace svodka::reports {

/// The measure at each age with the bounds of its interval; ages that nobody has reached have no value.
json::object ShapeCurve(const Question& question, const std::vector<Answer>& answers,
                        const ShapeContext& context) {
  const size_t ages = question.ages.size();
  const TableView shares(answers[0], ages), bounds(answers[1], 2 * ages + 1);
  const MeasureSpec& spec = *question.measures.front();
  json::array points;
  for (size_t i = 0; i < ages; ++i) {
    json::object value = shares.rows() > 0 ? shares.ValueAt(0, i) : json::object{{"v", nullptr}};
    if (bounds.rows() > 0 && !value.at("v").is_null()) {
      value["low"] = ToJson(bounds.At(0, 2 * i));
      value["high"] = ToJson(bounds.At(0, 2 * i + 1));
    }
    json::object request = RequestAtAge(spec, question.ages[i]);
    request.erase("as");  // asked for alone it has its own name
    points.push_back(json::object{
        {"days", question.ages[i]}, {"value", std::move(value)}, {"request", std::move(request)}});
  }
  const engine::Column& column = shares.measure(0);
  json::array measures;
  measures.push_back(json::object{{"id", spec.column()},
                                  {"label", spec.label ? spec.label->In(context.language) : column.label},
                                  {"definition", column.definition},
                                  {"format", column.format},
                                  {"unit", column.unit},
                                  {"direction", column.direction.empty() ? "neutral" : column.direction},
                                  {"additive", false},
                                  {"request", spec.ToRequest()}});
  return {{"measures", std::move(measures)},
          {"points", std::move(points)},
          {"cohort", bounds.rows() > 0 ? ToJson(bounds.At(0, 2 * ages)) : json::value(nullptr)}};
}

}  // namespace svodka::reports
