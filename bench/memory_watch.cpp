#include "bench/memory_watch.hpp"

#include <algorithm>
#include <string>

#include "base/log.hpp"
#include "bench/measure.hpp"

namespace svodka::bench {

MemoryWatch::MemoryWatch(const warehouse::Warehouse& warehouse)
    : thread_([this, &warehouse](const std::stop_token& stop) {
        for (int sample = 0; !stop.stop_requested(); ++sample) {
          const double resident = ResidentMegabytes();
          peak_ = std::max(peak_, resident);
          if (sample % 100 == 0) Tell(warehouse, resident);
          std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
      }) {}

double MemoryWatch::Stop() {
  thread_.request_stop();
  thread_.join();
  return std::max(peak_, ResidentMegabytes());
}

void MemoryWatch::Tell(const warehouse::Warehouse& warehouse, double resident) const {
  const auto held = warehouse.Query(
      "SELECT coalesce(string_agg(tag || ' ' || memory_usage_bytes // 1000000 || '/' || "
      "temporary_storage_bytes // 1000000, ', ') FILTER (WHERE memory_usage_bytes > 4000000 OR "
      "temporary_storage_bytes > 0), '') FROM duckdb_memory()");
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
  log::Debug("bench_memory", {{"s", std::to_string(passed.count())},
                              {"resident_mb", std::to_string(static_cast<int64_t>(resident))},
                              {"duckdb_mb", held.ok() ? std::get<std::string>(held->rows.at(0).at(0))
                                                      : held.error().message}});
}

}  // namespace svodka::bench
