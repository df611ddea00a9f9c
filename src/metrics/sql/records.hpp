#pragma once

#include <map>

#include "metrics/definitions/record_columns.hpp"
#include "metrics/sql/render.hpp"

/// The rows beneath a cell.
namespace svodka::metrics {

/// The rows of one component of the cell's measure.
struct RecordPart {
  MeasureKind kind = MeasureKind::kCount;
  Scan scan;  ///< without dimensions
  BoundExpression filter;
  BoundExpression value;     ///< empty for counts
  BoundExpression censored;  ///< of medians: how long a row without a value has lasted so far
  BoundExpression employee;
  bool money = false;
  bool numerator = false;  ///< of a ratio: on which side of the line its rows count
  bool denominator = false;
  /// Cards are counted once whatever their rows.
  bool PerCard() const { return kind == MeasureKind::kDistinct || scan.first_of_card; }
};

struct RecordOrder {
  std::string column;  ///< one of RecordColumns()
  bool descending = false;
};

/// What a column of the records shown has to say: one of `keys` or `parts`, or nothing where `none`, or a
/// number (of days since 1970 for a day) in the half-open range.
struct RecordCondition {
  std::string column;  ///< one of RecordColumns(), no text
  std::vector<int64_t> keys;
  std::vector<std::string> parts;
  bool none = false;
  std::optional<double> from, to;
};

struct RecordRequest {
  std::string entity;  ///< lead or deal
  std::vector<RecordPart> parts;
  std::string search;  ///< in title, id and name of the client
  std::vector<RecordCondition> conditions;
  Day as_of;
  /// The rows are states of a day before today: cards are shown as they stood at its end. What no history is
  /// kept of (title, client, source, the last comment) is of today.
  bool past = false;
};

/// What a page shows of each record, where the records are rows of one scan and each is a card of its own, as
/// it is today: one expression over the scan's rows per column of RenderRecordPage, by their names there
/// (those of the texts and of the parts are missing). Empty where only statements can tell. They write what a
/// page writes.
std::map<std::string, BoundExpression> FindRecordFields(const RecordRequest& request);

/// Columns of a page: id, title (always NULL, see RenderRecordTexts), card, stage, pipeline, employee,
/// source, loss_reason, client (keys), created, closed, planned (days), days_on_stage, age_days, next_step,
/// last_activity (days), last_comment, amount, then per part b (row belongs to it) and v (its value there).
/// Ties are ordered by creation, newest first, then by key. next_step and last_activity are NULL where
/// LacksLife.
Sql RenderRecordPage(const RecordRequest& request, const std::vector<RecordOrder>& order, int64_t limit,
                     int64_t offset);

/// What a past day knew of steps and signs of life has to be looked up card by card: a page that is not
/// ordered by it leaves it out, and RenderRecordLife reads it for the rows shown.
bool LacksLife(const RecordRequest& request, const std::vector<RecordOrder>& order);

/// key, next_step, last_activity of the cards at the end of the request's day.
Sql RenderRecordLife(const RecordRequest& request, const std::vector<int64_t>& cards);

/// key, id, title, last comment of cards: texts are read for the rows of a page only.
Sql RenderRecordTexts(const std::string& entity, const std::vector<int64_t>& cards);

/// What a column says among the records that the search and the conditions on other columns leave.
/// Of members and parts: key (0 = none) or part, count; the most frequent first, at most `limit`.
/// Of numbers and days, one row: least, greatest, how many say nothing.
Sql RenderRecordValues(const RecordRequest& request, const RecordColumn& column, int64_t limit);

/// One row: count of records, then per part the columns that its component is made of (numbers.hpp).
Sql RenderRecordTotals(const RecordRequest& request);

}  // namespace svodka::metrics
