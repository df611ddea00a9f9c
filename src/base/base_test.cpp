#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/json.hpp"
#include "base/json_text.hpp"
#include "base/money.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "base/yaml.hpp"

namespace svodka {
namespace {

TEST(Money, ReadsDecimals) {
  EXPECT_EQ(Money::Parse("19999.99")->minor(), 1999999);
  EXPECT_EQ(Money::Parse("-0.5")->minor(), -50);
  EXPECT_EQ(Money::Parse("0.005")->minor(), 1);
  EXPECT_EQ(Money::Parse("0.004999")->minor(), 0);
  EXPECT_EQ(Money::Parse("9999999999999999.99")->minor(), 999999999999999999);
}

TEST(Money, RefusesWhatIsNoDecimal) {
  for (const char* text : {"", "-", ".", "1,5", "1 000", "1e5", "--1", "1.2.3", "0x1"}) {
    ASSERT_FALSE(Money::Parse(text).ok()) << text;
    EXPECT_EQ(Money::Parse(text).error().code, "bad_decimal") << text;
  }
  EXPECT_EQ(Money::Parse("12345678901234567").error().code, "decimal_out_of_range");
}

TEST(Money, PrintsWhatItReads) {
  EXPECT_TRUE(rc::check([](int64_t minor) {
    minor %= 1'000'000'000'000'000'000;
    RC_ASSERT(Money::Parse(Money::FromMinor(minor).ToString())->minor() == minor);
  }));
}

TEST(Time, DaysRoundTrip) {
  EXPECT_EQ(ToString(MakeDay(2024, 2, 29)), "2024-02-29");
  EXPECT_EQ(ParseDay("1970-01-02")->number, 1);
  EXPECT_FALSE(ParseDay("2025-02-29").ok());
  EXPECT_FALSE(ParseDay("2025-2-09").ok());
}

TEST(Time, ReadsOffsets) {
  EXPECT_EQ(ToString(*ParseInstant("2026-08-01T10:00:00+03:00")), "2026-08-01T07:00:00Z");
  EXPECT_EQ(*ParseInstant("2026-08-01T10:00:00.250Z") - *ParseInstant("2026-08-01T10:00:00Z"),
            std::chrono::milliseconds(250));
  EXPECT_FALSE(ParseInstant("2026-08-01T10:00:00").ok()) << "a moment without an offset is ambiguous";
}

// Europe/Berlin turned its clocks forward on 2026-03-29 at 02:00 (01:00 UTC) and back on 2026-10-25 (IANA
// tzdata).
TEST(Time, DayEdgesFollowDaylightSaving) {
  const Zone berlin = *Zone::Find("Europe/Berlin");
  const Day spring = MakeDay(2026, 3, 29);
  EXPECT_EQ(ToString(berlin.StartOf(spring)), "2026-03-28T23:00:00Z");
  EXPECT_EQ(berlin.StartOf(spring + 1) - berlin.StartOf(spring), std::chrono::hours(23));
  const Day autumn = MakeDay(2026, 10, 25);
  EXPECT_EQ(berlin.StartOf(autumn + 1) - berlin.StartOf(autumn), std::chrono::hours(25));
  EXPECT_EQ(berlin.LocalDay(*ParseInstant("2026-03-29T21:59:59Z")), spring);
  EXPECT_EQ(berlin.LocalDay(*ParseInstant("2026-03-29T22:00:00Z")), spring + 1);
}

TEST(Time, UnknownZoneIsAnError) { EXPECT_EQ(Zone::Find("Mars/Base").error().code, "unknown_zone"); }

TEST(Text, FoldsCyrillic) { EXPECT_EQ(FoldCase("ЁЖИК Anna Ящик"), "ёжик anna ящик"); }

TEST(Text, FindsNearestNames) {
  const std::vector<std::string> names{"deals_won", "deals_lost", "leads_created"};
  EXPECT_EQ(NearestNames("deal_won", names).front(), "deals_won");
  EXPECT_TRUE(NearestNames("zzzzzzzz", names).empty());
}

TEST(Text, ChecksUtf8) {
  EXPECT_TRUE(IsValidUtf8("Сделка 🚀"));
  EXPECT_FALSE(IsValidUtf8("\xD0"));
  EXPECT_FALSE(IsValidUtf8("\xC0\x80"));
  EXPECT_FALSE(IsValidUtf8("\xED\xA0\x80"));
}

TEST(Json, WritesPlainDecimals) {
  const json::value value =
      ParseJson(R"({"a":[0.63,6.3e-1,1e20,-0.000001,5.0,0.1,-3,18446744073709551615,null,true],)"
                R"("Имя \"x\"\n\u0001":"O'Neil 🚀\\"})")
          .value();
  EXPECT_EQ(JsonText(value),
            R"({"a":[0.63,0.63,100000000000000000000,-0.000001,5,0.1,-3,18446744073709551615,null,true],)"
            R"("Имя \"x\"\n\u0001":"O'Neil 🚀\\"})");
  EXPECT_EQ(JsonText(json::value(std::numeric_limits<double>::infinity())), "null");
  // Shortest, and the same when read back.
  for (const double number : {1.0 / 3, 1e-300, 1.7976931348623157e308, 0.1 + 0.2}) {
    EXPECT_EQ(std::stod(JsonText(json::value(number))), number);
  }
}

TEST(Json, RefusesTrailingText) {
  EXPECT_TRUE(ParseJson(" {\"a\": 1} \n").ok());
  EXPECT_FALSE(ParseJson("{} x").ok());
  EXPECT_FALSE(ParseJson("").ok());
  EXPECT_FALSE(ParseJson("<html>").ok());
}

TEST(Yaml, KeepsPlaces) {
  const auto document = ParseYaml("a: 1\nb:\n  c: 2\n", "model.yaml");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->Place(document->root["b"]["c"]), "model.yaml:3");
  EXPECT_EQ(ParseYaml("a: [1", "x.yaml").error().code, "bad_yaml");
}

}  // namespace
}  // namespace svodka
