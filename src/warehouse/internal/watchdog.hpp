#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stop_token>
#include <thread>

#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {

/// One thread that interrupts statements whose deadline has passed or whose caller asked to stop.
class Watchdog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Verdict { kNone, kDeadline, kCancelled };

  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Watches one statement for the lifetime of the guard.
  class Guard {
   public:
    Guard(Watchdog& watchdog, Connection& connection, std::chrono::milliseconds deadline,
          std::stop_token stop);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    /// Why the statement was interrupted.
    Verdict verdict() const;

   private:
    struct Wake {
      Watchdog* watchdog;
      void operator()() const { watchdog->Notify(); }
    };
    Watchdog& watchdog_;
    std::list<struct WatchdogEntry>::iterator entry_;
    std::stop_callback<Wake> wake_;
  };

 private:
  void Notify();
  void Loop(const std::stop_token& end);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<struct WatchdogEntry> entries_;
  bool poked_ = false;
  std::jthread thread_;
};

struct WatchdogEntry {
  Connection* connection = nullptr;
  Watchdog::Time until;
  std::stop_token stop;
  Watchdog::Verdict verdict = Watchdog::Verdict::kNone;
};

}  // namespace svodka::warehouse
