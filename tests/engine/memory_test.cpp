#include <gtest/gtest.h>

#include "engine/extract.hpp"
#include "engine/idle_watch.hpp"

/// What is kept in memory for the next click: within its bounds, and not for ever.
namespace svodka::engine::testing {
namespace {

std::shared_ptr<const Extract> MakeExtract(size_t rows) {
  auto extract = std::make_shared<Extract>();
  extract->cells.rows = rows;
  extract->cells.columns.push_back({std::vector<int64_t>(rows), 0, false});
  return extract;
}

bool Holds(ExtractStore& store, const std::string& key) {
  std::vector<metrics::BoundExpression> wider;
  return store.Find(key, 1, {}, {}, wider) != nullptr;
}

constexpr size_t kRows = 100'000;  // 800,000 bytes

TEST(Extracts, OfAllPortalsStayWithinOneBudgetTheLongestUnusedGoFirst) {
  const auto budget = std::make_shared<ExtractBudget>(2'000'000);
  ExtractStore first(100'000'000, budget), second(100'000'000, budget);
  first.Keep("a", 1, MakeExtract(kRows));
  first.Keep("b", 1, MakeExtract(kRows));
  ASSERT_TRUE(Holds(first, "a"));  // used after b
  second.Keep("c", 1, MakeExtract(kRows));
  EXPECT_FALSE(Holds(first, "b"));
  EXPECT_TRUE(Holds(first, "a"));
  EXPECT_TRUE(Holds(second, "c"));
  EXPECT_LE(first.bytes() + second.bytes(), 2'000'000U);
}

TEST(Extracts, OfAClosedPortalLeaveTheBudget) {
  const auto budget = std::make_shared<ExtractBudget>(2'000'000);
  ExtractStore store(100'000'000, budget);
  {
    ExtractStore closed(100'000'000, budget);
    closed.Keep("a", 1, MakeExtract(kRows));
    closed.Keep("b", 1, MakeExtract(kRows));
  }
  store.Keep("c", 1, MakeExtract(kRows));
  store.Keep("d", 1, MakeExtract(kRows));
  EXPECT_TRUE(Holds(store, "c"));
  EXPECT_TRUE(Holds(store, "d"));
}

TEST(IdleWatch, DropsOnceWhenNothingWasAskedForAWhile) {
  IdleWatch::Moment now{};
  int dropped = 0;
  IdleWatch watch(
      std::chrono::minutes(5), [&] { ++dropped; }, [&] { return now; });
  watch.Look();
  now += std::chrono::hours(1);
  watch.Look();
  EXPECT_EQ(dropped, 0) << "nothing was ever asked";
  watch.Note();
  now += std::chrono::minutes(4);
  watch.Look();
  EXPECT_EQ(dropped, 0);
  watch.Note();
  now += std::chrono::minutes(4);
  watch.Look();
  EXPECT_EQ(dropped, 0) << "a request is an end of the quiet";
  now += std::chrono::minutes(1);
  watch.Look();
  watch.Look();
  EXPECT_EQ(dropped, 1);
}

}  // namespace
}  // namespace svodka::engine::testing
