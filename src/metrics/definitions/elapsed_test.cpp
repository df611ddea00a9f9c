#include "metrics/definitions/elapsed.hpp"

#include <gtest/gtest.h>

namespace svodka::metrics {
namespace {

std::string Told(const std::string& text) {
  const std::optional<Elapsed> elapsed = FindElapsed(Expression::Parse(text).value());
  if (!elapsed) return "";
  return elapsed->known.text() + "|" + elapsed->since.text() + "|" + std::to_string(elapsed->factor);
}

TEST(FindElapsed, TakesDaysSinceAColumnApart) {
  EXPECT_EQ(Told("{as_of} - f.created_day"), "|f.created_day|1");
  EXPECT_EQ(Told("({as_of} - f.created_day)"), "|f.created_day|1");
  EXPECT_EQ(Told("({as_of} - f.entered_day) * 86400"), "|f.entered_day|86400");
  EXPECT_EQ(Told("coalesce(f.cycle_s // 86400, {as_of} - f.created_day)"),
            "f.cycle_s // 86400|f.created_day|1");
}

TEST(FindElapsed, LeavesWhatItDoesNotKnowToTheWarehouse) {
  for (const char* text :
       {"f.created_day", "{as_of}", "{as_of} + f.created_day", "{from} - f.created_day",
        "{as_of} - f.created_day - 1", "({as_of} - f.created_day) * f.weight",
        "({as_of} - f.created_day) / 7", "{as_of} - {as_of}", "1 + ({as_of} - f.created_day)",
        "coalesce(f.a, f.b, {as_of} - f.created_day)", "coalesce(f.a, {as_of} - f.created_day) * 2",
        "coalesce(f.a + {days}, {as_of} - f.created_day)", "greatest(f.a, {as_of} - f.created_day)",
        "{as_of} - (SELECT max(s.day) FROM f_sign AS s)", "({as_of} - f.created_day) * 1.5",
        "-{as_of} - f.created_day"}) {
    EXPECT_EQ(Told(text), "") << text;
  }
}

}  // namespace
}  // namespace svodka::metrics
