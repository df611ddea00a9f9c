#include "emulator/company/calendar.hpp"

#include <array>

namespace svodka::emulator {
namespace {

unsigned Weekday(Day day) {  // 0 = Monday; 1970-01-01 was a Thursday
  return static_cast<unsigned>(((day.number + 3) % 7 + 7) % 7);
}

void PutTwo(char* place, unsigned number) {
  place[0] = static_cast<char>('0' + number / 10 % 10);
  place[1] = static_cast<char>('0' + number % 10);
}

/// `2026-08-01?10:00:00` with that gap; a million pages of rows are mostly moments, so no printf.
void Put(char* text, int64_t local_seconds, char gap) {
  const auto ymd = Day{static_cast<int32_t>(local_seconds / kDaySeconds)}.ymd();
  const auto rest = static_cast<unsigned>(local_seconds % kDaySeconds);
  const auto year = static_cast<unsigned>(static_cast<int>(ymd.year()));
  PutTwo(text, year / 100);
  PutTwo(text + 2, year % 100);
  PutTwo(text + 5, static_cast<unsigned>(ymd.month()));
  PutTwo(text + 8, static_cast<unsigned>(ymd.day()));
  PutTwo(text + 11, rest / 3600);
  PutTwo(text + 14, rest / 60 % 60);
  PutTwo(text + 17, rest % 60);
  text[4] = text[7] = '-';
  text[10] = gap;
  text[13] = text[16] = ':';
}

}  // namespace

std::string LocalIso(Second moment) {
  std::string text = "0000-00-00T00:00:00+03:00";
  Put(text.data(), static_cast<int64_t>(moment) + kMoscowOffset, 'T');
  return text;
}

std::string UtcText(Second moment) {
  std::string text = "0000-00-00 00:00:00";
  Put(text.data(), moment, ' ');
  return text;
}

bool IsHoliday(Day day) {
  const auto ymd = day.ymd();
  const unsigned month = static_cast<unsigned>(ymd.month());
  const unsigned number = static_cast<unsigned>(ymd.day());
  switch (month) {
    case 1:
      return number <= 8;
    case 2:
      return number == 23;
    case 3:
      return number == 8;
    case 5:
      return number == 1 || number == 9;
    case 6:
      return number == 12;
    case 11:
      return number == 4;
    default:
      return false;
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
  static constexpr std::array<double, 12> kSeason = {0.70, 0.92, 1.08, 1.05, 0.88, 1.0,
                                                     0.90, 0.94, 1.12, 1.18, 1.15, 1.20};
  static constexpr std::array<double, 7> kWeek = {1.08, 1.12, 1.05, 1.0, 0.86, 0.16, 0.09};
  const double holiday = IsHoliday(day) ? 0.07 : 1.0;
  const double weekday = kWeek[Weekday(day)];
  return kSeason[static_cast<unsigned>(day.ymd().month()) - 1] * (IsHoliday(day) ? holiday : weekday);
}

}  // namespace svodka::emulator
