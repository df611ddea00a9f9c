#pragma once

#include <stop_token>

#include "engine/batch.hpp"
#include "engine/dictionary.hpp"
#include "metrics/query/bind.hpp"

namespace svodka::engine {

/// True where the cell's measure counts rows that are no cards (activities, clients).
bool HasFactRecords(const metrics::BoundQuery& query);

/// The rows beneath such a cell: those of the fact itself, with the columns that it names. Errors:
/// `bad_order`, `bad_filter`, `bad_cell` (the measure's parts are rows of different facts), those of the
/// warehouse.
Result<RecordPage> ReadFactRecords(const metrics::BoundQuery& query, const Dictionary& dictionary,
                                   const warehouse::Warehouse& warehouse, Memory memory, Language language,
                                   const std::stop_token& stop, std::vector<AtomValues>* atoms = nullptr);

}  // namespace svodka::engine
