#include "metrics/query/calendar.hpp"

#include <algorithm>

namespace svodka::metrics {
namespace {

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

int64_t MonthOf(Day day) {
  const std::chrono::year_month_day ymd = day.ymd();
  return static_cast<int64_t>(static_cast<int>(ymd.year())) * 12 + static_cast<unsigned>(ymd.month()) - 1;
}

Day FirstDayOfMonth(int64_t month) {
  const int64_t year = FloorDivide(month, 12);
  return MakeDay(static_cast<int>(year), static_cast<unsigned>(month - year * 12 + 1), 1);
}

bool IsMonthStart(Day day) { return static_cast<unsigned>(day.ymd().day()) == 1; }

}  // namespace

int64_t BucketOf(Day day, TimeGrain grain) {
  switch (grain) {
    case TimeGrain::kDay:
      return day.number;
    case TimeGrain::kWeek:
      return day.number - (((day.number + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
    case TimeGrain::kMonth:
      return MonthOf(day);
    case TimeGrain::kQuarter:
      return FloorDivide(MonthOf(day), 3);
    case TimeGrain::kHalf:
      return FloorDivide(MonthOf(day), 6);
    case TimeGrain::kYear:
      return FloorDivide(MonthOf(day), 12);
  }
  throw InvariantError("unknown time grain");
}

Day FirstDayOf(TimeGrain grain, int64_t bucket) {
  switch (grain) {
    case TimeGrain::kDay:
    case TimeGrain::kWeek:
      return Day{static_cast<int32_t>(bucket)};
    case TimeGrain::kMonth:
      return FirstDayOfMonth(bucket);
    case TimeGrain::kQuarter:
      return FirstDayOfMonth(bucket * 3);
    case TimeGrain::kHalf:
      return FirstDayOfMonth(bucket * 6);
    case TimeGrain::kYear:
      return FirstDayOfMonth(bucket * 12);
  }
  throw InvariantError("unknown time grain");
}

int64_t NextBucket(TimeGrain grain, int64_t bucket) { return bucket + (grain == TimeGrain::kWeek ? 7 : 1); }

std::vector<int64_t> BucketsOf(DayRange range, TimeGrain grain) {
  std::vector<int64_t> buckets;
  if (range.from >= range.to) return buckets;
  const int64_t last = BucketOf(range.to - 1, grain);
  for (int64_t bucket = BucketOf(range.from, grain); bucket <= last; bucket = NextBucket(grain, bucket)) {
    buckets.push_back(bucket);
  }
  return buckets;
}

Day YearsBefore(Day day, int years) {
  const std::chrono::year_month_day ymd = day.ymd();
  const std::chrono::year_month_day moved{ymd.year() - std::chrono::years{years}, ymd.month(), ymd.day()};
  if (moved.ok()) {
    return MakeDay(static_cast<int>(moved.year()), static_cast<unsigned>(moved.month()),
                   static_cast<unsigned>(moved.day()));
  }
  return MakeDay(static_cast<int>(moved.year()), 2, 28);
}

DayRange BaseRange(DayRange range, const Comparison& compare) {
  if (compare.kind == Comparison::Kind::kYearsAgo) {
    const std::chrono::year_month_day to = range.to.ymd();
    // The last day of a range that ends before a 29 February is the 28th, so the base ends after its own
    // 28th.
    const bool leap_end = static_cast<unsigned>(to.month()) == 2 && static_cast<unsigned>(to.day()) == 29;
    Day base_to = YearsBefore(range.to, compare.years);
    if (leap_end && base_to.ymd().day() == std::chrono::day{28}) base_to = base_to + 1;
    return {YearsBefore(range.from, compare.years), base_to};
  }
  if (IsMonthStart(range.from) && IsMonthStart(range.to)) {
    const int64_t months = MonthOf(range.to) - MonthOf(range.from);
    return {FirstDayOfMonth(MonthOf(range.from) - months), range.from};
  }
  return {range.from - range.days(), range.from};
}

DayRange ElapsedBaseRange(DayRange range, const Comparison& compare, Day today) {
  DayRange base = BaseRange(range, compare);
  if (today + 1 < range.to && today >= range.from) {
    base.to = std::min(base.to, base.from + (today + 1 - range.from));
  }
  return base;
}

}  // namespace svodka::metrics
