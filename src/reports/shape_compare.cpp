#include <algorithm>
#include <map>
#include <string>

#include "reports/changes.hpp"
#include "reports/shape.hpp"
#include "reports/table_view.hpp"
#include "reports/trend.hpp"

/// Widgets that set members against each other: two measures of each, stages in their order, changes by size.
namespace svodka::reports {
namespace {

std::optional<double> NumberOf(const json::value& values, size_t measure, const char* key = "v") {
  const json::array& list = values.get_array();
  if (measure >= list.size()) return std::nullopt;
  const json::value* found = list[measure].get_object().if_contains(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_number()) return found->to_number<double>();
  if (found->is_string()) {
    if (const auto money = Money::Parse(std::string_view(found->get_string())))
      return static_cast<double>(money->minor()) / 100.0;
  }
  return std::nullopt;
}

json::value OrNull(const std::optional<double>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

}  // namespace

/// Points without either number are left out, and those of nobody. `middle`: medians of the members shown,
/// the lines between the quadrants.
json::object ShapeScatter(const Question& question, const std::vector<Answer>& answers,
                          const ShapeContext& context) {
  json::object data = ShapeBars(question, answers, context);
  std::vector<double> along, up;
  json::array rows;
  for (json::value& row : data.at("rows").get_array()) {
    const auto x = NumberOf(row.at("values"), 0), y = NumberOf(row.at("values"), 1);
    // Nobody is no one to compare with: what robots or no one did would stand as a person.
    if (!x || !y || row.at("member").at("id").is_null()) continue;
    along.push_back(*x);
    up.push_back(*y);
    rows.push_back(std::move(row));
  }
  data["rows"] = std::move(rows);
  data.erase("others");
  data["middle"] = json::array{OrNull(Median(along)), OrNull(Median(up))};
  data["correlation"] = json::object{{"r", OrNull(Correlation(along, up))}, {"n", along.size()}};
  return data;
}

/// Stages stand in the order of their pipeline; shares are of the first and of the former stage of the same
/// pipeline.
json::object ShapeFunnel(const Question& question, const std::vector<Answer>& answers,
                         const ShapeContext& context) {
  json::object data = ShapeBars(question, answers, context);
  struct Before {
    double first = 0, former = 0;
  };
  std::map<std::string, Before> pipelines;
  for (json::value& row : data.at("rows").get_array()) {
    const double count = NumberOf(row.at("values"), 0).value_or(0);
    const auto [place, fresh] =
        pipelines.try_emplace(FindString(row.at("member"), "parent").value_or(""), Before{count, count});
    Before& before = place->second;
    const auto share = [&](double of) {
      json::object value{{"v", of > 0 ? json::value(count / of) : json::value(nullptr)}};
      value["n"] = static_cast<int64_t>(of);
      if (of > 0 && of < 20) {  // metrics.md, "Small samples"
        if (const auto interval = WilsonInterval(std::min(1.0, count / of), static_cast<int64_t>(of))) {
          value["low"] = interval->low;
          value["high"] = interval->high;
        }
      }
      return value;
    };
    row.get_object()["of_first"] = share(before.first);
    row.get_object()["of_former"] = fresh ? json::value(nullptr) : json::value(share(before.former));
    before.former = count;
  }
  data.erase("others");
  return data;
}

/// The members whose change is the largest each way, and what is left of the change of the whole.
json::object ShapeChanges(const Question& question, const std::vector<Answer>& answers,
                          const ShapeContext& context) {
  const TableView view(answers[0], question.measures.size());
  const TableView whole(answers[1], question.measures.size());
  const int64_t asked = question.state->limit.value_or(question.widget->limit);
  const json::object total = whole.rows() > 0 ? whole.ValueAt(0, 0) : json::object{{"v", nullptr}};
  json::object data =
      LargestChanges(view, ChangesOf(view), total, asked > 0 ? static_cast<size_t>(asked) : 5);
  data["measures"] = DescribeMeasures(view, question, context.language);
  data["dimension"] = question.widget->levels[question.level];
  data["total"] = total;
  data["comparison"] = ComparedRanges(question, context.today, context.language);
  return data;
}

}  // namespace svodka::reports
