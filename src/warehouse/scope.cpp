#include "warehouse/internal/scope.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace svodka::warehouse {
namespace {

/// Collects SELECTs of ids and inserts the matching keys at once.
class Union {
 public:
  void Add(const std::string& select) { sql_ += (sql_.empty() ? "" : " UNION ") + select; }
  bool empty() const { return sql_.empty(); }
  const std::string& sql() const { return sql_; }

 private:
  std::string sql_;
};

void AddActivities(const std::set<std::string>& changed, Union& activities) {
  if (changed.contains("activity")) activities.Add("SELECT id FROM delta_activity");
  if (changed.contains("activity_binding")) activities.Add("SELECT parent FROM delta_activity_binding");
  if (changed.contains("gone")) activities.Add("SELECT id FROM gone WHERE table_name = 'activity'");
  // The telephony statistics tell more of a call than its activity.
  if (changed.contains("call")) {
    activities.Add("SELECT activity_id FROM delta_call WHERE activity_id IS NOT NULL");
    activities.Add("SELECT 'call:' || id FROM delta_call");
  }
  // A call stands for itself until its activity is there, and again when that is gone.
  for (const auto& [told, ids] : {std::pair{"activity", "SELECT id FROM delta_activity"},
                                  std::pair{"gone", "SELECT id FROM gone WHERE table_name = 'activity'"}}) {
    if (changed.contains(told))
      activities.Add(std::string("SELECT 'call:' || id FROM call WHERE activity_id IN (") + ids + ")");
  }
}

/// The ids of clients whose cards must be derived anew.
void AddClients(const std::set<std::string>& changed, Union& clients) {
  if (changed.contains("client")) clients.Add("SELECT id FROM delta_client");
  if (changed.contains("gone")) clients.Add("SELECT id FROM gone WHERE table_name = 'client'");
}

/// Tables whose change reaches every card or that only a full build handles.
bool ReachesEverything(Connection& connection, const std::set<std::string>& changed) {
  // A stage that changed its meaning or place; a new one moves the ordinals of those behind it.
  const auto any = [&](const char* name) { return changed.contains(name); };
  const bool map_moved =
      any("stage") || any("stage_removed") || any("pipeline") || any("pipeline_removed") || any("portal");
  if (map_moved &&
      connection.Integer(
          "SELECT count(*)::BIGINT FROM d_stage d LEFT JOIN stage_now n ON n.stage_key = d.key WHERE "
          "n.stage_key IS NULL OR n.semantic <> d.semantic OR n.ordinal <> d.ordinal OR n.is_first <> "
          "d.is_first OR n.pipeline_key <> d.pipeline_key") > 0) {
    return true;
  }
  if (changed.contains("stage") &&
      connection.Integer(
          "SELECT (SELECT count(*) FROM stage s WHERE entity = 'lead' AND coalesce(is_junk, FALSE) <> "
          "coalesce((SELECT d.is_junk FROM d_stage d WHERE d.key = s.key), FALSE))::BIGINT") > 0) {
    return true;
  }
  return changed.contains("dictionary") &&
         connection.Integer(
             "SELECT count(*)::BIGINT FROM delta_dictionary d JOIN d_code c ON c.kind = d.kind AND c.id = "
             "d.id WHERE d.kind = 'loss_reason' AND coalesce(d.is_junk, FALSE) <> c.is_junk") > 0;
}

/// Makes a temporary table of what `select` answers and returns its rows.
int64_t Gather(Connection& connection, const std::string& table, const std::string& select) {
  return connection.Run("CREATE OR REPLACE TEMP TABLE " + table + " AS " + select, table);
}

struct Touched {
  bool bindings = false, clients = false;
};

int64_t CollectCards(Connection& connection, const MergeOutcome& outcome, const Touched& touched,
                     const std::string& card) {
  const std::set<std::string>& changed = outcome.changed;
  Union ids;
  const std::string quoted = Quote(card);
  if (changed.contains(card)) ids.Add("SELECT id FROM delta_" + card);
  if (changed.contains("stage_event"))
    ids.Add("SELECT card_id FROM delta_stage_event WHERE entity = " + quoted);
  if (changed.contains("stage_event_gone"))
    ids.Add("SELECT card_id FROM gone_stage_event WHERE entity = " + quoted);
  if (changed.contains("gone")) ids.Add("SELECT id FROM gone WHERE table_name = " + quoted);
  for (const char* child : {"deal_client", "product_line"}) {
    if (card == "deal" && changed.contains(child)) ids.Add(std::string("SELECT parent FROM delta_") + child);
  }
  if (touched.bindings) ids.Add("SELECT card_id FROM touched_binding WHERE entity = " + quoted);
  if (touched.clients) {
    ids.Add("SELECT id FROM " + card +
            " WHERE company_id IN (FROM touched_client) OR contact_id IN (FROM touched_client)");
    if (card == "deal") ids.Add("SELECT deal_id FROM deal_client WHERE client_id IN (FROM touched_client)");
  }
  if (changed.contains("currency_rate")) {
    ids.Add("SELECT id FROM " + card + " WHERE currency IN (SELECT currency FROM delta_currency_rate)");
  }
  if (card == "deal" && outcome.AnyFresh("lead")) {
    ids.Add("SELECT id FROM deal WHERE lead_id IN (SELECT id FROM delta_lead WHERE old_row IS NULL)");
  }
  if (card == "deal" && changed.contains("product")) {
    ids.Add("SELECT deal_id FROM product_line WHERE product_id IN (SELECT id FROM delta_product)");
  }
  return Gather(connection, "scope_" + card,
                ids.empty() ? "SELECT 0 AS key WHERE FALSE"
                            : "SELECT key FROM " + card + " WHERE id IN (" + ids.sql() + ")");
}

}  // namespace

std::optional<Scope> CollectScope(Connection& connection, const MergeOutcome& outcome) {
  const std::set<std::string>& changed = outcome.changed;
  if (ReachesEverything(connection, changed)) return std::nullopt;

  Scope scope;
  Union activities;
  AddActivities(changed, activities);
  scope.activities = Gather(connection, "scope_activity",
                            activities.empty() ? "SELECT ''::TEXT AS id WHERE FALSE"
                                               : "SELECT id FROM (" + activities.sql() + ") t(id)") > 0;
  Touched touched;
  Union bindings;
  if (scope.activities) {
    Gather(connection, "scope_binding",
           outcome.bindings_told && !changed.contains("gone") && !changed.contains("call")
               ? "SELECT * FROM new_activity_binding"
               : "SELECT * FROM activity_binding WHERE activity_id IN (SELECT id FROM scope_activity)");
    bindings.Add("SELECT DISTINCT entity, card_id FROM scope_binding");
    scope.known_activities =
        !changed.contains("activity") ||
        connection.Integer(
            "SELECT count(*)::BIGINT FROM scope_activity WHERE id NOT IN (SELECT id FROM delta_activity "
            "WHERE old_row IS NULL)") > 0;
  }
  if (changed.contains("activity_binding")) bindings.Add("SELECT entity, card_id FROM old_activity_binding");
  touched.bindings = !bindings.empty() && Gather(connection, "touched_binding", bindings.sql()) > 0;

  Union clients;
  AddClients(changed, clients);
  if (touched.bindings) {
    clients.Add(
        "SELECT entity || ':' || card_id FROM touched_binding WHERE entity IN ('company', 'contact')");
  }
  touched.clients = !clients.empty() &&
                    Gather(connection, "touched_client", "SELECT id FROM (" + clients.sql() + ") t(id)") > 0;
  const int64_t leads = CollectCards(connection, outcome, touched, "lead");
  const int64_t deals = CollectCards(connection, outcome, touched, "deal");

  Union scoped_clients;
  AddClients(changed, scoped_clients);
  scope.clients = !scoped_clients.empty() &&
                  Gather(connection, "scope_client",
                         "SELECT key FROM client WHERE id IN (" + scoped_clients.sql() + ")") > 0;
  // Activities that wait for a card or client that arrives only now.
  bool late = false;
  for (const auto& [table, id, entity] : std::vector<std::array<std::string, 3>>{
           {"lead", "card_id", "entity = 'lead'"},
           {"deal", "card_id", "entity = 'deal'"},
           {"client", "entity || ':' || card_id", "entity IN ('company', 'contact')"}}) {
    if (!outcome.AnyFresh(table)) continue;
    const int64_t waiting =
        connection.Run("INSERT INTO scope_activity SELECT DISTINCT activity_id FROM activity_binding WHERE " +
                           entity + " AND " + id + " IN (SELECT id FROM delta_" + table +
                           " WHERE old_row IS NULL) AND activity_id NOT IN (SELECT id FROM scope_activity)",
                       "scope_activity.waiting");
    late = late || waiting > 0;
  }
  for (const auto& [table, bound] :
       std::vector<std::pair<std::string, std::string>>{{"lead", "entity = 'lead' AND card_id IN ("},
                                                        {"deal", "entity = 'deal' AND card_id IN ("},
                                                        {"client", "entity || ':' || card_id IN ("}}) {
    if (!outcome.AnyFresh(table)) continue;
    const int64_t waiting =
        connection.Run("INSERT INTO scope_activity SELECT 'call:' || id FROM call WHERE " + bound +
                           "SELECT id FROM delta_" + table +
                           " WHERE old_row IS NULL) AND 'call:' || id NOT IN (SELECT id "
                           "FROM scope_activity)",
                       "scope_activity.calls");
    late = late || waiting > 0;
  }
  if (late) {
    scope.activities = scope.known_activities = true;
    Gather(connection, "scope_binding",
           "SELECT * FROM activity_binding WHERE activity_id IN (SELECT id FROM scope_activity)");
  }
  scope.leads = leads > 0;
  scope.deals = deals > 0;
  if (leads + deals > 2'000) {
    const int64_t held =
        connection.Integer("SELECT ((SELECT count(*) FROM lead) + (SELECT count(*) FROM deal))::BIGINT");
    if (leads + deals > held / 4) return std::nullopt;
  }
  return scope;
}

bool StandAlone(Connection& connection, const std::set<std::string>& changed, bool leads, bool deals) {
  const auto created_moved = [&](const std::string& card) {
    return changed.contains(card)
               ? " OR EXISTS (SELECT 1 FROM delta_" + card +
                     " d WHERE d.id = c.id AND d.old_created_at IS DISTINCT FROM d.created_at)"
               : std::string();
  };
  std::string others;
  if (deals) {
    connection.Run(
        "CREATE OR REPLACE TEMP TABLE deal_before AS SELECT deal_key AS card, client_key, deleted, "
        "after_sale, "
        "closed_semantic, new_or_repeat, new_or_repeat_any, repeat_inquiry FROM f_deal WHERE deal_key IN "
        "(SELECT key "
        "FROM scope_deal)",
        "deal_before");
    others =
        "SELECT c.card FROM deal_card c JOIN deal_close k ON k.card = c.card LEFT JOIN deal_before o ON "
        "o.card = "
        "c.card WHERE o.card IS NULL OR o.client_key <> c.client_key OR o.deleted <> (c.deleted_at IS NOT "
        "NULL) "
        "OR o.after_sale <> k.after_sale OR o.closed_semantic <> 0 OR k.semantic <> 0" +
        created_moved("deal");
  }
  if (leads) {
    connection.Run(
        "CREATE OR REPLACE TEMP TABLE lead_before AS SELECT lead_key AS card, client_key, deleted, repeat "
        "FROM f_lead "
        "WHERE lead_key IN (SELECT key FROM scope_lead)",
        "lead_before");
    others +=
        std::string(others.empty() ? "" : " UNION ALL ") +
        "SELECT c.card FROM lead_card c LEFT JOIN lead_before o ON o.card = c.card WHERE o.card IS NULL OR "
        "o.client_key <> c.client_key OR o.deleted <> (c.deleted_at IS NOT NULL)" +
        created_moved("lead");
  }
  return others.empty() ||
         connection.Integer("SELECT count(*)::BIGINT FROM (" + others + ")", "stand_alone") == 0;
}

void KeepRepeats(Connection& connection, std::string_view card) {
  connection.Run(
      card == "deal"
          // Deals that no other depends on are not won: none is a purchase.
          ? "CREATE OR REPLACE TEMP TABLE deal_repeat AS SELECT card, new_or_repeat, "
            "new_or_repeat_any, repeat_inquiry, NULL::INTEGER AS purchase_nth, NULL::INTEGER AS "
            "purchase_until_day, NULL::INTEGER AS purchase_before_day, NULL::INTEGER AS "
            "purchase_third_day, NULL::INTEGER AS purchase_first_day, NULL::DOUBLE AS purchase_gap "
            "FROM deal_before"
          : "CREATE OR REPLACE TEMP TABLE lead_repeat AS SELECT card, repeat FROM lead_before",
      "keep_repeats");
}

bool WidenScope(Connection& connection, const std::function<void()>& leads_changed) {
  // A lead tells of its deals' sales.
  int64_t added = connection.Run(
      "INSERT INTO scope_lead SELECT key FROM (SELECT lead_key AS key FROM f_deal WHERE deal_key IN (SELECT "
      "key FROM "
      "scope_deal) AND lead_key <> 0 UNION SELECT l.key FROM deal d JOIN lead l ON l.id = d.lead_id WHERE "
      "d.key IN "
      "(SELECT key FROM scope_deal)) WHERE key NOT IN (SELECT key FROM scope_lead)",
      "scope_lead.deals");
  if (added > 0) leads_changed();
  connection.Run(
      "CREATE OR REPLACE TEMP TABLE scope_buyer AS SELECT client_key FROM lead_buyer WHERE client_key <> 0 "
      "UNION SELECT "
      "client_key FROM deal_buyer WHERE client_key <> 0 UNION SELECT client_key FROM f_lead WHERE client_key "
      "<> 0 AND "
      "lead_key IN (SELECT key FROM scope_lead) UNION SELECT client_key FROM f_deal WHERE client_key <> 0 "
      "AND deal_key IN "
      "(SELECT key FROM scope_deal)",
      "scope_buyer");
  for (const std::string card : {"lead", "deal"}) {
    added += connection.Run("INSERT INTO scope_" + card + " SELECT " + card + "_key FROM f_" + card +
                                " WHERE client_key IN (SELECT client_key FROM scope_buyer) AND " + card +
                                "_key NOT IN (SELECT key FROM scope_" + card + ")",
                            "scope_" + card + ".buyers");
  }
  return added > 0;
}

}  // namespace svodka::warehouse
