#pragma once

#include <optional>

#include "engine/extract.hpp"
#include "engine/rollup.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::engine {

/// The scan's answer from an extract that has its columns: what its statement would answer, rows in any
/// order. Nothing where only the statement can tell (sums beyond 64 bits, amounts of more than two places).
std::optional<warehouse::ResultSet> Aggregate(const metrics::Scan& scan, const RowsAsked& asked,
                                              const Extract& extract, const Departments& departments);

}  // namespace svodka::engine
