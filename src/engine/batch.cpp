#include "engine/batch.hpp"

#include <atomic>
#include <mutex>
#include <thread>

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
      for (const metrics::Atom& atom : scan.atoms) atoms[i].push_back(metrics::AddAtom(scans_[at->second], atom));
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

Result<ScanResults> Batch::Run(const warehouse::Warehouse& warehouse, ResultCache& cache, int64_t data_version,
                               size_t threads, const std::stop_token& stop) const {
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
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Diagnostics errors;
  const auto work = [&] {
    warehouse::QueryOptions options;
    options.stop = stop;
    for (size_t turn = next++; turn < missing.size(); turn = next++) {
      const size_t i = missing[turn];
      Result<warehouse::ResultSet> rows = warehouse.Query(statements[i].text, statements[i].params, options);
      if (!rows.ok()) {
        const std::lock_guard lock(mutex);
        if (errors.empty()) errors = rows.errors();
        return;
      }
      auto shared = std::make_shared<const warehouse::ResultSet>(std::move(rows).value());
      cache.Keep(keys[i], data_version, shared);
      results[i] = std::move(shared);
    }
  };
  std::vector<std::jthread> others;
  for (size_t i = 1; i < std::min(threads, missing.size()); ++i) others.emplace_back(work);
  work();
  others.clear();
  if (!errors.empty()) return errors;
  return results;
}

}  // namespace svodka::engine
