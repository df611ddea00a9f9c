#include "app/setup/estimate.hpp"

#include <gtest/gtest.h>

namespace svodka::app {
namespace {

TEST(Estimate, BitrixByTheBudgetOfTheMethod) {
  // 100,000 deals: 2,000 pages, two commands each; 4,000 × 0.1 s of work at 480 s in 600 s: 500 s.
  const auto estimate = EstimateBitrix({{"deals", 100'000, false}});
  EXPECT_EQ(estimate.rows, 100'000);
  EXPECT_EQ(estimate.requests, 4'000 / 50 + 4);
  EXPECT_EQ(estimate.seconds, 500);
}

TEST(Estimate, SmallPortalsTakeASecond) {
  EXPECT_EQ(EstimateBitrix({}).seconds, 1);
  EXPECT_EQ(EstimateBitrix({{"leads", std::nullopt, false}}).rows, 0);
}

TEST(Estimate, AmoByTheRate) {
  // 250,000 leads: 1,000 pages; 100,000 events: 1,000 pages; at 5.8 a second.
  const auto estimate = EstimateAmo({{"leads", 250'000, true}, {"events", 100'000, true}});
  EXPECT_EQ(estimate.requests, 1'001 + 1'001 + 12);
  EXPECT_EQ(estimate.seconds, 348);
}

TEST(FindLength, IsAtMostATenthTooSmall) {
  for (const int64_t length : {0, 1, 2, 7, 8, 9, 15, 16, 100, 4'711, 99'999, 1'000'000, 12'345'678}) {
    int asked = 0;
    const auto found = FindLength([&](int64_t n) -> Result<bool> {
      ++asked;
      return n <= length;
    });
    ASSERT_TRUE(found.ok());
    EXPECT_LE(*found, length);
    EXPECT_GE(static_cast<double>(*found), static_cast<double>(length) * 0.9 - 0.5) << length;
    if (length <= 16) {
      EXPECT_EQ(*found, length);
    }
    EXPECT_LE(asked, 16) << length;
  }
}

TEST(FindLength, PassesErrorsOn) {
  const auto found = FindLength([](int64_t) -> Result<bool> {
    return Diagnostic{"portal_busy", "", "", {}};
  });
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, "portal_busy");
}

}  // namespace
}  // namespace svodka::app
