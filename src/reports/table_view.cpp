#include "reports/table_view.hpp"

#include <memory>
#include <unordered_map>

#include "base/time.hpp"
#include "reports/trend.hpp"

namespace svodka::reports {
namespace {

constexpr int64_t kSmallSample = 20;  // metrics.md, "Small samples"

struct JsonOf {
  json::value operator()(std::monostate) const { return nullptr; }
  json::value operator()(bool value) const { return value; }
  json::value operator()(int64_t value) const { return value; }
  json::value operator()(double value) const { return value; }
  json::value operator()(Money value) const { return json::value(value.ToString()); }
  json::value operator()(Day value) const { return json::value(ToString(value)); }
  json::value operator()(Instant value) const { return json::value(svodka::ToString(value)); }
  json::value operator()(const std::string& value) const { return json::value(value); }
};

const Value kNothing;

}  // namespace

json::value ToJson(const Value& value) { return std::visit(JsonOf{}, value); }

json::object ToJson(const engine::Member& member) {
  json::object object;
  object["id"] = member.id ? json::value(*member.id) : json::value(nullptr);
  object["label"] = member.label;
  if (!member.parent.empty()) object["parent"] = member.parent;
  if (!member.photo_url.empty()) object["photo"] = member.photo_url;
  if (!member.color.empty()) object["color"] = member.color;
  if (!member.extra.empty()) object["extra"] = member.extra;
  return object;
}

std::optional<double> ToNumber(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* money = std::get_if<Money>(&value)) return static_cast<double>(money->minor()) / 100.0;
  return std::nullopt;
}

TableView::TableView(const engine::Table& table, size_t measures) : table_(&table) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const engine::Column& column = table.columns[i];
    if (column.kind == "dimension") {
      dimensions_.push_back(i);
    } else if (column.comparison.empty()) {
      measures_.push_back({i, {}, {}, {}, {}, {}, {}});
    }
  }
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const engine::Column& column = table.columns[i];
    if (column.comparison.empty()) continue;
    for (MeasureColumns& measure : measures_) {
      // The same measure may stand twice with other arguments: its comparison columns follow it.
      const size_t after = measure.value;
      if (table.columns[after].id != column.of || i < after) continue;
      std::optional<size_t>& slot = column.comparison == "base"        ? measure.base
                                    : column.comparison == "delta"     ? measure.delta
                                    : column.comparison == "n"         ? measure.n
                                    : column.comparison == "ripe"      ? measure.ripe
                                    : column.comparison == "base_ripe" ? measure.base_ripe
                                                                       : measure.delta_pct;
      if (!slot) {
        slot = i;
        break;
      }
    }
  }
  if (measures_.size() < measures)
    throw InvariantError("the engine answered with other columns than were asked");
  measures_.resize(measures);
}

TableView::TableView(const Answer& answer, size_t measures) : TableView(*answer.table, measures) {
  if (answer.earlier.empty()) return;
  const auto places_in = [this](const engine::Table& table) {
    std::unordered_map<std::string, size_t> places;
    for (size_t row = 0; row < table.rows.size(); ++row) places.emplace(KeyOf(table, row), row);
    return places;
  };
  auto merged = std::make_shared<engine::Table>(*table_);
  std::unordered_map<std::string, size_t> known = places_in(*merged);
  std::vector<std::unordered_map<std::string, size_t>> places;
  for (const engine::Table* table : answer.earlier) {
    if (table->columns.size() != table_->columns.size())
      throw InvariantError("the engine answered for an earlier year with other columns");
    places.push_back(places_in(*table));
    if (answer.limited) continue;
    for (size_t row = 0; row < table->rows.size(); ++row) {
      if (known.emplace(KeyOf(*table, row), merged->rows.size()).second)
        merged->rows.push_back(Emptied(*table, row));
    }
  }
  merged_ = std::move(merged);
  table_ = merged_.get();
  for (size_t i = 0; i < answer.earlier.size(); ++i) {
    EarlierTable earlier{answer.earlier[i], std::vector<std::optional<size_t>>(rows())};
    for (size_t row = 0; row < rows(); ++row) {
      if (const auto found = places[i].find(KeyOf(*table_, row)); found != places[i].end())
        earlier.rows[row] = found->second;
    }
    earlier_.push_back(std::move(earlier));
  }
}

std::vector<engine::Cell> TableView::Emptied(const engine::Table& table, size_t row) {
  std::vector<engine::Cell> cells = table.rows[row];
  // The period has no row of it either: its figures are what nothing looks like, zero or unknown.
  engine::Cell nothing = Value();
  for (size_t i = 0; i < cells.size(); ++i) {
    const engine::Column& column = table.columns[i];
    if (column.kind == "dimension") continue;
    if (column.comparison.empty()) nothing = cells[i];
    if (column.comparison == "base") cells[i] = nothing;
    if (column.comparison == "delta" || column.comparison == "delta_pct") cells[i] = Value();
  }
  return cells;
}

std::string TableView::KeyOf(const engine::Table& table, size_t row) const {
  std::string key;
  for (const size_t dimension : dimensions_) {
    const auto* member = std::get_if<engine::Member>(&table.rows[row][dimension]);
    key += member == nullptr   ? "total"
           : member->is_others ? "others"
           : member->id        ? "=" + *member->id
                               : "none";
    key += '\x1f';
  }
  return key;
}

const Value& TableView::Cell(const engine::Table& table, size_t row, size_t column) const {
  const auto* value = std::get_if<Value>(&table.rows[row][column]);
  return value == nullptr ? kNothing : *value;
}

const engine::Member* TableView::MemberAt(size_t row, size_t dimension) const {
  return std::get_if<engine::Member>(&table_->rows[row][dimensions_[dimension]]);
}

size_t TableView::Depth(size_t row) const {
  size_t depth = dimensions_.size();
  while (depth > 0 && MemberAt(row, depth - 1) == nullptr) --depth;
  return depth;
}

const Value& TableView::At(size_t row, size_t measure) const {
  return Cell(*table_, row, measures_[measure].value);
}

json::object TableView::ValueAt(size_t row, size_t measure) const {
  const MeasureColumns& columns = measures_[measure];
  const auto cell = [&](size_t column) -> const Value& { return Cell(*table_, row, column); };
  json::object object;
  const Value& value = cell(columns.value);
  object["v"] = ToJson(value);
  if (columns.n) {
    if (const auto* n = std::get_if<int64_t>(&cell(*columns.n))) {
      object["n"] = *n;
      const auto share = ToNumber(value);
      if (*n < kSmallSample && share && *share >= 0 && *share <= 1) {
        if (const auto interval = WilsonInterval(*share, *n)) {
          object["low"] = interval->low;
          object["high"] = interval->high;
        }
      }
    }
  }
  const auto unripe = [&](const std::optional<size_t>& column) {
    const auto* ripe = column ? std::get_if<bool>(&cell(*column)) : nullptr;
    return ripe != nullptr && !*ripe;
  };
  if (unripe(columns.ripe)) object["unripe"] = true;
  if (!columns.base) return object;
  const Value& base = cell(*columns.base);
  object["base"] = ToJson(base);
  if (columns.delta) object["delta"] = ToJson(cell(*columns.delta));
  if (columns.delta_pct) object["delta_pct"] = ToJson(cell(*columns.delta_pct));
  if (unripe(columns.base_ripe)) object["base_unripe"] = true;
  // metrics.md, "delta": from zero the change is "new", never 100 %.
  if (ToNumber(value).value_or(0) > 0 && ToNumber(base) == 0.0) object["new"] = true;
  if (earlier_.empty()) return object;
  json::array earlier;
  for (const EarlierTable& one : earlier_) {
    earlier.push_back(one.rows[row] ? ToJson(Cell(*one.table, *one.rows[row], *columns.base))
                                    : json::value(nullptr));
  }
  object["earlier"] = std::move(earlier);
  return object;
}

json::array TableView::ValuesAt(size_t row) const {
  json::array values;
  values.reserve(measures_.size());
  for (size_t i = 0; i < measures_.size(); ++i) values.push_back(ValueAt(row, i));
  return values;
}

json::array TableView::NoValues() const {
  json::array values;
  for (size_t i = 0; i < measures_.size(); ++i) values.push_back(json::object{{"v", nullptr}});
  return values;
}

std::optional<size_t> TableView::FindColumn(std::string_view id) const {
  for (size_t i = 0; i < table_->columns.size(); ++i) {
    if (table_->columns[i].id == id) return i;
  }
  return std::nullopt;
}

std::optional<double> TableView::NumberIn(size_t row, size_t column) const {
  const auto* value = std::get_if<Value>(&table_->rows[row][column]);
  return value == nullptr ? std::nullopt : ToNumber(*value);
}

json::array DescribeMeasures(const TableView& view, const Question& question, engine::Language language) {
  json::array measures;
  for (size_t i = 0; i < view.measures(); ++i) {
    const engine::Column& column = view.measure(i);
    const MeasureSpec& spec = *question.measures[i];
    measures.push_back(json::object{{"id", spec.column()},
                                    {"label", spec.label ? spec.label->In(language) : column.label},
                                    {"definition", column.definition},
                                    {"format", column.format},
                                    {"unit", column.unit},
                                    {"direction", column.direction.empty() ? "neutral" : column.direction},
                                    {"additive", column.additive},
                                    {"request", spec.ToRequest()}});
    if (view.IsCohort(i)) measures.back().get_object()["cohort"] = true;
  }
  return measures;
}

}  // namespace svodka::reports
