#include "app/portal_check.hpp"

#include <gtest/gtest.h>

namespace svodka::app {
namespace {

Instant At(const char* text) { return ParseInstant(text).value(); }

TEST(CheckPlan, RunsOnceAWeekAtItsHour) {
  const Zone moscow = Zone::Find("Europe/Moscow").value();
  CheckPlan plan;
  plan.followed_since = At("2026-11-20T10:00:00+03:00");
  // The first one soon after the first load.
  EXPECT_FALSE(IsCheckDue(plan, moscow, At("2026-11-20T10:09:00+03:00")));
  EXPECT_TRUE(IsCheckDue(plan, moscow, At("2026-11-20T10:10:00+03:00")));
  plan.last_end = At("2026-11-20T10:12:00+03:00");
  EXPECT_FALSE(IsCheckDue(plan, moscow, At("2026-11-22T03:59:00+03:00")));  // 22 November 2026 is a Sunday
  EXPECT_TRUE(IsCheckDue(plan, moscow, At("2026-11-22T04:00:00+03:00")));
  plan.last_end = At("2026-11-22T04:07:00+03:00");
  EXPECT_FALSE(IsCheckDue(plan, moscow, At("2026-11-22T23:00:00+03:00")));
  EXPECT_FALSE(IsCheckDue(plan, moscow, At("2026-11-29T03:00:00+03:00")));
  EXPECT_TRUE(IsCheckDue(plan, moscow, At("2026-12-01T12:00:00+03:00")));  // the server was off on Sunday
  plan.last_failed = true;
  EXPECT_FALSE(IsCheckDue(plan, moscow, At("2026-11-22T05:06:00+03:00")));
  EXPECT_TRUE(IsCheckDue(plan, moscow, At("2026-11-22T05:07:00+03:00")));
  plan.weekday = 0;
  EXPECT_FALSE(IsCheckDue(plan, moscow, At("2026-12-01T12:00:00+03:00")));
}

TEST(CheckRequest, ReadsMonths) {
  const Day today = MakeDay(2026, 3, 31);
  const auto days = [&](const json::object& request) -> std::string {
    const auto read = CheckRequest::Read(request, today, "local");
    return read.ok() ? ToString(read->days.from) + " " + ToString(read->days.to) : read.error().code;
  };
  EXPECT_EQ(days({}), "2026-01-01 2026-04-01");
  EXPECT_EQ(days({{"months", 1}}), "2026-03-01 2026-04-01");
  EXPECT_EQ(days({{"from", "2025-12"}}), "2025-12-01 2026-04-01");
  EXPECT_EQ(days({{"to", "2026-01"}, {"months", 2}}), "2025-12-01 2026-02-01");
  EXPECT_EQ(days({{"from", "2026-13"}}), "bad_month");
  EXPECT_EQ(days({{"from", "2026-1"}}), "bad_month");
  EXPECT_EQ(days({{"from", "2026-05"}}), "bad_range");
  EXPECT_EQ(days({{"from", "2001-01"}}), "bad_range");
  EXPECT_EQ(days({{"months", 0}}), "bad_number");
  EXPECT_EQ(days({{"repair", "yes"}}), "wrong_type");
}

}  // namespace
}  // namespace svodka::app
