#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.hpp"
#include "render/grid.hpp"
#include "render/render.hpp"
#include "render/text_width.hpp"

namespace svodka::render {
namespace {

constexpr size_t kHeadingWidth = 14;  // a heading wraps at words beyond this
constexpr size_t kBarWidth = 20;

std::string Text(const json::value& object, std::string_view key) {
  return FindString(object, key).value_or("");
}

/// Words of a heading on as few lines as fit into `width`; a longer word has its own line.
std::vector<std::string> Wrap(std::string_view heading, size_t width) {
  std::vector<std::string> lines;
  for (const std::string& word : Split(heading, ' ')) {
    if (word.empty()) continue;
    if (!lines.empty() && DisplayWidth(lines.back()) + 1 + DisplayWidth(word) <= width) {
      lines.back() += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

class Writer {
 public:
  Writer(Language language, const TerminalSettings& settings) : language_(language), settings_(settings) {}

  void Line(std::string_view text = {}) {
    out_ += text;
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    out_ += '\n';
  }
  std::string Bold(std::string_view text) const {
    return settings_.color ? "\033[1m" + std::string(text) + "\033[0m" : std::string(text);
  }
  std::string Dim(std::string_view text) const {
    return settings_.color ? "\033[2m" + std::string(text) + "\033[0m" : std::string(text);
  }
  Language language() const { return language_; }
  std::string Word(const char* ru, const char* en) const { return language_ == Language::kRussian ? ru : en; }

  void Table(const Grid& grid, bool bars) {
    const size_t count = grid.columns.size();
    const size_t shown = std::min(grid.rows.size(), settings_.rows_max);
    std::vector<std::vector<std::string>> cells;
    for (size_t r = 0; r < grid.rows.size(); ++r) {
      if (r >= shown && !grid.rows[r].is_total) continue;
      std::vector<std::string> line;
      for (size_t c = 0; c < count; ++c) line.push_back(CellText(grid.rows[r], c));
      cells.push_back(std::move(line));
    }
    std::vector<size_t> widths(count, 0);
    std::vector<std::vector<std::string>> headings;
    size_t heading_lines = 0;
    for (size_t c = 0; c < count; ++c) {
      for (const auto& line : cells) widths[c] = std::max(widths[c], DisplayWidth(line[c]));
      headings.push_back(Wrap(grid.columns[c].heading, std::max(kHeadingWidth, widths[c])));
      for (const std::string& line : headings[c]) widths[c] = std::max(widths[c], DisplayWidth(line));
      heading_lines = std::max(heading_lines, headings[c].size());
    }
    const auto put = [&](size_t c, std::string_view text, std::string& line) {
      if (c > 0) line += "  ";
      line += grid.columns[c].is_text ? PadRight(text, widths[c]) : PadLeft(text, widths[c]);
    };
    for (size_t h = 0; h < heading_lines; ++h) {
      std::string line = "  ";
      for (size_t c = 0; c < count; ++c) {
        const size_t skip = heading_lines - headings[c].size();  // headings stand on the rule
        put(c, h < skip ? "" : headings[c][h - skip], line);
      }
      Line(Dim(line));
    }
    size_t whole = 0;
    for (const size_t width : widths) whole += width + 2;
    std::string rule = "  ";
    for (size_t i = 2; i < whole; ++i) rule += "─";
    Line(Dim(rule));
    const double longest = bars ? Longest(grid) : 0;
    for (size_t r = 0; r < cells.size(); ++r) {
      std::string line = "  ";
      for (size_t c = 0; c < count; ++c) put(c, cells[r][c], line);
      if (bars && longest > 0 && r < grid.rows.size()) line += "  " + Bar(grid.rows[r], longest);
      const bool total =
          r < grid.rows.size() && r >= shown ? true : r < grid.rows.size() && grid.rows[r].is_total;
      Line(total ? Bold(line) : line);
    }
    const auto left_out =
        static_cast<size_t>(std::count_if(grid.rows.begin() + static_cast<std::ptrdiff_t>(shown),
                                          grid.rows.end(), [](const auto& row) { return !row.is_total; }));
    if (left_out > 0) Line(Dim("  … " + Word("ещё строк: ", "more rows: ") + std::to_string(left_out)));
  }

  std::string Take() { return std::move(out_); }

 private:
  std::string CellText(const GridRow& row, size_t column) const {
    const GridCell& cell = row.cells[column];
    if (cell.is_text) {
      const std::string text = cell.text.empty() ? std::string(kDash) : cell.text;
      const std::string indent(column == 0 ? static_cast<size_t>(row.depth) * 2 : 0, ' ');
      return indent + FitWidth(text, settings_.text_width);
    }
    std::string text = FormatNumber(cell.value, cell.format, cell.unit, language_);
    std::string beside = Sample(cell);
    if (!cell.change.is_null())
      beside += (beside.empty() ? "" : "; ") + FormatChange(cell.change, language_) + Years(cell);
    if (!beside.empty()) text += " (" + beside + ")";
    if (cell.unripe) text += "~";
    return text;
  }
  /// How many a percentage is of, under 20 after its interval: `10–39, n 19`.
  std::string Sample(const GridCell& cell) const {
    if (cell.value.is_null() || cell.n.is_null()) return {};
    std::string text;
    if (!cell.low.is_null() && !cell.high.is_null()) {
      text = GroupDigits(ToDouble(cell.low) * 100, 0, language_) + "–" +
             GroupDigits(ToDouble(cell.high) * 100, 0, language_) + ", ";
    }
    return text + "n " + FormatNumber(cell.n, "integer", "", language_);
  }
  /// The figures of the earlier years, in the order in which the head names them.
  std::string Years(const GridCell& cell) const {
    const json::value* earlier = FindMember(cell.change, "earlier");
    if (earlier == nullptr) return {};
    const auto number = [&](const json::value& value) {
      return FormatNumber(value, cell.format, cell.unit, language_);
    };
    std::string text = ": " + number(cell.change.at("base"));
    for (const json::value& value : earlier->as_array()) text += "; " + number(value);
    return text;
  }
  static double ToDouble(const json::value& value) {
    if (value.is_int64()) return static_cast<double>(value.get_int64());
    if (value.is_double()) return value.get_double();
    if (value.is_string())
      return std::strtod(std::string(std::string_view(value.get_string())).c_str(), nullptr);
    return 0;
  }
  /// The first number of a row.
  static double NumberOf(const GridRow& row) {
    const auto cell =
        std::find_if(row.cells.begin(), row.cells.end(), [](const GridCell& c) { return !c.is_text; });
    return cell == row.cells.end() ? 0 : ToDouble(cell->value);
  }
  static double Longest(const Grid& grid) {
    double longest = 0;
    for (const GridRow& row : grid.rows) longest = std::max(longest, NumberOf(row));
    return longest;
  }
  static std::string Bar(const GridRow& row, double longest) {
    const double number = std::max(0.0, NumberOf(row));
    auto blocks = static_cast<size_t>(std::lround(number / longest * kBarWidth));
    if (blocks == 0 && number > 0) blocks = 1;
    std::string bar;
    for (size_t i = 0; i < blocks; ++i) bar += "█";
    return bar;
  }

  Language language_;
  const TerminalSettings& settings_;
  std::string out_;
};

Language LanguageOf(const json::object& document) {
  const json::value* language = document.if_contains("language");
  return language != nullptr && *language == "en" ? Language::kEnglish : Language::kRussian;
}

void WriteSelections(const json::object& document, Writer& writer) {
  const json::value* selections = document.if_contains("selections");
  if (selections == nullptr) return;
  for (const json::value& selection : selections->get_array()) {
    std::string line = Text(selection, "label") + ": ";
    bool first = true;
    for (const json::value& member : selection.at("members").get_array()) {
      if (!first) line += ", ";
      line += Text(member, "label");
      first = false;
    }
    for (const auto& [key, word] : {std::pair("from", writer.Word("от ", "from ")),
                                    std::pair("to", writer.Word("меньше ", "below "))}) {
      const json::value* bound = FindMember(selection, key);
      if (bound == nullptr || bound->is_null()) continue;
      line += (first ? "" : ", ") + word + ScalarText(*bound).value_or("");
      first = false;
    }
    writer.Line(line);
  }
}

void WriteHead(const json::object& document, Writer& writer) {
  const json::value& portal = document.at("portal");
  writer.Line(writer.Bold(Text(json::value(document), "title")) + " · " + Text(portal, "name"));
  std::string period = Text(document.at("period"), "label");
  if (const json::value* unfinished = FindMember(document.at("period"), "unfinished");
      unfinished != nullptr && unfinished->is_bool() && unfinished->get_bool()) {
    period += writer.Word(" (не закончен)", " (unfinished)");
  }
  if (const json::value* comparison = document.if_contains("comparison");
      comparison != nullptr && comparison->is_object()) {
    period += ", " + Text(*comparison, "label");
  }
  writer.Line(period);
  if (const json::value* current = document.if_contains("current_at");
      current != nullptr && current->is_string()) {
    writer.Line(writer.Dim(
        writer.Word("данные на ", "data as of ") +
        FormatMoment(std::string_view(current->get_string()), Text(portal, "zone"), writer.language())));
  }
  WriteSelections(document, writer);
  if (const json::value* empty = document.if_contains("empty_because");
      empty != nullptr && empty->is_object()) {
    std::string names;
    for (const json::value& member : empty->at("members").get_array()) {
      names += (names.empty() ? "" : ", ") + Text(member, "label");
    }
    writer.Line(writer.Word("Пусто из-за отбора: ", "Empty because of: ") + Text(*empty, "label") + " – " +
                names);
  }
}

void WriteNotes(const json::object& document, Writer& writer) {
  const json::value* notes = document.if_contains("notes");
  if (notes == nullptr || !notes->is_array() || notes->get_array().empty()) return;
  writer.Line();
  for (const json::value& note : notes->get_array()) {
    if (note.is_string()) writer.Line(std::string(note.get_string()));
  }
}

}  // namespace

std::string RenderTerminal(const json::object& document, const TerminalSettings& settings) {
  const Language language = LanguageOf(document);
  Writer writer(language, settings);
  WriteHead(document, writer);
  bool partial = false;
  bool unripe = false;
  for (const json::value& section : document.at("sections").get_array()) {
    for (const json::value& widget : section.at("widgets").get_array()) {
      const json::object& object = widget.get_object();
      if (!object.contains("data") && !object.contains("error")) continue;
      writer.Line();
      writer.Line(writer.Bold(Text(widget, "title")));
      if (const json::value* error = object.if_contains("error")) {
        writer.Line("  " + writer.Word("Не получилось: ", "Failed: ") + Text(*error, "message"));
        continue;
      }
      const std::string kind = Text(widget, "kind");
      if (kind == "text") {
        writer.Line("  " + Text(object.at("data"), "text"));
        continue;
      }
      const Grid grid = ToGrid(object, language);
      if (grid.rows.empty()) {
        writer.Line("  " + writer.Word("нет данных", "no data"));
        continue;
      }
      for (const GridRow& row : grid.rows) {
        partial = partial || (kind == "series" && row.cells[0].text.ends_with('*'));
        unripe = unripe || std::any_of(row.cells.begin(), row.cells.end(),
                                       [](const GridCell& cell) { return cell.unripe; });
      }
      const auto numbers = std::count_if(grid.columns.begin(), grid.columns.end(),
                                         [](const GridColumn& column) { return !column.is_text; });
      writer.Table(grid, kind == "bars" && numbers == 1);
    }
  }
  WriteNotes(document, writer);
  if (partial) {
    writer.Line();
    writer.Line(writer.Dim(
        writer.Word("* период не закончен или взят не целиком", "* unfinished or cut by the period")));
  }
  if (unripe) {
    writer.Line();
    writer.Line(writer.Dim(writer.Word(
        "~ незрелая когорта: закрыто меньше 80 %, и она моложе обычного цикла; со зрелой её не сравнить",
        "~ unripe cohort: less than 80 % is closed and it is younger than the usual cycle; no match for a "
        "ripe "
        "one")));
  }
  return writer.Take();
}

std::string RenderQueryTable(const json::object& answer, bool english) {
  const Language language = english ? Language::kEnglish : Language::kRussian;
  Grid grid;
  for (const json::value& column : answer.at("columns").get_array()) {
    const std::string format = Text(column, "format"), type = Text(column, "type");
    const bool is_text =
        type == "member" || type == "text" || type == "day" || format == "text" || format == "link";
    grid.columns.push_back({Text(column, "label"), format, Text(column, "unit"), false, is_text});
  }
  for (const json::value& line : answer.at("rows").get_array()) {
    GridRow row;
    const json::array& cells = line.get_array();
    for (size_t c = 0; c < grid.columns.size(); ++c) {
      GridCell cell;
      cell.is_text = grid.columns[c].is_text;
      cell.format = grid.columns[c].format;
      cell.unit = grid.columns[c].unit;
      cell.value = cells[c];
      if (cells[c].is_object()) cell.text = Text(cells[c], "label");
      if (cells[c].is_string()) cell.text = std::string_view(cells[c].get_string());
      row.cells.push_back(std::move(cell));
    }
    grid.rows.push_back(std::move(row));
  }
  TerminalSettings settings;
  settings.rows_max = grid.rows.size();
  Writer writer(language, settings);
  writer.Table(grid, false);
  return writer.Take();
}

}  // namespace svodka::render
