#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace svodka {

/// A moment, UTC, microseconds (as DuckDB's TIMESTAMP).
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// A calendar day of a portal's zone, as days since 1970-01-01. The integer is what the warehouse stores.
struct Day {
  int32_t number = 0;
  constexpr auto operator<=>(const Day&) const = default;
  constexpr Day operator+(int32_t days) const { return Day{number + days}; }
  constexpr Day operator-(int32_t days) const { return Day{number - days}; }
  constexpr int32_t operator-(Day other) const { return number - other.number; }
  constexpr std::chrono::year_month_day ymd() const {
    return std::chrono::sys_days{std::chrono::days{number}};
  }
};
constexpr Day MakeDay(int year, unsigned month, unsigned day) {
  return Day{static_cast<int32_t>(
      std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}}
          .time_since_epoch()
          .count())};
}

/// Half-open [from, to) range of days.
struct DayRange {
  Day from;
  Day to;
  auto operator<=>(const DayRange&) const = default;
  int32_t days() const { return to - from; }
};

/// `2025-03-31`. Errors: `bad_date` (also for 2025-02-30).
Result<Day> ParseDay(std::string_view text);
std::string ToString(Day day);

/// ISO 8601 with an offset or `Z`: `2026-08-01T10:00:00+03:00`, fraction allowed. Errors: `bad_instant`.
Result<Instant> ParseInstant(std::string_view text);
/// `2026-08-01T07:00:00Z`
std::string ToString(Instant instant);

/// An IANA time zone, daylight-saving changes included. Cheap to copy; thread-safe.
class Zone {
 public:
  /// Errors: `unknown_zone`.
  static Result<Zone> Find(std::string_view name);
  static Zone Utc();

  const std::string& name() const;
  Day LocalDay(Instant instant) const;
  /// The first moment of a day; where 00:00 does not exist, the first one that does.
  Instant StartOf(Day day) const;
  /// Hours east of UTC at that moment, in seconds.
  int32_t OffsetSeconds(Instant instant) const;
  /// A wall-clock time as an instant; an ambiguous one is the earlier, a missing one the moment of the gap.
  Instant FromLocal(Day day, std::chrono::seconds since_midnight) const;

 private:
  struct Impl;
  explicit Zone(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace svodka
