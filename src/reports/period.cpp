#include "reports/period.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace svodka::reports {
namespace {

using engine::Language;

constexpr std::array<std::string_view, 12> kMonthsRu = {"январь",   "февраль", "март",   "апрель",
                                                        "май",      "июнь",    "июль",   "август",
                                                        "сентябрь", "октябрь", "ноябрь", "декабрь"};
constexpr std::array<std::string_view, 12> kMonthsGenitiveRu = {"января",   "февраля", "марта",  "апреля",
                                                                "мая",      "июня",    "июля",   "августа",
                                                                "сентября", "октября", "ноября", "декабря"};
constexpr std::array<std::string_view, 12> kMonthsShortRu = {
    "янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек."};
constexpr std::array<std::string_view, 12> kMonthsAxisRu = {"янв", "фев", "мар", "апр", "май", "июн",
                                                            "июл", "авг", "сен", "окт", "ноя", "дек"};
constexpr std::array<std::string_view, 12> kMonthsEn = {"January",   "February", "March",    "April",
                                                        "May",       "June",     "July",     "August",
                                                        "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 12> kMonthsShortEn = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 4> kRoman = {"I", "II", "III", "IV"};

int YearOf(Day day) { return static_cast<int>(day.ymd().year()); }
unsigned MonthOf(Day day) { return static_cast<unsigned>(day.ymd().month()); }
unsigned DayOf(Day day) { return static_cast<unsigned>(day.ymd().day()); }
size_t MonthIndex(Day day) { return MonthOf(day) - 1; }

Day FirstOfMonth(int months) {  // months since year 0
  return MakeDay(months / 12, static_cast<unsigned>(months % 12) + 1, 1);
}
int MonthsOf(Day day) { return YearOf(day) * 12 + static_cast<int>(MonthOf(day)) - 1; }

int MonthsIn(Grain grain) {
  switch (grain) {
    case Grain::kMonth:
      return 1;
    case Grain::kQuarter:
      return 3;
    case Grain::kHalf:
      return 6;
    case Grain::kYear:
      return 12;
    case Grain::kDay:
    case Grain::kWeek:
      return 0;
  }
  return 0;
}

/// The same date `years` before; 29 February becomes 28.
Day YearsBefore(Day day, int years) {
  const std::chrono::year_month_day date = day.ymd();
  std::chrono::year_month_day shifted{date.year() - std::chrono::years{years}, date.month(), date.day()};
  if (!shifted.ok()) shifted = shifted.year() / shifted.month() / std::chrono::last;
  return MakeDay(static_cast<int>(shifted.year()), static_cast<unsigned>(shifted.month()),
                 static_cast<unsigned>(shifted.day()));
}

DayRange BucketOf(Day day, Grain grain) {
  const Day start = BucketStart(day, grain);
  return {start, NextBucket(start, grain)};
}

std::string ShortDay(Day day, bool with_year, Language language) {
  const bool ru = language == Language::kRussian;
  std::string text = std::to_string(DayOf(day)) + " " +
                     std::string(ru ? kMonthsShortRu[MonthIndex(day)] : kMonthsShortEn[MonthIndex(day)]);
  if (with_year) text += " " + std::to_string(YearOf(day));
  return text;
}

/// `3–9 марта 2025`, `28 февр. – 6 мар. 2025`, `30 дек. 2024 – 5 янв. 2025`; both ends included.
std::string DaysLabel(Day first, Day last, Language language) {
  const bool ru = language == Language::kRussian;
  if (first == last) return DayLabel(first, language);
  if (MonthsOf(first) == MonthsOf(last)) {
    const std::string_view month = ru ? kMonthsGenitiveRu[MonthIndex(last)] : kMonthsEn[MonthIndex(last)];
    return std::to_string(DayOf(first)) + "–" + std::to_string(DayOf(last)) + " " + std::string(month) + " " +
           std::to_string(YearOf(last));
  }
  return ShortDay(first, YearOf(first) != YearOf(last), language) + " – " + ShortDay(last, true, language);
}

bool IsMonthStart(Day day) { return DayOf(day) == 1; }

/// Of the state of a report, whose period is an object.
Diagnostic BadPeriod(const json::value& given, std::string place) {
  std::vector<std::string> nearest;
  if (given.is_string()) nearest = NearestNames(std::string_view(given.get_string()), PresetNames());
  if (given.is_object()) {
    static const std::vector<std::string> kKeys = {"preset", "from", "to"};
    for (const auto& member : given.get_object()) {
      const std::string key(member.key());
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) nearest = NearestNames(key, kKeys);
    }
  }
  return {
      "bad_period",
      R"(a period is {"preset": NAME} or {"from": DAY, "to": DAY}, 'to' being the first day after it and )"
      "later than 'from'; got " +
          json::serialize(given).substr(0, 200),
      std::move(place), std::move(nearest)};
}

/// Of a text that a person typed.
Diagnostic BadPeriodText(std::string_view text) {
  std::vector<std::string> names = PresetNames();
  if (const std::string_view year = text.substr(0, 4);
      year.size() == 4 && year.find_first_not_of("0123456789") == std::string_view::npos) {
    for (const char* part : {"", "-H1", "-H2", "-Q1", "-Q2", "-Q3", "-Q4", "-01", "-02", "-03", "-04", "-05",
                             "-06", "-07", "-08", "-09", "-10", "-11", "-12"})
      names.push_back(std::string(year) + part);
  }
  return {"bad_period",
          "a period is a preset such as last_month, a year 2025, half-year 2025-H1, quarter 2025-Q1, month "
          "2025-03, week 2025-W10, day 2025-03-12 or a range FIRST..LAST of days, both included: "
          "2025-01-01..2025-03-31; got '" +
              std::string(text.substr(0, 200)) + "'",
          "period", NearestNames(text.substr(0, 200), names)};
}

std::optional<int> FindNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

json::value RangeJson(DayRange range) {
  return json::object{{"from", ToString(range.from)}, {"to", ToString(range.to)}};
}

std::optional<DayRange> FindCalendarRange(std::string_view text) {
  const auto year = FindNumber(text.substr(0, std::min<size_t>(4, text.size())));
  if (!year || *year < 1900 || *year > 2200) return std::nullopt;
  if (text.size() == 4) return BucketOf(MakeDay(*year, 1, 1), Grain::kYear);
  if (text[4] != '-') return std::nullopt;
  const std::string_view rest = text.substr(5);
  if (rest.size() == 2 && (rest[0] == 'Q' || rest[0] == 'q') && rest[1] >= '1' && rest[1] <= '4') {
    return BucketOf(MakeDay(*year, static_cast<unsigned>(rest[1] - '1') * 3 + 1, 1), Grain::kQuarter);
  }
  if (rest.size() == 2 && (rest[0] == 'H' || rest[0] == 'h') && (rest[1] == '1' || rest[1] == '2')) {
    return BucketOf(MakeDay(*year, static_cast<unsigned>(rest[1] - '1') * 6 + 1, 1), Grain::kHalf);
  }
  if (rest.size() == 3 && (rest[0] == 'W' || rest[0] == 'w')) {
    const auto week = FindNumber(rest.substr(1));
    if (!week || *week < 1 || *week > 53) return std::nullopt;
    // ISO 8601: week 1 holds 4 January.
    const Day start = BucketStart(MakeDay(*year, 1, 4), Grain::kWeek) + (*week - 1) * 7;
    if (YearOf(start + 3) != *year) return std::nullopt;
    return DayRange{start, start + 7};
  }
  if (rest.size() == 2) {
    const auto month = FindNumber(rest);
    if (!month || *month < 1 || *month > 12) return std::nullopt;
    return BucketOf(MakeDay(*year, static_cast<unsigned>(*month), 1), Grain::kMonth);
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToString(Grain grain) {
  switch (grain) {
    case Grain::kDay:
      return "day";
    case Grain::kWeek:
      return "week";
    case Grain::kMonth:
      return "month";
    case Grain::kQuarter:
      return "quarter";
    case Grain::kHalf:
      return "half";
    case Grain::kYear:
      return "year";
  }
  return "";
}

std::optional<Grain> FindGrain(std::string_view name) {
  for (const Grain grain :
       {Grain::kDay, Grain::kWeek, Grain::kMonth, Grain::kQuarter, Grain::kHalf, Grain::kYear}) {
    if (ToString(grain) == name) return grain;
  }
  return std::nullopt;
}

std::string GrainLabel(Grain grain, Language language) {
  const bool ru = language == Language::kRussian;
  switch (grain) {
    case Grain::kDay:
      return ru ? "День" : "Day";
    case Grain::kWeek:
      return ru ? "Неделя" : "Week";
    case Grain::kMonth:
      return ru ? "Месяц" : "Month";
    case Grain::kQuarter:
      return ru ? "Квартал" : "Quarter";
    case Grain::kHalf:
      return ru ? "Полугодие" : "Half-year";
    case Grain::kYear:
      return ru ? "Год" : "Year";
  }
  return "";
}

Day BucketStart(Day day, Grain grain) {
  if (grain == Grain::kDay) return day;
  if (grain == Grain::kWeek) {
    const int weekday = ((day.number + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday; Monday = 0
    return day - weekday;
  }
  const int months = MonthsOf(day);
  return FirstOfMonth(months - months % MonthsIn(grain));
}

Day NextBucket(Day start, Grain grain, int steps) {
  if (grain == Grain::kDay) return start + steps;
  if (grain == Grain::kWeek) return start + 7 * steps;
  return FirstOfMonth(MonthsOf(start) + steps * MonthsIn(grain));
}

std::string BucketLabel(Day start, Grain grain, Language language) {
  const bool ru = language == Language::kRussian;
  const std::string year = std::to_string(YearOf(start));
  switch (grain) {
    case Grain::kDay:
      return DayLabel(start, language);
    case Grain::kWeek:
      return (ru ? "неделя " : "week ") + DaysLabel(start, start + 6, language);
    case Grain::kMonth:
      return std::string(ru ? kMonthsRu[MonthIndex(start)] : kMonthsEn[MonthIndex(start)]) + " " + year;
    case Grain::kQuarter: {
      const size_t quarter = MonthIndex(start) / 3;
      return ru ? std::string(kRoman[quarter]) + " квартал " + year
                : "Q" + std::to_string(quarter + 1) + " " + year;
    }
    case Grain::kHalf: {
      const std::string half = MonthIndex(start) < 6 ? "1" : "2";
      return ru ? half + "-е полугодие " + year : "H" + half + " " + year;
    }
    case Grain::kYear:
      return ru ? year + " год" : year;
  }
  return "";
}

std::string BucketAxisLabel(Day start, Grain grain, Language language) {
  const bool ru = language == Language::kRussian;
  const std::string year = std::to_string(YearOf(start));
  const std::string short_year = year.substr(year.size() - 2);
  switch (grain) {
    case Grain::kDay:
    case Grain::kWeek:
      return std::to_string(DayOf(start)) + " " +
             std::string(ru ? kMonthsAxisRu[MonthIndex(start)] : kMonthsShortEn[MonthIndex(start)]);
    case Grain::kMonth:
      return std::string(ru ? kMonthsAxisRu[MonthIndex(start)] : kMonthsShortEn[MonthIndex(start)]) + " " +
             short_year;
    case Grain::kQuarter: {
      const size_t quarter = MonthIndex(start) / 3;
      return ru ? std::string(kRoman[quarter]) + " кв. " + short_year
                : "Q" + std::to_string(quarter + 1) + " " + short_year;
    }
    case Grain::kHalf: {
      const std::string half = MonthIndex(start) < 6 ? "1" : "2";
      return ru ? half + " п/г " + short_year : "H" + half + " " + short_year;
    }
    case Grain::kYear:
      return year;
  }
  return "";
}

const std::vector<std::string>& PresetNames() {
  static const std::vector<std::string> kNames = {
      "today",        "yesterday", "this_week", "last_week", "this_month",   "last_month", "this_quarter",
      "last_quarter", "this_half", "this_year", "last_year", "last_30_days", "all"};
  return kNames;
}

Result<Period> ResolvePreset(std::string_view preset, Day today) {
  Period period;
  period.preset = preset;
  const auto previous = [today](Grain grain) {
    const Day start = BucketStart(today, grain);
    return DayRange{NextBucket(start, grain, -1), start};
  };
  if (preset == "all") return period;
  if (preset == "today") period.range = BucketOf(today, Grain::kDay);
  if (preset == "yesterday") period.range = DayRange{today - 1, today};
  if (preset == "this_week") period.range = BucketOf(today, Grain::kWeek);
  if (preset == "last_week") period.range = previous(Grain::kWeek);
  if (preset == "this_month") period.range = BucketOf(today, Grain::kMonth);
  if (preset == "last_month") period.range = previous(Grain::kMonth);
  if (preset == "this_quarter") period.range = BucketOf(today, Grain::kQuarter);
  if (preset == "last_quarter") period.range = previous(Grain::kQuarter);
  if (preset == "this_half") period.range = BucketOf(today, Grain::kHalf);
  if (preset == "this_year") period.range = BucketOf(today, Grain::kYear);
  if (preset == "last_year") period.range = previous(Grain::kYear);
  if (preset == "last_30_days") period.range = DayRange{today - 29, today + 1};
  if (!period.range) {
    return Diagnostic{"unknown_preset", "no such period preset: '" + std::string(preset) + "'",
                      "period.preset", NearestNames(preset, PresetNames())};
  }
  period.unfinished = period.range->to > today;
  return period;
}

Result<Period> ResolvePeriod(const json::value* period, std::string_view initial, Day today) {
  if (period == nullptr || period->is_null()) return ResolvePreset(initial, today);
  if (!period->is_object()) return BadPeriod(*period, "period");
  if (const json::value* preset = FindMember(*period, "preset")) {
    if (!preset->is_string()) return BadPeriod(*preset, "period.preset");
    return ResolvePreset(std::string_view(preset->get_string()), today);
  }
  const auto from_text = FindString(*period, "from"), to_text = FindString(*period, "to");
  if (!from_text || !to_text) return BadPeriod(*period, "period");
  const auto from = ParseDay(*from_text), to = ParseDay(*to_text);
  if (!from) return Diagnostic{from.error().code, from.error().message, "period.from", {}};
  if (!to) return Diagnostic{to.error().code, to.error().message, "period.to", {}};
  if (!(*from < *to)) return BadPeriod(*period, "period");
  Period resolved;
  resolved.range = DayRange{*from, *to};
  resolved.unfinished = resolved.range->to > today;
  return resolved;
}

Result<json::value> ParsePeriodText(std::string_view text) {
  const auto& presets = PresetNames();
  if (std::find(presets.begin(), presets.end(), text) != presets.end()) {
    return json::value(json::object{{"preset", std::string(text)}});
  }
  if (const size_t dots = text.find(".."); dots != std::string_view::npos) {
    // People name the last day; a range of days ends before its `to`.
    const auto first = ParseDay(text.substr(0, dots)), last = ParseDay(text.substr(dots + 2));
    if (!first || !last || *last < *first) return BadPeriodText(text);
    return RangeJson({*first, *last + 1});
  }
  if (const auto range = FindCalendarRange(text)) return RangeJson(*range);
  if (const auto day = ParseDay(text)) return RangeJson({*day, *day + 1});
  return BadPeriodText(text);
}

std::optional<Grain> CalendarUnit(DayRange range) {
  for (const Grain grain :
       {Grain::kDay, Grain::kWeek, Grain::kMonth, Grain::kQuarter, Grain::kHalf, Grain::kYear}) {
    if (BucketOf(range.from, grain) == range) return grain;
  }
  return std::nullopt;
}

std::string DayLabel(Day day, Language language) {
  const bool ru = language == Language::kRussian;
  return std::to_string(DayOf(day)) + " " +
         std::string(ru ? kMonthsGenitiveRu[MonthIndex(day)] : kMonthsEn[MonthIndex(day)]) + " " +
         std::to_string(YearOf(day));
}

std::string RangeLabel(DayRange range, Language language) {
  if (const auto unit = CalendarUnit(range)) return BucketLabel(range.from, *unit, language);
  if (IsMonthStart(range.from) && IsMonthStart(range.to)) {
    const bool ru = language == Language::kRussian;
    const Day last = range.to - 1;
    const auto& months = ru ? kMonthsRu : kMonthsEn;
    std::string text(months[MonthIndex(range.from)]);
    if (YearOf(range.from) != YearOf(last)) text += " " + std::to_string(YearOf(range.from));
    return text + " – " + std::string(months[MonthIndex(last)]) + " " + std::to_string(YearOf(last));
  }
  return DaysLabel(range.from, range.to - 1, language);
}

std::string PeriodLabel(const Period& period, Language language) {
  if (!period.range) return language == Language::kRussian ? "за всё время" : "all time";
  return RangeLabel(*period.range, language);
}

const std::vector<std::string>& ComparisonKinds() {
  static const std::vector<std::string> kKinds = {"previous", "year_ago", "years_2",
                                                  "years_3",  "years_4",  "years_5"};
  return kKinds;
}

int YearsOf(std::string_view kind) {
  if (kind == "year_ago") return 1;
  constexpr std::string_view kPrefix = "years_";
  return kind.size() == kPrefix.size() + 1 && kind.starts_with(kPrefix) ? kind.back() - '0' : 0;
}

Comparison CompareWith(DayRange range, bool unfinished, std::string_view kind, Day today) {
  Comparison comparison;
  comparison.kind = kind;
  comparison.current = range;
  if (unfinished && today >= range.from) comparison.current.to = std::min(range.to, today + 1);
  if (const int years = YearsOf(kind); years > 0) {
    // The end is shifted as the last day, so that a range to 29 February ends with the 28th.
    const auto before = [&](int count) {
      return DayRange{YearsBefore(range.from, count), YearsBefore(comparison.current.to - 1, count) + 1};
    };
    comparison.base = before(1);
    for (int count = 2; count <= years; ++count) comparison.earlier.push_back(before(count));
    return comparison;
  }
  if (const auto unit = CalendarUnit(range)) {
    comparison.base = {NextBucket(range.from, *unit, -1), range.from};
  } else {
    comparison.base = {range.from - range.days(), range.from};
  }
  if (comparison.current.to < range.to) {  // as many elapsed days, but never past the other period's end
    comparison.base.to = std::min(comparison.base.to, comparison.base.from + comparison.current.days());
  }
  return comparison;
}

std::string ComparisonLabel(const Comparison& comparison, Language language) {
  const bool ru = language == Language::kRussian;
  if (!comparison.earlier.empty()) {
    std::string label = (ru ? "к прошлым годам: " : "to earlier years: ") + YearLabel(comparison.base);
    for (const DayRange& range : comparison.earlier) label += ", " + YearLabel(range);
    return label;
  }
  const bool year_ago = comparison.kind == "year_ago";
  const std::string prefix = ru ? (year_ago ? "к прошлому году: " : "к прошлому периоду: ")
                                : (year_ago ? "to a year ago: " : "to the previous period: ");
  return prefix + RangeLabel(comparison.base, language);
}

std::string YearLabel(DayRange range) {
  const std::string first = ToString(range.from).substr(0, 4), last = ToString(range.to - 1).substr(0, 4);
  return first == last ? first : first + "–" + last;
}

Grain GrainFor(DayRange range) {
  const int days = range.days();
  if (days <= 40) return Grain::kDay;
  if (days <= 7 * 30) return Grain::kWeek;
  if (days <= 366 * 3 + 1) return Grain::kMonth;
  if (days <= 366 * 10) return Grain::kQuarter;
  return Grain::kYear;
}

}  // namespace svodka::reports
