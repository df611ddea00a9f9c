#include "engine/batch.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "engine/rollup.hpp"
#include "metrics/query/calendar.hpp"
#include "metrics/sql/render.hpp"

namespace svodka::engine {
namespace {

/// About how many values the column takes among the scan's rows.
double SizeOf(const Dictionary& dictionary, const metrics::Scan& scan, const metrics::GroupColumn& column) {
  using Kind = metrics::GroupColumn::Kind;
  constexpr double kMany = 1e9;
  if (column.kind == Kind::kField) return kMany;
  if (column.kind == Kind::kFixed) return 1;
  if (column.kind != Kind::kTime) {
    const metrics::Dimension* dimension = scan.model->FindDimension(column.dimension);
    return dimension == nullptr ? kMany : static_cast<double>(dictionary.CountMembers(*dimension)) + 1;
  }
  constexpr double kUnbounded = 120;
  for (const metrics::Condition& condition : scan.where) {
    if (condition.kind != metrics::Condition::Kind::kDays || condition.ranges.empty()) continue;
    const DayRange hull{condition.ranges.front().from, condition.ranges.back().to};
    if (hull.from <= metrics::kEarliestDay || hull.to >= metrics::kLatestDay) break;
    return static_cast<double>(metrics::BucketsOf(hull, column.grain).size());
  }
  return column.grain == metrics::TimeGrain::kDay ? kMany : kUnbounded;
}

}  // namespace

void Batch::Add(metrics::Plan& plan) {
  std::vector<size_t> moved(plan.scans.size());
  std::vector<std::vector<size_t>> atoms(plan.scans.size());
  for (size_t i = 0; i < plan.scans.size(); ++i) {
    metrics::Scan& scan = plan.scans[i];
    std::string key = metrics::ScanKey(scan);
    if (!scan.atoms.empty() && scan.atoms.front().kind == metrics::Atom::Kind::kSurvivalMedian) {
      key += "|" + metrics::Fingerprint(metrics::RenderScan(scan));
    }
    if (!merge_) key += "|" + std::to_string(scans_.size());
    const auto [at, added] = known_.try_emplace(key, scans_.size());
    moved[i] = at->second;
    if (added) {
      scans_.push_back(scan);
      for (size_t k = 0; k < scan.atoms.size(); ++k) atoms[i].push_back(k);
    } else {
      for (const metrics::Atom& atom : scan.atoms)
        atoms[i].push_back(metrics::AddAtom(scans_[at->second], atom));
    }
  }
  for (metrics::Component& component : plan.components) {
    for (auto& [level, sources] : component.levels) {
      for (metrics::Source& source : sources) {
        for (size_t& atom : source.atoms) atom = atoms[source.scan][atom];
        source.scan = moved[source.scan];
      }
    }
  }
}

Result<ScanResults> Batch::Run(const warehouse::Warehouse& warehouse, const Dictionary& dictionary,
                               ResultCache& cache, int64_t data_version, size_t threads,
                               const std::stop_token& stop) const {
  ScanResults results(scans_.size());
  std::vector<std::string> keys(scans_.size());
  std::vector<size_t> missing;
  for (size_t i = 0; i < scans_.size(); ++i) {
    if (cache.enabled()) {
      keys[i] = metrics::Fingerprint(metrics::RenderScan(scans_[i]));
      results[i] = cache.Find(keys[i], data_version);
    }
    if (!results[i]) missing.push_back(i);
  }
  const auto size_of = [&](const metrics::Scan& scan, const metrics::GroupColumn& column) {
    return SizeOf(dictionary, scan, column);
  };
  const PagePlan page = merge_ ? PlanPage(scans_, missing, size_of) : PlanPlain(scans_, missing);
  ScanResults runs(page.runs.size());
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Diagnostics errors;
  const auto work = [&] {
    warehouse::QueryOptions options;
    options.stop = stop;
    for (size_t turn = next++; turn < page.runs.size(); turn = next++) {
      const metrics::Sql sql = metrics::RenderScan(page.runs[turn]);
      Result<warehouse::ResultSet> rows = warehouse.Query(sql.text, sql.params, options);
      if (!rows.ok()) {
        const std::lock_guard lock(mutex);
        if (errors.empty()) errors = rows.errors();
        return;
      }
      runs[turn] = std::make_shared<const warehouse::ResultSet>(std::move(rows).value());
    }
  };
  std::vector<std::jthread> others;
  for (size_t i = 1; i < std::min(threads, page.runs.size()); ++i) others.emplace_back(work);
  work();
  others.clear();
  if (!errors.empty()) return errors;
  for (const size_t i : missing) {
    const Rollup& rollup = *page.answers[i];
    results[i] = rollup.whole ? runs[rollup.run]
                              : std::make_shared<const warehouse::ResultSet>(
                                    RollUp(rollup, *runs[rollup.run], page.runs[rollup.run].groups.size(),
                                           dictionary.DepartmentsOfPeople()));
    if (cache.enabled()) cache.Keep(keys[i], data_version, results[i]);
  }
  return results;
}

}  // namespace svodka::engine
