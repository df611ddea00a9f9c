#include "sync/rate_limiter.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.hpp"

namespace svodka::sync {
namespace {

/// What the file holds: read and written whole under its lock.
struct Stored {
  std::array<char, 8> mark{};
  double tokens = 0;
  int64_t at_us = 0;
};
constexpr std::array<char, 8> kMark = {'p', 'a', 'c', 'e', '0', '0', '0', '1'};

}  // namespace

RateLimiter::RateLimiter(Settings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), own_{settings_.burst, clock.Now()} {}

void RateLimiter::Refill(Bucket& bucket) const {
  const Instant now = clock_.Now();
  const double passed_s = std::chrono::duration<double>(now - bucket.at).count();
  bucket.at = now;
  // A clock set back gives nothing and takes nothing.
  if (passed_s > 0)
    bucket.tokens = std::min(settings_.burst, bucket.tokens + passed_s * settings_.per_second);
}

void RateLimiter::Change(const std::function<void(Bucket&)>& change) {
  const std::lock_guard lock(mutex_);
  const int file =
      settings_.file.empty() ? -1 : open(settings_.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || flock(file, LOCK_EX) != 0) {
    if (!settings_.file.empty() && !file_failed_) {
      log::Warning("pace_not_shared", {{"file", settings_.file}, {"error", std::strerror(errno)}});
      file_failed_ = true;
    }
    if (file >= 0) close(file);
    return change(own_);
  }
  Stored stored;
  Bucket bucket{settings_.burst, clock_.Now()};
  if (pread(file, &stored, sizeof stored, 0) == static_cast<ssize_t>(sizeof stored) && stored.mark == kMark &&
      std::isfinite(stored.tokens)) {
    bucket = {std::clamp(stored.tokens, 0.0, settings_.burst),
              Instant{std::chrono::microseconds{stored.at_us}}};
  }
  change(bucket);
  stored = {kMark, bucket.tokens,
            std::chrono::duration_cast<std::chrono::microseconds>(bucket.at.time_since_epoch()).count()};
  if (pwrite(file, &stored, sizeof stored, 0) != static_cast<ssize_t>(sizeof stored) && !file_failed_) {
    log::Warning("pace_not_shared", {{"file", settings_.file}, {"error", std::strerror(errno)}});
    file_failed_ = true;
  }
  close(file);  // gives the lock back
}

bool RateLimiter::Acquire(Pauser& pauser, std::stop_token stop) {
  if (settings_.per_second <= 0) return !stop.stop_requested();
  while (!stop.stop_requested()) {
    std::chrono::milliseconds wait{0};
    bool taken = false;
    Change([&](Bucket& bucket) {
      Refill(bucket);
      taken = bucket.tokens >= 1;
      if (taken) {
        bucket.tokens -= 1;
      } else {
        wait = std::chrono::milliseconds(
            static_cast<int64_t>(std::ceil((1 - bucket.tokens) / settings_.per_second * 1000)));
      }
    });
    if (taken) return true;
    if (!pauser.Pause(std::max(wait, std::chrono::milliseconds{1}), stop)) return false;
  }
  return false;
}

void RateLimiter::Empty() {
  Change([&](Bucket& bucket) {
    Refill(bucket);
    bucket.tokens = std::min(bucket.tokens, 0.0);
  });
}

}  // namespace svodka::sync
