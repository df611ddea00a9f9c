#include "emulator/company/calendar.hpp"

#include <array>
#include <cstdio>

namespace svodka::emulator {
namespace {

unsigned Weekday(Day day) {  // 0 = Monday; 1970-01-01 was a Thursday
  return static_cast<unsigned>(((day.number + 3) % 7 + 7) % 7);
}

std::string Format(int64_t local_seconds, const char* pattern) {
  const Day day{static_cast<int32_t>(local_seconds / kDaySeconds)};
  const int rest = static_cast<int>(local_seconds % kDaySeconds);
  const auto ymd = day.ymd();
  std::array<char, 48> text{};
  const int length = std::snprintf(text.data(), text.size(), pattern, static_cast<int>(ymd.year()),
                                   static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()), rest / 3600,
                                   rest / 60 % 60, rest % 60);
  return std::string(text.data(), static_cast<size_t>(length));
}

}  // namespace

std::string LocalIso(Second moment) {
  return Format(static_cast<int64_t>(moment) + kMoscowOffset, "%04d-%02u-%02uT%02d:%02d:%02d+03:00");
}

std::string UtcText(Second moment) { return Format(moment, "%04d-%02u-%02u %02d:%02d:%02d"); }

bool IsHoliday(Day day) {
  const auto ymd = day.ymd();
  const unsigned month = static_cast<unsigned>(ymd.month());
  const unsigned number = static_cast<unsigned>(ymd.day());
  switch (month) {
    case 1: return number <= 8;
    case 2: return number == 23;
    case 3: return number == 8;
    case 5: return number == 1 || number == 9;
    case 6: return number == 12;
    case 11: return number == 4;
    default: return false;
  }
}

bool IsWorkingDay(Day day) { return Weekday(day) < 5 && !IsHoliday(day); }

Second ToWorkingTime(Second moment) {
  constexpr int32_t kOpen = 9 * 3600;
  constexpr int32_t kClose = 19 * 3600;
  Day day = LocalDay(moment);
  const int32_t time = LocalTime(moment);
  if (IsWorkingDay(day) && time >= kOpen && time < kClose) return moment;
  if (time >= kClose || !IsWorkingDay(day)) day = day + 1;
  while (!IsWorkingDay(day)) day = day + 1;
  // A night's moments fall into the first three hours in the order they had, so that nothing overtakes.
  return AtLocal(day, kOpen + static_cast<int32_t>(static_cast<int64_t>(time) * 3 * 3600 / kDaySeconds));
}

double DayWeight(Day day) {
  static constexpr std::array<double, 12> kSeason = {0.70, 0.92, 1.08, 1.05, 0.88, 1.0, 0.90, 0.94, 1.12, 1.18, 1.15, 1.20};
  static constexpr std::array<double, 7> kWeek = {1.08, 1.12, 1.05, 1.0, 0.86, 0.16, 0.09};
  const double holiday = IsHoliday(day) ? 0.07 : 1.0;
  const double weekday = kWeek[Weekday(day)];
  return kSeason[static_cast<unsigned>(day.ymd().month()) - 1] * (IsHoliday(day) ? holiday : weekday);
}

}  // namespace svodka::emulator
