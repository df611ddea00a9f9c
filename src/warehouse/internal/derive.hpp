#pragma once

#include <set>
#include <string>

#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {

/// Makes the temporary tables rule_period, stage_dated, stage_now (entity, pipeline_id, stage_id, stage_key,
/// pipeline_key, semantic, ordinal, is_first, after_sale) and robot from `stage`, `pipeline` and the portal's
/// settings: what a stage effectively means, at any time and today. `today`: SQL of the portal's day.
void BuildStageMap(Connection& connection, const std::string& today);

struct DeriveContext {
  PortalSettings portal;
  std::string local_day_function;  ///< see RegisterLocalDay
  Instant now;
};

/// SQL of the portal's day at context.now.
std::string TodayOf(const DeriveContext& context);

/// Builds the whole star from the canonical tables.
void DeriveAll(Connection& connection, const DeriveContext& context);

/// Brings the star up to date after a merge, from its delta_ tables. `changed`: MergeOutcome::changed.
void DeriveChanged(Connection& connection, const DeriveContext& context,
                   const std::set<std::string>& changed);

}  // namespace svodka::warehouse
