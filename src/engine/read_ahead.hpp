#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace svodka::engine {

/// Reads what the next request may ask for while nobody waits: one job at a time on a thread of its own,
/// which starts with the first. A job that has not begun gives way to a newer one. Destroyed, it stops the
/// job that runs and waits for its end. Thread-safe.
class ReadAhead {
 public:
  /// Ends early when stopped; what it throws is logged.
  using Job = std::function<void(const std::stop_token& stop)>;

  void Ask(Job job);
  /// True when a newer job waits for the one that runs.
  bool HasNewer() const;

 private:
  void Work(const std::stop_token& stop);

  mutable std::mutex mutex_;
  std::condition_variable_any asked_;
  Job next_;
  std::jthread thread_;  ///< last: it ends before what it works with
};

}  // namespace svodka::engine
