// An account that allows less than its documents say: the pace gives way, and nobody is banned.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "bitrix24/emulator_process.hpp"
#include "sync/amo_sync.hpp"

namespace svodka::amocrm_test {
namespace {

TEST(AmoTightPace, AnAccountThatAllowsHalfIsLoadedWithoutABan) {
  // Four times the real pace on both sides: the account allows 12 a second where we come with 24.
  bitrix24_test::EmulatorProcess emulator(
      {"--crm", "amocrm", "--deals", "1000", "--seed", "5", "--today", "2026-03-31"});
  emulator.Control({{"per_second", 12}});
  SystemClock clock;
  sync::SystemPauser pauser;
  const auto transport = crm::MakeCurlTransport();
  auto warehouse = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
  sync::AmoSettings settings;
  settings.address = crm::OriginOf(emulator.webhook().substr(0, emulator.webhook().find(' ')));
  settings.portal_id = "demo";
  auto limiter = std::make_shared<sync::RateLimiter>(
      sync::RateLimiter::Settings{.per_second = 24, .burst = sync::kAmoRate.burst}, clock);
  const auto sync = sync::MakeAmoSync(settings, sync::MakeFixedToken("emulator-token"), *transport, clock,
                                      pauser, limiter, *warehouse)
                        .value();
  const auto loaded = sync->RunFirstLoad();
  ASSERT_TRUE(loaded.ok()) << ToString(loaded.error());
  const auto swept = sync->Sweep();
  ASSERT_TRUE(swept.ok()) << ToString(swept.error());
  const json::value stats = emulator.Get("/_stats");
  EXPECT_GT(stats.at("requests").to_number<int64_t>(), 60) << json::serialize(stats);
  EXPECT_GT(stats.at("refused_429").to_number<int64_t>(), 0) << json::serialize(stats);
  EXPECT_LE(stats.at("refused_429").to_number<int64_t>(), 10) << json::serialize(stats);
  EXPECT_EQ(stats.at("refused_403").to_number<int64_t>(), 0) << json::serialize(stats);
}

}  // namespace
}  // namespace svodka::amocrm_test
