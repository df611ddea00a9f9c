#pragma once

#include <string>
#include <vector>

#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {

/// A zone's offset from one moment on.
struct ZoneOffset {
  Instant from;
  int32_t seconds = 0;
};

/// All changes of a zone's offset from 1970 to 2050; the first one holds before 1970 too.
std::vector<ZoneOffset> ZoneOffsets(const Zone& zone);

/// Registers the function `local_day_in_ZONE(TIMESTAMP) → INTEGER` with the database behind `connection` and
/// returns its name; the function of that name with `_hour` behind it tells hours instead of days. Calling it
/// again for the same zone does no harm.
std::string RegisterLocalDay(Connection& connection, const Zone& zone);

}  // namespace svodka::warehouse
