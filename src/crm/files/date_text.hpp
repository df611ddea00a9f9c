#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace svodka::crm::files {

/// How the days of a column are written. kUnknown: what has two readings is refused.
enum class DateOrder { kUnknown, kDayFirst, kMonthFirst, kYearFirst, kExcel, kExcel1904, kUnix };

/// `dmy`, `mdy`, `ymd`, `excel`, `excel1904`, `unix`. Errors: `unknown_date_order`.
Result<DateOrder> ParseDateOrder(std::string_view name);

/// A moment as written: a day, a wall-clock time if there is one, an offset from UTC if there is one.
struct DateText {
  Day day;
  std::optional<std::chrono::seconds> time;
  std::optional<std::chrono::seconds> offset;
  std::optional<DateOrder> proves;  ///< day or month first, when this text alone shows which
};

/// Reads `31.12.2024`, `31.12.2024 15:30[:45]`, `2024-12-31`, `2024-12-31T15:30:45+03:00`, `12/31/2024 3:30
/// PM`, `2024/12/31`; with kExcel serial numbers of a spreadsheet (`45657.5`), with kUnix seconds. With
/// points the day comes first (nobody writes otherwise); with slashes or dashes `03/04/2025` has two
/// readings. Two digits of a year need a given order and are 1970..2069. Errors: `ambiguous_date`,
/// `bad_date`.
Result<DateText> ParseDateText(std::string_view text, DateOrder order);

/// The moment in UTC; a day without a time is its first moment in `zone`.
Instant ToInstant(const DateText& date, const Zone& zone);
/// The calendar day in `zone`.
Day ToDay(const DateText& date, const Zone& zone);

/// Day and time of a spreadsheet's serial number: days since 1899-12-30 (or 1904-01-01). The day that never
/// was (60 = 29 February 1900) and negative numbers are errors `bad_date`.
Result<DateText> FromSerial(double serial, bool since_1904);

}  // namespace svodka::crm::files
