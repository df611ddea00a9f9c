#include "engine/read_ahead.hpp"

#include <exception>
#include <utility>

#include "base/log.hpp"

namespace svodka::engine {

void ReadAhead::Ask(Job job) {
  const std::lock_guard lock(mutex_);
  next_ = std::move(job);
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { Work(stop); });
  asked_.notify_one();
}

bool ReadAhead::HasNewer() const {
  const std::lock_guard lock(mutex_);
  return next_ != nullptr;
}

void ReadAhead::Work(const std::stop_token& stop) {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!asked_.wait(lock, stop, [this] { return next_ != nullptr; })) return;
      job = std::exchange(next_, nullptr);
    }
    if (stop.stop_requested()) return;
    try {
      job(stop);
    } catch (const std::exception& error) {  // nobody waits for it: what failed is read by who asks
      log::Error("read_ahead_failed", {{"error", error.what()}});
    }
  }
}

}  // namespace svodka::engine
