// Rows for stages, pipelines and people that cards name before any list told of them.
#include <string>
#include <utility>
#include <vector>

#include "warehouse/internal/merge.hpp"

namespace svodka::warehouse {

void Merge::AddPlaceholderStages() {
  std::string used;
  const auto add = [&](const std::string& sql) { used += (used.empty() ? "" : " UNION ") + sql; };
  for (const char* entity : {"lead", "deal"}) {
    if (Staged(entity)) {
      add("SELECT " + Quote(entity) + " AS entity, pipeline_id, stage_id FROM in_" + entity);
    }
  }
  if (Staged("stage_event")) add("SELECT entity, pipeline_id, stage_id FROM in_stage_event");
  if (Staged("stage")) add("SELECT entity, pipeline_id, NULL::TEXT AS stage_id FROM in_stage");
  if (used.empty()) return;
  // Nearly always all are known: one statement tells.
  if (connection_.Integer(
          "SELECT count(*)::BIGINT FROM (" + used +
              ") u WHERE u.pipeline_id IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM pipeline p WHERE "
              "p.entity = u.entity AND p.id = u.pipeline_id) OR (u.stage_id IS NOT NULL AND NOT EXISTS "
              "(SELECT 1 FROM stage s WHERE s.entity = u.entity AND s.pipeline_id = u.pipeline_id AND "
              "s.id = u.stage_id)))",
          "stage.unknown") == 0) {
    return;
  }
  Do("CREATE OR REPLACE TEMP TABLE used_stage AS SELECT DISTINCT entity, pipeline_id, stage_id FROM (" +
         used + ") WHERE pipeline_id IS NOT NULL",
     "stage.used");
  const int64_t pipelines =
      Do("INSERT INTO pipeline (entity, id, name, removed_at, seen_at, row_hash) SELECT DISTINCT entity, "
         "pipeline_id, "
         // An account of amoCRM tells of deleted ones by their bare numbers only.
         "CASE WHEN EXISTS (SELECT 1 FROM used_stage w WHERE w.entity = u.entity AND w.pipeline_id = "
         "u.pipeline_id AND w.stage_id LIKE u.pipeline_id || '/%') THEN 'удалённая воронка #' || pipeline_id "
         "ELSE pipeline_id END, CASE WHEN entity = 'lead' AND pipeline_id = 'lead' THEN NULL ELSE " +
             now_ + " END, " + now_ +
             ", 0 FROM used_stage u WHERE NOT EXISTS (SELECT 1 FROM pipeline p WHERE p.entity = u.entity AND "
             "p.id = "
             "u.pipeline_id)",
         "pipeline.placeholder");
  // The last part of the id tells finals of both CRMs: C5:WON, LOSE, 77/142, 143.
  const std::string told =
      Staged("stage_event")
          ? "(SELECT arg_max(e.semantic, e.moved_at) FROM in_stage_event e WHERE e.entity = u.entity AND "
            "e.pipeline_id = u.pipeline_id AND e.stage_id = u.stage_id AND e.semantic IS NOT NULL)"
          : "NULL::TEXT";
  const int64_t stages =
      Do("INSERT INTO stage (entity, pipeline_id, id, name, semantic, removed_at, seen_at, row_hash) SELECT "
         "entity, "
         "pipeline_id, stage_id, CASE WHEN stage_id NOT LIKE pipeline_id || '/%' THEN stage_id "
         "WHEN stage_id LIKE '%/142' THEN 'Успешно реализовано' "
         "WHEN stage_id LIKE '%/143' THEN 'Закрыто и не реализовано' "
         "ELSE 'удалённый этап #' || split_part(stage_id, '/', -1) END, CASE WHEN " +
             told + " IS NOT NULL THEN " + told +
             " WHEN "
             "upper(split_part(split_part(stage_id, ':', -1), '/', "
             "-1)) IN ('WON', "
             "'CONVERTED', '142') "
             "THEN 'S' WHEN upper(split_part(split_part(stage_id, ':', -1), '/', -1)) IN ('LOSE', 'LOST', "
             "'JUNK', 'APOLOGY', '143') "
             "THEN 'F' ELSE "
             "'P' END, " +
             now_ + ", " + now_ +
             ", 0 FROM used_stage u WHERE stage_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stage s WHERE "
             "s.entity = "
             "u.entity AND s.pipeline_id = u.pipeline_id AND s.id = u.stage_id)",
         "stage.placeholder");
  if (pipelines > 0) outcome_.changed.insert("pipeline");
  if (stages > 0) outcome_.changed.insert("stage");
}

void Merge::AddPlaceholderUsers() {
  static const std::vector<std::pair<const char*, std::vector<const char*>>> kReferences{
      {"lead", {"owner_id", "creator_id", "mover_id"}}, {"deal", {"owner_id", "creator_id", "mover_id"}},
      {"client", {"owner_id", "creator_id"}},           {"stage_event", {"mover_id"}},
      {"activity", {"author_id", "doer_id"}},           {"call", {"user_id"}},
      {"smart_item", {"owner_id", "creator_id"}},       {"department", {"head_user_id"}}};
  std::string used;
  for (const auto& [table, columns] : kReferences) {
    if (!outcome_.changed.contains(table)) continue;
    for (const char* column : columns) {
      used += (used.empty() ? "SELECT DISTINCT " : " UNION SELECT DISTINCT ") + std::string(column) +
              " AS id FROM delta_" + table;
    }
  }
  if (Staged("past_change")) {
    used += (used.empty() ? "" : " UNION ") +
            std::string(
                "SELECT unnest([old_value, new_value]) AS id FROM delta_past_change WHERE field = 'owner'");
  }
  if (used.empty()) return;
  // '0' is the CRM's "nobody" (a robot as an author), not a person.
  const int64_t added = Do(
      "INSERT INTO crm_user (id, name, active, placeholder, seen_at, row_hash) SELECT id, id, FALSE, TRUE, " +
          now_ + ", 0 FROM (" + used +
          ") u WHERE id IS NOT NULL AND id <> '0' AND NOT EXISTS (SELECT 1 FROM crm_user t WHERE "
          "t.id = u.id)",
      "crm_user.placeholder");
  if (added > 0) outcome_.changed.insert("crm_user");
}

}  // namespace svodka::warehouse
