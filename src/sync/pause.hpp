#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

#include "base/clock.hpp"

namespace svodka::sync {

/// The only way that sync waits. Injected, so that tests move a clock instead of sleeping.
class Pauser {
 public:
  virtual ~Pauser() = default;
  /// Waits for at most `length`; returns earlier when stopped or woken. False when stopped.
  virtual bool Pause(std::chrono::milliseconds length, std::stop_token stop) = 0;
  /// Ends the pauses that are under way. Any thread.
  virtual void Wake() = 0;
};

class SystemPauser final : public Pauser {
 public:
  bool Pause(std::chrono::milliseconds length, std::stop_token stop) override;
  void Wake() override;

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  uint64_t wakes_ = 0;
};

/// Advances a clock and returns at once.
class ManualPauser final : public Pauser {
 public:
  explicit ManualPauser(ManualClock& clock) : clock_(clock) {}
  bool Pause(std::chrono::milliseconds length, std::stop_token stop) override;
  void Wake() override {}
  std::chrono::milliseconds paused() const { return paused_; }

 private:
  ManualClock& clock_;
  std::chrono::milliseconds paused_{0};
};

}  // namespace svodka::sync
