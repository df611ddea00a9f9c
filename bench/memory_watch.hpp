#pragma once

#include <chrono>
#include <thread>

#include "warehouse/warehouse.hpp"

namespace svodka::bench {

/// Watches the process from a thread of its own: the peak of its resident memory and, in the log while that
/// is verbose, what DuckDB says of its part (by kind: megabytes held / megabytes set aside on disk).
class MemoryWatch {
 public:
  explicit MemoryWatch(const warehouse::Warehouse& warehouse);
  /// The peak, MB.
  double Stop();

 private:
  void Tell(const warehouse::Warehouse& warehouse, double resident) const;

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double peak_ = 0;
  std::jthread thread_;
};

}  // namespace svodka::bench
