#include "metrics/plan/spread.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>
#include <vector>

namespace svodka::metrics {
namespace {

constexpr double kHalf = 0.5;
constexpr double kFourFifths = 0.8;
/// Shares are products of many quotients: exactly half may come out a little above it.
constexpr double kNoise = 1e-9;

/// The next number of the text; `text` goes on behind it and behind one separator.
double TakeNumber(std::string_view& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) throw InvariantError("a spread holds numbers, not '" + std::string(text) + "'");
  text.remove_prefix(std::min(text.size(), static_cast<size_t>(end - text.data()) + 1));
  return number;
}

Value Typed(const Component& component, double number) {
  if (component.type != "money") return number;
  return Money::FromMinor(static_cast<int64_t>(std::llround(number * 100.0)));
}

Value QuantileOf(const Component& component, std::string_view text, double share) {
  std::vector<double> values;
  while (!text.empty()) values.push_back(TakeNumber(text));
  const double place = static_cast<double>(values.size() - 1) * share;
  const auto below = static_cast<size_t>(std::floor(place));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  const double above = std::next(at) == values.end() ? *at : *std::min_element(std::next(at), values.end());
  return Typed(component, *at + (above - *at) * (place - static_cast<double>(below)));
}

Value SurvivalMedianOf(const Component& component, std::string_view text) {
  struct Step {
    double done = 0, all = 0;
  };
  std::map<double, Step> steps;
  double waiting = 0;
  while (!text.empty()) {
    const double time = TakeNumber(text), done = TakeNumber(text), all = TakeNumber(text);
    steps[time].done += done;
    steps[time].all += all;
    waiting += all;
  }
  double share = 1;
  for (const auto& [time, step] : steps) {
    share *= 1 - step.done / waiting;
    if (share <= kHalf + kNoise) return Typed(component, time);
    waiting -= step.all;
  }
  return {};
}

}  // namespace

void SpreadMedians(Plan& plan) {
  for (Scan& scan : plan.scans) {
    for (Atom& atom : scan.atoms) {
      if (atom.kind == Atom::Kind::kMedian || atom.kind == Atom::Kind::kPercentile80)
        atom.kind = Atom::Kind::kSpread;
      if (atom.kind == Atom::Kind::kSurvivalMedian) atom.kind = Atom::Kind::kSurvivalSpread;
    }
  }
}

Value ValueOfSpread(const Component& component, const std::string& spread) {
  if (spread.empty()) return {};
  if (spread.find(':') != std::string::npos) return SurvivalMedianOf(component, spread);
  return QuantileOf(component, spread, component.kind == MeasureKind::kPercentile80 ? kFourFifths : kHalf);
}

}  // namespace svodka::metrics
