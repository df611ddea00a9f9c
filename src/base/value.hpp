#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/money.hpp"
#include "base/time.hpp"

namespace svodka {

/// One cell between us and a table: monostate is NULL (unknown or nothing; never zero).
/// Ratios and durations are double, counts int64, days Day, moments Instant.
using Value = std::variant<std::monostate, bool, int64_t, double, Money, Day, Instant, std::string>;

inline bool IsNull(const Value& value) { return std::holds_alternative<std::monostate>(value); }

}  // namespace svodka
