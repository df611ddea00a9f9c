#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

namespace svodka::engine {

/// Calls `drop` once when nothing was noted for `idle`: memory kept for the next request is given back where
/// none comes. Looks once a minute on a thread of its own. Thread-safe.
class IdleWatch {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  IdleWatch(std::chrono::minutes idle, std::function<void()> drop,
            std::function<Moment()> now = std::chrono::steady_clock::now);

  /// A request came.
  void Note();
  /// What the thread does each minute.
  void Look();

 private:
  const std::chrono::minutes idle_;
  const std::function<void()> drop_;
  const std::function<Moment()> now_;
  std::mutex mutex_;
  Moment noted_;
  bool holds_ = false;  ///< something was asked since the last drop
  std::jthread thread_;
};

}  // namespace svodka::engine
