#include <algorithm>
#include <vector>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "render/grid.hpp"
#include "render/render.hpp"

namespace svodka::render {
namespace {

std::string Quote(std::string_view field) {
  if (field.find_first_of("\",\r\n") == std::string_view::npos && Trim(field) == field)
    return std::string(field);
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

class Lines {
 public:
  void Add(std::string_view field) {
    if (!first_) out_ += ',';
    out_ += Quote(field);
    first_ = false;
  }
  void End() {
    out_ += "\r\n";
    first_ = true;
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
  bool first_ = true;
};

std::string RawNumber(const json::value& value) {
  if (value.is_null()) return {};
  return value.is_string() ? std::string(std::string_view(value.get_string())) : JsonText(value);
}

std::string Raw(const GridCell& cell) {
  if (cell.value.is_null()) return {};
  return cell.is_text ? cell.text : RawNumber(cell.value);
}

/// What a number is, with its unit.
std::string Heading(const std::string& label, std::string_view format, std::string_view unit,
                    Language language) {
  if (format == "duration" || format == "days" || format == "whole_days")
    return label + (language == Language::kRussian ? ", с" : ", s");
  if (format == "money" && !unit.empty()) return label + ", " + std::string(unit);
  return label;
}

std::string Heading(const GridColumn& column, Language language) {
  return Heading(column.heading, column.format, column.unit, language);
}

Language LanguageOf(const json::object& document) {
  const json::value* language = document.if_contains("language");
  return language != nullptr && *language == "en" ? Language::kEnglish : Language::kRussian;
}

/// What the figures of a document are compared with: the other period, or each earlier year, the nearest
/// first.
std::vector<std::string> ComparedWith(const json::object& document) {
  const json::value* comparison = document.if_contains("comparison");
  if (comparison == nullptr || !comparison->is_object()) return {};
  std::vector<std::string> labels = {FindString(*comparison, "base_label").value_or("")};
  if (const json::value* earlier = FindMember(*comparison, "earlier")) {
    for (const json::value& year : earlier->as_array())
      labels.push_back(FindString(year, "label").value_or(""));
  }
  return labels;
}

/// The figure of `nth` comparison: 0 is the base.
std::string RawBase(const GridCell& cell, size_t nth) {
  const json::value* value = FindMember(cell.change, nth == 0 ? "base" : "earlier");
  if (value != nullptr && nth > 0)
    value = nth <= value->as_array().size() ? &value->as_array()[nth - 1] : nullptr;
  return value == nullptr ? std::string() : RawNumber(*value);
}

/// Columns beside a percentage: how many it is of, and where that is few its interval.
std::vector<const char*> SampleWords(Language language) {
  if (language == Language::kRussian) return {", n", ", 90 % от", ", 90 % до"};
  return {", n", ", 90 % from", ", 90 % to"};
}

void Write(const Grid& grid, Language language, const std::vector<std::string>& compared, Lines& lines) {
  const bool tree = grid.levels.size() > 1;
  std::vector<bool> has_base(grid.columns.size(), false), has_n(grid.columns.size(), false);
  for (const GridRow& row : grid.rows) {
    for (size_t c = 0; c < std::min(row.cells.size(), has_base.size()); ++c) {
      if (!row.cells[c].change.is_null()) has_base[c] = true;
      if (!row.cells[c].n.is_null()) has_n[c] = true;
    }
  }
  for (size_t c = 0; c < grid.columns.size(); ++c) {
    if (tree && c == 0) {
      for (const std::string& level : grid.levels) lines.Add(level);
    } else {
      lines.Add(Heading(grid.columns[c], language));
      for (const std::string& label : compared) {
        if (has_base[c]) lines.Add(Heading(grid.columns[c], language) + ", " + label);
      }
      for (const char* part : has_n[c] ? SampleWords(language) : std::vector<const char*>())
        lines.Add(grid.columns[c].heading + part);
      if (grid.columns[c].cohort) {
        lines.Add(grid.columns[c].heading + (language == Language::kRussian ? ", незрелая" : ", unripe"));
      }
    }
  }
  lines.End();
  for (const GridRow& row : grid.rows) {
    for (size_t c = 0; c < row.cells.size(); ++c) {
      if (tree && c == 0) {
        for (size_t level = 0; level < grid.levels.size(); ++level) {
          if (row.is_total) {
            lines.Add(level == 0 ? row.cells[0].text : "");
          } else {
            lines.Add(level < row.path.size() ? row.path[level] : "");
          }
        }
      } else {
        const bool named = grid.measure_per_row && c == 0 && row.cells.size() > 1;
        lines.Add(named ? Heading(row.cells[0].text, row.cells[1].format, row.cells[1].unit, language)
                        : Raw(row.cells[c]));
        for (size_t nth = 0; c < has_base.size() && has_base[c] && nth < compared.size(); ++nth) {
          lines.Add(RawBase(row.cells[c], nth));
        }
        if (c < has_n.size() && has_n[c]) {
          for (const json::value* part : {&row.cells[c].n, &row.cells[c].low, &row.cells[c].high})
            lines.Add(RawNumber(*part));
        }
        if (c < grid.columns.size() && grid.columns[c].cohort)
          lines.Add(!row.cells[c].unripe ? "" : language == Language::kRussian ? "да" : "yes");
      }
    }
    lines.End();
  }
}

}  // namespace

Result<std::string> RenderCsv(const json::object& document, std::string_view widget) {
  std::vector<std::string> ids;
  for (const json::value& section : document.at("sections").get_array()) {
    for (const json::value& candidate : section.at("widgets").get_array()) {
      ids.push_back(FindString(candidate, "id").value_or(""));
      if (ids.back() != widget) continue;
      if (!candidate.get_object().contains("data")) {
        return Diagnostic{"no_data", "the widget '" + std::string(widget) + "' has no data", "widget", {}};
      }
      Lines lines;
      Write(ToGrid(candidate.get_object(), LanguageOf(document)), LanguageOf(document),
            ComparedWith(document), lines);
      return lines.Take();
    }
  }
  return Diagnostic{"unknown_widget", "the report has no widget '" + std::string(widget) + "'", "widget",
                    NearestNames(widget, ids)};
}

std::string RenderCsv(const json::object& document) {
  Lines lines;
  bool first = true;
  for (const json::value& section : document.at("sections").get_array()) {
    for (const json::value& widget : section.at("widgets").get_array()) {
      if (!widget.get_object().contains("data")) continue;
      if (!first) lines.End();
      first = false;
      lines.Add(FindString(widget, "title").value_or(""));
      lines.End();
      Write(ToGrid(widget.get_object(), LanguageOf(document)), LanguageOf(document), ComparedWith(document),
            lines);
    }
  }
  return lines.Take();
}

}  // namespace svodka::render
