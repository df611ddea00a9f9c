#pragma once

#include <string>

#include "warehouse/warehouse.hpp"

namespace svodka::warehouse {

/// The dated settings as they were on a day: every part is there. Without `day`: before the first change.
DatedRules RulesOn(const PortalSettings& portal, std::optional<Day> day);

/// SQL conditions that judge a closing by the settings of its day. `day`: SQL of that day, not NULL.
/// True when a won or lost card stays its seller's (metrics.md, "Employee of a number").
std::string FrozenSql(const PortalSettings& portal, const std::string& day);

/// Names in the SQL around that tell of one lost lead: its stage and reason by id, and whether the source
/// itself marks them.
struct JunkNames {
  std::string stage_id, stage_marked, reason_id, reason_marked;
  std::string nothing_marked;  ///< SQL condition: the source marks no stage and no reason at all
};
/// True when a lost lead is junk (metrics.md, leads_junk): by default all are.
std::string JunkSql(const PortalSettings& portal, const std::string& day, const JunkNames& names);

}  // namespace svodka::warehouse
