#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace svodka {

/// Exact money in hundredths of its currency unit; stored as DECIMAL(18,2). Never goes through binary
/// floating point.
class Money {
 public:
  constexpr Money() = default;
  static constexpr Money FromMinor(int64_t minor) {
    Money money;
    money.minor_ = minor;
    return money;
  }
  /// Reads a plain decimal string: `-12`, `12.3`, `19999.99`, `0.005` (rounded half away from zero to
  /// hundredths). Digits, one point, an optional sign; nothing else. Errors: `bad_decimal`,
  /// `decimal_out_of_range`.
  static Result<Money> Parse(std::string_view text);

  constexpr int64_t minor() const { return minor_; }
  /// `-12.30`: always two places, a point, no grouping.
  std::string ToString() const;

  constexpr auto operator<=>(const Money&) const = default;
  constexpr Money operator+(Money other) const { return FromMinor(minor_ + other.minor_); }
  constexpr Money operator-(Money other) const { return FromMinor(minor_ - other.minor_); }
  constexpr Money operator-() const { return FromMinor(-minor_); }
  constexpr Money& operator+=(Money other) {
    minor_ += other.minor_;
    return *this;
  }

 private:
  int64_t minor_ = 0;
};

}  // namespace svodka
