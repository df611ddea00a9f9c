#include "emulator/bitrix24/limits.hpp"

#include <algorithm>
#include <cmath>

namespace svodka::emulator::bitrix24 {

bool Limits::Enter(const std::string& address, double now) {
  Bucket& bucket = buckets_[address];
  bucket.level = std::max(0.0, bucket.level - (now - bucket.at) * drain_per_second);
  bucket.at = now;
  if (bucket.level + 1 > capacity) return false;
  bucket.level += 1;
  return true;
}

std::deque<Limits::Minute>& Limits::Minutes(const std::string& method, double now) {
  auto& minutes = operating_[method];
  const auto minute = static_cast<int64_t>(std::floor(now / 60));
  while (!minutes.empty() && minutes.front().number <= minute - 10) minutes.pop_front();
  return minutes;
}

double Limits::Operating(const std::string& method, double now) {
  double sum = 0;
  for (const Minute& minute : Minutes(method, now)) sum += minute.seconds;
  return sum;
}

bool Limits::MayOperate(const std::string& method, double now) {
  return Operating(method, now) < budget_seconds;
}

void Limits::Charge(const std::string& method, double seconds, double now) {
  auto& minutes = Minutes(method, now);
  const auto minute = static_cast<int64_t>(std::floor(now / 60));
  if (minutes.empty() || minutes.back().number != minute) minutes.push_back({minute, 0});
  minutes.back().seconds += seconds;
}

int64_t Limits::ResetAt(const std::string& method, double now) {
  const auto& minutes = Minutes(method, now);
  const int64_t oldest =
      minutes.empty() ? static_cast<int64_t>(std::floor(now / 60)) : minutes.front().number;
  return (oldest + 10) * 60;
}

}  // namespace svodka::emulator::bitrix24
