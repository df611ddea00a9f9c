#include "metrics/plan/incidence.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace svodka::metrics {
namespace {

constexpr double kZ = 1.6448536269514722;  // two-sided 90 %
constexpr double kTail = 0.05;             // on either side

struct Step {
  double done = 0, other = 0, all = 0;
};

double TakeNumber(std::string_view& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) throw InvariantError("steps hold numbers, not '" + std::string(text) + "'");
  text.remove_prefix(std::min(text.size(), static_cast<size_t>(end - text.data()) + 1));
  return number;
}

std::map<double, Step> ReadSteps(std::string_view text) {
  std::map<double, Step> steps;
  while (!text.empty()) {
    Step& step = steps[TakeNumber(text)];
    step.done += TakeNumber(text);
    step.other += TakeNumber(text);
    step.all += TakeNumber(text);
  }
  return steps;
}

/// An age at which somebody came to an end.
struct Jump {
  double at_risk, done, ended;  ///< ended: to either end
  double waiting;               ///< share that waited until then
  double share;                 ///< came to the end asked for by then, this age included
};

double Variance(const std::vector<Jump>& jumps) {
  const double share = jumps.empty() ? 0 : jumps.back().share;
  double sum = 0;
  for (const Jump& jump : jumps) {
    const double rest = share - jump.share, n = jump.at_risk;
    if (n > jump.ended) sum += rest * rest * jump.ended / (n * (n - jump.ended));
    sum += jump.waiting * jump.waiting * (n - jump.done) * jump.done / (n * n * n);
    sum -= 2 * rest * jump.waiting * jump.done / (n * n);
  }
  return std::max(0.0, sum);
}

}  // namespace

std::optional<Incidence> IncidenceAt(std::string_view text, int64_t days) {
  const std::map<double, Step> steps = ReadSteps(text);
  const auto age = static_cast<double>(days);
  double at_risk = 0, seen = 0, waiting = 1, share = 0;
  for (const auto& [time, step] : steps) at_risk += step.all;
  std::vector<Jump> jumps;
  for (const auto& [time, step] : steps) {
    if (time > age) break;
    const double ended = step.done + step.other;
    if (ended > 0) {
      share += waiting * step.done / at_risk;
      jumps.push_back({at_risk, step.done, ended, waiting, share});
      waiting *= 1 - ended / at_risk;
    }
    at_risk -= step.all;
    seen += ended;
  }
  if (steps.empty()) return std::nullopt;
  constexpr double kNoise = 1e-12;
  // Nobody is that old, and some of those who are younger still wait.
  if (steps.rbegin()->first < age && waiting > kNoise) return std::nullopt;
  seen += at_risk;
  share = std::min(1.0, share);  // a sum of products may come out a little above
  Incidence found{share, share, share};
  if (seen <= 0) return found;
  if (share < kNoise) {
    found.high = 1 - std::pow(kTail, 1 / seen);
  } else if (share > 1 - kNoise) {
    found.low = std::pow(kTail, 1 / seen);
  } else {
    const double spread = kZ * std::sqrt(Variance(jumps)) / (share * std::abs(std::log(share)));
    found.low = std::pow(share, std::exp(spread));
    found.high = std::pow(share, std::exp(-spread));
  }
  return found;
}

}  // namespace svodka::metrics
