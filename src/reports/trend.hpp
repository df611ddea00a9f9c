#pragma once

#include <optional>
#include <vector>

#include "reports/period.hpp"

/// Lines drawn over a time series. Pure.
namespace svodka::reports {

using Points = std::vector<std::optional<double>>;

/// How many points a moving average of that grain takes: a week of days, four weeks, three months, four
/// quarters, otherwise three.
size_t MovingAverageWindow(Grain grain);

/// Trailing mean of the last `window` points, this one included. Nothing before the window is full, where a
/// point in it has no value, and at points that are not `whole` (an unfinished month would bend the line
/// down).
Points MovingAverage(const Points& values, const std::vector<bool>& whole, size_t window);

/// Least-squares straight line through the whole points that have a value, drawn over all points. All nothing
/// with fewer than three such points.
Points Trend(const Points& values, const std::vector<bool>& whole);

/// The middle value, of an even number the mean of the two; nothing of no values.
std::optional<double> Median(std::vector<double> values);

/// Pearson's coefficient of two measures of the same members, -1 … 1; nothing for fewer than three, or where
/// one of them is the same everywhere.
std::optional<double> Correlation(const std::vector<double>& along, const std::vector<double>& up);

/// 90 % Wilson score interval of a share k/n, as {low, high}; nothing for n = 0.
struct Interval {
  double low = 0, high = 0;
};
std::optional<Interval> WilsonInterval(double share, int64_t n);

}  // namespace svodka::reports
