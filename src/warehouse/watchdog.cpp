#include "warehouse/internal/watchdog.hpp"

#include <algorithm>

namespace svodka::warehouse {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Watchdog::Watchdog() : thread_([this](const std::stop_token& end) { Loop(end); }) {}

Watchdog::~Watchdog() {
  thread_.request_stop();
  Notify();
}

void Watchdog::Notify() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  changed_.notify_all();
}

void Watchdog::Loop(const std::stop_token& end) {
  std::unique_lock lock(mutex_);
  while (!end.stop_requested()) {
    const auto now = steady_clock::now();
    auto next = Time::max();
    for (WatchdogEntry& entry : entries_) {
      if (entry.verdict == Verdict::kNone) {
        if (entry.stop.stop_requested()) {
          entry.verdict = Verdict::kCancelled;
        } else if (entry.until <= now) {
          entry.verdict = Verdict::kDeadline;
        }
      }
      if (entry.verdict != Verdict::kNone) {
        // An interrupt that arrives before the statement runs is lost: repeat until the guard is gone.
        entry.connection->Interrupt();
        next = std::min(next, now + milliseconds{5});
      } else {
        next = std::min(next, entry.until);
      }
    }
    const auto poked = [&] { return poked_; };
    if (next == Time::max()) {
      changed_.wait(lock, poked);
    } else {
      changed_.wait_until(lock, next, poked);
    }
    poked_ = false;
  }
}

Watchdog::Guard::Guard(Watchdog& watchdog, Connection& connection, milliseconds deadline,
                       std::stop_token stop)
    : watchdog_(watchdog),
      entry_([&] {
        const std::lock_guard lock(watchdog.mutex_);
        const auto now = steady_clock::now();
        const auto until = deadline > std::chrono::hours{24 * 365} ? Time::max() : now + deadline;
        watchdog.entries_.push_front(WatchdogEntry{&connection, until, stop, Verdict::kNone});
        return watchdog.entries_.begin();
      }()),
      wake_(stop, Wake{&watchdog}) {
  watchdog_.Notify();
}

Watchdog::Guard::~Guard() {
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.entries_.erase(entry_);
}

Watchdog::Verdict Watchdog::Guard::verdict() const {
  const std::lock_guard lock(watchdog_.mutex_);
  return entry_->verdict;
}

}  // namespace svodka::warehouse
