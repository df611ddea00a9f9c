#pragma once

#include <cstdint>
#include <string>

#include "bench/dataset.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::bench {

/// Processor time of a commit that brings one changed deal, as a poll of a live portal does: the card with
/// its children, one stage event, one call, the cursors; merged, derived and committed. `changes` different
/// deals, one after another. Adds load.change.cpu (ms of processor time per commit) and load.unchanged.cpu
/// (the same rows once more).
Status MeasureChange(warehouse::Warehouse& warehouse, int64_t changes, Measurements& measurements);
/// The same on a copy of the loaded warehouse.
Status MeasureChanges(const Dataset& dataset, int threads, Measurements& measurements);

}  // namespace svodka::bench
