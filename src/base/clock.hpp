#pragma once

#include "base/time.hpp"

namespace svodka {

/// The only source of "now". Injected by constructor; tests use ManualClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant Now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

/// A clock that moves only when told.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant now) : now_(now) {}
  Instant Now() const override { return now_; }
  void Set(Instant now) { now_ = now; }
  void Advance(std::chrono::microseconds step) { now_ += step; }

 private:
  Instant now_;
};

}  // namespace svodka
