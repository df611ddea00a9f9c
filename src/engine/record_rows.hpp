#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/batch.hpp"
#include "metrics/sql/records.hpp"

namespace svodka::engine {

/// All rows of the extract that a page was taken from: what further clicks and pages will show.
struct NearRows {
  std::shared_ptr<const Extract> extract;
  const warehouse::NumberColumn* cards = nullptr;    ///< of the extract, never null
  const warehouse::NumberColumn* clients = nullptr;  ///< of the extract, never null
};

/// One page of records and their totals, as RenderRecordPage and RenderRecordTotals answer (without names).
struct RecordRows {
  std::vector<std::vector<Value>> page;
  std::vector<Value> totals;
  std::optional<NearRows> near;  ///< where they were in memory already, and are few
};

/// Distinct keys of a column, ascending, without NULL and 0.
std::vector<int64_t> KeysOf(const warehouse::NumberColumn& column);

/// The page from an extract of the rows: chosen, ordered, counted and added up in our own memory, so that a
/// click, another order, another page runs no statement. Nothing where statements have to tell: several
/// parts, facts with several rows per card, texts to search or order by, all time, too many rows.
Result<std::optional<RecordRows>> TakeRecords(const metrics::RecordRequest& request,
                                              const std::vector<metrics::RecordOrder>& order, int64_t limit,
                                              int64_t offset, const warehouse::Warehouse& warehouse,
                                              Memory memory, const std::stop_token& stop);

}  // namespace svodka::engine
