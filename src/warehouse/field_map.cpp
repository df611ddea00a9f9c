#include "warehouse/internal/field_map.hpp"

#include <array>
#include <vector>

namespace svodka::warehouse {
namespace {

/// A role and the dictionary whose entries its values are; none for a day.
struct Role {
  const char* name;
  const char* kind;
};
constexpr std::array kRoles = {Role{"loss_reason", "loss_reason"}, Role{"region", "region"},
                               Role{"business_line", "industry"}, Role{"planned_close", ""}};

/// Entities of custom values that rows of a table may have.
std::vector<std::string> EntitiesOf(const std::string& table) {
  if (table == "client") return {"company", "contact"};
  return {table};
}

bool IsCard(const std::string& table) { return table == "lead" || table == "deal"; }

bool IsMapped(const PortalSettings& portal, const Role& role, const std::string& table) {
  for (const std::string& entity : EntitiesOf(table)) {
    if (!FieldOf(portal, role.name, entity).empty()) return true;
  }
  return false;
}

/// SELECT card, role, value, day of one role over one entity's field. Of several values the first counts.
std::string ValuesOf(const std::string& table, const std::string& condition, const Role& role,
                     const std::string& entity, const std::string& field) {
  const std::string id = table == "client" ? "v.entity || ':' || v.card_id" : "v.card_id";
  const bool day = std::string_view(role.kind).empty();
  const std::string text = "coalesce(c.code, nullif(trim(v.text_value), ''), CAST(v.number_value AS TEXT))";
  return "SELECT r.key AS card, " + Quote(role.name) + " AS role, " +
         (day ? "NULL::TEXT AS value, min(v.day_value) AS day"
              : "arg_min(" + text + ", v.ordinal) AS value, NULL::INTEGER AS day") +
         " FROM (SELECT * FROM custom_value WHERE entity = " + Quote(entity) +
         " AND field_id = " + Quote(field) + ") v JOIN (SELECT * FROM " + table + condition +
         ") r ON r.id = " + id + " LEFT JOIN field_code c ON c.kind = " + Quote(role.kind) +
         " AND c.entity = " + Quote(entity) + " AND c.field_id = " + Quote(field) +
         " AND c.option_id = v.text_value GROUP BY r.key";
}

}  // namespace

std::string FieldOf(const PortalSettings& portal, const std::string& role, const std::string& entity) {
  const auto fields = portal.fields.find(role);
  if (fields == portal.fields.end()) return "";
  const auto field = fields->second.find(entity);
  return field == fields->second.end() ? "" : field->second;
}

void BuildFieldCodes(Connection& connection, const PortalSettings& portal) {
  std::string mapped;
  for (const Role& role : kRoles) {
    if (std::string_view(role.kind).empty()) continue;
    for (const char* entity : {"lead", "deal", "company", "contact"}) {
      const std::string field = FieldOf(portal, role.name, entity);
      if (field.empty()) continue;
      mapped += (mapped.empty() ? "(" : ", (") + Quote(role.kind) + ", " + Quote(entity) + ", " +
                Quote(field) + ")";
    }
  }
  std::string sql = "CREATE OR REPLACE TEMP TABLE field_code AS ";
  if (mapped.empty()) {
    sql +=
        "SELECT ''::TEXT AS kind, ''::TEXT AS entity, ''::TEXT AS field_id, ''::TEXT AS option_id, ''::TEXT "
        "AS code, ''::TEXT AS name, 0 AS sort WHERE FALSE";
  } else {
    sql +=
        "SELECT m.kind, m.entity, o.field_id, o.id AS option_id, min(o.field_id || '=' || o.id) OVER n AS "
        "code, trim(first(o.label) OVER n) AS name, min(o.sort) OVER n AS sort FROM (VALUES " +
        mapped +
        ") m(kind, entity, field_id) JOIN custom_option o ON o.entity = m.entity AND o.field_id = m.field_id "
        "WINDOW n AS (PARTITION BY m.kind, lower(trim(o.label)) ORDER BY o.field_id, o.id ROWS BETWEEN "
        "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)";
  }
  connection.Run(sql, "field_code");
  const bool only = !FieldOf(portal, "loss_reason", "deal").empty() &&
                    (!portal.has_leads || !FieldOf(portal, "loss_reason", "lead").empty());
  connection.Run("CREATE OR REPLACE TEMP TABLE field_only AS SELECT 'loss_reason' AS kind WHERE " +
                     std::string(only ? "TRUE" : "FALSE"),
                 "field_only");
}

bool FieldCodesMoved(Connection& connection, const PortalSettings& portal) {
  if (portal.fields.empty()) return false;
  return connection.Integer(
             "SELECT count(*)::BIGINT FROM field_code f JOIN d_code c ON c.kind = f.kind AND c.id = "
             "f.field_id "
             "|| '=' || f.option_id WHERE c.id <> f.code OR lower(trim(c.name)) <> lower(trim(f.name))",
             "field_code.moved") > 0;
}

std::string MappedRows(Connection& connection, const PortalSettings& portal, const std::string& entity,
                       const std::string& condition) {
  const bool card = IsCard(entity);
  std::string values, pivot, replace, joins, own;
  for (const Role& role : kRoles) {
    const std::string name = role.name;
    if (!card && name != "region" && name != "business_line") continue;
    if (entity == "activity") continue;
    const bool mapped = IsMapped(portal, role, entity);
    const std::string column = name == "planned_close" ? "day" : "value";
    if (mapped) {
      for (const std::string& of : EntitiesOf(entity)) {
        const std::string field = FieldOf(portal, name, of);
        if (field.empty()) continue;
        values += (values.empty() ? "" : " UNION ALL ") + ValuesOf(entity, condition, role, of, field);
      }
      pivot += ", max(" + column + ") FILTER (role = " + Quote(name) + ") AS " + name;
    }
    const std::string value = mapped ? "m." + name : "NULL::TEXT";
    if (card && name == "region") own += ", " + value + " AS region_code";
    if (card && name == "business_line") own += ", " + value + " AS industry_code";
    if (!mapped) continue;
    const auto put = [&](const std::string& what) { replace += (replace.empty() ? "" : ", ") + what; };
    if (name == "loss_reason") {
      // A reason left over on a card that is not lost says nothing.
      put("CASE WHEN s.semantic = 'F' THEN m.loss_reason END AS loss_reason_id");
      joins += " LEFT JOIN stage s ON s.entity = " + Quote(entity) +
               " AND s.pipeline_id = r.pipeline_id AND s.id = r.stage_id";
    }
    if (name == "planned_close" && entity == "deal") put("m.planned_close AS planned_close");
    if (!card && name == "region") put("coalesce(m.region, r.region_id) AS region_id");
    if (!card && name == "business_line") put("coalesce(m.business_line, r.industry_id) AS industry_id");
  }
  if (values.empty()) return "SELECT *" + own + " FROM " + entity + condition;
  connection.Run("CREATE OR REPLACE TEMP TABLE " + entity + "_mapped AS SELECT card" + pivot + " FROM (" +
                     values + ") GROUP BY card",
                 entity + "_mapped");
  return "SELECT r.*" + (replace.empty() ? "" : " REPLACE (" + replace + ")") + own +
         " FROM (SELECT * FROM " + entity + condition + ") r LEFT JOIN " + entity +
         "_mapped m ON m.card = r.key" + joins;
}

}  // namespace svodka::warehouse
