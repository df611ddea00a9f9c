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
  double share = 1;
  int64_t share_at_us = 0;
};
constexpr std::array<char, 8> kMark = {'p', 'a', 'c', 'e', '0', '0', '0', '2'};

constexpr double kSlower = 0.7;     ///< of the pace, at each refusal
constexpr double kShareMin = 0.15;  ///< of the pace that was set: slower it never gets
constexpr double kFaster = 1.1;     ///< of the pace, after each stretch without a refusal
constexpr std::chrono::minutes kCalm{1};
constexpr std::chrono::seconds kOneMoment{1};  ///< refusals of several at once are one

int64_t Microseconds(Instant at) {
  return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

}  // namespace

RateLimiter::RateLimiter(Settings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), own_{settings_.burst, clock.Now(), 1, Instant{}} {}

double RateLimiter::BurstOf(const Bucket& bucket) const {
  // A CRM that allows less at length allows less at once, too; one token must fit.
  return bucket.share >= 1
             ? settings_.burst
             : std::max(std::min(settings_.burst, 1.0), settings_.burst * bucket.share * bucket.share);
}

void RateLimiter::Refill(Bucket& bucket) const {
  const Instant now = clock_.Now();
  const double passed_s = std::chrono::duration<double>(now - bucket.at).count();
  bucket.at = now;
  // A clock set back gives nothing and takes nothing.
  if (passed_s > 0) bucket.tokens += passed_s * settings_.per_second * bucket.share;
  if (bucket.share_at > now) bucket.share_at = now;
  while (bucket.share < 1 && now - bucket.share_at >= kCalm) {
    bucket.share = std::min(1.0, bucket.share * kFaster);
    bucket.share_at += kCalm;
  }
  bucket.tokens = std::min(BurstOf(bucket), bucket.tokens);
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
  Bucket bucket{settings_.burst, clock_.Now(), 1, Instant{}};
  if (pread(file, &stored, sizeof stored, 0) == static_cast<ssize_t>(sizeof stored) && stored.mark == kMark &&
      std::isfinite(stored.tokens) && std::isfinite(stored.share)) {
    bucket = {std::clamp(stored.tokens, 0.0, settings_.burst),
              Instant{std::chrono::microseconds{stored.at_us}}, std::clamp(stored.share, kShareMin, 1.0),
              Instant{std::chrono::microseconds{stored.share_at_us}}};
  }
  change(bucket);
  stored = {kMark, bucket.tokens, Microseconds(bucket.at), bucket.share, Microseconds(bucket.share_at)};
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
        wait = std::chrono::milliseconds(static_cast<int64_t>(
            std::ceil((1 - bucket.tokens) / (settings_.per_second * bucket.share) * 1000)));
      }
    });
    if (taken) return true;
    if (!pauser.Pause(std::max(wait, std::chrono::milliseconds{1}), stop)) return false;
  }
  return false;
}

void RateLimiter::SlowDown() {
  if (settings_.per_second <= 0) return;
  double share = 1;
  Change([&](Bucket& bucket) {
    Refill(bucket);
    bucket.tokens = std::min(bucket.tokens, 0.0);
    const Instant now = clock_.Now();
    if (bucket.share >= 1 || now - bucket.share_at >= kOneMoment) {
      bucket.share = std::max(kShareMin, bucket.share * kSlower);
    }
    bucket.share_at = now;
    share = bucket.share;
  });
  log::Info("pace_lowered", {{"per_second", std::to_string(settings_.per_second * share)}});
}

void RateLimiter::Empty() {
  Change([&](Bucket& bucket) {
    Refill(bucket);
    bucket.tokens = std::min(bucket.tokens, 0.0);
  });
}

}  // namespace svodka::sync
