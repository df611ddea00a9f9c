#include "sync/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace svodka::sync {

void RateLimiter::Refill() {
  const Instant now = clock_.Now();
  const double passed_s = std::chrono::duration<double>(now - at_).count();
  at_ = now;
  // A clock set back gives nothing and takes nothing.
  if (passed_s > 0) tokens_ = std::min(settings_.burst, tokens_ + passed_s * settings_.per_second);
}

bool RateLimiter::Acquire(Pauser& pauser, std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::chrono::milliseconds wait{0};
    {
      const std::lock_guard lock(mutex_);
      if (settings_.per_second <= 0) return true;
      Refill();
      if (tokens_ >= 1) {
        tokens_ -= 1;
        return true;
      }
      wait = std::chrono::milliseconds(
          static_cast<int64_t>(std::ceil((1 - tokens_) / settings_.per_second * 1000)));
    }
    if (!pauser.Pause(std::max(wait, std::chrono::milliseconds{1}), stop)) return false;
  }
  return false;
}

void RateLimiter::Empty() {
  const std::lock_guard lock(mutex_);
  Refill();
  tokens_ = std::min(tokens_, 0.0);
}

}  // namespace svodka::sync
