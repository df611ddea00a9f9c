#pragma once

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "metrics/plan/scan.hpp"
#include "warehouse/warehouse.hpp"

/// Scans of one page that read the same rows share one run: it is grouped by all that any of them asks, and
/// each takes its answer by adding. Departments come from employees, months from days.
namespace svodka::engine {

/// How a column of the scan's grain is made from a row of the run.
struct RollupColumn {
  enum class Kind { kSame, kDepartment, kBucket, kFixed };
  Kind kind = Kind::kSame;
  size_t at = 0;  ///< column of the run
  metrics::TimeGrain from = metrics::TimeGrain::kDay;
  metrics::TimeGrain to = metrics::TimeGrain::kDay;
  Value fixed;
};

/// Where a scan's answer comes from.
struct Rollup {
  size_t run = 0;
  bool whole = false;  ///< the run's rows as they are (more columns of atoms may follow)
  std::vector<RollupColumn> columns;
  std::vector<size_t> atoms;  ///< of the run, per atom of this scan
  std::vector<bool> counts;   ///< per atom: no rows make zero, not nothing
};

struct PagePlan {
  std::vector<metrics::Scan> runs;
  std::vector<std::optional<Rollup>> answers;  ///< per scan; nothing for those that were not chosen
};

/// About how many values a column may take.
using SizeOfColumn = std::function<double(const metrics::Scan&, const metrics::GroupColumn&)>;

/// The scans, those of the chosen whose rows are another one's under one more plain condition with that
/// condition on their atoms.
std::vector<metrics::Scan> WidenScans(const std::vector<metrics::Scan>& scans,
                                      const std::vector<size_t>& chosen);

/// Plans the runs that answer the chosen scans. Only counts and sums are added; every other scan runs as it
/// is, and may serve coarser ones that read the same rows.
PagePlan PlanPage(const std::vector<metrics::Scan>& scans, const std::vector<size_t>& chosen,
                  const SizeOfColumn& size_of);

/// Every scan a run of its own.
PagePlan PlanPlain(const std::vector<metrics::Scan>& scans, const std::vector<size_t>& chosen);

using Departments = std::unordered_map<int64_t, int64_t>;  ///< employee -> department, 0 = none

/// The scan's answer from its run's; `width`: columns of the run's grain.
warehouse::ResultSet RollUp(const Rollup& rollup, const warehouse::ResultSet& run, size_t width,
                            const Departments& departments);

}  // namespace svodka::engine
