#pragma once

#include <cmath>
#include <cstdint>
#include <span>

namespace svodka::emulator {

/// Mixes two numbers into one that looks random; the same on every machine.
constexpr uint64_t Mix(uint64_t a, uint64_t b) {
  uint64_t z = a * 0x9E3779B97F4A7C15ULL + b + 0x632BE59BD9B4E019ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

/// A deterministic source of chance (splitmix64). Not for secrets. Own distributions: the standard ones
/// differ between libraries, and the same seed must give the same company everywhere.
class Random {
 public:
  explicit constexpr Random(uint64_t seed) : state_(seed) {}

  constexpr uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return Mix(state_, 0);
  }
  /// [0, 1)
  constexpr double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  /// [from, to), needs from < to.
  constexpr int64_t Between(int64_t from, int64_t to) {
    return from + static_cast<int64_t>(Next() % static_cast<uint64_t>(to - from));
  }
  constexpr bool Chance(double probability) { return Unit() < probability; }
  double Normal() {
    double u = Unit();
    if (u < 1e-12) u = 1e-12;
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * Unit());
  }
  double LogNormal(double median, double sigma) { return median * std::exp(sigma * Normal()); }
  /// Number of a Poisson process of that mean; by the normal approximation above 60.
  int Poisson(double mean) {
    if (mean > 60) return static_cast<int>(std::lround(std::fmax(0.0, mean + std::sqrt(mean) * Normal())));
    const double limit = std::exp(-mean);
    int count = 0;
    for (double product = Unit(); product > limit; product *= Unit()) ++count;
    return count;
  }
  /// Index by weight; needs at least one positive weight.
  size_t Weighted(std::span<const double> weights) {
    double total = 0;
    for (const double weight : weights) total += weight;
    double point = Unit() * total;
    for (size_t i = 0; i < weights.size(); ++i) {
      point -= weights[i];
      if (point < 0 && weights[i] > 0) return i;
    }
    for (size_t i = weights.size(); i-- > 0;) {
      if (weights[i] > 0) return i;
    }
    return 0;
  }

 private:
  uint64_t state_;
};

}  // namespace svodka::emulator
