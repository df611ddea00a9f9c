#include "warehouse/internal/dated_rules.hpp"

#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {
namespace {

DatedRules First(const PortalSettings& portal) {
  return {.sale_point_stage = portal.sale_point_stage,
          .after_sale_pipelines = portal.after_sale_pipelines,
          .technical_users = portal.technical_users,
          .lead_pipelines = portal.lead_pipelines,
          .junk_stages = portal.junk_stages,
          .junk_reasons = portal.junk_reasons,
          .seller_frozen = portal.seller_frozen};
}

/// What a change does not name stays as it was.
void Overlay(DatedRules& rules, const DatedRules& change) {
  const auto take = [](auto& held, const auto& changed) {
    if (changed) held = changed;
  };
  take(rules.sale_point_stage, change.sale_point_stage);
  take(rules.after_sale_pipelines, change.after_sale_pipelines);
  take(rules.technical_users, change.technical_users);
  take(rules.lead_pipelines, change.lead_pipelines);
  take(rules.junk_stages, change.junk_stages);
  take(rules.junk_reasons, change.junk_reasons);
  take(rules.seller_frozen, change.seller_frozen);
}

/// CASE WHEN day >= (last change) THEN … ELSE (from always) END; one condition where nothing that it says
/// ever changed.
template <class Sql>
std::string ByDay(const PortalSettings& portal, const std::string& day, const Sql& sql) {
  DatedRules rules = First(portal);
  const std::string first = sql(rules);
  std::string before = first, cases;
  for (const auto& [from, change] : portal.changes) {
    Overlay(rules, change);
    std::string now = sql(rules);
    if (now == before) continue;
    cases = " WHEN " + day + " >= " + std::to_string(from.number) + " THEN " + now + cases;
    before = std::move(now);
  }
  return cases.empty() ? first : "CASE" + cases + " ELSE " + first + " END";
}

std::string OneOf(const std::string& column, const std::set<std::string>& ids) {
  std::string list;
  for (const std::string& id : ids) list += (list.empty() ? "" : ", ") + Quote(id);
  return list.empty() ? "FALSE" : "coalesce(" + column + " IN (" + list + "), FALSE)";
}

}  // namespace

DatedRules RulesOn(const PortalSettings& portal, std::optional<Day> day) {
  DatedRules rules = First(portal);
  for (const auto& [from, change] : portal.changes) {
    if (day && from <= *day) Overlay(rules, change);
  }
  return rules;
}

std::string FrozenSql(const PortalSettings& portal, const std::string& day) {
  return ByDay(portal, day, [](const DatedRules& rules) { return *rules.seller_frozen ? "TRUE" : "FALSE"; });
}

std::string JunkSql(const PortalSettings& portal, const std::string& day, const JunkNames& names) {
  return ByDay(portal, day, [&](const DatedRules& rules) {
    std::string sql =
        "(coalesce(" + names.stage_marked + ", FALSE) OR coalesce(" + names.reason_marked + ", FALSE)";
    if (rules.junk_stages->empty() && rules.junk_reasons->empty())
      return sql + " OR " + names.nothing_marked + ")";
    return sql + " OR " + OneOf(names.stage_id, *rules.junk_stages) + " OR " +
           OneOf(names.reason_id, *rules.junk_reasons) + ")";
  });
}

}  // namespace svodka::warehouse
