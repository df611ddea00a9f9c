#include "reports/explain.hpp"

#include <cmath>
#include <functional>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace svodka::reports {
namespace {

double Product(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 1.0, std::multiplies<>());
}
double Sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

TEST(Explain, AProductSplitsAsWorkedByHand) {
  // 100 leads x 20 % x 50 = 1000; 200 x 20 % x 50 = 2000: all by leads.
  const auto alone = SplitProduct({100, 0.2, 50}, {200, 0.2, 50});
  ASSERT_TRUE(alone);
  EXPECT_NEAR((*alone)[0], 1000, 1e-9);
  EXPECT_NEAR((*alone)[1], 0, 1e-9);
  // Two factors doubled share alike: 1 -> 4 is 3, 1.5 each.
  const auto both = SplitProduct({1, 1}, {2, 2});
  ASSERT_TRUE(both);
  EXPECT_NEAR((*both)[0], 1.5, 1e-12);
  EXPECT_NEAR((*both)[1], 1.5, 1e-12);
  // L(6000, 2000) = 4000 / ln 3; of it ln 2 by the first, ln 1.5 by the second.
  const auto uneven = SplitProduct({100, 20}, {200, 30});
  ASSERT_TRUE(uneven);
  EXPECT_NEAR((*uneven)[0], 4000 / std::log(3) * std::log(2), 1e-9);
  EXPECT_NEAR((*uneven)[1], 4000 / std::log(3) * std::log(1.5), 1e-9);
}

TEST(Explain, WhatIsNewOrGoneHasNoSplit) {
  EXPECT_FALSE(SplitProduct({0, 2}, {1, 2}));
  EXPECT_FALSE(SplitProduct({1, 2}, {1, 0}));
  EXPECT_FALSE(SplitProduct({1, -2}, {1, 2}));
  EXPECT_FALSE(SplitProduct({}, {}));
  EXPECT_FALSE(SplitProduct({1}, {1, 2}));
}

RC_GTEST_PROP(Explain, PartsOfAProductAddUp, ()) {
  const auto size = *rc::gen::inRange<size_t>(1, 6);
  const auto factor = rc::gen::map(rc::gen::inRange(1, 1'000'000), [](int value) { return value / 997.0; });
  const auto from = *rc::gen::container<std::vector<double>>(size, factor);
  const auto to = *rc::gen::container<std::vector<double>>(size, factor);
  const auto parts = SplitProduct(from, to);
  RC_ASSERT(parts.has_value());
  const double change = Product(to) - Product(from);
  RC_ASSERT(std::abs(Sum(*parts) - change) <= 1e-9 * std::max({1.0, Product(to), Product(from)}));
  for (size_t i = 0; i < size; ++i) {
    // A factor that rose never takes away.
    if (to[i] > from[i] * 1.001) RC_ASSERT((*parts)[i] >= -1e-6 * std::max(1.0, std::abs(change)));
  }
}

TEST(Explain, ARatioSplitsIntoMixAndRate) {
  // Two sources, 50 % and 10 %. Rates stay, leads move from the good one to the bad one: all mix.
  const auto mix = SplitRatio({{50, 100, 25, 50}, {10, 100, 15, 150}});
  ASSERT_TRUE(mix);
  EXPECT_NEAR((*mix)[0].rate + (*mix)[1].rate, 0, 1e-12);
  EXPECT_NEAR((*mix)[0].mix + (*mix)[1].mix, 40.0 / 200 - 60.0 / 200, 1e-12);
  EXPECT_LT((*mix)[0].mix, 0);
  EXPECT_LT((*mix)[1].mix, 0) << "more of what is below the average lowers it";
  // The same leads, one converts better: all rate, and all its own.
  const auto rate = SplitRatio({{50, 100, 60, 100}, {10, 100, 10, 100}});
  ASSERT_TRUE(rate);
  EXPECT_NEAR((*rate)[0].rate, 0.05, 1e-12);
  EXPECT_NEAR((*rate)[0].mix, 0, 1e-12);
  EXPECT_NEAR((*rate)[1].rate, 0, 1e-12);
  EXPECT_FALSE(SplitRatio({{1, 0, 1, 5}})) << "no ratio before";
}

RC_GTEST_PROP(Explain, PartsOfARatioAddUp, ()) {
  const auto count =
      rc::gen::map(rc::gen::inRange(0, 500), [](int value) { return static_cast<double>(value); });
  const auto size = *rc::gen::inRange<size_t>(1, 12);
  std::vector<RatioPart> parts(size);
  double nb = 0, db = 0, na = 0, da = 0;
  for (RatioPart& part : parts) {
    part = {*count, *count, *count, *count};
    nb += part.numerator_before, db += part.denominator_before;
    na += part.numerator_after, da += part.denominator_after;
  }
  RC_PRE(db > 0 && da > 0);
  const auto splits = SplitRatio(parts);
  RC_ASSERT(splits.has_value());
  double sum = 0;
  for (const RatioSplit& split : *splits) sum += split.mix + split.rate;
  RC_ASSERT(std::abs(sum - (na / da - nb / db)) < 1e-9);
}

TEST(Explain, ConcentrationTellsFewFromMany) {
  EXPECT_DOUBLE_EQ(Concentration({5, 5, 5, 5}), 0);
  EXPECT_DOUBLE_EQ(Concentration({7, 0, 0, 0}), 1);
  EXPECT_DOUBLE_EQ(Concentration({-7, 0}), 1);
  EXPECT_EQ(Concentration({}), 0);
  EXPECT_EQ(Concentration({0, 0}), 0);
  EXPECT_GT(Concentration({10, 1, 1}), Concentration({5, 4, 3}));
}

}  // namespace
}  // namespace svodka::reports
