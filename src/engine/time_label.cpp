#include "engine/time_label.hpp"

#include <array>

namespace svodka::engine {
namespace {

using Names = std::array<const char*, 12>;
constexpr Names kMonthsRu = {"январь", "февраль", "март",     "апрель",  "май",    "июнь",
                             "июль",   "август",  "сентябрь", "октябрь", "ноябрь", "декабрь"};
constexpr Names kMonthsEn = {"January", "February", "March",     "April",   "May",      "June",
                             "July",    "August",   "September", "October", "November", "December"};
constexpr Names kShortRu = {"янв.", "февр.", "марта", "апр.", "мая",   "июня",
                            "июля", "авг.",  "сент.", "окт.", "нояб.", "дек."};
constexpr Names kShortEn = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<const char*, 4> kQuarters = {"I", "II", "III", "IV"};

std::string DayLabel(Day day, Language language, bool with_month, bool with_year) {
  const auto ymd = day.ymd();
  std::string text = std::to_string(static_cast<unsigned>(ymd.day()));
  if (with_month) {
    const size_t month = static_cast<unsigned>(ymd.month()) - 1;
    text += std::string(" ") + (language == Language::kRussian ? kShortRu[month] : kShortEn[month]);
  }
  if (with_year) text += " " + std::to_string(static_cast<int>(ymd.year()));
  return text;
}

}  // namespace

std::string TimeLabel(metrics::TimeGrain grain, int64_t bucket, Language language) {
  const bool russian = language == Language::kRussian;
  const Day first = metrics::FirstDayOf(grain, bucket);
  const auto ymd = first.ymd();
  const std::string year = std::to_string(static_cast<int>(ymd.year()));
  const size_t month = static_cast<unsigned>(ymd.month()) - 1;
  switch (grain) {
    case metrics::TimeGrain::kDay:
      return DayLabel(first, language, true, true);
    case metrics::TimeGrain::kWeek: {
      const Day last = first + 6;
      const bool same_year = last.ymd().year() == ymd.year();
      const bool same_month = same_year && last.ymd().month() == ymd.month();
      return DayLabel(first, language, !same_month, !same_year) + "–" + DayLabel(last, language, true, true);
    }
    case metrics::TimeGrain::kMonth:
      return std::string(russian ? kMonthsRu[month] : kMonthsEn[month]) + " " + year;
    case metrics::TimeGrain::kQuarter:
      return russian ? std::string(kQuarters[month / 3]) + " кв. " + year
                     : "Q" + std::to_string(month / 3 + 1) + " " + year;
    case metrics::TimeGrain::kHalf:
      return (russian ? std::to_string(month / 6 + 1) + "-е полугодие "
                      : "H" + std::to_string(month / 6 + 1) + " ") +
             year;
    case metrics::TimeGrain::kYear:
      return year;
  }
  throw InvariantError("unknown time grain");
}

}  // namespace svodka::engine
