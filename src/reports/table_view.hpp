#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "engine/query_service.hpp"
#include "reports/plan.hpp"

/// Reads an answer of the engine as a report needs it.
namespace svodka::reports {

/// Integer, ratio and seconds as number, money and days as text, nothing as null.
json::value ToJson(const Value& value);
json::object ToJson(const engine::Member& member);
/// A number for sorting and lines; nothing for null and texts.
std::optional<double> ToNumber(const Value& value);

/// One table as the engine gave it, and where the report compares with several years the same table against
/// each year further back, the nearest first.
struct Answer {
  const engine::Table* table = nullptr;  ///< null: an optional request without an answer (Question)
  std::vector<const engine::Table*> earlier;
  bool limited = false;  ///< the request wanted only the first rows
};

/// An answer with its dimensions, measures and comparison columns told apart. Borrows the table.
class TableView {
 public:
  /// `measures`: how many are shown; columns of the answer follow their order, further ones are passed over.
  /// Throws InvariantError where the answer lacks them.
  TableView(const engine::Table& table, size_t measures);
  /// Members that only an earlier year has stand behind the others, with nothing in the period and the year
  /// before; not where the rows are limited.
  TableView(const Answer& answer, size_t measures);

  size_t rows() const { return table_->rows.size(); }
  size_t dimensions() const { return dimensions_.size(); }
  size_t measures() const { return measures_.size(); }
  const engine::Column& measure(size_t index) const { return table_->columns[measures_[index].value]; }
  const engine::Column& dimension(size_t index) const { return table_->columns[dimensions_[index]]; }

  /// Null on rows that are a total over this dimension.
  const engine::Member* MemberAt(size_t row, size_t dimension) const;
  /// How many leading dimensions the row tells apart: all but those it is a total over.
  size_t Depth(size_t row) const;
  const Value& At(size_t row, size_t measure) const;
  /// The VALUE of docs/document.md, comparison included where the answer has one.
  json::object ValueAt(size_t row, size_t measure) const;
  json::array ValuesAt(size_t row) const;
  /// A value of nothing, for a cell that no row has.
  json::array NoValues() const;
  /// The measure is a share of a cohort, which may be unripe.
  bool IsCohort(size_t measure) const { return measures_[measure].ripe.has_value(); }
  bool Compares() const { return !measures_.empty() && measures_.front().base.has_value(); }
  /// Column by id (a measure, `ID.delta`, a dimension).
  std::optional<size_t> FindColumn(std::string_view id) const;
  std::optional<double> NumberIn(size_t row, size_t column) const;

 private:
  struct MeasureColumns {
    size_t value = 0;
    std::optional<size_t> base, delta, delta_pct, n, ripe, base_ripe;
  };
  /// What tells a row from the others: its members, whole.
  std::string KeyOf(const engine::Table& table, size_t row) const;
  const Value& Cell(const engine::Table& table, size_t row, size_t column) const;

  struct EarlierTable {
    const engine::Table* table = nullptr;
    std::vector<std::optional<size_t>> rows;  ///< per row of `table_`: the row of the same members
  };
  /// A row of an earlier year's table without its figures.
  static std::vector<engine::Cell> Emptied(const engine::Table& table, size_t row);

  std::shared_ptr<const engine::Table> merged_;  ///< where earlier years add rows
  const engine::Table* table_;
  std::vector<EarlierTable> earlier_;
  std::vector<size_t> dimensions_;
  std::vector<MeasureColumns> measures_;
};

/// `data.measures` of docs/document.md for the measures that were asked, with the definition's own labels.
json::array DescribeMeasures(const TableView& view, const Question& question, engine::Language language);

}  // namespace svodka::reports
