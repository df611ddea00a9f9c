#pragma once

#include <vector>

#include "base/json.hpp"
#include "engine/query_service.hpp"
#include "reports/plan.hpp"
#include "reports/table_view.hpp"

/// Answers of the engine in the shape of docs/document.md, one function per kind of widget. Pure.
namespace svodka::reports {

struct ShapeContext {
  engine::Language language = engine::Language::kRussian;
  Day today;
  std::optional<DayRange> period;  ///< of the whole report
};

/// `data` of a widget. `answers`: one per request of the question, in order.
json::object Shape(const Question& question, const std::vector<Answer>& answers, const ShapeContext& context);
json::object ShapeRecords(const Question& question, const engine::RecordPage& page,
                          const ShapeContext& context);

json::object ShapeSeries(const Question& question, const std::vector<Answer>& answers,
                         const ShapeContext& context);
json::object ShapeBars(const Question& question, const std::vector<Answer>& answers,
                       const ShapeContext& context);
json::object ShapeScatter(const Question& question, const std::vector<Answer>& answers,
                          const ShapeContext& context);
json::object ShapeFunnel(const Question& question, const std::vector<Answer>& answers,
                         const ShapeContext& context);
json::object ShapeChanges(const Question& question, const std::vector<Answer>& answers,
                          const ShapeContext& context);
json::object ShapeExplanation(const Question& question, const std::vector<Answer>& answers,
                              const ShapeContext& context);
json::object ShapeWaterfall(const Question& question, const std::vector<Answer>& answers,
                            const ShapeContext& context);
json::object ShapeCurve(const Question& question, const std::vector<Answer>& answers,
                        const ShapeContext& context);
json::object ShapeTable(const Question& question, const Answer& answer, const ShapeContext& context);
json::object ShapeMatrix(const Question& question, const std::vector<Answer>& answers,
                         const ShapeContext& context);

}  // namespace svodka::reports
