#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "engine/query_service.hpp"

/// Calendar rules of reports: presets, names of periods, ranges to compare with. Pure: "today" is an
/// argument.
namespace svodka::reports {

enum class Grain { kDay, kWeek, kMonth, kQuarter, kHalf, kYear };
std::string_view ToString(Grain grain);
std::optional<Grain> FindGrain(std::string_view name);
std::string GrainLabel(Grain grain, engine::Language language);

/// First day of the bucket that holds `day`; weeks start on Monday.
Day BucketStart(Day day, Grain grain);
/// First day of the bucket `steps` after the one that starts at `start`.
Day NextBucket(Day start, Grain grain, int steps = 1);
/// `I квартал 2025`, `март 2025`, `неделя 3–9 марта 2025`, `Q1 2025`, `12 March 2025`.
std::string BucketLabel(Day start, Grain grain, engine::Language language);
/// Short form for an axis: `мар 25`, `I кв. 25`, `12 мар`.
std::string BucketAxisLabel(Day start, Grain grain, engine::Language language);

/// The period of a report: half-open days of the portal's zone; no range = all time, undated cards included.
struct Period {
  std::optional<DayRange> range;
  std::string preset;       ///< name of the preset it came from, or empty
  bool unfinished = false;  ///< not over at the end of yesterday: today lies inside
};

const std::vector<std::string>& PresetNames();
/// Errors: `unknown_preset` with nearest names.
Result<Period> ResolvePreset(std::string_view preset, Day today);
/// `{"from","to"}`, `{"preset"}` or null (then `initial` is taken). Errors: `bad_period`, `unknown_preset`,
/// `bad_date`; place is a JSON path below `period`.
Result<Period> ResolvePeriod(const json::value* period, std::string_view initial, Day today);
/// What people type after --period: `2025`, `2025-H1`, `2025-Q1`, `2025-03`, `2025-W10`, `2025-03-12`,
/// `2025-01-01..2025-03-31` (first and last day), a preset. Gives the value of the state's `period`. Errors:
/// `bad_period`.
Result<json::value> ParsePeriodText(std::string_view text);

/// The calendar unit that a range is exactly one of.
std::optional<Grain> CalendarUnit(DayRange range);
/// `I квартал 2025`, `январь – февраль 2025`, `1 окт. – 21 нояб. 2024` (the end as the last day), `за всё
/// время`.
std::string PeriodLabel(const Period& period, engine::Language language);
std::string RangeLabel(DayRange range, engine::Language language);
std::string DayLabel(Day day, engine::Language language);

/// Rule of metrics.md, "Comparison": a calendar period compares with the previous calendar period, a free
/// range with the equal number of days before it, `year_ago` with the same dates a year before (29 February
/// with 28), `years_3` with the same dates of each of the three years before. An unfinished period compares
/// its elapsed days (today included) with as many of the other.
struct Comparison {
  std::string kind;  ///< previous, year_ago, years_2 … years_5
  DayRange current;  ///< the days of the period that take part
  DayRange base;
  std::vector<DayRange> earlier;  ///< of years_N: two years before, three …; `base` is the year before
};
/// previous, year_ago, years_2 … years_5.
const std::vector<std::string>& ComparisonKinds();
/// How many earlier years a kind names: year_ago one, years_3 three, others none.
int YearsOf(std::string_view kind);
Comparison CompareWith(DayRange range, bool unfinished, std::string_view kind, Day today);
/// `к прошлому периоду: 1 окт. – 21 нояб. 2024`
std::string ComparisonLabel(const Comparison& comparison, engine::Language language);

/// `2024`, `2023–2024`: an earlier year's range beside the others of its comparison.
std::string YearLabel(DayRange range);

/// The grain whose buckets make a readable axis of at most about 40 points.
Grain GrainFor(DayRange range);

}  // namespace svodka::reports
