#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>

#include "base/clock.hpp"
#include "sync/pause.hpp"

namespace svodka::sync {

/// A token bucket below a CRM's own limit. One per portal and process, shared by everything that asks this
/// portal: the CRM counts by portal and source address. Thread-safe.
class RateLimiter {
 public:
  struct Settings {
    double per_second = 1.9;  ///< the portal drains 2 a second; 0: no limit
    double burst = 40;        ///< the portal's bucket holds 50
  };
  RateLimiter(Settings settings, const Clock& clock)
      : settings_(settings), clock_(clock), tokens_(settings.burst), at_(clock.Now()) {}

  /// Waits for a token. False when stopped.
  bool Acquire(Pauser& pauser, std::stop_token stop);
  /// The CRM says that we were too fast all the same (others share its bucket): starts again from empty.
  void Empty();

 private:
  void Refill();

  const Settings settings_;
  const Clock& clock_;
  std::mutex mutex_;
  double tokens_;
  Instant at_;
};

}  // namespace svodka::sync
