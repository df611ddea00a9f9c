#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "render/format.hpp"

/// A widget as rows and columns: what the terminal, CSV and later Excel draw from.
namespace svodka::render {

/// A raw value with what its format needs.
struct GridCell {
  json::value value;  ///< number, decimal string, text or null
  std::string text;   ///< label of a member or a text; empty for numbers
  std::string format, unit;
  json::value change;  ///< the VALUE with its comparison, or null
  json::value n;       ///< of a percentage: how many it is of; null where that is not known
  json::value low,
      high;  ///< its 90 % interval, 0..1, where n is small (metrics.md, "Small samples"); else null
  bool unripe = false;  ///< of a cohort that is too young to be compared, or compared with such a one
  bool is_text = false;
};

struct GridColumn {
  std::string heading;
  std::string format, unit;  ///< of numbers; "text" for labels
  bool cohort = false;       ///< cells may be unripe
  bool is_text = false;
};

struct GridRow {
  int depth = 0;                  ///< indent of the first column in trees
  std::vector<std::string> path;  ///< in trees: labels from the first level down to this row
  bool is_total = false;
  std::vector<GridCell> cells;
};

struct Grid {
  std::vector<std::string> levels;  ///< of trees: what the first column holds at each depth
  std::vector<GridColumn> columns;
  std::vector<GridRow> rows;
  bool measure_per_row = false;  ///< cards: the first column names the measure of its row
};

/// Rows and columns of a widget's `data`: cards one row each, a series one row per point, trees depth first,
/// a matrix one column per member and measure, others and totals last; bars of several parents have these in
/// the second column. Empty for a widget without data.
Grid ToGrid(const json::object& widget, Language language);

}  // namespace svodka::render
