#pragma once

#include <optional>
#include <vector>

#include "metrics/plan/scan.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::engine {

/// A scan that need not run: its rows are sums of a finer scan's rows.
struct Rollup {
  size_t donor = 0;
  std::vector<size_t> columns;  ///< of the donor's grain, per column of this scan's
  std::vector<size_t> atoms;    ///< of the donor, per atom of this scan
};

/// Finds, for scans that read the same rows, those that a finer one among `chosen` can answer by adding
/// (counts and sums only), and gives the donors their columns. Scans outside `chosen` are left alone. A donor
/// may itself be rolled up.
std::vector<std::optional<Rollup>> PlanRollups(std::vector<metrics::Scan>& scans,
                                               const std::vector<size_t>& chosen);

/// The rolled-up scan's answer from its donor's; `width`: columns of the donor's grain.
warehouse::ResultSet RollUp(const Rollup& rollup, const warehouse::ResultSet& donor, size_t width);

}  // namespace svodka::engine
