#pragma once

#include "metrics/sql/records.hpp"

/// The rows beneath a cell whose fact has no cards (activities, clients): one record per row of the fact,
/// with the columns that the fact names (`records` of docs/model.md).
namespace svodka::metrics {

struct FactRecordRequest {
  const Model* model = nullptr;
  std::vector<RecordPart> parts;  ///< all of one fact
  std::string search;             ///< in the texts and the name of the client
  std::vector<RecordCondition> conditions;
  const Fact& fact() const { return *parts.front().scan.fact; }
};

/// What can be ordered by and, texts apart, narrowed: the fact's own columns, `value` and `part`.
std::vector<RecordColumn> FactRecordColumns(const Fact& fact);

/// Columns of a page: key of the row, then the fact's columns that are no texts in their order, then per part
/// b (row belongs to it) and v (its value there). Ties are ordered by the row's key, the latest first.
Sql RenderFactPage(const FactRecordRequest& request, const std::vector<RecordOrder>& order, int64_t limit,
                   int64_t offset);

/// key, entity and id of its card in the CRM, then the fact's texts: of these rows only.
Sql RenderFactTexts(const FactRecordRequest& request, const std::vector<Value>& keys);

/// As RenderRecordValues.
Sql RenderFactValues(const FactRecordRequest& request, const RecordColumn& column, int64_t limit);

/// One row: count of records, then per part the columns that its component is made of.
Sql RenderFactTotals(const FactRecordRequest& request);

}  // namespace svodka::metrics
