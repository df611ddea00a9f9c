#include "crm/files/date_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace svodka::crm::files {
namespace {

std::string Utc(std::string_view text, DateOrder order = DateOrder::kUnknown,
                const char* zone = "Europe/Moscow") {
  const auto date = ParseDateText(text, order);
  return date.ok() ? ToString(ToInstant(*date, *Zone::Find(zone))) : date.error().code;
}

TEST(DateText, ReadsDays) {
  EXPECT_EQ(Utc("31.12.2024"), "2024-12-30T21:00:00Z");
  EXPECT_EQ(Utc("1.2.2024"), "2024-01-31T21:00:00Z");
  EXPECT_EQ(Utc("2024-12-31"), "2024-12-30T21:00:00Z");
  EXPECT_EQ(Utc("2024/12/31"), "2024-12-30T21:00:00Z");
  EXPECT_EQ(Utc("31.12.2024 г."), "2024-12-30T21:00:00Z");
}

TEST(DateText, ReadsTimesAndZones) {
  EXPECT_EQ(Utc("31.12.2024 15:30"), "2024-12-31T12:30:00Z");
  EXPECT_EQ(Utc("31.12.2024 15:30:45"), "2024-12-31T12:30:45Z");
  EXPECT_EQ(Utc("2024-12-31T15:30:45+05:00"), "2024-12-31T10:30:45Z");
  EXPECT_EQ(Utc("2024-12-31 15:30:45.250Z"), "2024-12-31T15:30:45Z");
  EXPECT_EQ(Utc("12/31/2024 3:30 PM"), "2024-12-31T12:30:00Z");
  EXPECT_EQ(Utc("12/31/2024 12:05 am"), "2024-12-30T21:05:00Z");
  EXPECT_EQ(Utc("29.03.2026 02:30", DateOrder::kUnknown, "Europe/Berlin"), "2026-03-29T01:00:00Z")
      << "a time that never was";
}

TEST(DateText, NeverGuessesDayAndMonth) {
  EXPECT_EQ(Utc("03/04/2025"), "ambiguous_date");
  EXPECT_EQ(Utc("03-04-2025"), "ambiguous_date");
  EXPECT_EQ(Utc("03/04/2025", DateOrder::kDayFirst), "2025-04-02T21:00:00Z");
  EXPECT_EQ(Utc("03/04/2025", DateOrder::kMonthFirst), "2025-03-03T21:00:00Z");
  EXPECT_EQ(Utc("05/05/2025"), "2025-05-04T21:00:00Z") << "both readings are the same day";
  EXPECT_EQ(ParseDateText("13/04/2025", DateOrder::kUnknown)->proves, DateOrder::kDayFirst);
  EXPECT_EQ(ParseDateText("04/13/2025", DateOrder::kUnknown)->proves, DateOrder::kMonthFirst);
  EXPECT_EQ(Utc("13/04/2025", DateOrder::kMonthFirst), "bad_date");
  EXPECT_EQ(Utc("01.02.25"), "ambiguous_date") << "two digits of a year";
  EXPECT_EQ(Utc("01.02.25", DateOrder::kDayFirst), "2025-01-31T21:00:00Z");
}

TEST(DateText, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "вчера", "31.02.2024", "2024-13-01", "2024-02-30", "31.12.2024 25:00", "31.12.2024 12:60",
        "45657", "2024-12", "31.12.2024 15:30 завтра", "0000-00-00", "31-дек-2024"}) {
    EXPECT_EQ(Utc(text), "bad_date") << text;
  }
}

TEST(DateText, ReadsSerials) {
  EXPECT_EQ(Utc("45657", DateOrder::kExcel, "Etc/UTC"), "2024-12-31T00:00:00Z");
  EXPECT_EQ(Utc("45657.5", DateOrder::kExcel, "Etc/UTC"), "2024-12-31T12:00:00Z");
  EXPECT_EQ(Utc("1", DateOrder::kExcel, "Etc/UTC"), "1900-01-01T00:00:00Z");
  EXPECT_EQ(Utc("61", DateOrder::kExcel, "Etc/UTC"), "1900-03-01T00:00:00Z");
  EXPECT_EQ(Utc("60", DateOrder::kExcel, "Etc/UTC"), "bad_date");
  EXPECT_EQ(Utc("44195", DateOrder::kExcel1904, "Etc/UTC"), "2024-12-31T00:00:00Z");
  EXPECT_EQ(Utc("1735646400", DateOrder::kUnix), "2024-12-31T12:00:00Z");
}

TEST(DateTextProperty, EveryDayIsReadInEveryWriting) {
  EXPECT_TRUE(rc::check([] {
    const Day day{*rc::gen::inRange(-25'000, 60'000)};
    const auto ymd = day.ymd();
    char dots[16], iso[16], us[16];
    std::snprintf(dots, sizeof dots, "%02u.%02u.%04d", unsigned(ymd.day()), unsigned(ymd.month()),
                  int(ymd.year()));
    std::snprintf(iso, sizeof iso, "%04d-%02u-%02u", int(ymd.year()), unsigned(ymd.month()),
                  unsigned(ymd.day()));
    std::snprintf(us, sizeof us, "%u/%u/%04d", unsigned(ymd.month()), unsigned(ymd.day()), int(ymd.year()));
    RC_ASSERT(ParseDateText(dots, DateOrder::kUnknown)->day == day);
    RC_ASSERT(ParseDateText(iso, DateOrder::kUnknown)->day == day);
    RC_ASSERT(ParseDateText(us, DateOrder::kMonthFirst)->day == day);
    const auto guess = ParseDateText(us, DateOrder::kUnknown);
    if (guess.ok()) {
      RC_ASSERT(guess->day == day);
    } else {
      RC_ASSERT(guess.error().code == "ambiguous_date");
    }
  }));
}

}  // namespace
}  // namespace svodka::crm::files
