#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "metrics/definitions/model.hpp"
#include "metrics/query/request.hpp"

/// Calendar rules of requests: buckets, comparison ranges. Pure.
namespace svodka::metrics {

/// Days that stand for "no bound": outside any data, inside INTEGER.
inline constexpr Day kEarliestDay{-1'000'000};
inline constexpr Day kLatestDay{1'000'000};

/// Key of the bucket that holds `day`, as in d_day: day and week are day numbers (week: its Monday), month is
/// year*12+month-1, quarter year*4+q-1, half year*2+h-1, year the year.
int64_t BucketOf(Day day, TimeGrain grain);
Day FirstDayOf(TimeGrain grain, int64_t bucket);
int64_t NextBucket(TimeGrain grain, int64_t bucket);
/// Every bucket that shares a day with the range, in order.
std::vector<int64_t> BucketsOf(DayRange range, TimeGrain grain);

/// The day `years` before; 29 February becomes the 28th.
Day YearsBefore(Day day, int years);

/// The whole range that `range` compares with. Previous: for whole calendar months (a quarter, half or year
/// included) the same number of months before, else the equal number of days before.
DayRange BaseRange(DayRange range, const Comparison& compare);

/// As BaseRange, but where `range` is not over on `today` only its elapsed days' worth of the base.
DayRange ElapsedBaseRange(DayRange range, const Comparison& compare, Day today);

}  // namespace svodka::metrics
