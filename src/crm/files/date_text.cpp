#include "crm/files/date_text.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "crm/files/encoding.hpp"

namespace svodka::crm::files {
namespace {

using std::chrono::seconds;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Diagnostic Bad(std::string_view text) {
  return {"bad_date",
          "not a date (31.12.2024, 2024-12-31, 2024-12-31 15:30): \"" + std::string(text) + "\"",
          "",
          {}};
}

/// Digits at the front, at most `most`; -1 when there is none.
int TakeNumber(std::string_view& text, size_t most) {
  int number = -1;
  size_t taken = 0;
  while (taken < most && taken < text.size() && IsDigit(text[taken])) {
    number = std::max(number, 0) * 10 + (text[taken] - '0');
    ++taken;
  }
  text.remove_prefix(taken);
  return number;
}

bool Valid(int year, int month, int day) {
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
         std::chrono::year_month_day{std::chrono::year{year},
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day))}
             .ok();
}

/// ` 15:30`, `T15:30:45.123+03:00`, ` 3:30 PM`.
bool ReadTime(std::string_view text, DateText& date) {
  const int hour = TakeNumber(text, 2);
  if (hour < 0 || text.empty() || text.front() != ':') return false;
  text.remove_prefix(1);
  const int minute = TakeNumber(text, 2);
  if (minute < 0 || minute > 59) return false;
  int second = 0;
  if (!text.empty() && text.front() == ':') {
    text.remove_prefix(1);
    second = TakeNumber(text, 2);
    if (second < 0 || second > 59) return false;
    if (!text.empty() && (text.front() == '.' || text.front() == ',')) {
      text.remove_prefix(1);
      if (TakeNumber(text, 9) < 0) return false;
    }
  }
  text = Trim(text);
  int hour24 = hour;
  const std::string folded = FoldCase(text.substr(0, 2));
  if (folded == "am" || folded == "pm") {
    if (hour < 1 || hour > 12) return false;
    hour24 = hour % 12 + (folded == "pm" ? 12 : 0);
    text = Trim(text.substr(2));
  }
  if (hour24 > 23) return false;
  date.time = std::chrono::hours{hour24} + std::chrono::minutes{minute} + seconds{second};
  if (text.empty()) return true;
  if (text == "Z" || text == "z" || text == "UTC") {
    date.offset = seconds{0};
    return true;
  }
  const bool east = text.front() == '+';
  if (!east && text.front() != '-') return false;
  text.remove_prefix(1);
  const int hours = TakeNumber(text, 2);
  if (!text.empty() && text.front() == ':') text.remove_prefix(1);
  const int minutes = text.empty() ? 0 : TakeNumber(text, 2);
  if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59 || !text.empty()) return false;
  const seconds offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  date.offset = east ? offset : -offset;
  return true;
}

Result<DateText> ReadSerial(std::string_view text, DateOrder order) {
  try {
    size_t used = 0;
    const std::string number(text);
    const double serial = std::stod(number, &used);
    if (used != number.size()) return Bad(text);
    if (order != DateOrder::kUnix) return FromSerial(serial, order == DateOrder::kExcel1904);
    if (!(std::abs(serial) < 1e11)) return Bad(text);
    const auto total = static_cast<int64_t>(std::floor(serial));
    const int64_t day = total >= 0 ? total / 86400 : -((-total + 86399) / 86400);
    DateText date;
    date.day = Day{static_cast<int32_t>(day)};
    date.time = seconds{total - day * 86400};
    date.offset = seconds{0};
    return date;
  } catch (const std::exception&) {
    return Bad(text);  // std::stod: no number, or out of range
  }
}

}  // namespace

Result<DateOrder> ParseDateOrder(std::string_view name) {
  if (name == "dmy") return DateOrder::kDayFirst;
  if (name == "mdy") return DateOrder::kMonthFirst;
  if (name == "ymd") return DateOrder::kYearFirst;
  if (name == "excel") return DateOrder::kExcel;
  if (name == "excel1904") return DateOrder::kExcel1904;
  if (name == "unix") return DateOrder::kUnix;
  return Diagnostic{
      "unknown_date_order",
      "dates are `dmy`, `mdy`, `ymd`, `excel`, `excel1904` or `unix`, not \"" + std::string(name) + "\"",
      "",
      {}};
}

Result<DateText> FromSerial(double serial, bool since_1904) {
  const Diagnostic bad{"bad_date", "not a spreadsheet's day number: " + std::to_string(serial), "", {}};
  if (!(serial >= 0) || serial >= 2'958'466) return bad;  // 9999-12-31
  auto whole = static_cast<int64_t>(std::floor(serial));
  auto rest = static_cast<int64_t>(std::llround((serial - static_cast<double>(whole)) * 86400));
  if (rest == 86400) {
    ++whole;
    rest = 0;
  }
  DateText date;
  if (since_1904) {
    date.day = MakeDay(1904, 1, 1) + static_cast<int32_t>(whole);
  } else {
    if (whole == 60) return bad;  // Excel believes in 1900-02-29
    date.day = MakeDay(1899, 12, 30) + static_cast<int32_t>(whole < 60 ? whole + 1 : whole);
  }
  if (rest != 0) date.time = seconds{rest};
  return date;
}

Result<DateText> ParseDateText(std::string_view shown, DateOrder order) {
  std::string_view text = TrimAny(shown);
  if (order == DateOrder::kExcel || order == DateOrder::kExcel1904 || order == DateOrder::kUnix) {
    const bool number = text.find_first_not_of("0123456789.-") == std::string_view::npos &&
                        text.find('.') == text.rfind('.') && text.find('-', 1) == std::string_view::npos;
    if (number && !text.empty()) return ReadSerial(text, order);
    return ParseDateText(text, DateOrder::kUnknown);
  }
  DateText date;
  const size_t full = text.size();
  const int first = TakeNumber(text, 4);
  const size_t first_digits = full - text.size();
  if (first < 0 || text.empty()) return Bad(shown);
  const char separator = text.front();
  if (separator != '.' && separator != '/' && separator != '-') return Bad(shown);
  text.remove_prefix(1);
  const int second = TakeNumber(text, 2);
  if (second < 0 || text.empty() || text.front() != separator) return Bad(shown);
  text.remove_prefix(1);
  const size_t before_third = text.size();
  const int third = TakeNumber(text, 4);
  const size_t third_digits = before_third - text.size();
  if (third < 0) return Bad(shown);

  int year = 0;
  int month = 0;
  int day = 0;
  if (first_digits == 4) {
    if (third_digits > 2) return Bad(shown);
    year = first;  // a year in front leaves no doubt, whatever the order of the column's other cells
    month = second;
    day = third;
  } else {
    if (first_digits > 2) return Bad(shown);
    DateOrder here = order;
    if (here == DateOrder::kUnknown && separator == '.') here = DateOrder::kDayFirst;
    if (here == DateOrder::kYearFirst) {
      if (first_digits != 2 || third_digits > 2) return Bad(shown);
      year = first >= 70 ? 1900 + first : 2000 + first;
      month = second;
      day = third;
    } else {
      if (third_digits == 2) {
        if (order == DateOrder::kUnknown) {
          return Diagnostic{"ambiguous_date",
                            "a year of two digits: say `dates: dmy`, `mdy` or `ymd` in the mapping: \"" +
                                std::string(shown) + "\"",
                            "",
                            {}};
        }
        year = third >= 70 ? 1900 + third : 2000 + third;
      } else if (third_digits == 4) {
        year = third;
      } else {
        return Bad(shown);
      }
      const bool day_first = Valid(year, second, first);
      const bool month_first = Valid(year, first, second);
      if (separator != '.' && day_first != month_first) {
        date.proves = day_first ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
      }
      if (here == DateOrder::kUnknown) {
        if (day_first && month_first && first != second) {
          return Diagnostic{"ambiguous_date",
                            "day or month first? say `dates: dmy` or `dates: mdy` in the mapping: \"" +
                                std::string(shown) + "\"",
                            "",
                            {}};
        }
        here = day_first ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
      }
      day = here == DateOrder::kDayFirst ? first : second;
      month = here == DateOrder::kDayFirst ? second : first;
    }
  }
  if (!Valid(year, month, day)) return Bad(shown);
  date.day = MakeDay(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  if (text.empty()) return date;
  if (text.front() == 'T' || text.front() == ' ' || text.front() == ',') {
    text = Trim(text.substr(1));
    // «31.12.2024 г.» has a word where a time would be.
    if (text == "г." || text == "г") return date;
    if (ReadTime(text, date)) return date;
  }
  return Bad(shown);
}

Instant ToInstant(const DateText& date, const Zone& zone) {
  if (date.offset)
    return Instant{std::chrono::days{date.day.number}} + date.time.value_or(seconds{0}) - *date.offset;
  return zone.FromLocal(date.day, date.time.value_or(seconds{0}));
}

Day ToDay(const DateText& date, const Zone& zone) {
  return date.offset ? zone.LocalDay(ToInstant(date, zone)) : date.day;
}

}  // namespace svodka::crm::files
