#include "render/grid.hpp"

#include <algorithm>
#include <map>

namespace svodka::render {
namespace {

std::string Text(const json::value& object, std::string_view key) {
  return FindString(object, key).value_or("");
}

const json::array& Array(const json::value& object, std::string_view key) {
  static const json::array kNone;
  const json::value* found = FindMember(object, key);
  return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

std::string Negated(const std::string& number) {
  return number.starts_with('-') ? number.substr(1) : "-" + number;
}

struct Measure {
  std::string id, label, format, unit;
  bool cohort = false;
};

bool IsTrue(const json::value& object, std::string_view key) {
  const json::value* flag = FindMember(object, key);
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

std::vector<Measure> MeasuresOf(const json::value& data) {
  std::vector<Measure> measures;
  for (const json::value& item : Array(data, "measures")) {
    measures.push_back({Text(item, "id"), Text(item, "label"), Text(item, "format"), Text(item, "unit"),
                        IsTrue(item, "cohort")});
  }
  return measures;
}

GridCell TextCell(std::string text) {
  GridCell cell;
  cell.value = json::value(text);
  cell.text = std::move(text);
  cell.is_text = true;
  return cell;
}

GridCell NumberCell(const json::value& value, const Measure& measure) {
  GridCell cell;
  cell.format = measure.format;
  cell.unit = measure.unit;
  const json::value* number = FindMember(value, "v");
  if (number != nullptr) cell.value = *number;
  if (FindMember(value, "base") != nullptr) cell.change = value;
  if (measure.format == "percent") {
    for (const auto& [key, part] :
         {std::pair("n", &cell.n), std::pair("low", &cell.low), std::pair("high", &cell.high)}) {
      if (const json::value* found = FindMember(value, key)) *part = *found;
    }
  }
  cell.unripe = IsTrue(value, "unripe") || IsTrue(value, "base_unripe");
  return cell;
}

/// One caption per language of the few words that a grid adds of its own.
std::string Word(Language language, const char* ru, const char* en) {
  return language == Language::kRussian ? ru : en;
}

class Builder {
 public:
  Builder(const json::value& data, Language language)
      : data_(data), language_(language), measures_(MeasuresOf(data)) {}

  Grid Cards() {
    grid_.measure_per_row = true;
    AddTextColumn(Word(language_, "Показатель", "Measure"));
    const bool cohort = std::any_of(measures_.begin(), measures_.end(),
                                    [](const Measure& measure) { return measure.cohort; });
    grid_.columns.push_back({Word(language_, "Значение", "Value"), "", "", cohort, false});
    const json::array& cards = Array(data_, "cards");
    for (size_t i = 0; i < cards.size() && i < measures_.size(); ++i) {
      GridRow row;
      row.cells.push_back(TextCell(measures_[i].label));
      row.cells.push_back(NumberCell(cards[i].at("value"), measures_[i]));
      grid_.rows.push_back(std::move(row));
    }
    return std::move(grid_);
  }

  Grid Series() {
    AddTextColumn("");
    std::vector<Measure> columns;
    for (const json::value& series : Array(data_, "series")) {
      Measure measure = MeasureOf(Text(series, "measure"));
      measure.label = Text(series, "label");
      grid_.columns.push_back({measure.label, measure.format, measure.unit, measure.cohort, false});
      columns.push_back(std::move(measure));
    }
    const json::array& points = Array(data_, "points");
    for (size_t p = 0; p < points.size(); ++p) {
      GridRow row;
      const json::value* partial = FindMember(points[p], "partial");
      const bool is_partial = partial != nullptr && partial->is_bool() && partial->get_bool();
      row.cells.push_back(TextCell(Text(points[p], "label") + (is_partial ? "*" : "")));
      const json::array& all = Array(data_, "series");
      for (size_t s = 0; s < columns.size(); ++s) {
        const json::array& values = Array(all[s], "values");
        row.cells.push_back(NumberCell(p < values.size() ? values[p] : json::value(nullptr), columns[s]));
      }
      grid_.rows.push_back(std::move(row));
    }
    return std::move(grid_);
  }

  Grid Bars() {
    AddMemberColumns();
    AddMeasureColumns("");
    for (const json::value& row : Array(data_, "rows")) AddBar(row);
    if (const json::value* others = FindMember(data_, "others"); others != nullptr && others->is_object()) {
      AddBar(*others);
    }
    return std::move(grid_);
  }

  Grid Funnel() {
    AddMemberColumns();
    AddMeasureColumns("");
    const Measure first{"", Word(language_, "От первого этапа", "Of the first stage"), "percent", "", false};
    const Measure former{"", Word(language_, "От предыдущего", "Of the stage before"), "percent", "", false};
    for (const Measure& share : {first, former})
      grid_.columns.push_back({share.label, share.format, share.unit, false, false});
    for (const json::value& item : Array(data_, "rows")) {
      AddBar(item);
      grid_.rows.back().cells.push_back(NumberCell(item.at("of_first"), first));
      grid_.rows.back().cells.push_back(NumberCell(item.at("of_former"), former));
    }
    return std::move(grid_);
  }

  /// Rises, then falls from the least to the largest, so that the whole reads from best to worst.
  Grid Changes() {
    AddTextColumn("");
    AddMeasureColumns("");
    for (const json::value& row : Array(data_, "up")) AddBar(row);
    const json::array& down = Array(data_, "down");
    for (size_t i = down.size(); i-- > 0;) AddBar(down[i]);
    if (const json::value* total = FindMember(data_, "total"); total != nullptr && !measures_.empty()) {
      GridRow row = TotalRow();
      row.cells.push_back(NumberCell(*total, measures_.front()));
      grid_.rows.push_back(std::move(row));
    }
    return std::move(grid_);
  }

  /// What the change is made of: factors first, then the members that made most of it.
  Grid Explanation() {
    AddTextColumn(Word(language_, "За счёт чего", "What made it"));
    Measure change = measures_.empty() ? Measure{} : measures_.front();
    grid_.columns.push_back({Word(language_, "Вклад", "Part"), change.format, change.unit, false, false});
    const auto add = [&](std::string label, const json::value& row) {
      GridRow line;
      line.cells.push_back(TextCell(std::move(label)));
      line.cells.push_back(NumberCell(json::object{{"v", row.at("change")}}, change));
      grid_.rows.push_back(std::move(line));
    };
    for (const json::value& row : Array(data_, "factors")) add(Text(row, "label"), row);
    for (const json::value& row : Array(data_, "up")) add(Text(row.at("member"), "label"), row);
    const json::array& down = Array(data_, "down");
    for (size_t i = down.size(); i-- > 0;) add(Text(down[i].at("member"), "label"), down[i]);
    return std::move(grid_);
  }

  /// A line per bar; what takes away is told with its minus.
  Grid Waterfall() {
    AddTextColumn("");
    const Measure measure = measures_.empty() ? Measure{} : measures_.front();
    grid_.columns.push_back(
        {Word(language_, "Изменение", "Change"), measure.format, measure.unit, false, false});
    for (const json::value& bar : Array(data_, "bars")) {
      const Measure own = MeasureOf(Text(bar, "measure"));
      json::value value = bar.at("value");
      json::value& number = value.at("v");
      if (bar.at("sign").to_number<int64_t>() < 0) {
        if (number.is_int64() && number.get_int64() != 0) number = -number.get_int64();
        if (number.is_string() && number.get_string() != "0.00")
          number = Negated(std::string(number.get_string()));
      }
      GridRow row;
      row.is_total = bar.at("sign") == 0;
      row.cells.push_back(TextCell(own.label));
      row.cells.push_back(NumberCell(value, own));
      grid_.rows.push_back(std::move(row));
    }
    return std::move(grid_);
  }

  /// A line per age: the share and the bounds of its interval.
  Grid Curve() {
    AddTextColumn(Word(language_, "Возраст, дней", "Age, days"));
    const Measure measure = measures_.empty() ? Measure{} : measures_.front();
    for (const std::string& label :
         {measure.label, Word(language_, "от", "from"), Word(language_, "до", "to")})
      grid_.columns.push_back({label, measure.format, measure.unit, false, false});
    for (const json::value& point : Array(data_, "points")) {
      const json::object& value = point.at("value").get_object();
      GridRow row;
      row.cells.push_back(TextCell(std::to_string(point.at("days").to_number<int64_t>())));
      row.cells.push_back(NumberCell(value, measure));
      for (const char* bound : {"low", "high"}) {
        const json::value* at = value.if_contains(bound);
        row.cells.push_back(NumberCell(json::object{{"v", at == nullptr ? json::value() : *at}}, measure));
      }
      grid_.rows.push_back(std::move(row));
    }
    return std::move(grid_);
  }

  Grid Table() {
    AddLevelColumn();
    AddMeasureColumns("");
    AddTree(Array(data_, "rows"), {});
    if (!Array(data_, "total").empty()) {
      GridRow total = TotalRow();
      AddValues(total, Array(data_, "total"));
      grid_.rows.push_back(std::move(total));
    }
    return std::move(grid_);
  }

  Grid Matrix() {
    AddLevelColumn();
    for (const json::value& column : Array(data_, "columns")) AddMeasureColumns(Text(column, "label") + ": ");
    AddMeasureColumns(Word(language_, "Итого: ", "Total: "));
    AddMatrixRows(Array(data_, "rows"), {});
    if (const json::value* total = FindMember(data_, "total"); total != nullptr && total->is_object()) {
      GridRow row = TotalRow();
      AddCells(row, *total);
      grid_.rows.push_back(std::move(row));
    }
    return std::move(grid_);
  }

  Grid List() {
    for (const json::value& column : Array(data_, "columns")) {
      const std::string format = Text(column, "format");
      const bool is_text = format.empty() || format == "text" || format == "link" || format == "date";
      grid_.columns.push_back({Text(column, "label"), format, Text(column, "unit"), false, is_text});
    }
    for (const json::value& line : Array(data_, "rows")) {
      GridRow row;
      const json::array& cells = Array(line, "cells");
      for (size_t i = 0; i < grid_.columns.size(); ++i) {
        const json::value nothing;
        row.cells.push_back(ListCell(i < cells.size() ? cells[i] : nothing, grid_.columns[i]));
      }
      grid_.rows.push_back(std::move(row));
    }
    return std::move(grid_);
  }

 private:
  void AddTextColumn(std::string heading) {
    grid_.columns.push_back({std::move(heading), "text", "", false, true});
  }
  /// A member's name, and where members stand under several parents, the parent's.
  void AddMemberColumns() {
    AddTextColumn("");
    const json::value* groups = FindMember(data_, "groups");
    if (groups == nullptr || !groups->is_object()) return;
    for (const json::value& group : Array(*groups, "members"))
      groups_[Text(group, "id")] = Text(group, "label");
    if (!groups_.empty()) AddTextColumn(Text(*groups, "label"));
  }
  void AddMeasureColumns(const std::string& prefix) {
    for (const Measure& measure : measures_) {
      grid_.columns.push_back({prefix + measure.label, measure.format, measure.unit, measure.cohort, false});
    }
  }
  Measure MeasureOf(const std::string& id) const {
    for (const Measure& measure : measures_) {
      if (measure.id == id) return measure;
    }
    return {};
  }
  void AddLevelColumn() {
    std::string labels;
    for (const json::value& level : Array(data_, "levels")) {
      if (!labels.empty()) labels += " → ";
      labels += Text(level, "label");
      grid_.levels.push_back(Text(level, "label"));
    }
    AddTextColumn(std::move(labels));
  }
  GridRow TotalRow() const {
    GridRow row;
    row.is_total = true;
    row.cells.push_back(TextCell(Word(language_, "Итого", "Total")));
    return row;
  }
  void AddValues(GridRow& row, const json::array& values) const {
    const json::value nothing;
    for (size_t i = 0; i < measures_.size(); ++i) {
      row.cells.push_back(NumberCell(i < values.size() ? values[i] : nothing, measures_[i]));
    }
  }
  void AddBar(const json::value& bar) {
    GridRow row;
    row.cells.push_back(TextCell(Text(bar.at("member"), "label")));
    if (!groups_.empty()) {
      const auto group = groups_.find(Text(bar.at("member"), "parent"));
      row.cells.push_back(TextCell(group == groups_.end() ? "" : group->second));
    }
    AddValues(row, Array(bar, "values"));
    grid_.rows.push_back(std::move(row));
  }
  GridRow TreeRow(const json::value& item, std::vector<std::string> path) const {
    GridRow row;
    row.depth = static_cast<int>(path.size());
    path.push_back(Text(item.at("member"), "label"));
    row.cells.push_back(TextCell(path.back()));
    row.path = std::move(path);
    return row;
  }
  void AddTree(const json::array& rows, const std::vector<std::string>& parents) {
    for (const json::value& item : rows) {
      GridRow row = TreeRow(item, parents);
      const std::vector<std::string> path = row.path;
      AddValues(row, Array(item, "values"));
      grid_.rows.push_back(std::move(row));
      AddTree(Array(item, "rows"), path);
    }
  }
  void AddCells(GridRow& row, const json::value& item) const {
    static const json::array kNone;
    for (const json::value& cell : Array(item, "cells"))
      AddValues(row, cell.is_array() ? cell.get_array() : kNone);
    AddValues(row, Array(item, "total"));
  }
  void AddMatrixRows(const json::array& rows, const std::vector<std::string>& parents) {
    for (const json::value& item : rows) {
      GridRow row = TreeRow(item, parents);
      const std::vector<std::string> path = row.path;
      AddCells(row, item);
      grid_.rows.push_back(std::move(row));
      AddMatrixRows(Array(item, "rows"), path);
    }
  }
  GridCell ListCell(const json::value& value, const GridColumn& column) const {
    if (value.is_object()) return TextCell(Text(value, "label"));
    GridCell cell;
    cell.value = value;
    cell.format = column.format;
    cell.unit = column.unit;
    cell.is_text = column.is_text;
    if (column.is_text && value.is_string()) {
      const std::string_view text = value.get_string();
      cell.text = column.format == "date" ? FormatDay(text, language_) : std::string(text);
    }
    return cell;
  }

  const json::value& data_;
  Language language_;
  std::vector<Measure> measures_;
  std::map<std::string, std::string> groups_;  ///< of bars: parent's id -> label
  Grid grid_;
};

}  // namespace

Grid ToGrid(const json::object& widget, Language language) {
  const json::value* data = widget.if_contains("data");
  if (data == nullptr || !data->is_object()) return {};
  const std::string_view kind = widget.at("kind").get_string();
  Builder builder(*data, language);
  if (kind == "cards") return builder.Cards();
  if (kind == "series") return builder.Series();
  if (kind == "bars" || kind == "donut" || kind == "scatter") return builder.Bars();
  if (kind == "funnel") return builder.Funnel();
  if (kind == "changes") return builder.Changes();
  if (kind == "explanation") return builder.Explanation();
  if (kind == "waterfall") return builder.Waterfall();
  if (kind == "curve") return builder.Curve();
  if (kind == "table") return builder.Table();
  if (kind == "matrix") return builder.Matrix();
  if (kind == "list") return builder.List();
  return {};
}

}  // namespace svodka::render
