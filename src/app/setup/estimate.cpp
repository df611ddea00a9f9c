#include "app/setup/estimate.hpp"

#include <algorithm>
#include <cmath>

namespace svodka::app {
namespace {

constexpr int64_t kRowsMax = 100'000'000;

int64_t Parts(int64_t whole, int64_t part) { return (whole + part - 1) / part; }

}  // namespace

Estimate EstimateBitrix(const std::vector<Volume>& volumes) {
  constexpr double kPerSecond = 1.9;  // a little under sync::RateLimiter
  constexpr int64_t kBurst = 40;
  constexpr double kPageSeconds = 0.1, kBudget = 480.0 / 600.0;
  Estimate estimate;
  int64_t pages = 0;
  for (const Volume& volume : volumes) {
    const int64_t rows = volume.rows.value_or(0);
    estimate.rows += rows;
    int64_t own = Parts(rows, 50);
    if (volume.entity == "deals") own *= 2;  // products of every page of deals; contacts stand in its rows
    pages += own;
    estimate.requests += Parts(own, 50);
  }
  estimate.requests += 4;  // who we are, dictionaries
  const double by_rate = static_cast<double>(std::max<int64_t>(0, estimate.requests - kBurst)) / kPerSecond;
  const double by_budget = static_cast<double>(pages) * kPageSeconds / kBudget;
  estimate.seconds = static_cast<int64_t>(std::ceil(std::max({by_rate, by_budget, 1.0})));
  return estimate;
}

Estimate EstimateAmo(const std::vector<Volume>& volumes) {
  constexpr double kPerSecond = 5.8;  // a little below sync::kAmoRate
  Estimate estimate;
  for (const Volume& volume : volumes) {
    const int64_t rows = volume.rows.value_or(0);
    estimate.rows += rows;
    estimate.requests += Parts(rows, volume.entity == "events" ? 100 : 250) + 1;
  }
  estimate.requests += 12;  // who we are, dictionaries
  estimate.seconds = static_cast<int64_t>(std::ceil(static_cast<double>(estimate.requests) / kPerSecond));
  return estimate;
}

Result<int64_t> FindLength(const std::function<Result<bool>(int64_t)>& exists) {
  int64_t there = 0;   // this row is there
  int64_t beyond = 1;  // to be tried next
  for (; beyond <= kRowsMax; beyond *= 8) {
    const auto found = exists(beyond);
    if (!found.ok()) return found.errors();
    if (!*found) break;
    there = beyond;
  }
  if (there == 0) return int64_t{0};
  while (beyond - there > 1 &&
         (there < 16 || static_cast<double>(beyond) > static_cast<double>(there) * 1.1)) {
    const auto middle =
        std::clamp(static_cast<int64_t>(std::sqrt(static_cast<double>(there) * static_cast<double>(beyond))),
                   there + 1, beyond - 1);
    const auto found = exists(middle);
    if (!found.ok()) return found.errors();
    (*found ? there : beyond) = middle;
  }
  return there;
}

}  // namespace svodka::app
