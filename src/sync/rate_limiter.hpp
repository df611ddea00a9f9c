#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "sync/pause.hpp"

namespace svodka::sync {

/// A token bucket below a CRM's own limit. One per portal and process, shared by everything that asks this
/// portal: the CRM counts by portal and source address. With a file, the bucket is shared by all limiters of
/// that file: of several portals of ours at one address, and of other processes on this machine. A CRM that
/// refuses although we kept to the pace allows less than its documents say (or others share its limit): each
/// refusal lowers the pace, minutes without any raise it again, step by step up to the settings. Thread-safe.
class RateLimiter {
 public:
  struct Settings {
    /// The portal drains 2 a second; the rest is for clocks that differ (2,500 ppm). 0: no limit.
    double per_second = 1.995;
    double burst =
        48;  ///< the portal's bucket holds 50; the rest: one that comes a second late bunches with others
    std::string file = {};  ///< where the bucket stands between them; made if needed; "": in memory
  };
  RateLimiter(Settings settings, const Clock& clock);

  /// Waits for a token. False when stopped.
  bool Acquire(Pauser& pauser, std::stop_token stop);
  /// The CRM says that we were too fast all the same: starts again from empty, and slower.
  void SlowDown();
  /// The CRM is unwell, whatever the pace: starts again from empty.
  void Empty();

 private:
  struct Bucket {
    double tokens = 0;
    Instant at{};
    double share = 1;    ///< of the pace of the settings
    Instant share_at{};  ///< when it was lowered or raised
  };
  void Refill(Bucket& bucket) const;
  double BurstOf(const Bucket& bucket) const;
  /// Changes the bucket that counts: the file's, else our own, also when the file cannot be used.
  void Change(const std::function<void(Bucket&)>& change);

  const Settings settings_;
  const Clock& clock_;
  std::mutex mutex_;
  Bucket own_;
  bool file_failed_ = false;
};

}  // namespace svodka::sync
