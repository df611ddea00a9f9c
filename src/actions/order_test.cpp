#include "actions/order.hpp"

#include <gtest/gtest.h>

namespace svodka::actions {
namespace {

const Zone kMoscow = Zone::Find("Europe/Moscow").value();
// 2026-11-22 (a Sunday) 23:30 in Moscow.
const Instant kNow = ParseInstant("2026-11-22T20:30:00Z").value();

std::string Deadline(const std::string& text) {
  const auto moment = ParseDeadline(text, kMoscow, kNow);
  return moment.ok() ? ToString(*moment) : moment.error().code;
}

TEST(Deadline, IsADayAndATimeOfThePortalsZone) {
  EXPECT_EQ(Deadline("2026-11-25 12:00"), "2026-11-25T09:00:00Z");
  EXPECT_EQ(Deadline("2026-11-25T12:00"), "2026-11-25T09:00:00Z");
  EXPECT_EQ(Deadline("tomorrow 12:00"), "2026-11-23T09:00:00Z");
  EXPECT_EQ(Deadline("завтра 9:05"), "2026-11-23T06:05:00Z");
  EXPECT_EQ(Deadline("сегодня 23:59"), "2026-11-22T20:59:00Z");
  EXPECT_EQ(Deadline("+3 10:00"), "2026-11-25T07:00:00Z");
  EXPECT_EQ(Deadline("+3"), "2026-11-25T15:00:00Z");
}

TEST(Deadline, OfThePastOrOfNoDayIsRefused) {
  EXPECT_EQ(Deadline("today 12:00"), "deadline_past");
  EXPECT_EQ(Deadline("2026-02-30 12:00"), "bad_deadline");
  EXPECT_EQ(Deadline("tomorrow 25:00"), "bad_deadline");
  EXPECT_EQ(Deadline("tomorrow 1:2"), "bad_deadline");
  EXPECT_EQ(Deadline("soon"), "bad_deadline");
  EXPECT_EQ(Deadline(""), "bad_deadline");
  EXPECT_EQ(Deadline("+99999999999 10:00"), "bad_deadline");
}

std::string CodeOf(const std::string& text) {
  const auto order = Order::Read(ParseJson(text).value().as_object());
  return order.ok() ? "" : order.error().code;
}

TEST(Order, SaysWhatIsWrong) {
  EXPECT_EQ(CodeOf(R"({"kind":"task","text":"Call","deadline":"+1","cards":[{"entity":"deal","id":"5"}]})"),
            "");
  EXPECT_EQ(CodeOf(R"({"kind":"delete","cards":[{"entity":"deal","id":"5"}]})"), "unknown_value");
  EXPECT_EQ(CodeOf(R"({"kind":"task","deadline":"+1","cards":[{"entity":"deal","id":"5"}]})"), "missing_key");
  EXPECT_EQ(CodeOf(R"({"kind":"task","text":"Call","cards":[{"entity":"deal","id":"5"}]})"), "missing_key");
  EXPECT_EQ(CodeOf(R"({"kind":"reassign","cards":[{"entity":"deal","id":"5"}]})"), "missing_key");
  EXPECT_EQ(CodeOf(R"({"kind":"reassign","responsible":"7"})"), "missing_key");
  EXPECT_EQ(CodeOf(R"({"kind":"reassign","responsible":"7","cards":[{"entity":"contact","id":"5"}]})"),
            "unknown_value");
  EXPECT_EQ(CodeOf(R"({"kind":"reassign","responsible":"7","cards":[{"entity":"deal","id":"5 OR 1"}]})"),
            "bad_id");
  EXPECT_EQ(CodeOf(R"({"kind":"reassign","responsible":"7","who":1})"), "unknown_key");
}

TEST(Order, IsTheSameInWhateverOrderItsCardsCome) {
  const auto read = [](const std::string& text) {
    return json::serialize(Order::Read(ParseJson(text).value().as_object()).value().ToJson());
  };
  EXPECT_EQ(
      read(
          R"({"id":"a","kind":"reassign","responsible":"7","cards":[{"entity":"deal","id":"5"},{"entity":"deal","id":4}]})"),
      read(
          R"({"cards":[{"entity":"deal","id":"4"},{"entity":"deal","id":"5"},{"entity":"deal","id":"5"}],"kind":"reassign","responsible":"7","text":"unused"})"));
}

}  // namespace
}  // namespace svodka::actions
