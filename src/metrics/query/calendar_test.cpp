#include "metrics/query/calendar.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace svodka::metrics {
namespace {

DayRange Range(const char* from, const char* to) { return {ParseDay(from).value(), ParseDay(to).value()}; }

TEST(Buckets, KeysAreThoseOfTheCalendarTable) {
  const Day day = MakeDay(2025, 8, 31);  // a Sunday
  EXPECT_EQ(BucketOf(day, TimeGrain::kDay), day.number);
  EXPECT_EQ(BucketOf(day, TimeGrain::kWeek), MakeDay(2025, 8, 25).number);
  EXPECT_EQ(BucketOf(day, TimeGrain::kMonth), 2025 * 12 + 7);
  EXPECT_EQ(BucketOf(day, TimeGrain::kQuarter), 2025 * 4 + 2);
  EXPECT_EQ(BucketOf(day, TimeGrain::kHalf), 2025 * 2 + 1);
  EXPECT_EQ(BucketOf(day, TimeGrain::kYear), 2025);
}

RC_GTEST_PROP(Buckets, HoldTheirDays, ()) {
  const Day day{*rc::gen::inRange(-200'000, 200'000)};
  const auto grain = static_cast<TimeGrain>(*rc::gen::inRange(0, 6));
  const int64_t bucket = BucketOf(day, grain);
  RC_ASSERT(FirstDayOf(grain, bucket) <= day);
  RC_ASSERT(day < FirstDayOf(grain, NextBucket(grain, bucket)));
  RC_ASSERT(BucketOf(FirstDayOf(grain, bucket), grain) == bucket);
}

struct Pair {
  DayRange range, base;
};

TEST(PreviousPeriod, OfCalendarPeriodsIsTheCalendarPeriodBefore) {
  const Comparison previous{Comparison::Kind::kPrevious, 0};
  for (const Pair& pair : {Pair{Range("2025-03-01", "2025-04-01"), Range("2025-02-01", "2025-03-01")},
                           Pair{Range("2025-01-01", "2025-04-01"), Range("2024-10-01", "2025-01-01")},
                           Pair{Range("2025-01-01", "2026-01-01"), Range("2024-01-01", "2025-01-01")},
                           Pair{Range("2025-03-10", "2025-03-17"), Range("2025-03-03", "2025-03-10")},
                           Pair{Range("2025-03-10", "2025-03-20"), Range("2025-02-28", "2025-03-10")}}) {
    EXPECT_EQ(BaseRange(pair.range, previous), pair.base) << ToString(pair.range.from);
  }
}

TEST(YearAgo, IsTheSameDatesWithTheTwentyNinthOfFebruaryAsTheTwentyEighth) {
  const Comparison ago{Comparison::Kind::kYearsAgo, 1};
  for (const Pair& pair : {Pair{Range("2024-02-29", "2024-03-01"), Range("2023-02-28", "2023-03-01")},
                           Pair{Range("2024-02-01", "2024-03-01"), Range("2023-02-01", "2023-03-01")},
                           Pair{Range("2024-02-01", "2024-02-29"), Range("2023-02-01", "2023-03-01")},
                           Pair{Range("2025-02-01", "2025-03-01"), Range("2024-02-01", "2024-03-01")}}) {
    EXPECT_EQ(BaseRange(pair.range, ago), pair.base) << ToString(pair.range.from);
  }
}

TEST(UnfinishedPeriod, ComparesWithTheSameNumberOfElapsedDays) {
  const Comparison previous{Comparison::Kind::kPrevious, 0};
  const Day today = MakeDay(2025, 3, 30);
  EXPECT_EQ(ElapsedBaseRange(Range("2025-03-01", "2025-04-01"), previous, MakeDay(2025, 3, 10)),
            Range("2025-02-01", "2025-02-11"));
  // 30 days have passed; February has only 28
  EXPECT_EQ(ElapsedBaseRange(Range("2025-03-01", "2025-04-01"), previous, today),
            Range("2025-02-01", "2025-03-01"));
  EXPECT_EQ(ElapsedBaseRange(Range("2025-02-01", "2025-03-01"), previous, today),
            Range("2025-01-01", "2025-02-01"));
}

}  // namespace
}  // namespace svodka::metrics
