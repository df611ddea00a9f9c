#include "sync/pause.hpp"

namespace svodka::sync {

bool SystemPauser::Pause(std::chrono::milliseconds length, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const uint64_t before = wakes_;
  changed_.wait_for(lock, stop, length, [&] { return wakes_ != before; });
  return !stop.stop_requested();
}

void SystemPauser::Wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
  }
  changed_.notify_all();
}

bool ManualPauser::Pause(std::chrono::milliseconds length, std::stop_token stop) {
  clock_.Advance(length);
  paused_ += length;
  return !stop.stop_requested();
}

}  // namespace svodka::sync
