#include "warehouse/internal/merge.hpp"

#include <algorithm>
#include <chrono>

#include "base/log.hpp"
#include "base/text.hpp"
#include "warehouse/internal/derive.hpp"

namespace svodka::warehouse {
namespace {

/// `a.k1 = b.k1 AND a.k2 = b.k2`
std::string SameKey(const TableSpec& spec, const std::string& left, const std::string& right) {
  std::string sql;
  for (const std::string& key : spec.key) {
    if (!sql.empty()) sql += " AND ";
    sql += left + "." + key + " = " + right + "." + key;
  }
  return sql;
}

std::string Join(const std::vector<std::string>& parts, const std::string& prefix = "") {
  std::string sql;
  for (const std::string& part : parts) sql += (sql.empty() ? "" : ", ") + prefix + part;
  return sql;
}

std::string ColumnList(const TableSpec& spec, const std::string& prefix) {
  std::string sql;
  for (const TableColumn& column : spec.columns) sql += (sql.empty() ? "" : ", ") + prefix + column.name;
  return sql;
}

/// False: none of the child rows belongs to this parent table.
bool MayConcern(const StagingTable& staged, const ChildLink& link) {
  if (link.filter == "TRUE") return true;
  if (link.parent == "client") return staged.MayHaveEntity("company") || staged.MayHaveEntity("contact");
  return staged.MayHaveEntity(link.parent);
}

/// Of so many their bindings are kept at hand for derivation.
constexpr int64_t kFewActivities = 10'000;

const char* kUnsigned64 = "18446744073709551616";

}  // namespace

Merge::Merge(Connection& connection, const TableCatalog& catalog, Instant now, std::string today,
             const std::map<std::string, std::unique_ptr<StagingTable>>& staged)
    : connection_(connection),
      catalog_(catalog),
      now_(Literal(now)),
      today_(std::move(today)),
      staged_(staged) {}

int64_t Merge::Do(const std::string& sql, const std::string& what) {
  const auto start = std::chrono::steady_clock::now();
  const int64_t rows = connection_.Run(sql, what);
  const auto spent = std::chrono::steady_clock::now() - start;
  if (spent > std::chrono::milliseconds{500}) {
    log::Debug(
        "warehouse.merge",
        {{"step", what},
         {"ms", std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(spent).count())}});
  }
  return rows;
}

MergeOutcome Merge::Run(const std::vector<std::string>& complete, const std::vector<Burial>& burials) {
  for (const TableSpec& spec : catalog_.tables()) {
    if (Staged(spec.name)) DropDuplicates(spec);
  }
  bool stages_known = false;
  for (const TableSpec& spec : catalog_.tables()) {
    if (!stages_known && (spec.name == "client")) {
      // Structure and dictionaries are in; cards need to know what their stages mean.
      AddPlaceholderStages();
      const StageMap map = FindStageMap(connection_, today_);
      if (map == StageMap::kOfAnotherDay) outcome_.changed.insert("portal");  // a setting's day has come
      if (map != StageMap::kOfToday || outcome_.changed.contains("stage") ||
          outcome_.changed.contains("pipeline")) {
        BuildStageMap(connection_, today_);
      }
      stages_known = true;
    }
    const bool shrunk = spec.kind == TableKind::kEvents && Staged("whole_history");
    if (!Staged(spec.name) && !shrunk) continue;
    switch (spec.kind) {
      case TableKind::kParent:
        MergeParent(spec);
        break;
      case TableKind::kChild:
        ReplaceChildren(spec);
        break;
      case TableKind::kEvents:
        MergeEvents(spec);
        break;
      case TableKind::kRates:
        MergeRates();
        break;
      case TableKind::kScope:
        if (spec.name == "past_change") LogPast();
        break;
    }
  }
  if (Staged("past_change") || outcome_.changed.contains("deal")) GiveBackSellers();
  AddPlaceholderUsers();
  for (const std::string& list : complete) MarkRemoved(list);
  for (const Burial& burial : burials) Bury(burial);
  CountDangling();
  return outcome_;
}

void Merge::DropDuplicates(const TableSpec& spec) {
  const std::string in = "in_" + spec.name;
  const std::string keys = Join(spec.key);
  const bool counted = spec.kind != TableKind::kChild && spec.kind != TableKind::kScope;
  const StagingTable& staged = *staged_.at(spec.name);
  given_[spec.name] = staged.rows();
  if (counted) outcome_.rows_read += staged.rows();
  if (!staged.MayRepeatKeys()) return;
  Do("CREATE OR REPLACE TEMP TABLE twice AS SELECT " + keys + ", max(n) AS n FROM " + in + " GROUP BY " +
         keys + " HAVING count(*) > 1",
     in + ".duplicates");
  if (connection_.Integer("SELECT count(*)::BIGINT FROM twice") == 0) return;
  const int64_t older =
      Do("DELETE FROM " + in + " USING twice d WHERE " + SameKey(spec, in, "d") + " AND " + in + ".n < d.n",
         in + ".last_wins");
  given_[spec.name] -= older;
  if (counted) outcome_.rows_superseded += older;
  for (const ChildLink& link : ChildLinks()) {
    if (link.parent != spec.name || !Staged(link.child)) continue;
    // Children follow their parent: those given before its last occurrence belonged to an older version.
    Do("DELETE FROM in_" + link.child + " USING (SELECT " + link.parent_expr +
           " AS parent, n AS parent_n FROM twice) d " + "WHERE " + link.filter + " AND " + link.child_expr +
           " = d.parent AND in_" + link.child + ".n < d.parent_n",
       in + ".children_of_last");
  }
}

void Merge::MergeParent(const TableSpec& spec) {
  const std::string in = "in_" + spec.name;
  const std::string delta = "delta_" + spec.name;
  // Σ of the children's hashes per parent: a changed child makes its parent changed.
  std::string children;
  std::string child_value = "0";
  for (const ChildLink& link : ChildLinks()) {
    if (link.parent != spec.name || !Staged(link.child)) continue;
    children += std::string(children.empty() ? "" : " UNION ALL ") + "SELECT " + link.child_expr +
                " AS parent, h FROM in_" + link.child + " WHERE " + link.filter;
  }
  std::string join_children;
  if (!children.empty()) {
    std::string parent_expr;
    for (const ChildLink& link : ChildLinks()) {
      if (link.parent == spec.name) parent_expr = link.parent_expr;
    }
    Do("CREATE OR REPLACE TEMP TABLE child_hash AS SELECT parent, sum(h) AS h FROM (" + children +
           ") GROUP BY parent",
       in + ".child_hash");
    std::string qualified = parent_expr;
    if (parent_expr == "id") qualified = "s.id";
    if (parent_expr == "entity || '/' || id") qualified = "s.entity || '/' || s.id";
    join_children = " LEFT JOIN child_hash c ON c.parent = " + qualified;
    child_value = "coalesce(c.h, 0)";
  }
  std::string old = "t.rowid AS old_row";
  if (!spec.sequence.empty()) old += ", t.key AS old_key";
  if (spec.deletable) old += ", t.deleted_at AS old_deleted_at";
  for (const std::string& column : spec.carried) old += ", t." + column + " AS old_" + column;
  if (spec.name == "lead" || spec.name == "deal") {
    for (const char* column :
         {"pipeline_id", "stage_id", "amount", "currency", "owner_id", "moved_at", "created_at"}) {
      old += std::string(", t.") + column + " AS old_" + column;
    }
    old += spec.name == "deal" ? ", t.planned_close AS old_planned_close"
                               : ", NULL::INTEGER AS old_planned_close";
  }
  if (spec.name == "client") old += ", t.company_id AS old_company_id";
  if (spec.name == "stage")
    old += ", t.name AS old_name, t.sort AS old_sort, t.semantic AS old_semantic, t.row_hash AS old_hash";
  std::string changed =
      "t.rowid IS NULL OR t.row_hash <> ((s.h::HUGEINT + " + child_value + ") % " + kUnsigned64 + ")";
  if (spec.removable) changed += " OR t.removed_at IS NOT NULL";
  if (spec.deletable) changed += " OR t.deleted_at IS NOT NULL";
  const int64_t stored =
      Do("CREATE OR REPLACE TEMP TABLE " + delta + " AS SELECT s.n, " + ColumnList(spec, "s.") +
             ", ((s.h::HUGEINT + " + child_value + ") % " + kUnsigned64 + ")::UBIGINT AS row_hash, " + old +
             " FROM " + in + " s LEFT JOIN " + spec.name + " t ON " + SameKey(spec, "t", "s") +
             join_children + " WHERE " + changed,
         delta);
  outcome_.rows_unchanged += given_.at(spec.name) - stored;
  if (stored == 0) return;
  const int64_t replaced = connection_.Integer("SELECT count(old_row)::BIGINT FROM " + delta);
  if (replaced < stored) outcome_.fresh[spec.name] = stored - replaced;
  outcome_.rows_stored += stored;
  outcome_.stored_by_table[spec.name] += stored;
  outcome_.changed.insert(spec.name);
  if (replaced > 0 && (spec.name == "lead" || spec.name == "deal")) LogChanges(spec.name);
  if (replaced > 0 && spec.name == "stage") KeepPastStages();

  if (replaced > 0)
    Do("DELETE FROM " + spec.name + " WHERE rowid IN (SELECT old_row FROM " + delta +
           " WHERE old_row IS NOT NULL)",
       spec.name + ".replace");
  std::string columns = ColumnList(spec, "");
  std::string values;
  for (const TableColumn& column : spec.columns) {
    values += values.empty() ? "" : ", ";
    values += column.fallback.empty() ? "d." + column.name
                                      : "coalesce(d." + column.name + ", " + column.fallback + ")";
  }
  if (!spec.sequence.empty()) {
    columns += ", key";
    values += ", coalesce(d.old_key, nextval('" + spec.sequence + "'))";
  }
  std::string from = delta + " d";
  if (spec.name == "lead" || spec.name == "deal") {
    // The seller: kept while the card stays closed, the responsible of now when it closes (or is first seen
    // closed).
    columns += ", first_seen_at, seller_id";
    values += ", coalesce(d.old_first_seen_at, " + now_ +
              "), CASE WHEN coalesce(m.semantic, 0) = 0 AND NOT (coalesce(m.after_sale, FALSE) AND "
              "coalesce(o.semantic, 0) <> 0) THEN d.old_seller_id WHEN d.old_row IS NOT NULL AND "
              "(coalesce(o.semantic, 0) <> 0 OR coalesce(o.after_sale, FALSE)) AND d.old_seller_id IS NOT "
              "NULL THEN "
              "d.old_seller_id ELSE d.owner_id END";
    from += " LEFT JOIN stage_now m ON m.entity = '" + spec.name +
            "' AND m.pipeline_id = d.pipeline_id AND m.stage_id = d.stage_id LEFT JOIN stage_now o ON "
            "o.entity = '" +
            spec.name + "' AND o.pipeline_id = d.old_pipeline_id AND o.stage_id = d.old_stage_id";
    if (spec.name == "deal") {
      columns += ", last_comment, last_comment_at";
      values += ", d.old_last_comment, d.old_last_comment_at";
    }
  }
  Do("INSERT INTO " + spec.name + " (" + columns + ", seen_at, row_hash) SELECT " + values + ", " + now_ +
         ", d.row_hash FROM " + from + " ORDER BY d.n",
     spec.name + ".insert");
}

void Merge::LogChanges(const std::string& entity) {
  const std::string other = "coalesce(modified_at, " + now_ + ")";
  const std::string move =
      "coalesce(CASE WHEN moved_at IS DISTINCT FROM old_moved_at THEN moved_at END, modified_at, " + now_ +
      ")";
  const auto change = [&](const char* field, const std::string& before, const std::string& after,
                          const std::string& at) {
    return std::string("SELECT n, ") + Quote(field) + " AS field, id, " + before + " AS o, " + after +
           " AS v, " + at + " AS moment FROM delta_" + entity + " WHERE old_row IS NOT NULL AND " + before +
           " IS DISTINCT FROM " + after;
  };
  const auto day = [](const std::string& column) {
    return "strftime(DATE '1970-01-01' + " + column + ", '%Y-%m-%d')";
  };
  std::string sql = change("pipeline", "old_pipeline_id", "pipeline_id", move) + " UNION ALL " +
                    change("stage", "old_stage_id", "stage_id", move) + " UNION ALL " +
                    change("amount", "old_amount::VARCHAR", "amount::VARCHAR", other) + " UNION ALL " +
                    change("currency", "old_currency", "currency", other) + " UNION ALL " +
                    change("owner", "old_owner_id", "owner_id", other);
  if (entity == "deal") {
    sql += " UNION ALL " + change("planned_close", day("old_planned_close"), day("planned_close"), other);
  }
  sql += " UNION ALL SELECT n, 'deleted', id, 'deleted', NULL, " + now_ + " FROM delta_" + entity +
         " WHERE old_deleted_at IS NOT NULL";
  Do("INSERT INTO change_log (entity, card_id, field, old_value, new_value, changed_at, seen_at) SELECT " +
         Quote(entity) + ", id, field, o, v, moment, " + now_ + " FROM (" + sql +
         ") ORDER BY n, CASE field WHEN 'pipeline' THEN 0 ELSE 1 END, field",
     entity + ".change_log");
}

void Merge::KeepPastStages() {
  // A placeholder (hash 0) was a guess; what held for a part of one day held on no day.
  Do("INSERT INTO stage_past SELECT entity, pipeline_id, id, old_name, old_sort, old_semantic, " + today_ +
         ", " + now_ +
         " FROM delta_stage d WHERE old_row IS NOT NULL AND old_hash <> 0 AND (old_name <> name OR "
         "old_semantic <> semantic OR old_sort IS DISTINCT FROM sort) AND (SELECT kind FROM portal) <> "
         "'file' "
         "AND NOT EXISTS (SELECT 1 FROM stage_past p WHERE p.entity = d.entity AND p.pipeline_id = "
         "d.pipeline_id AND p.id = d.id AND p.until_day >= " +
         today_ + ")",
     "stage.past");
}

void Merge::ReplaceChildren(const TableSpec& spec) {
  const std::string in = "in_" + spec.name;
  const std::string columns = ColumnList(spec, "");
  for (const ChildLink& link : ChildLinks()) {
    if (link.child != spec.name) continue;
    if (!MayConcern(*staged_.at(spec.name), link) && !Staged(link.parent)) continue;
    // Parents to replace: changed ones of this load, and those that are not in this load at all (their
    // children came alone). Children of an unchanged parent are what we hold.
    const bool bindings = spec.name == "activity_binding";
    std::string parents;
    if (Staged(link.parent)) {
      parents = "SELECT " + link.parent_expr + " AS parent, old_row IS NULL AS fresh FROM delta_" +
                link.parent + " UNION SELECT DISTINCT " + link.child_expr + ", FALSE FROM " + in + " WHERE " +
                link.filter + " AND " + link.child_expr + " NOT IN (SELECT " + link.parent_expr +
                " FROM in_" + link.parent + ")";
    } else {
      parents = "SELECT DISTINCT " + link.child_expr + " AS parent, FALSE AS fresh FROM " + in + " WHERE " +
                link.filter;
    }
    int64_t count = Do("CREATE OR REPLACE TEMP TABLE parents AS " + parents, spec.name + ".parents");
    if (spec.name == "product_line") {
      // Lines that came alone and are what we hold change nothing.
      const auto bag = [&](const std::string& table) {
        return "(SELECT " + link.child_expr + " AS parent, count(*) AS lines, sum(hash(" + columns +
               ")) AS contents FROM " + table + " WHERE " + link.filter + " AND " + link.child_expr +
               " IN (SELECT parent FROM parents) GROUP BY 1)";
      };
      count -= Do("DELETE FROM parents WHERE parent IN (SELECT a.parent FROM " + bag(in) + " a JOIN " +
                      bag(spec.name) +
                      " b ON a.parent = b.parent AND a.lines = b.lines AND a.contents = b.contents)",
                  spec.name + ".same");
    }
    if (count == 0) continue;
    if (bindings) {
      DropBindings();
    } else {
      Do("DELETE FROM " + spec.name + " WHERE " + link.filter + " AND " + link.child_expr +
             " IN (SELECT parent FROM parents)",
         spec.name + ".replace");
    }
    std::string rows = "SELECT " + columns + " FROM " + in + " WHERE " + link.filter + " AND " +
                       link.child_expr + " IN (SELECT parent FROM parents) ORDER BY n";
    if (bindings && Staged(link.parent) && count <= kFewActivities) {
      Do("CREATE OR REPLACE TEMP TABLE new_activity_binding AS " + rows, "activity_binding.new");
      rows = "SELECT " + columns + " FROM new_activity_binding";
      outcome_.bindings_told = true;
    }
    const int64_t inserted =
        Do("INSERT INTO " + spec.name + " (" + columns + ") " + rows, spec.name + ".insert");
    if (inserted > 0 && spec.name == "product_line") outcome_.stored_by_table[spec.name] += inserted;
    Do("CREATE TEMP TABLE IF NOT EXISTS delta_" + spec.name + " (parent_table TEXT, parent TEXT)", spec.name);
    Do("INSERT INTO delta_" + spec.name + " SELECT " + Quote(link.parent) + ", parent FROM parents",
       spec.name);
    outcome_.changed.insert(spec.name);
  }
}

/// Drops the bindings of `parents`, which leaves in old_activity_binding whom they named: cards that lose an
/// activity must be derived anew too. An activity that was not held has none, except those that came alone
/// before it: they are noted as dangling.
void Merge::DropBindings() {
  const std::string early =
      "SELECT value FROM dangling_reference WHERE table_name = 'activity_binding' AND column_name = "
      "'activity_id'";
  const std::string known = " FROM parents WHERE NOT fresh OR parent IN (" + early + ")";
  if (connection_.Integer("SELECT count(*)::BIGINT" + known, "activity_binding.known") == 0) {
    Do("CREATE OR REPLACE TEMP TABLE old_activity_binding (old_row BIGINT, entity TEXT, card_id TEXT)",
       "activity_binding.old");
    return;
  }
  const int64_t old =
      Do("CREATE OR REPLACE TEMP TABLE old_activity_binding AS SELECT rowid AS old_row, entity, card_id FROM "
         "activity_binding WHERE activity_id IN (SELECT parent" +
             known + ")",
         "activity_binding.old");
  if (old > 0)
    Do("DELETE FROM activity_binding WHERE rowid IN (SELECT old_row FROM old_activity_binding)",
       "activity_binding.replace");
  Do("DELETE FROM dangling_reference WHERE table_name = 'activity_binding' AND value IN (SELECT parent FROM "
     "parents)",
     "activity_binding.early_replaced");
  const std::string alone =
      Staged("activity") ? " AND parent NOT IN (SELECT id FROM delta_activity)" : std::string();
  Do("INSERT INTO dangling_reference SELECT 'activity_binding', 'activity_id', parent, (SELECT count(*) FROM "
     "in_activity_binding i WHERE i.activity_id = parent) FROM parents WHERE NOT fresh" +
         alone + " AND NOT EXISTS (SELECT 1 FROM activity a WHERE a.id = parent)",
     "activity_binding.early");
}

void Merge::MergeEvents(const TableSpec& spec) {
  const std::string in = "in_" + spec.name;
  const std::string delta = "delta_" + spec.name;
  if (Staged("whole_history")) DropOutdatedEvents();
  const int64_t stored =
      Do("CREATE OR REPLACE TEMP TABLE " + delta + " AS WITH held AS MATERIALIZED (SELECT " + Join(spec.key) +
             " FROM " + spec.name + " WHERE id IN (SELECT id FROM " + in + ")) SELECT s.* FROM " + in +
             " s WHERE NOT EXISTS (SELECT 1 FROM held t WHERE " + SameKey(spec, "t", "s") + ")",
         delta);
  outcome_.rows_unchanged += (Staged(spec.name) ? given_.at(spec.name) : 0) - stored;
  if (stored == 0) return;
  outcome_.rows_stored += stored;
  outcome_.stored_by_table[spec.name] += stored;
  outcome_.changed.insert(spec.name);
  const std::string columns = ColumnList(spec, "");
  Do("INSERT INTO " + spec.name + " (" + columns + ", seen_at) SELECT " + columns + ", " + now_ + " FROM " +
         delta + " ORDER BY n",
     spec.name + ".insert");
}

/// A card whose history comes whole keeps no event that the load does not bring, or brings with other
/// contents. Events made of a card's own dates ("CARD/…") and those of a list of moves are two histories:
/// each replaces its own.
void Merge::DropOutdatedEvents() {
  Do("CREATE TEMP TABLE IF NOT EXISTS in_stage_event AS SELECT *, 0::BIGINT AS n FROM stage_event LIMIT 0",
     "stage_event.none");
  Do("CREATE OR REPLACE TEMP TABLE gone_stage_event AS SELECT t.entity, t.id, t.card_id FROM stage_event t "
     "JOIN "
     "in_whole_history w ON w.entity = t.entity AND w.card_id = t.card_id AND w.dated = starts_with(t.id, "
     "t.card_id || "
     "'/') LEFT JOIN in_stage_event s ON s.entity = t.entity AND s.id = t.id WHERE s.id IS NULL OR s.card_id "
     "<> "
     "t.card_id OR s.pipeline_id <> t.pipeline_id OR s.stage_id <> t.stage_id OR s.moved_at <> t.moved_at OR "
     "s.kind IS "
     "DISTINCT FROM t.kind OR s.mover_id IS DISTINCT FROM t.mover_id",
     "stage_event.outdated");
  const int64_t gone =
      Do("DELETE FROM stage_event USING gone_stage_event g WHERE stage_event.entity = g.entity AND "
         "stage_event.id = g.id",
         "stage_event.drop");
  if (gone > 0) outcome_.changed.insert("stage_event_gone");
}

void Merge::LogPast() {
  // What a poll saw of the same change stands there already, at the card's moment of modification.
  Do("CREATE OR REPLACE TEMP TABLE delta_past_change AS SELECT p.* FROM in_past_change p WHERE NOT EXISTS "
     "(SELECT 1 FROM change_log l WHERE l.entity = p.entity AND l.card_id = p.card_id AND l.field = p.field "
     "AND l.new_value IS NOT DISTINCT FROM p.new_value AND l.changed_at BETWEEN p.changed_at - INTERVAL 2 "
     "MINUTE AND p.changed_at + INTERVAL 2 MINUTE)",
     "past_change.delta");
  const int64_t stored =
      Do("INSERT INTO change_log (entity, card_id, field, old_value, new_value, changed_at, seen_at) SELECT "
         "entity, card_id, field, old_value, new_value, changed_at, " +
             now_ + " FROM delta_past_change ORDER BY changed_at, n",
         "past_change.insert");
  if (stored == 0) return;
  outcome_.rows_stored += stored;
  Do("CREATE TEMP TABLE IF NOT EXISTS gone (table_name TEXT, id TEXT)", "gone");
  Do("INSERT INTO gone SELECT DISTINCT entity, card_id FROM delta_past_change", "past_change.cards");
  outcome_.changed.insert("gone");
}

void Merge::GiveBackSellers() {
  std::string cards;
  if (Staged("past_change")) cards = "SELECT card_id FROM delta_past_change";
  if (outcome_.changed.contains("deal"))
    cards += std::string(cards.empty() ? "" : " UNION ") + "SELECT id FROM delta_deal WHERE old_row IS NULL";
  Do("UPDATE deal SET seller_id = x.owner FROM (SELECT d.id, arg_min(l.old_value, l.changed_at) AS owner "
     "FROM "
     "deal d JOIN change_log l ON l.entity = 'deal' AND l.card_id = d.id AND l.field = 'owner' AND "
     "l.changed_at > d.closed_at WHERE d.closed_at <= d.first_seen_at AND d.seller_id IS NOT NULL AND d.id "
     "IN "
     "(" +
         cards +
         ") GROUP BY d.id) x WHERE deal.id = x.id AND x.owner IS NOT NULL AND deal.seller_id IS DISTINCT "
         "FROM "
         "x.owner",
     "deal.seller");
}

void Merge::MergeRates() {
  // A rate is stored only on the days on which it differs from the one before it.
  Do("CREATE OR REPLACE TEMP TABLE delta_currency_rate AS WITH given AS (SELECT currency, day, rate, TRUE AS "
     "fresh FROM "
     "in_currency_rate), held AS (SELECT t.currency, t.day, t.rate, FALSE AS fresh FROM currency_rate t "
     "WHERE NOT EXISTS "
     "(SELECT 1 FROM given g WHERE g.currency = t.currency AND g.day = t.day)), line AS (SELECT *, lag(rate) "
     "OVER "
     "(PARTITION BY currency ORDER BY day) AS before FROM (SELECT * FROM given UNION ALL SELECT * FROM "
     "held)) SELECT "
     "l.currency, l.day, l.rate FROM line l LEFT JOIN currency_rate t ON t.currency = l.currency AND t.day = "
     "l.day WHERE "
     "l.fresh AND (CASE WHEN t.day IS NULL THEN l.before IS DISTINCT FROM l.rate ELSE t.rate <> l.rate END)",
     "currency_rate.delta");
  const int64_t stored = connection_.Integer("SELECT count(*)::BIGINT FROM delta_currency_rate");
  outcome_.rows_unchanged += connection_.Integer("SELECT count(*)::BIGINT FROM in_currency_rate") - stored;
  if (stored == 0) return;
  outcome_.rows_stored += stored;
  outcome_.changed.insert("currency_rate");
  Do("DELETE FROM currency_rate USING delta_currency_rate d WHERE currency_rate.currency = d.currency AND "
     "currency_rate.day = d.day",
     "currency_rate.replace");
  Do("INSERT INTO currency_rate (currency, day, rate, seen_at) SELECT currency, day, rate, " + now_ +
         " FROM delta_currency_rate",
     "currency_rate.insert");
}

void Merge::MarkRemoved(const std::string& list) {
  const size_t colon = list.find(':');
  std::string table = list.substr(0, colon);
  if (table == "user") table = "crm_user";
  const TableSpec* spec = catalog_.Find(table);
  if (spec == nullptr || !spec->removable) {
    throw DiagnosticError({"bad_row", "\"" + list + "\" is no list that can be complete", "MarkComplete",
                           NearestNames(table, catalog_.names())});
  }
  std::string which = "removed_at IS NULL";
  if (colon != std::string::npos) {
    which += " AND " + spec->key.front() + " = " + Quote(std::string_view(list).substr(colon + 1));
  }
  if (table == "crm_user") which += " AND NOT placeholder";
  if (Staged(table)) {
    which += " AND NOT EXISTS (SELECT 1 FROM in_" + table + " i WHERE " + SameKey(*spec, "i", table) + ")";
  }
  const int64_t removed =
      Do("UPDATE " + table + " SET removed_at = " + now_ + " WHERE " + which, table + ".removed");
  if (removed > 0) {
    outcome_.rows_stored += removed;
    outcome_.changed.insert(table + "_removed");
  }
}

void Merge::Bury(const Burial& burial) {
  const bool client = burial.entity == "company" || burial.entity == "contact";
  const std::string table = client ? "client" : burial.entity;
  const TableSpec* spec = catalog_.Find(table);
  if (spec == nullptr || !spec->deletable) {
    throw DiagnosticError({"bad_row",
                           "\"" + burial.entity + "\" cannot be buried",
                           "Bury",
                           {"lead", "deal", "company", "contact", "activity", "listed_call", "customer"}});
  }
  Do("CREATE OR REPLACE TEMP TABLE buried (card_id TEXT, id TEXT)", "buried");
  std::string rows;
  const auto send = [&] {
    if (!rows.empty()) Do("INSERT INTO buried VALUES " + rows, "buried");
    rows.clear();
  };
  for (const std::string& id : burial.ids) {
    const std::string bare = client && id.find(':') != std::string::npos ? id.substr(id.find(':') + 1) : id;
    rows += (rows.empty() ? "(" : ", (") + Quote(bare) + ", " +
            Quote(client ? burial.entity + ":" + bare : bare) + ")";
    if (rows.size() > 100'000) send();
  }
  send();
  // "merged:5": the card that stayed.
  const bool merged = burial.cause.starts_with("merged:");
  const std::string cause = merged ? "merged" : burial.cause;
  const std::string kept = merged ? Quote(burial.cause.substr(7)) : "NULL";
  const int64_t tombs =
      Do("INSERT INTO tombstone (entity, card_id, cause, merged_into, seen_at) SELECT DISTINCT " +
             Quote(burial.entity) + ", card_id, " + Quote(cause) + ", " + kept + ", " + now_ +
             " FROM buried b WHERE NOT EXISTS (SELECT 1 FROM " + table +
             " t WHERE t.id = b.id AND t.deleted_at IS NOT NULL) AND NOT (EXISTS (SELECT 1 FROM tombstone o "
             "WHERE "
             "o.entity = " +
             Quote(burial.entity) + " AND o.card_id = b.card_id) AND NOT EXISTS (SELECT 1 FROM " + table +
             " t WHERE t.id = b.id))",
         "tombstone");
  if (burial.entity == "lead" || burial.entity == "deal") {
    Do("INSERT INTO change_log (entity, card_id, field, old_value, new_value, changed_at, seen_at) SELECT " +
           Quote(burial.entity) + ", id, 'deleted', NULL, " + Quote(cause) + ", " + now_ + ", " + now_ +
           " FROM " + table + " WHERE deleted_at IS NULL AND id IN (SELECT id FROM buried)",
       "change_log.deleted");
  }
  Do("CREATE TEMP TABLE IF NOT EXISTS gone (table_name TEXT, id TEXT)", "gone");
  Do("INSERT INTO gone SELECT DISTINCT " + Quote(table) + ", id FROM " + table +
         " WHERE deleted_at IS NULL AND id IN (SELECT id FROM buried)",
     "gone");
  const int64_t dead = Do("UPDATE " + table + " SET deleted_at = " + now_ +
                              " WHERE deleted_at IS NULL AND id IN (SELECT id FROM buried)",
                          table + ".deleted");
  if (dead > 0 || tombs > 0) outcome_.rows_stored += dead > 0 ? dead : tombs;
  if (dead > 0) outcome_.changed.insert("gone");
}

}  // namespace svodka::warehouse
