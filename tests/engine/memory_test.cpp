#include <atomic>
#include <future>
#include <stdexcept>

#include <gtest/gtest.h>

#include "engine/extract.hpp"
#include "engine/idle_watch.hpp"
#include "engine/read_ahead.hpp"
#include "engine/run_all.hpp"

/// What is kept in memory for the next click: within its bounds, and not for ever.
namespace svodka::engine::testing {
namespace {

std::shared_ptr<const Extract> MakeExtract(size_t rows) {
  warehouse::ColumnSet cells;
  cells.rows = rows;
  cells.columns.push_back({std::vector<int32_t>(rows), 0, false});
  return std::make_shared<const Extract>(std::move(cells));
}

bool Holds(ExtractStore& store, const std::string& key) {
  std::vector<metrics::BoundExpression> wider;
  return store.Find(key, 1, {}, {}, wider) != nullptr;
}

constexpr size_t kRows = 100'000;  // 400,000 bytes, and as many for what is made of them

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

Coded MakeCoded(size_t rows) {
  Coded coded;
  coded.codes.resize(rows);
  return coded;
}

TEST(MadeColumns, AreMadeOnceAlsoWhereThereIsNone) {
  MadeColumns columns(1'000'000);
  int made = 0;
  const auto make = [&]() -> std::optional<Coded> {
    ++made;
    return MakeCoded(10);
  };
  const auto first = columns.Code("a", make);
  EXPECT_EQ(columns.Code("a", make), first);
  EXPECT_EQ(made, 1);
  const auto refuse = [&]() -> std::optional<warehouse::NumberColumn> {
    ++made;
    return {};
  };
  EXPECT_EQ(columns.Number("a", refuse), nullptr);
  EXPECT_EQ(columns.Number("a", refuse), nullptr);
  EXPECT_EQ(made, 2);
}

TEST(MadeColumns, BeyondTheirBytesAreMadeAnewAndStayWithWhoHoldsThem) {
  MadeColumns columns(1'000);
  int made = 0;
  const auto make = [&]() -> std::optional<Coded> {
    ++made;
    return MakeCoded(200);  // 800 bytes
  };
  const auto held = columns.Code("a", make);
  (void)columns.Code("b", make);
  EXPECT_LE(columns.bytes(), 1'000U);
  EXPECT_EQ(held->codes.size(), 200U);
  EXPECT_NE(columns.Code("a", make), held);
  EXPECT_EQ(made, 3);
}

TEST(ReadAhead, TheNewestWaitingJobIsTheOneThatRuns) {
  std::promise<void> begun, go, ended;
  std::atomic<int> ran = 0;
  ReadAhead ahead;
  ahead.Ask([&](const std::stop_token&) {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  ahead.Ask([&](const std::stop_token&) { ran += 1; });
  ahead.Ask([&](const std::stop_token&) {
    ran += 10;
    ended.set_value();
  });
  go.set_value();
  ended.get_future().wait();
  EXPECT_EQ(ran, 10);
}

TEST(ReadAhead, AJobThatThrowsEndsNothingElse) {
  std::promise<void> begun, ended;
  ReadAhead ahead;
  ahead.Ask([&](const std::stop_token&) {
    begun.set_value();
    throw std::runtime_error("broken");
  });
  begun.get_future().wait();
  ahead.Ask([&](const std::stop_token&) {
    EXPECT_FALSE(ahead.HasNewer());
    ended.set_value();
  });
  ended.get_future().wait();
}

TEST(ReadAhead, ItsEndStopsTheJobThatRuns) {
  std::promise<void> begun;
  std::atomic<bool> stopped = false;
  {
    ReadAhead ahead;
    ahead.Ask([&](const std::stop_token& stop) {
      begun.set_value();
      std::mutex mutex;
      std::condition_variable_any never;
      std::unique_lock lock(mutex);
      never.wait(lock, stop, [] { return false; });
      stopped = stop.stop_requested();
    });
    begun.get_future().wait();
  }
  EXPECT_TRUE(stopped);
}

TEST(RunAll, TellsWhatATurnThrew) {
  for (const size_t threads : {1U, 4U}) {
    EXPECT_THROW(RunAll(100, threads,
                        [](size_t turn) {
                          if (turn == 7) throw InvariantError("seven");
                        }),
                 InvariantError);
  }
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
