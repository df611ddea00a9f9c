#pragma once

#include "bench/dataset.hpp"
#include "bench/measure.hpp"

namespace svodka::bench {

/// A first load from an emulator that keeps its CRM's limits, both on a clock that runs `kLimitsClock` times
/// faster. Adds load.limits.CRM: seconds of the CRM's time, beside what the limit allows for as many requests
/// (the formula is in the unit), and load.limits.CRM.requests. Errors: `limits_broken` when one request was
/// refused.
Status MeasureLimits(const Dataset& dataset, int threads, Measurements& measurements);

}  // namespace svodka::bench
