#include "reports/trend.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace svodka::reports {

size_t MovingAverageWindow(Grain grain) {
  switch (grain) {
    case Grain::kDay:
      return 7;
    case Grain::kWeek:
    case Grain::kQuarter:
      return 4;
    case Grain::kMonth:
    case Grain::kHalf:
    case Grain::kYear:
      return 3;
  }
  return 3;
}

Points MovingAverage(const Points& values, const std::vector<bool>& whole, size_t window) {
  Points averages(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (i + 1 < window) continue;
    double sum = 0;
    bool full = true;
    for (size_t j = i + 1 - window; j <= i; ++j) {
      if (!values[j] || !whole[j]) full = false;
      if (full) sum += *values[j];
    }
    if (full) averages[i] = sum / static_cast<double>(window);
  }
  return averages;
}

Points Trend(const Points& values, const std::vector<bool>& whole) {
  double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i] || !whole[i]) continue;
    const double x = static_cast<double>(i), y = *values[i];
    n += 1;
    sum_x += x;
    sum_y += y;
    sum_xx += x * x;
    sum_xy += x * y;
  }
  Points line(values.size());
  if (n < 3) return line;
  const double slope = (n * sum_xy - sum_x * sum_y) / (n * sum_xx - sum_x * sum_x);
  const double start = (sum_y - slope * sum_x) / n;
  for (size_t i = 0; i < line.size(); ++i) line[i] = start + slope * static_cast<double>(i);
  return line;
}

std::optional<double> Median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::optional<double> Correlation(const std::vector<double>& along, const std::vector<double>& up) {
  const size_t n = std::min(along.size(), up.size());
  if (n < 3) return std::nullopt;
  const auto mean = [n](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(n);
  };
  const double x = mean(along), y = mean(up);
  double both = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < n; ++i) {
    both += (along[i] - x) * (up[i] - y);
    xx += (along[i] - x) * (along[i] - x);
    yy += (up[i] - y) * (up[i] - y);
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  return std::clamp(both / std::sqrt(xx * yy), -1.0, 1.0);
}

std::optional<Interval> WilsonInterval(double share, int64_t n) {
  if (n <= 0) return std::nullopt;
  constexpr double kZ = 1.6448536269514722;  // two-sided 90 %
  const double count = static_cast<double>(n), z2 = kZ * kZ;
  const double middle = (share + z2 / (2 * count)) / (1 + z2 / count);
  const double half =
      kZ / (1 + z2 / count) * std::sqrt(share * (1 - share) / count + z2 / (4 * count * count));
  return Interval{std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

}  // namespace svodka::reports
