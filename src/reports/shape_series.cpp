#include <algorithm>
#include <map>
#include <unordered_map>

#include "reports/shape.hpp"
#include "reports/table_view.hpp"
#include "reports/trend.hpp"

namespace svodka::reports {
namespace {

/// Ids as map keys; "none" differs from every text.
std::string Key(const engine::Member& member) { return member.id ? "=" + *member.id : "none"; }

struct Axis {
  json::array points;
  std::vector<bool> whole;   ///< the bucket is over and lies wholly inside the period
  std::vector<bool> future;  ///< it has not begun
  std::unordered_map<std::string, size_t> place;
};

/// Buckets in the order of the answer, which is that of time.
Axis ReadAxis(const TableView& view, const Question& question, const ShapeContext& context) {
  Axis axis;
  for (size_t row = 0; row < view.rows(); ++row) {
    const engine::Member* member = view.MemberAt(row, 0);
    if (member == nullptr || !axis.place.emplace(Key(*member), axis.points.size()).second) continue;
    json::object point{{"id", member->id ? json::value(*member->id) : json::value(nullptr)},
                       {"label", member->label}};
    bool whole = false, future = false;
    if (const auto day = ParseDay(member->id.value_or("")); day) {
      const Day end = NextBucket(*day, question.grain);
      whole = end <= context.today &&
              (!question.range || (*day >= question.range->from && end <= question.range->to));
      future = *day > context.today;
      point["label"] = BucketAxisLabel(*day, question.grain, context.language);
      point["title"] = BucketLabel(*day, question.grain, context.language);
    }
    point["partial"] = !whole;
    axis.whole.push_back(whole);
    axis.future.push_back(future);
    axis.points.push_back(std::move(point));
  }
  return axis;
}

/// One line: a VALUE per point, and what is drawn over it.
struct Line {
  json::array values;
  Points numbers;

  explicit Line(size_t points, bool compares) : numbers(points) {
    for (size_t i = 0; i < points; ++i) {
      json::object value{{"v", nullptr}};
      if (compares) value["base"] = nullptr;
      values.push_back(std::move(value));
    }
  }
  void Set(size_t point, json::object value, std::optional<double> number, bool future) {
    if (future && number.value_or(0) == 0) {  // not yet happened is not zero
      value["v"] = nullptr;
      value.erase("delta");
      value.erase("delta_pct");
      number.reset();
    }
    values[point] = std::move(value);
    numbers[point] = number;
  }
};

json::array ToJson(const Points& points) {
  json::array array;
  for (const auto& point : points) array.push_back(point ? json::value(*point) : json::value(nullptr));
  return array;
}

void AddLines(json::object& series, const Line& line, const Axis& axis, const Question& question) {
  if (question.widget->moving_average) {
    series["moving_average"] =
        ToJson(MovingAverage(line.numbers, axis.whole, MovingAverageWindow(question.grain)));
  }
  if (!question.widget->trend) return;
  Points trend = Trend(line.numbers, axis.whole);
  // What is never negative has no trend below zero, and days that have not begun have none.
  const bool positive = std::none_of(line.numbers.begin(), line.numbers.end(),
                                     [](const auto& number) { return number.value_or(0) < 0; });
  for (size_t i = 0; i < trend.size(); ++i) {
    if (axis.future[i] || (positive && trend[i].value_or(0) < 0)) trend[i].reset();
  }
  series["trend"] = ToJson(trend);
}

/// Exact sums of the lines that are not shown; only for additive measures.
class Rest {
 public:
  explicit Rest(size_t points) : values_(points), bases_(points) {}
  void Add(size_t point, const json::object& value) {
    Take(values_[point], value, "v");
    Take(bases_[point], value, "base");
    any_ = true;
  }
  bool any() const { return any_; }
  json::object At(size_t point, bool compares) const {
    json::object value{{"v", values_[point].ToJson()}};
    if (compares) value["base"] = bases_[point].ToJson();
    return value;
  }
  std::optional<double> NumberAt(size_t point) const { return values_[point].Number(); }

 private:
  struct Sum {
    std::optional<int64_t> count;
    std::optional<Money> money;
    json::value ToJson() const {
      if (money) return json::value(money->ToString());
      return count ? json::value(*count) : json::value(nullptr);
    }
    std::optional<double> Number() const {
      if (money) return static_cast<double>(money->minor()) / 100.0;
      if (count) return static_cast<double>(*count);
      return std::nullopt;
    }
  };
  static void Take(Sum& sum, const json::object& value, const char* key) {
    const json::value* part = value.if_contains(key);
    if (part == nullptr) return;
    if (part->is_int64()) sum.count = sum.count.value_or(0) + part->get_int64();
    if (part->is_string()) {
      if (const auto money = Money::Parse(std::string_view(part->get_string()))) {
        sum.money = sum.money.value_or(Money{}) + *money;
      }
    }
  }
  std::vector<Sum> values_, bases_;
  bool any_ = false;
};

/// `whole`: of a stack, the sum of its parts in each bucket, with the lines that are drawn over it.
json::array SplitByMeasure(const TableView& view, const Axis& axis, const Question& question,
                           const json::array& measures, json::value& whole) {
  json::array series;
  const bool stacked = question.widget->chart == "stacked";
  Line sum(axis.points.size(), false);
  for (size_t m = 0; m < view.measures(); ++m) {
    Line line(axis.points.size(), view.Compares());
    for (size_t row = 0; row < view.rows(); ++row) {
      const engine::Member* bucket = view.MemberAt(row, 0);
      if (bucket == nullptr) continue;
      const size_t point = axis.place.at(Key(*bucket));
      line.Set(point, view.ValueAt(row, m), ToNumber(view.At(row, m)), axis.future[point]);
    }
    json::object one{{"id", question.measures[m]->column()},
                     {"label", measures[m].at("label")},
                     {"measure", question.measures[m]->column()},
                     {"values", line.values}};
    if (!stacked) AddLines(one, line, axis, question);
    for (size_t point = 0; point < line.numbers.size(); ++point) {
      if (line.numbers[point]) sum.numbers[point] = sum.numbers[point].value_or(0) + *line.numbers[point];
    }
    series.push_back(std::move(one));
  }
  if (stacked) {
    json::object lines;
    AddLines(lines, sum, axis, question);
    if (!lines.empty()) whole = std::move(lines);
  }
  return series;
}

json::array SplitByMember(const TableView& ranking, const TableView& view, const Axis& axis,
                          const Question& question, const ShapeContext& context) {
  std::vector<const engine::Member*> members;
  std::unordered_map<std::string, size_t> place;
  for (size_t row = 0; row < ranking.rows(); ++row) {
    const engine::Member* member = ranking.MemberAt(row, 0);
    if (member == nullptr || member->is_others) continue;
    if (ToNumber(ranking.At(row, 0)).value_or(0) == 0) continue;  // a line along zero says nothing
    place.emplace(Key(*member), members.size());
    members.push_back(member);
  }
  std::vector<Line> lines(members.size(), Line(axis.points.size(), view.Compares()));
  Rest rest(axis.points.size());
  for (size_t row = 0; row < view.rows(); ++row) {
    const engine::Member* bucket = view.MemberAt(row, 0);
    const engine::Member* member = view.MemberAt(row, 1);
    if (bucket == nullptr || member == nullptr) continue;
    const size_t point = axis.place.at(Key(*bucket));
    const auto found = place.find(Key(*member));
    if (found == place.end()) {
      rest.Add(point, view.ValueAt(row, 0));
    } else {
      lines[found->second].Set(point, view.ValueAt(row, 0), ToNumber(view.At(row, 0)), axis.future[point]);
    }
  }
  const std::string& measure = question.measures.front()->column();
  json::array series;
  for (size_t i = 0; i < members.size(); ++i) {
    json::object one = reports::ToJson(*members[i]);
    one["measure"] = measure;
    one["values"] = lines[i].values;
    AddLines(one, lines[i], axis, question);
    series.push_back(std::move(one));
  }
  if (question.widget->others && rest.any() && view.measure(0).additive) {
    Line line(axis.points.size(), view.Compares());
    bool worth = false;
    for (size_t point = 0; point < axis.points.size(); ++point) {
      line.Set(point, rest.At(point, view.Compares()), rest.NumberAt(point), axis.future[point]);
      worth = worth || rest.NumberAt(point).value_or(0) != 0;
    }
    if (worth) {
      json::object one{{"id", nullptr},
                       {"label", context.language == engine::Language::kRussian ? "Остальные" : "Others"},
                       {"others", true},
                       {"measure", measure},
                       {"values", line.values}};
      series.push_back(std::move(one));
    }
  }
  return series;
}

}  // namespace

json::object ShapeSeries(const Question& question, const std::vector<Answer>& answers,
                         const ShapeContext& context) {
  const TableView view(answers.back(), question.measures.size());
  const Axis axis = ReadAxis(view, question, context);
  json::array measures = DescribeMeasures(view, question, context.language);
  const bool by_member = answers.size() > 1;
  json::value whole;
  json::array series = by_member ? SplitByMember(TableView(answers.front(), question.measures.size()), view,
                                                 axis, question, context)
                                 : SplitByMeasure(view, axis, question, measures, whole);
  json::object data{{"measures", std::move(measures)},
                    {"chart", question.widget->chart},
                    {"dimension", ToString(question.grain)},
                    {"points", axis.points},
                    {"series", std::move(series)},
                    {"series_dimension", by_member ? json::value(question.widget->levels[question.level])
                                                   : json::value(nullptr)}};
  if (!whole.is_null()) data["whole"] = std::move(whole);
  return data;
}

}  // namespace svodka::reports
