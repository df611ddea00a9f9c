#include "engine/idle_watch.hpp"

#include <condition_variable>
#include <utility>

namespace svodka::engine {

IdleWatch::IdleWatch(std::chrono::minutes idle, std::function<void()> drop, std::function<Moment()> now)
    : idle_(idle), drop_(std::move(drop)), now_(std::move(now)), noted_(now_()) {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    constexpr std::chrono::minutes kLookEvery{1};
    std::mutex mutex;
    std::condition_variable_any never;
    for (;;) {
      {
        std::unique_lock lock(mutex);
        never.wait_for(lock, stop, kLookEvery, [] { return false; });
      }
      if (stop.stop_requested()) return;
      Look();
    }
  });
}

void IdleWatch::Note() {
  const Moment now = now_();
  const std::lock_guard lock(mutex_);
  noted_ = now;
  holds_ = true;
}

void IdleWatch::Look() {
  const Moment now = now_();
  {
    const std::lock_guard lock(mutex_);
    if (!holds_ || now - noted_ < idle_) return;
    holds_ = false;
  }
  drop_();
}

}  // namespace svodka::engine
