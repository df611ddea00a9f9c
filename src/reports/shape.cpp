#include "reports/shape.hpp"

#include <algorithm>

#include "reports/table_view.hpp"

namespace svodka::reports {
namespace {

/// The buckets of a card's measure up to today: what has not begun has no shape.
json::array SparkOf(const TableView& buckets, size_t measure, const ShapeContext& context) {
  json::array spark;
  for (size_t row = 0; row < buckets.rows(); ++row) {
    const engine::Member* bucket = buckets.MemberAt(row, 0);
    if (bucket == nullptr) continue;
    const auto day = ParseDay(bucket->id.value_or(""));
    if (day && *day <= context.today) spark.push_back(ToJson(buckets.At(row, measure)));
  }
  return spark;
}

json::object ShapeCards(const Question& question, const std::vector<Answer>& answers,
                        const ShapeContext& context) {
  const TableView view(answers[0], question.measures.size());
  std::optional<TableView> buckets;
  size_t shaped = 0;
  if (answers.size() > 1) {
    const auto count = std::count_if(question.measures.begin(), question.measures.end(),
                                     [&](const auto* spec) { return HasSpark(*question.widget, *spec); });
    buckets.emplace(answers[1], static_cast<size_t>(count));
  }
  json::array cards;
  for (size_t i = 0; i < view.measures(); ++i) {
    json::object value;
    if (view.rows() > 0) {
      value = view.ValueAt(0, i);
    } else {
      value["v"] = nullptr;
    }
    json::object card{{"measure", question.measures[i]->column()}, {"value", std::move(value)}};
    if (buckets && HasSpark(*question.widget, *question.measures[i])) {
      card["spark"] = SparkOf(*buckets, shaped++, context);
    }
    cards.push_back(std::move(card));
  }
  return {{"measures", DescribeMeasures(view, question, context.language)}, {"cards", std::move(cards)}};
}

}  // namespace

json::object ShapeBars(const Question& question, const std::vector<Answer>& answers,
                       const ShapeContext& context) {
  const TableView view(answers[0], question.measures.size());
  json::array rows;
  json::value others;
  for (size_t row = 0; row < view.rows(); ++row) {
    const engine::Member* member = view.MemberAt(row, 0);
    if (member == nullptr) continue;
    json::object bar{{"member", ToJson(*member)}, {"values", view.ValuesAt(row)}};
    if (member->is_others) {
      bar["member"].get_object()["others"] = true;
      others = std::move(bar);
    } else {
      rows.push_back(std::move(bar));
    }
  }
  json::object data{{"measures", DescribeMeasures(view, question, context.language)},
                    {"dimension", question.widget->levels[question.level]},
                    {"rows", std::move(rows)},
                    {"others", std::move(others)}};
  if (answers.size() > 1) {
    const TableView total(answers[1], question.measures.size());
    if (total.rows() > 0) data["total"] = total.ValueAt(0, 0);
  }
  return data;
}

namespace {

json::value ToJson(const engine::Cell& cell) {
  if (const auto* member = std::get_if<engine::Member>(&cell)) return json::value(reports::ToJson(*member));
  return reports::ToJson(std::get<Value>(cell));
}

}  // namespace

json::object Shape(const Question& question, const std::vector<Answer>& answers,
                   const ShapeContext& context) {
  json::object data;
  switch (question.widget->kind) {
    case WidgetKind::kCards:
      data = ShapeCards(question, answers, context);
      break;
    case WidgetKind::kSeries:
      data = ShapeSeries(question, answers, context);
      break;
    case WidgetKind::kBars:
    case WidgetKind::kDonut:
      data = ShapeBars(question, answers, context);
      break;
    case WidgetKind::kScatter:
      data = ShapeScatter(question, answers, context);
      break;
    case WidgetKind::kFunnel:
      data = ShapeFunnel(question, answers, context);
      break;
    case WidgetKind::kChanges:
      data = ShapeChanges(question, answers, context);
      break;
    case WidgetKind::kExplanation:
      data = ShapeExplanation(question, answers, context);
      break;
    case WidgetKind::kWaterfall:
      data = ShapeWaterfall(question, answers, context);
      break;
    case WidgetKind::kCurve:
      data = ShapeCurve(question, answers, context);
      break;
    case WidgetKind::kTable:
      data = ShapeTable(question, answers[0], context);
      break;
    case WidgetKind::kMatrix:
      data = ShapeMatrix(question, answers, context);
      break;
    case WidgetKind::kText:
      data["text"] = question.widget->text.In(context.language);
      return data;
    case WidgetKind::kList:
      throw InvariantError("a list is shaped from records");
  }
  data["request"] = question.asked;
  return data;
}

json::object ShapeRecords(const Question& question, const engine::RecordPage& page,
                          const ShapeContext& context) {
  const WidgetDefinition& widget = *question.widget;
  std::vector<size_t> taken;
  json::array columns;
  for (const ListColumn& wanted : widget.columns) {
    const auto found = std::find_if(page.columns.begin(), page.columns.end(),
                                    [&](const engine::Column& column) { return column.id == wanted.id; });
    if (found == page.columns.end()) continue;  // this portal's records do not have it
    taken.push_back(static_cast<size_t>(found - page.columns.begin()));
    columns.push_back(
        json::object{{"id", found->id},
                     {"label", wanted.label ? wanted.label->In(context.language) : found->label},
                     {"format", found->format},
                     {"type", found->type},
                     {"unit", found->unit}});
  }
  json::array rows;
  for (size_t row = 0; row < page.rows.size(); ++row) {
    json::array cells;
    for (const size_t column : taken) cells.push_back(ToJson(page.rows[row][column]));
    const auto* id = std::get_if<Value>(&page.rows[row][0]);
    json::object line{{"id", id == nullptr ? json::value(nullptr) : reports::ToJson(*id)}};
    line["link"] = row < page.links.size() ? json::value(page.links[row]) : json::value("");
    line["cells"] = std::move(cells);
    rows.push_back(std::move(line));
  }
  json::object list{{"columns", std::move(columns)}, {"rows", std::move(rows)},
                    {"total", page.total},           {"offset", question.state->offset},
                    {"totals", page.totals},         {"measure", question.measures.front()->column()},
                    {"request", question.asked}};
  list["entity"] = page.entity;
  if (page.as_of) list["as_of"] = ToString(*page.as_of);
  return list;
}

}  // namespace svodka::reports
