#include "reports/period.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.hpp"

namespace svodka::reports {
namespace {

using engine::Language;

DayRange Range(const char* from, const char* to) { return {ParseDay(from).value(), ParseDay(to).value()}; }
Day On(const char* day) { return ParseDay(day).value(); }

TEST(Period, PresetsAtTheEdgesOfPeriods) {
  struct Case {
    const char* preset;
    const char* today;
    const char* from;
    const char* to;
    bool unfinished;
  };
  const Case cases[] = {
      {"today", "2025-01-01", "2025-01-01", "2025-01-02", true},
      {"yesterday", "2025-01-01", "2024-12-31", "2025-01-01", false},
      {"this_week", "2025-01-01", "2024-12-30", "2025-01-06", true},  // Wednesday
      {"this_week", "2024-12-30", "2024-12-30", "2025-01-06", true},  // Monday
      {"this_week", "2025-01-05", "2024-12-30", "2025-01-06", true},  // Sunday
      {"last_week", "2025-01-05", "2024-12-23", "2024-12-30", false},
      {"this_month", "2024-02-29", "2024-02-01", "2024-03-01", true},
      {"last_month", "2025-01-31", "2024-12-01", "2025-01-01", false},
      {"last_month", "2024-03-31", "2024-02-01", "2024-03-01", false},
      {"this_quarter", "2025-03-31", "2025-01-01", "2025-04-01", true},
      {"this_quarter", "2025-04-01", "2025-04-01", "2025-07-01", true},
      {"last_quarter", "2025-02-10", "2024-10-01", "2025-01-01", false},
      {"this_half", "2025-06-30", "2025-01-01", "2025-07-01", true},
      {"this_half", "2025-07-01", "2025-07-01", "2026-01-01", true},
      {"this_year", "2024-12-31", "2024-01-01", "2025-01-01", true},
      {"last_year", "2024-12-31", "2023-01-01", "2024-01-01", false},
      {"last_30_days", "2025-03-01", "2025-01-31", "2025-03-02", true},
  };
  for (const Case& c : cases) {
    const auto period = ResolvePreset(c.preset, On(c.today));
    ASSERT_TRUE(period) << c.preset;
    EXPECT_EQ(period->range, Range(c.from, c.to)) << c.preset << " on " << c.today;
    EXPECT_EQ(period->unfinished, c.unfinished) << c.preset;
  }
}

TEST(Period, TodayIsThatOfThePortalsZone) {
  const ManualClock clock(ParseInstant("2025-03-31T21:30:00Z").value());  // 1 April in Moscow
  const Zone zone = Zone::Find("Europe/Moscow").value();
  EXPECT_EQ(ResolvePreset("this_quarter", zone.LocalDay(clock.Now()))->range,
            Range("2025-04-01", "2025-07-01"));
}

TEST(Period, UnknownPresetNamesTheNearest) {
  const auto period = ResolvePreset("this_mounth", On("2025-01-01"));
  ASSERT_FALSE(period);
  EXPECT_EQ(period.error().code, "unknown_preset");
  EXPECT_EQ(period.error().nearest.front(), "this_month");
}

TEST(Period, LabelsInBothLanguages) {
  const auto label = [](const char* from, const char* to, Language language) {
    return RangeLabel(Range(from, to), language);
  };
  EXPECT_EQ(label("2025-01-01", "2025-04-01", Language::kRussian), "I квартал 2025");
  EXPECT_EQ(label("2025-01-01", "2025-04-01", Language::kEnglish), "Q1 2025");
  EXPECT_EQ(label("2025-03-01", "2025-04-01", Language::kRussian), "март 2025");
  EXPECT_EQ(label("2025-03-01", "2025-04-01", Language::kEnglish), "March 2025");
  EXPECT_EQ(label("2025-07-01", "2026-01-01", Language::kRussian), "2-е полугодие 2025");
  EXPECT_EQ(label("2025-01-01", "2026-01-01", Language::kRussian), "2025 год");
  EXPECT_EQ(label("2025-03-03", "2025-03-10", Language::kRussian), "неделя 3–9 марта 2025");
  EXPECT_EQ(label("2024-10-01", "2024-11-22", Language::kRussian), "1 окт. – 21 нояб. 2024");
  EXPECT_EQ(label("2024-12-30", "2025-01-10", Language::kEnglish), "30 Dec 2024 – 9 Jan 2025");
  EXPECT_EQ(label("2025-01-01", "2025-03-01", Language::kRussian), "январь – февраль 2025");
  EXPECT_EQ(label("2025-03-12", "2025-03-13", Language::kRussian), "12 марта 2025");
}

TEST(Period, TextOfTheCommandLine) {
  const auto text = [](std::string_view period) { return json::serialize(ParsePeriodText(period).value()); };
  EXPECT_EQ(text("2025"), R"({"from":"2025-01-01","to":"2026-01-01"})");
  EXPECT_EQ(text("2025-H2"), R"({"from":"2025-07-01","to":"2026-01-01"})");
  EXPECT_EQ(text("2025-Q1"), R"({"from":"2025-01-01","to":"2025-04-01"})");
  EXPECT_EQ(text("2025-03"), R"({"from":"2025-03-01","to":"2025-04-01"})");
  EXPECT_EQ(text("2025-W01"), R"({"from":"2024-12-30","to":"2025-01-06"})");
  EXPECT_EQ(text("2025-03-12"), R"({"from":"2025-03-12","to":"2025-03-13"})");
  EXPECT_EQ(text("2025-01-01..2025-02-15"), R"({"from":"2025-01-01","to":"2025-02-16"})");
  EXPECT_EQ(text("2025-01-01..2025-01-01"), R"({"from":"2025-01-01","to":"2025-01-02"})");
  EXPECT_EQ(text("last_month"), R"({"preset":"last_month"})");
  for (const char* bad :
       {"2025-Q5", "2025-13", "2025-W54", "2025-02-30", "2025-02-01..2025-01-01", "last_moth", "", "25"}) {
    const auto period = ParsePeriodText(bad);
    ASSERT_FALSE(period) << bad;
    EXPECT_EQ(period.error().code, "bad_period") << bad;
    EXPECT_NE(period.error().message.find("both included"), std::string::npos) << period.error().message;
  }
  EXPECT_THAT(ParsePeriodText("2017-Q5").error().nearest, ::testing::Contains("2017-Q1"));
  EXPECT_THAT(ParsePeriodText("last_moth").error().nearest, ::testing::Contains("last_month"));
}

TEST(Period, OfAStateIsAnObject) {
  const auto fault = [](const char* period) {
    const json::value value = json::parse(period);
    return ResolvePeriod(&value, "this_month", On("2025-03-12")).error();
  };
  for (const char* bad : {R"("2017-Q5")", R"({"from": "2025-01-01"})", "[1]", R"({"preset": 1})",
                          R"({"from": "2025-01-01", "to": "2025-01-01"})"}) {
    EXPECT_EQ(fault(bad).code, "bad_period") << bad;
    EXPECT_NE(fault(bad).message.find("the first day after it"), std::string::npos) << fault(bad).message;
  }
  EXPECT_THAT(fault(R"("last_moth")").nearest, ::testing::Contains("last_month"));
  EXPECT_THAT(fault(R"({"form": "2025-01-01", "to": "2025-02-01"})").nearest, ::testing::Contains("from"));
}

TEST(Period, ComparisonRanges) {
  struct Case {
    DayRange range;
    bool unfinished;
    const char* kind;
    const char* today;
    DayRange current, base;
  };
  const Case cases[] = {
      // A finished quarter with the whole quarter before.
      {Range("2025-01-01", "2025-04-01"), false, "previous", "2025-05-10", Range("2025-01-01", "2025-04-01"),
       Range("2024-10-01", "2025-01-01")},
      // An unfinished one with as many elapsed days: 1 October to 21 November are 52 days of the third
      // quarter.
      {Range("2024-10-01", "2025-01-01"), true, "previous", "2024-11-21", Range("2024-10-01", "2024-11-22"),
       Range("2024-07-01", "2024-08-22")},
      // March of 31 elapsed days against a February of 28.
      {Range("2025-03-01", "2025-04-01"), true, "previous", "2025-03-30", Range("2025-03-01", "2025-03-31"),
       Range("2025-02-01", "2025-03-01")},
      // A free range with the equal number of days before it.
      {Range("2025-01-10", "2025-01-20"), false, "previous", "2025-05-10", Range("2025-01-10", "2025-01-20"),
       Range("2024-12-31", "2025-01-10")},
      // A year ago; 29 February compares with 28.
      {Range("2024-02-01", "2024-03-01"), false, "year_ago", "2025-05-10", Range("2024-02-01", "2024-03-01"),
       Range("2023-02-01", "2023-03-01")},
      {Range("2024-02-29", "2024-03-01"), false, "year_ago", "2025-05-10", Range("2024-02-29", "2024-03-01"),
       Range("2023-02-28", "2023-03-01")},
      {Range("2025-01-01", "2026-01-01"), true, "year_ago", "2025-02-10", Range("2025-01-01", "2025-02-11"),
       Range("2024-01-01", "2024-02-11")},
  };
  for (const Case& c : cases) {
    const Comparison comparison = CompareWith(c.range, c.unfinished, c.kind, On(c.today));
    EXPECT_EQ(comparison.current, c.current) << RangeLabel(c.range, Language::kEnglish);
    EXPECT_EQ(comparison.base, c.base) << RangeLabel(c.range, Language::kEnglish) << " " << c.kind;
  }
  EXPECT_EQ(
      ComparisonLabel(CompareWith(Range("2025-01-01", "2025-04-01"), true, "previous", On("2025-02-21")),
                      Language::kRussian),
      "к прошлому периоду: 1 окт. – 21 нояб. 2024");
  const Comparison years = CompareWith(Range("2024-02-01", "2024-03-01"), true, "years_3", On("2024-02-29"));
  EXPECT_EQ(years.base, Range("2023-02-01", "2023-03-01"));
  ASSERT_EQ(years.earlier.size(), 2U);
  EXPECT_EQ(years.earlier[1], Range("2021-02-01", "2021-03-01"));
  EXPECT_EQ(ComparisonLabel(years, Language::kRussian), "к прошлым годам: 2023, 2022, 2021");
  EXPECT_EQ(YearLabel(Range("2023-12-01", "2024-02-01")), "2023–2024");
}

}  // namespace
}  // namespace svodka::reports
