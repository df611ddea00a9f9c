#include "crm/files/call_sides.hpp"

#include <gtest/gtest.h>

namespace svodka::crm::files {
namespace {

std::string Told(const Text& caller, const Text& callee, const Text& direction = std::nullopt) {
  const CallSides sides = ReadSides(caller, callee, direction, {"79000000001"});
  if (sides.between_us) return "between us";
  return sides.direction.value_or("?") + " " + sides.phone.value_or("-") + " " + sides.own.value_or("-");
}

TEST(CallSides, AnExtensionANameAndAKnownNumberAreOurs) {
  EXPECT_EQ(Told("101", "89161112233"), "out 79161112233 101");
  EXPECT_EQ(Told("+7 916 111-22-33", "SIP/101"), "in 79161112233 SIP/101");
  EXPECT_EQ(Told("8 900 000-00-01", "79161112233"), "out 79161112233 8 900 000-00-01");
  EXPECT_EQ(Told("79161112233", "Анна"), "in 79161112233 Анна");
  EXPECT_EQ(Told("#17", "79161112233"), "out 79161112233 #17");
  EXPECT_EQ(Told("101", "102"), "between us");
}

TEST(CallSides, ALineThatIsNobodysIsOursWhereTheOtherSideIsAStrangers) {
  EXPECT_EQ(Told(std::nullopt, "79161112233"), "out 79161112233 -");
  EXPECT_EQ(Told("79161112233", std::nullopt), "in 79161112233 -");
  EXPECT_EQ(Told(std::nullopt, "101"), "in - 101");  // the caller hides the number
}

TEST(CallSides, WhatTheListSaysDecidesBetweenStrangers) {
  EXPECT_EQ(Told("79161112233", "74950000000"), "? - -");
  EXPECT_EQ(Told("79161112233", "74950000000", "in"), "in 79161112233 -");
  EXPECT_EQ(Told("79161112233", "74950000000", "out"), "out 74950000000 -");
}

}  // namespace
}  // namespace svodka::crm::files
