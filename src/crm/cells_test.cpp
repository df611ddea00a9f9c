#include "crm/cells.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace svodka::crm {
namespace {

TEST(Cells, NumbersThatNoColumnTakesAreUnknown) {
  EXPECT_EQ(ReadDouble("nan"), std::nullopt);
  EXPECT_EQ(ReadDouble("inf"), std::nullopt);
  EXPECT_EQ(ReadInteger(std::numeric_limits<uint64_t>::max()), std::nullopt);
  EXPECT_EQ(ReadQuantity(1e13), std::nullopt);
  EXPECT_EQ(ReadQuantity("-0.25"), -0.25);
  EXPECT_EQ(ReadMoney(std::numeric_limits<int64_t>::min()), std::nullopt);
  EXPECT_EQ(ReadMoney("9999999999999999.999"), std::nullopt);  // rounded it has seventeen digits
  EXPECT_EQ(ReadMoney("9999999999999999.99"), Money::FromMinor(999'999'999'999'999'999));
}

TEST(Cells, APriceTimesAQuantityIsRoundedToTheNearestHundredth) {
  EXPECT_EQ(Times(Money::FromMinor(1005), 0.5), Money::FromMinor(503));
  EXPECT_EQ(Times(Money::FromMinor(-1005), 0.5), Money::FromMinor(-503));
  EXPECT_EQ(Times(Money::FromMinor(1'000'000'000'000'000), 1e6), std::nullopt);
}

}  // namespace
}  // namespace svodka::crm
