#include "reports/explain.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace svodka::reports {
namespace {

/// (a - b) / ln(a / b), the mean that makes logarithmic parts add up; near a = b by its series, where the
/// quotient loses its digits.
double LogMean(double a, double b) {
  const double apart = std::log(a / b);
  if (std::abs(apart) < 1e-5) return (a + b) / 2 * (1 - apart * apart / 12);
  return (a - b) / apart;
}

}  // namespace

std::optional<std::vector<double>> SplitProduct(const std::vector<double>& from,
                                                const std::vector<double>& to) {
  const auto positive = [](double value) { return value > 0; };
  if (from.size() != to.size() || from.empty() || !std::all_of(from.begin(), from.end(), positive) ||
      !std::all_of(to.begin(), to.end(), positive))
    return std::nullopt;
  const auto product = [](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 1.0, std::multiplies<>());
  };
  const double before = product(from), after = product(to);
  const double mean = LogMean(after, before);
  std::vector<double> parts(from.size());
  double sum = 0;
  for (size_t i = 0; i < from.size(); ++i) sum += parts[i] = mean * std::log(to[i] / from[i]);
  // What rounding leaves goes to the largest part: the parts add up to the last digit.
  const auto largest = std::max_element(parts.begin(), parts.end(),
                                        [](double a, double b) { return std::abs(a) < std::abs(b); });
  *largest += after - before - sum;
  return parts;
}

std::optional<std::vector<RatioSplit>> SplitRatio(const std::vector<RatioPart>& parts) {
  RatioPart whole;
  for (const RatioPart& part : parts) {
    whole.numerator_before += part.numerator_before;
    whole.denominator_before += part.denominator_before;
    whole.numerator_after += part.numerator_after;
    whole.denominator_after += part.denominator_after;
  }
  if (whole.denominator_before == 0 || whole.denominator_after == 0) return std::nullopt;
  const double usual =
      (whole.numerator_before / whole.denominator_before + whole.numerator_after / whole.denominator_after) /
      2;
  std::vector<RatioSplit> splits;
  for (const RatioPart& part : parts) {
    // What stands over nothing (a sale of a source without leads) adds to the ratio by itself: it is rate.
    if (part.denominator_before == 0 && part.denominator_after == 0) {
      splits.push_back({0, part.numerator_after / whole.denominator_after -
                               part.numerator_before / whole.denominator_before});
      continue;
    }
    const double weight_before = part.denominator_before / whole.denominator_before;
    const double weight_after = part.denominator_after / whole.denominator_after;
    double loose = 0;  // a numerator on the side that has no denominator
    double ratio_before = 0, ratio_after = 0;
    if (part.denominator_before != 0) ratio_before = part.numerator_before / part.denominator_before;
    if (part.denominator_after != 0) ratio_after = part.numerator_after / part.denominator_after;
    if (part.denominator_before == 0) {
      ratio_before = ratio_after;
      loose = -part.numerator_before / whole.denominator_before;
    } else if (part.denominator_after == 0) {
      ratio_after = ratio_before;
      loose = part.numerator_after / whole.denominator_after;
    }
    splits.push_back({(weight_after - weight_before) * ((ratio_before + ratio_after) / 2 - usual),
                      (weight_before + weight_after) / 2 * (ratio_after - ratio_before) + loose});
  }
  return splits;
}

double Concentration(const std::vector<double>& changes) {
  double whole = 0, squares = 0;
  for (const double change : changes) whole += std::abs(change);
  if (changes.size() < 2 || whole == 0) return 0;
  for (const double change : changes) squares += (change / whole) * (change / whole);
  const double alike = 1.0 / static_cast<double>(changes.size());
  return (squares - alike) / (1 - alike);
}

}  // namespace svodka::reports
