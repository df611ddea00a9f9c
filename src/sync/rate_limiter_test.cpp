#include "sync/rate_limiter.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/amo_sync.hpp"

namespace svodka::sync {
namespace {

class RateLimiterTest : public testing::Test {
 protected:
  RateLimiterTest()
      : file_(std::filesystem::temp_directory_path() / ("svodka_pace_" + std::to_string(getpid()))) {
    std::filesystem::remove(file_);
  }
  ~RateLimiterTest() override { std::filesystem::remove(file_); }
  RateLimiter::Settings Shared() const { return {.per_second = 2, .burst = 10, .file = file_.string()}; }
  /// Tokens that are given without waiting.
  int TakeAtOnce(RateLimiter& limiter) {
    int taken = 0;
    for (const Instant start = clock_.Now(); limiter.Acquire(pauser_, {}) && clock_.Now() == start;) ++taken;
    return taken;
  }

  std::filesystem::path file_;
  ManualClock clock_{ParseInstant("2026-09-01T09:00:00Z").value()};
  ManualPauser pauser_{clock_};
};

TEST_F(RateLimiterTest, LimitersOfOneFileShareOneBucket) {
  RateLimiter first(Shared(), clock_), second(Shared(), clock_);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(first.Acquire(pauser_, {}));
    ASSERT_TRUE(second.Acquire(pauser_, {}));
  }
  const Instant start = clock_.Now();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(first.Acquire(pauser_, {}));
    ASSERT_TRUE(second.Acquire(pauser_, {}));
  }
  // Ten at once, then two a second for both together.
  EXPECT_EQ(clock_.Now() - start, std::chrono::seconds{4});
}

TEST_F(RateLimiterTest, AnotherProcessAndAnotherStartFindTheBucketAsItWasLeft) {
  const pid_t child = fork();
  if (child == 0) {
    RateLimiter theirs(Shared(), clock_);
    bool given = true;
    for (int i = 0; i < 7; ++i) given = theirs.Acquire(pauser_, {}) && given;
    _exit(given ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  RateLimiter ours(Shared(), clock_);
  EXPECT_EQ(TakeAtOnce(ours), 3);
}

/// Asks so many times, one after the other, each request on its way for a while; returns when each came.
std::vector<double> Arrivals(RateLimiter::Settings settings, int requests, double way_max_s) {
  ManualClock clock(ParseInstant("2026-09-01T09:00:00Z").value());
  ManualPauser pauser(clock);
  RateLimiter limiter(std::move(settings), clock);
  std::mt19937 random(7);
  std::uniform_real_distribution<double> way(0.001, way_max_s);
  const Instant start = clock.Now();
  std::vector<double> arrivals;
  for (int i = 0; i < requests; ++i) {
    limiter.Acquire(pauser, {});
    clock.Advance(std::chrono::microseconds(static_cast<int64_t>(way(random) * 1e6)));
    arrivals.push_back(std::chrono::duration<double>(clock.Now() - start).count());
  }
  return arrivals;
}

TEST_F(RateLimiterTest, NeverRefusedByAPortalWhateverTheWay) {
  for (const double way_s : {0.002, 0.3, 1.0, 3.0}) {
    double level = 0;
    double last = 0;
    for (const double at : Arrivals({}, 3'000, way_s)) {
      level = std::max(0.0, level - 2 * (at - last)) + 1;
      last = at;
      ASSERT_LE(level, 50) << way_s;
    }
  }
}

TEST_F(RateLimiterTest, NeverRefusedByAnAccountWhateverTheWay) {
  for (const double way_s : {0.002, 0.05, 0.15, 1.0}) {
    const auto arrivals = Arrivals(kAmoRate, 3'000, way_s);
    for (size_t i = 7; i < arrivals.size(); ++i) ASSERT_GT(arrivals[i] - arrivals[i - 7], 1.0) << way_s;
    if (way_s <= 0.15) {
      EXPECT_LE(arrivals.back(), (3'000 - 1) / 6.0 * 1.01);
    }
  }
}

/// The portal: 50 at once, then 2 a second, so N requests take (N - 50) / 2 seconds at best.
TEST_F(RateLimiterTest, ALongRunIsWithinFivePercentOfWhatThePortalAllows) {
  RateLimiter limiter({}, clock_);
  const Instant start = clock_.Now();
  double level = 0;
  Instant last = start;
  constexpr int kRequests = 158;
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(limiter.Acquire(pauser_, {}));
    level = std::max(0.0, level - 2 * std::chrono::duration<double>(clock_.Now() - last).count()) + 1;
    last = clock_.Now();
    ASSERT_LE(level, 48) << i;
  }
  const double allowed = (kRequests - 50) / 2.0;
  EXPECT_LE(std::chrono::duration<double>(clock_.Now() - start).count(), allowed * 1.05);
}

/// A CRM that counts the requests of the last second and refuses what is above its limit.
struct Window {
  int per_second;
  std::vector<Instant> passed;
  bool Admits(Instant now) {
    std::erase_if(passed, [&](Instant at) { return at <= now - std::chrono::seconds{1}; });
    if (static_cast<int>(passed.size()) >= per_second) return false;
    passed.push_back(now);
    return true;
  }
};

TEST_F(RateLimiterTest, AnAccountThatAllowsLessIsAskedLessOfAfterAFewRefusals) {
  for (const int allowed : {5, 3, 1}) {
    ManualClock clock(ParseInstant("2026-09-01T09:00:00Z").value());
    ManualPauser pauser(clock);
    RateLimiter limiter(kAmoRate, clock);
    Window account{allowed, {}};
    std::vector<Instant> refused;
    const Instant start = clock.Now();
    int passed = 0;
    while (clock.Now() - start < std::chrono::hours{2}) {
      ASSERT_TRUE(limiter.Acquire(pauser, {}));
      clock.Advance(std::chrono::milliseconds{2});
      if (account.Admits(clock.Now())) {
        ++passed;
        continue;
      }
      refused.push_back(clock.Now());
      limiter.SlowDown();
      clock.Advance(std::chrono::seconds{1});
    }
    // An account of the sheet bans after a hundred refusals within ten minutes.
    const auto early = std::count_if(refused.begin(), refused.end(),
                                     [&](Instant at) { return at - start < std::chrono::minutes{10}; });
    EXPECT_LE(early, 12) << allowed;
    EXPECT_LE(refused.size(), 70U) << allowed;
    EXPECT_GE(passed, allowed * 7200 / 2) << allowed;
  }
}

TEST_F(RateLimiterTest, APortalWithASmallerBucketIsNotRunInto) {
  RateLimiter limiter({}, clock_);
  double level = 0;
  Instant last = clock_.Now();
  int refused = 0;
  for (int i = 0; i < 600; ++i) {
    // People pause between runs: the bucket fills.
    if (i % 100 == 0) clock_.Advance(std::chrono::minutes{2});
    ASSERT_TRUE(limiter.Acquire(pauser_, {}));
    level = std::max(0.0, level - std::chrono::duration<double>(clock_.Now() - last).count());
    last = clock_.Now();
    if (level + 1 <= 10) {
      level += 1;
      continue;
    }
    ++refused;
    limiter.SlowDown();
    clock_.Advance(std::chrono::seconds{1});
  }
  EXPECT_LE(refused, 12);
}

TEST_F(RateLimiterTest, ALoweredPaceIsKnownToOthersAndRecovers) {
  RateLimiter first(Shared(), clock_), second(Shared(), clock_);
  for (int i = 0; i < 3; ++i) {
    first.SlowDown();
    clock_.Advance(std::chrono::seconds{2});
  }
  TakeAtOnce(second);
  const Instant start = clock_.Now();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(second.Acquire(pauser_, {}));
  const double lowered = 10 / (2 * 0.7 * 0.7 * 0.7);
  EXPECT_NEAR(std::chrono::duration<double>(clock_.Now() - start).count(), lowered, 0.5);
  // Within an hour without refusals it is what it was, at length and at once.
  clock_.Advance(std::chrono::hours{1});
  RateLimiter third(Shared(), clock_);
  EXPECT_EQ(TakeAtOnce(third), 10);
  const Instant again = clock_.Now();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(third.Acquire(pauser_, {}));
  EXPECT_EQ(clock_.Now() - again, std::chrono::seconds{5});
}

TEST_F(RateLimiterTest, RefusalsOfOneMomentAreOne) {
  RateLimiter limiter({.per_second = 2, .burst = 1}, clock_);
  for (int i = 0; i < 20; ++i) limiter.SlowDown();
  ASSERT_TRUE(limiter.Acquire(pauser_, {}));
  const Instant start = clock_.Now();
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(limiter.Acquire(pauser_, {}));
  EXPECT_NEAR(std::chrono::duration<double>(clock_.Now() - start).count(), 7 / 1.4, 0.2);
}

TEST_F(RateLimiterTest, ASpoiledOrMissingFileStopsNobody) {
  std::ofstream(file_) << "nonsense";
  RateLimiter spoiled(Shared(), clock_);
  EXPECT_EQ(TakeAtOnce(spoiled), 10);
  RateLimiter nowhere({.per_second = 2, .burst = 10, .file = "/nowhere/at/all"}, clock_);
  EXPECT_EQ(TakeAtOnce(nowhere), 10);
}

}  // namespace
}  // namespace svodka::sync
