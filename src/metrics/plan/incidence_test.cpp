#include "metrics/plan/incidence.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace svodka::metrics {
namespace {

enum class End { kOpen, kWon, kLost };
struct Card {
  int64_t days;
  End end;
};

std::string StepsOf(const std::vector<Card>& cards) {
  std::string text;
  for (const Card& card : cards) {
    text += (text.empty() ? "" : " ") + std::to_string(card.days) + (card.end == End::kWon ? ":1" : ":0") +
            (card.end == End::kLost ? ":1" : ":0") + ":1";
  }
  return text;
}

/// Another way to the same share (Efron): every card weighs alike, and the weight of one that still waits
/// goes in equal parts to all that were seen longer.
double ByWeights(std::vector<Card> cards, int64_t days) {
  std::sort(cards.begin(), cards.end(), [](const Card& a, const Card& b) {
    return a.days != b.days ? a.days < b.days : (a.end != End::kOpen) > (b.end != End::kOpen);
  });
  std::vector<double> weights(cards.size(), 1.0 / static_cast<double>(cards.size()));
  double share = 0;
  for (size_t i = 0; i < cards.size(); ++i) {
    if (cards[i].end == End::kWon && cards[i].days <= days) share += weights[i];
    if (cards[i].end != End::kOpen) continue;
    const auto later = static_cast<size_t>(std::count_if(
        cards.begin(), cards.end(), [&](const Card& card) { return card.days > cards[i].days; }));
    for (size_t k = 0; k < cards.size(); ++k) {
      if (cards[k].days > cards[i].days) weights[k] += weights[i] / static_cast<double>(later);
    }
  }
  return share;
}

TEST(Incidence, OfASmallExample) {
  // Five cards: won after 10 and 30 days, lost after 20, open for 15 and 40.
  const std::string steps = "30:1:0:1 10:1:0:1 20:0:1:1 40:0:0:1 15:0:0:1";
  EXPECT_DOUBLE_EQ(IncidenceAt(steps, 9)->share, 0);
  EXPECT_DOUBLE_EQ(IncidenceAt(steps, 10)->share, 0.2);
  EXPECT_DOUBLE_EQ(IncidenceAt(steps, 29)->share, 0.2);
  // 4/5 waited on the 20th day, 2/3 of them longer, and half of these were won.
  EXPECT_NEAR(IncidenceAt(steps, 30)->share, 0.2 + 0.8 * 2 / 3 / 2, 1e-12);
  EXPECT_NEAR(IncidenceAt(steps, 40)->share, 0.2 + 0.8 * 2 / 3 / 2, 1e-12);
  EXPECT_FALSE(IncidenceAt(steps, 41)) << "nobody is that old, and one still waits";
  EXPECT_FALSE(IncidenceAt("", 5));
}

TEST(Incidence, WithoutOpenCardsIsThePlainShare) {
  const std::string steps = "3:2:1:3 7:1:6:7";
  EXPECT_NEAR(IncidenceAt(steps, 3)->share, 0.2, 1e-12);
  EXPECT_NEAR(IncidenceAt(steps, 7)->share, 0.3, 1e-12);
  EXPECT_NEAR(IncidenceAt(steps, 900)->share, 0.3, 1e-12) << "all have ended: it stays";
}

TEST(Incidence, IntervalHoldsTheShareAndNarrows) {
  // Without open cards the variance is that of a binomial share: 0.3 * 0.7 / 10.
  const Incidence few = *IncidenceAt("3:3:7:10", 3);
  const Incidence many = *IncidenceAt("3:300:700:1000", 3);
  EXPECT_LT(few.low, 0.3);
  EXPECT_GT(few.high, 0.3);
  EXPECT_GT(many.low, 0.27);
  EXPECT_LT(many.high, 0.33);
  EXPECT_NEAR(many.high - many.low, 2 * 1.6448536 * 0.0144914, 2e-4);
  // None of ten: at most what would leave them empty-handed in one of twenty cases.
  EXPECT_NEAR(IncidenceAt("3:0:10:10", 3)->high, 0.2588656, 1e-6);
  EXPECT_EQ(IncidenceAt("3:0:10:10", 3)->low, 0);
  EXPECT_NEAR(IncidenceAt("3:10:0:10", 3)->low, 0.7411344, 1e-6);
}

RC_GTEST_PROP(Incidence, IsThatOfWeightsHandedOn, ()) {
  std::vector<Card> cards;
  const int count = *rc::gen::inRange(1, 40);
  for (int i = 0; i < count; ++i) {
    cards.push_back({*rc::gen::inRange<int64_t>(0, 25), static_cast<End>(*rc::gen::inRange(0, 3))});
  }
  const auto days = *rc::gen::inRange<int64_t>(0, 30);
  const auto found = IncidenceAt(StepsOf(cards), days);
  RC_LOG() << StepsOf(cards) << " at " << days;
  if (!found) return;
  RC_ASSERT(std::abs(found->share - ByWeights(cards, days)) < 1e-9);
  RC_ASSERT(found->low <= found->share + 1e-12);
  RC_ASSERT(found->high >= found->share - 1e-12);
  RC_ASSERT(found->low >= 0);
  RC_ASSERT(found->high <= 1);
}

}  // namespace
}  // namespace svodka::metrics
