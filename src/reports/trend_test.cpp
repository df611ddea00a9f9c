#include "reports/trend.hpp"

#include <gtest/gtest.h>

namespace svodka::reports {
namespace {

TEST(MovingAverage, NeedsAFullWindowOfWholePoints) {
  const Points values = {1, 2, 3, std::nullopt, 5, 6, 7, 100};
  const std::vector<bool> whole = {true, true, true, true, true, true, true, false};
  const Points expected = {std::nullopt, std::nullopt, 2, std::nullopt,
                           std::nullopt, std::nullopt, 6, std::nullopt};
  EXPECT_EQ(MovingAverage(values, whole, 3), expected);
}

TEST(Trend, GoesThroughAStraightLineAndPastAnUnfinishedPoint) {
  const Points line = Trend({10, 12, std::nullopt, 16, 0}, {true, true, true, true, false});
  const double expected[] = {10, 12, 14, 16, 18};
  for (size_t i = 0; i < line.size(); ++i) EXPECT_NEAR(line[i].value(), expected[i], 1e-9);
}

TEST(Trend, LeastSquaresOfKnownPoints) {
  // By hand: mean x 1.5, mean y 2.75, Sxy 5.5, Sxx 5, so 1.1 + 1.1 x.
  const Points line = Trend({1, 3, 2, 5}, {true, true, true, true});
  EXPECT_NEAR(line[0].value(), 1.1, 1e-9);
  EXPECT_NEAR(line[3].value(), 4.4, 1e-9);
}

TEST(Trend, TwoPointsMakeNone) {
  for (const auto& point : Trend({1, 2, std::nullopt}, {true, true, true})) EXPECT_FALSE(point);
}

TEST(WilsonInterval, PublishedValues) {
  // 8 of 10 at 90 %: 0.541 .. 0.931 (Wilson score without continuity correction).
  const auto interval = WilsonInterval(0.8, 10);
  EXPECT_NEAR(interval->low, 0.541, 0.001);
  EXPECT_NEAR(interval->high, 0.931, 0.001);
  EXPECT_NEAR(WilsonInterval(0, 5)->low, 0, 1e-12);
  EXPECT_NEAR(WilsonInterval(1, 5)->high, 1, 1e-12);
  EXPECT_FALSE(WilsonInterval(0, 0));
}

}  // namespace
}  // namespace svodka::reports
