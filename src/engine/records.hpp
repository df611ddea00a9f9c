#pragma once

#include <stop_token>

#include "engine/batch.hpp"
#include "engine/dictionary.hpp"
#include "metrics/query/bind.hpp"

namespace svodka::engine {

/// The rows beneath the cell of a bound query. Errors: `bad_order`, `bad_cell` (parts of the measure are
/// cards of different kinds), those of the warehouse. `take_rows`: from extracts where these may serve.
Result<RecordPage> ReadRecords(const metrics::BoundQuery& query, const Dictionary& dictionary,
                               const warehouse::Warehouse& warehouse, Memory memory, bool take_rows,
                               Language language, const std::stop_token& stop);

}  // namespace svodka::engine
