#include "engine/batch.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "engine/rollup.hpp"
#include "metrics/sql/render.hpp"

namespace svodka::engine {

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

Result<ScanResults> Batch::Run(const warehouse::Warehouse& warehouse, ResultCache& cache,
                               int64_t data_version, size_t threads, const std::stop_token& stop) const {
  ScanResults results(scans_.size());
  std::vector<metrics::Sql> statements;
  std::vector<std::string> keys;
  std::vector<size_t> missing;
  for (size_t i = 0; i < scans_.size(); ++i) {
    statements.push_back(metrics::RenderScan(scans_[i]));
    keys.push_back(metrics::Fingerprint(statements.back()));
    results[i] = cache.Find(keys.back(), data_version);
    if (!results[i]) missing.push_back(i);
  }
  // Scans that a finer one of this batch answers are not run; donors carry their columns.
  std::vector<metrics::Scan> scans = scans_;
  std::vector<std::optional<Rollup>> rollups(scans.size());
  if (merge_) rollups = PlanRollups(scans, missing);
  std::vector<size_t> running;
  for (const size_t i : missing) {
    if (rollups[i]) continue;
    running.push_back(i);
    if (scans[i].atoms.size() != scans_[i].atoms.size()) statements[i] = metrics::RenderScan(scans[i]);
  }
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Diagnostics errors;
  const auto work = [&] {
    warehouse::QueryOptions options;
    options.stop = stop;
    for (size_t turn = next++; turn < running.size(); turn = next++) {
      const size_t i = running[turn];
      Result<warehouse::ResultSet> rows = warehouse.Query(statements[i].text, statements[i].params, options);
      if (!rows.ok()) {
        const std::lock_guard lock(mutex);
        if (errors.empty()) errors = rows.errors();
        return;
      }
      results[i] = std::make_shared<const warehouse::ResultSet>(std::move(rows).value());
    }
  };
  std::vector<std::jthread> others;
  for (size_t i = 1; i < std::min(threads, running.size()); ++i) others.emplace_back(work);
  work();
  others.clear();
  if (!errors.empty()) return errors;
  // Donors have more columns than their scan, so they come first.
  std::stable_sort(missing.begin(), missing.end(),
                   [&](size_t a, size_t b) { return scans[a].groups.size() > scans[b].groups.size(); });
  for (bool waiting = true; waiting;) {
    waiting = false;
    for (const size_t i : missing) {
      if (results[i]) continue;
      const Rollup& rollup = *rollups[i];
      if (results[rollup.donor]) {
        results[i] = std::make_shared<const warehouse::ResultSet>(
            RollUp(rollup, *results[rollup.donor], scans[rollup.donor].groups.size()));
      } else {
        waiting = true;
      }
    }
  }
  for (const size_t i : missing) cache.Keep(keys[i], data_version, results[i]);
  return results;
}

}  // namespace svodka::engine
