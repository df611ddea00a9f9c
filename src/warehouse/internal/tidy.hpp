#pragma once

#include <cstdint>

#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {

/// So many rows of a table may lie as they came before it is put in order.
inline constexpr int64_t kFewUntidy = 200'000;

/// Puts the bindings of activities in order of their cards, and activities in order of their ids, where more
/// than `few` rows and a quarter of the ordered ones lie as they came: the rows of one card then lie in one
/// or two row groups, and DuckDB passes over the others by their least and greatest value. Inside the
/// caller's transaction; no query sees a difference. True when anything was put in order.
bool Tidy(Connection& connection, int64_t few = kFewUntidy);

}  // namespace svodka::warehouse
