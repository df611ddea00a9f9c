#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace svodka::emulator::bitrix24 {

/// The portal's two limits: a leaky bucket per source address (2 a second, 50 at once), and ten minutes' sum
/// of operating seconds per method (480). Times are seconds of one clock. Not thread-safe.
class Limits {
 public:
  double drain_per_second = 2, capacity = 50;
  double budget_seconds = 480;
  double seconds_per_call = 0.02, seconds_per_scanned_row = 2e-7;

  /// False: 503.
  bool Enter(const std::string& address, double now);
  /// False: 429, the budget of the method was crossed before.
  bool MayOperate(const std::string& method, double now);
  void Charge(const std::string& method, double seconds, double now);
  double Operating(const std::string& method, double now);
  /// When the oldest minute drops.
  int64_t ResetAt(const std::string& method, double now);

 private:
  struct Bucket {
    double level = 0, at = 0;
  };
  struct Minute {
    int64_t number;
    double seconds;
  };
  std::deque<Minute>& Minutes(const std::string& method, double now);
  std::map<std::string, Bucket> buckets_;
  std::map<std::string, std::deque<Minute>> operating_;
};

}  // namespace svodka::emulator::bitrix24
