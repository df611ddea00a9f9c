#pragma once

#include <functional>
#include <string>

#include "warehouse/internal/duck.hpp"
#include "warehouse/internal/merge.hpp"

namespace svodka::warehouse {

/// Fills rule_period, stage_dated (stage_now) and robot from `stage`, `pipeline` and the portal's settings:
/// what a stage effectively means, at any time and today. `today`: SQL of the portal's day.
void BuildStageMap(Connection& connection, const std::string& today);

/// What is held of the stage map; of another day: a day has begun from which another setting holds.
enum class StageMap { kNone, kOfToday, kOfAnotherDay };
StageMap FindStageMap(Connection& connection, const std::string& today);

/// As many as the ceiling of a load has room for: docs/adr/0024-memory-of-a-load.md.
inline constexpr int64_t kCardsPerSlice = 100'000;

struct DeriveContext {
  PortalSettings portal;
  std::string local_day_function;  ///< see RegisterLocalDay
  Instant now;
  std::function<void()> before_all;          ///< called before the whole star is built
  int64_t cards_per_slice = kCardsPerSlice;  ///< of a whole derivation; activities: ten times as many
};

/// SQL of the portal's day at context.now.
std::string TodayOf(const DeriveContext& context);

/// Builds the whole star from the canonical tables.
void DeriveAll(Connection& connection, const DeriveContext& context);

/// Brings the star up to date after a merge, from its delta_ tables. The star must be that of before the
/// merge.
void DeriveChanged(Connection& connection, const DeriveContext& context, const MergeOutcome& outcome);

}  // namespace svodka::warehouse
