#pragma once

#include <stop_token>

#include "engine/dictionary.hpp"
#include "engine/result_cache.hpp"
#include "metrics/query/bind.hpp"

namespace svodka::engine {

/// The rows beneath the cell of a bound query. Errors: `bad_order`, `bad_cell` (parts of the measure are
/// cards of different kinds), those of the warehouse.
Result<RecordPage> ReadRecords(const metrics::BoundQuery& query, const Dictionary& dictionary,
                               const warehouse::Warehouse& warehouse, ResultCache& cache,
                               int64_t data_version, Language language, const std::stop_token& stop);

}  // namespace svodka::engine
