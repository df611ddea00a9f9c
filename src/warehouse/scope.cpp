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
}

/// The ids of clients whose cards must be derived anew.
void AddClients(const std::set<std::string>& changed, Union& clients) {
  if (changed.contains("client")) clients.Add("SELECT id FROM delta_client");
  if (changed.contains("gone")) clients.Add("SELECT id FROM gone WHERE table_name = 'client'");
}

/// Tables whose change reaches every card or that only a full build handles.
bool ReachesEverything(Connection& connection, const std::set<std::string>& changed) {
  // A stage that changed its meaning or place; a new one moves the ordinals of those behind it.
  if (connection.Integer(
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

void CollectCards(Connection& connection, const std::set<std::string>& changed, const std::string& card) {
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
  if (connection.Integer("SELECT count(*)::BIGINT FROM touched_binding") > 0) {
    ids.Add("SELECT card_id FROM touched_binding WHERE entity = " + quoted);
  }
  if (connection.Integer("SELECT count(*)::BIGINT FROM touched_client") > 0) {
    ids.Add("SELECT id FROM " + card +
            " WHERE company_id IN (FROM touched_client) OR contact_id IN (FROM touched_client)");
    if (card == "deal") ids.Add("SELECT deal_id FROM deal_client WHERE client_id IN (FROM touched_client)");
  }
  if (changed.contains("currency_rate")) {
    ids.Add("SELECT id FROM " + card + " WHERE currency IN (SELECT currency FROM delta_currency_rate)");
  }
  if (card == "deal" && changed.contains("lead")) {
    ids.Add("SELECT id FROM deal WHERE lead_id IN (SELECT id FROM delta_lead WHERE old_row IS NULL)");
  }
  if (card == "deal" && changed.contains("product")) {
    ids.Add("SELECT deal_id FROM product_line WHERE product_id IN (SELECT id FROM delta_product)");
  }
  connection.Run("CREATE OR REPLACE TEMP TABLE scope_" + card + " AS " +
                     (ids.empty() ? "SELECT 0 AS key WHERE FALSE"
                                  : "SELECT key FROM " + card + " WHERE id IN (" + ids.sql() + ")"),
                 "scope_" + card);
}

}  // namespace

bool CollectScope(Connection& connection, const std::set<std::string>& changed) {
  if (ReachesEverything(connection, changed)) return false;

  Union activities;
  AddActivities(changed, activities);
  connection.Run("CREATE OR REPLACE TEMP TABLE scope_activity AS " +
                     (activities.empty() ? "SELECT ''::TEXT AS id WHERE FALSE"
                                         : "SELECT id FROM (" + activities.sql() + ") t(id)"),
                 "scope_activity");
  const int64_t activity_count = connection.Integer("SELECT count(*)::BIGINT FROM scope_activity");
  connection.Run(
      "CREATE OR REPLACE TEMP TABLE touched_binding AS SELECT DISTINCT entity, card_id FROM " +
          std::string(activity_count == 0
                          ? "activity_binding WHERE FALSE"
                          : "activity_binding WHERE activity_id IN (SELECT id FROM scope_activity)") +
          (changed.contains("activity_binding") ? " UNION SELECT entity, card_id FROM old_activity_binding"
                                                : ""),
      "touched_binding");

  Union clients;
  AddClients(changed, clients);
  clients.Add("SELECT entity || ':' || card_id FROM touched_binding WHERE entity IN ('company', 'contact')");
  connection.Run(
      "CREATE OR REPLACE TEMP TABLE touched_client AS SELECT id FROM (" + clients.sql() + ") t(id)",
      "touched_client");
  for (const char* card : {"lead", "deal"}) CollectCards(connection, changed, card);
  // A lead tells of its deals' sales.
  connection.Run(
      "INSERT INTO scope_lead SELECT key FROM (SELECT lead_key AS key FROM f_deal WHERE deal_key IN (SELECT "
      "key FROM "
      "scope_deal) AND lead_key <> 0 UNION SELECT l.key FROM deal d JOIN lead l ON l.id = d.lead_id WHERE "
      "d.key IN "
      "(SELECT key FROM scope_deal)) WHERE key NOT IN (SELECT key FROM scope_lead)",
      "scope_lead.deals");

  Union scoped_clients;
  if (changed.contains("client")) scoped_clients.Add("SELECT id FROM delta_client");
  if (changed.contains("gone")) scoped_clients.Add("SELECT id FROM gone WHERE table_name = 'client'");
  connection.Run(
      "CREATE OR REPLACE TEMP TABLE scope_client AS " +
          (scoped_clients.empty() ? "SELECT 0 AS key WHERE FALSE"
                                  : "SELECT key FROM client WHERE id IN (" + scoped_clients.sql() + ")"),
      "scope_client");
  // Activities that wait for a card or client that arrives only now.
  for (const auto& [table, id, entity] : std::vector<std::array<std::string, 3>>{
           {"lead", "card_id", "entity = 'lead'"},
           {"deal", "card_id", "entity = 'deal'"},
           {"client", "entity || ':' || card_id", "entity IN ('company', 'contact')"}}) {
    if (!changed.contains(table)) continue;
    if (connection.Integer("SELECT count(*)::BIGINT FROM delta_" + table + " WHERE old_row IS NULL") == 0)
      continue;
    connection.Run("INSERT INTO scope_activity SELECT DISTINCT activity_id FROM activity_binding WHERE " +
                       entity + " AND " + id + " IN (SELECT id FROM delta_" + table +
                       " WHERE old_row IS NULL) AND activity_id NOT IN (SELECT id FROM scope_activity)",
                   "scope_activity.waiting");
  }
  const int64_t cards = connection.Integer(
      "SELECT ((SELECT count(*) FROM scope_lead) + (SELECT count(*) FROM scope_deal))::BIGINT");
  const int64_t held =
      connection.Integer("SELECT ((SELECT count(*) FROM lead) + (SELECT count(*) FROM deal))::BIGINT");
  return cards <= std::max<int64_t>(2'000, held / 4);
}

bool WidenScopeByClient(Connection& connection) {
  connection.Run(
      "CREATE OR REPLACE TEMP TABLE scope_buyer AS SELECT client_key FROM lead_buyer WHERE client_key <> 0 "
      "UNION SELECT "
      "client_key FROM deal_buyer WHERE client_key <> 0 UNION SELECT client_key FROM f_lead WHERE client_key "
      "<> 0 AND "
      "lead_key IN (SELECT key FROM scope_lead) UNION SELECT client_key FROM f_deal WHERE client_key <> 0 "
      "AND deal_key IN "
      "(SELECT key FROM scope_deal)",
      "scope_buyer");
  int64_t added = 0;
  for (const std::string card : {"lead", "deal"}) {
    added += connection.Run("INSERT INTO scope_" + card + " SELECT " + card + "_key FROM f_" + card +
                                " WHERE client_key IN (SELECT client_key FROM scope_buyer) AND " + card +
                                "_key NOT IN (SELECT key FROM scope_" + card + ")",
                            "scope_" + card + ".buyers");
  }
  return added > 0;
}

}  // namespace svodka::warehouse
