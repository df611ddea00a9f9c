#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace svodka::emulator {

/// A moment as seconds since 1970-01-01 UTC; 0 is "none". Four bytes: a company of a million deals has ten
/// million of them.
using Second = uint32_t;

/// The company lives in Europe/Moscow, which has been +03:00 without daylight saving since October 2014.
inline constexpr int32_t kMoscowOffset = 3 * 3600;
inline constexpr int32_t kDaySeconds = 86400;

constexpr Day LocalDay(Second moment) {
  return Day{static_cast<int32_t>((static_cast<int64_t>(moment) + kMoscowOffset) / kDaySeconds)};
}
/// Seconds since the local midnight.
constexpr int32_t LocalTime(Second moment) {
  return static_cast<int32_t>((static_cast<int64_t>(moment) + kMoscowOffset) % kDaySeconds);
}
constexpr Second AtLocal(Day day, int32_t seconds_since_midnight) {
  return static_cast<Second>(static_cast<int64_t>(day.number) * kDaySeconds - kMoscowOffset +
                             seconds_since_midnight);
}
/// `2026-08-01T10:00:00+03:00`
std::string LocalIso(Second moment);
/// `2026-08-01 07:00:00`, UTC, as the warehouse loads it.
std::string UtcText(Second moment);

/// Working days of a Russian company: no weekends, no public holidays (1–8 January, 23 February, 8 March, 1
/// and 9 May, 12 June, 4 November); the day between a holiday and a weekend is worked.
bool IsWorkingDay(Day day);
bool IsHoliday(Day day);

/// The same moment where the office works (09:00–18:59 of a working day), else a spread moment of the next
/// working morning.
Second ToWorkingTime(Second moment);

/// How much business a day brings against an average working day: season of the year, day of the week,
/// holidays.
double DayWeight(Day day);

}  // namespace svodka::emulator
