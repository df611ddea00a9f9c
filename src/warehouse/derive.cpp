#include "warehouse/internal/derive.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include "base/embedded.hpp"
#include "base/log.hpp"
#include "warehouse/internal/dated_rules.hpp"
#include "warehouse/internal/field_map.hpp"
#include "warehouse/internal/scope.hpp"
#include "warehouse/internal/slices.hpp"

namespace svodka {
std::span<const EmbeddedFile> WarehouseDerivations();
}

namespace svodka::warehouse {
namespace {

std::string FileText(std::string_view name) {
  for (const EmbeddedFile& file : WarehouseDerivations()) {
    if (file.name == name) return std::string(file.text);
  }
  throw InvariantError("no derivation file " + std::string(name));
}

constexpr const char* kScoped[] = {"lead", "deal", "client", "activity"};

/// A star table that is built card by card, and the column that names the card.
struct StarTable {
  const char* name;
  const char* entity;
  const char* key;
};
constexpr StarTable kStarTables[] = {{"f_lead", "lead", "lead_key"},
                                     {"f_deal", "deal", "deal_key"},
                                     {"f_lead_state", "lead", "lead_key"},
                                     {"f_deal_state", "deal", "deal_key"},
                                     {"f_lead_visit", "lead", "lead_key"},
                                     {"f_deal_visit", "deal", "deal_key"},
                                     {"f_lead_sign", "lead", "lead_key"},
                                     {"f_deal_sign", "deal", "deal_key"},
                                     {"f_lead_step", "lead", "lead_key"},
                                     {"f_deal_step", "deal", "deal_key"},
                                     {"f_activity", "activity", "activity_id"},
                                     {"d_client", "client", "key"}};

bool AnyOf(const std::set<std::string>& changed, std::initializer_list<const char*> names) {
  return std::ranges::any_of(names, [&](const char* name) { return changed.contains(name); });
}

void ReplaceAll(std::string& text, std::string_view token, std::string_view value) {
  for (size_t at = text.find(token); at != std::string::npos; at = text.find(token, at + value.size())) {
    text.replace(at, token.size(), value);
  }
}

/// Runs the derivation files over whatever lead_rows, deal_rows, client_rows, activity_rows, binding_rows and
/// touching hold: everything (views), or what a load touched (tables).
class Deriver {
 public:
  Deriver(Connection& connection, const DeriveContext& context) : connection_(connection), context_(context) {
    connection_.Run("CREATE OR REPLACE TEMP MACRO local_day(t) AS " + context.local_day_function + "(t)",
                    "local_day");
    connection_.Run("CREATE OR REPLACE TEMP MACRO local_hour(t) AS ((" + context.local_day_function +
                        "_hour(t) % 24 + 24) % 24)::TINYINT",
                    "local_hour");
  }

  /// Lets every file run slice by slice where there are many cards.
  void Slice() {
    const auto slices_of = [&](const std::string& table, const std::string& key, int64_t rows_per_slice) {
      const ResultSet set =
          connection_.Fetch("SELECT count(*)::BIGINT, coalesce(min(" + key + "), 0)::BIGINT, coalesce(max(" +
                            key + "), 0)::BIGINT FROM " + table);
      const auto number = [&](size_t column) { return std::get<int64_t>(set.rows.at(0).at(column)); };
      return SlicesOf(number(0), number(1), number(2), rows_per_slice);
    };
    for (const char* card : {"lead", "deal"})
      slices_[card] = slices_of(card, "key", context_.cards_per_slice);
    // Activities are parted by their ids: any number of parts will do.
    slices_[""] = slices_of("activity", "rowid", 10 * context_.cards_per_slice);
  }

  void Names() const { Run("01_names.sql", ""); }

  /// Which client each card of `card`_rows belongs to.
  void Buyers(std::string_view card) const { Run("03_client.sql", card); }

  /// The activities that may touch the cards; needs Buyers of both kinds.
  void Touching() const { Run("04_touching.sql", ""); }

  /// What was done in them, and to which clients.
  void Done() const { Run("04_done.sql", ""); }

  /// The cards of smart processes, all of them: they stand on no other card.
  void SmartItems() const { Run("17_smart_item.sql", ""); }

  /// The calendar, where it does not reach far enough.
  void Calendar() const { Run("16_day.sql", ""); }

  /// Buyers of no cards at all.
  void NoBuyers(const std::string& card) const {
    connection_.Run("CREATE OR REPLACE TEMP TABLE " + card +
                        "_buyer (card INTEGER, client_key INTEGER, by_phone BOOLEAN); CREATE OR REPLACE TEMP "
                        "TABLE " +
                        card + "_party (card INTEGER, entity TEXT, id TEXT)",
                    card + "_buyer");
  }

  /// Codes of whatever the rows name. `dictionaries`: names and rates may have changed too.
  void Codes(bool dictionaries) const {
    Run("02_codes_used.sql", "");
    if (dictionaries ||
        connection_.Integer(
            "SELECT count(*)::BIGINT FROM code_used u WHERE NOT EXISTS (SELECT 1 FROM d_code c "
            "WHERE c.kind = u.kind AND c.id = u.id)",
            "code_unknown") > 0) {
      Run("02_codes.sql", "");
    }
  }
  void Clients() const { Run("04_clients.sql", ""); }
  void Cards(std::string_view card) const { Run("05_card.sql", card); }
  /// Stages one after another and what they say of closing.
  void Chains(std::string_view card) const {
    Run("06_history.sql", card);
    const std::string name(card);
    const bool told =
        connection_.Integer("SELECT count(*)::BIGINT FROM " + name +
                                "_card WHERE card NOT IN (SELECT card FROM " + name + "_history)",
                            name + "_untold") == 0;
    Run(told ? "06_move_told.sql" : "06_move.sql", card);
    Run("06_chain.sql", card);
    Run("07_close.sql", card);
  }
  /// States, stays, signs and steps.
  void Lives(std::string_view card) const {
    const bool same = Run("08_change.sql", card) == 0;
    Run(same ? "08_span_same.sql" : "08_span.sql", card);
    for (const char* file : {"09_state.sql", "10_visit.sql", "11_sign.sql", "12_step.sql"}) Run(file, card);
  }
  /// Which sales are first ones; of all cards of each client in question.
  void Repeats(std::string_view card) const { Run(card == "deal" ? "13_repeat.sql" : "14_repeat.sql", card); }
  /// Deals before leads: a lead tells of its deals' sales.
  void Facts(std::string_view card) const { Run(card == "deal" ? "13_deal.sql" : "14_lead.sql", card); }
  void Activities() const {
    Run("15_activity.sql", "");
    Run("15_call.sql", "");
  }

 private:
  /// `card`: what {card} stands for; tokens that only one kind of card has become nothing for the other.
  int64_t Run(std::string_view file, std::string_view card) const {
    std::string sql = FileText(file);
    const bool deal = card == "deal";
    const bool mapped_close = !FieldOf(context_.portal, "planned_close", "deal").empty();
    const std::string is_default =
        context_.portal.kind == "bitrix24" && !mapped_close && !context_.portal.planned_close_default_counts
            ? "TRUE"
            : "FALSE";
    ReplaceAll(sql, "{card}", card);
    ReplaceAll(
        sql, "{links}",
        deal ? "(SELECT deal_id AS card_id, client_id, is_primary FROM deal_client)"
             : "(SELECT NULL::TEXT AS card_id, NULL::TEXT AS client_id, FALSE AS is_primary WHERE FALSE)");
    // The day of a closing; without one the settings of today judge it.
    const std::string closing =
        "coalesce(CASE WHEN k.entry_dated THEN local_day(k.entry_at) END, " + TodayOf(context_) + ")";
    const std::string own_marks =
        "(NOT EXISTS (SELECT 1 FROM stage WHERE entity = 'lead' AND is_junk) AND NOT EXISTS (SELECT 1 FROM "
        "dictionary WHERE kind = 'loss_reason' AND is_junk))";
    const PortalSettings& portal = context_.portal;
    ReplaceAll(sql, "{seller_frozen}", FrozenSql(portal, closing));
    ReplaceAll(sql, "{junk}",
               JunkSql(portal, closing, {"g.id", "g.is_junk", "r.id", "y.is_junk", own_marks}));
    // Of the dictionaries, as the settings of today have it.
    ReplaceAll(sql, "{junk_stage_now}",
               JunkSql(portal, TodayOf(context_), {"n.stage_id", "s.is_junk", "''", "FALSE", own_marks}));
    ReplaceAll(sql, "{junk_reason_now}",
               JunkSql(portal, TodayOf(context_), {"''", "FALSE", "u.id", "d.is_junk", "FALSE"}));
    // Bitrix24 fills the planned close with creation + 7 days when nobody chose one.
    ReplaceAll(
        sql, "{planned_close}",
        deal ? "CASE WHEN " + is_default +
                   " AND c.planned_close = local_day(c.created_at) + 7 THEN NULL ELSE c.planned_close END"
             : "NULL::INTEGER");
    ReplaceAll(sql, "{planned_day}",
               deal ? "CASE WHEN " + is_default +
                          " AND d.planned_close = c.created_day + 7 THEN NULL ELSE d.planned_close END,"
                    : "");
    std::string meetings;
    for (const std::string& type : portal.meeting_types)
      meetings += (meetings.empty() ? "" : ", ") + Quote(type);
    ReplaceAll(sql, "{kind}",
               meetings.empty()
                   ? "a.kind"
                   : "CASE WHEN a.provider IN (" + meetings + ") THEN 'meeting' ELSE a.kind END");
    // The change log knows the CRM's own planned close, not that of another field.
    ReplaceAll(sql, "{planned_logged}", mapped_close ? "" : ", 'planned_close'");
    ReplaceAll(sql, "{after_sale_h}", deal ? "h.after_sale," : "");
    ReplaceAll(sql, "{today}", TodayOf(context_));
    const auto slices = slices_.find(card);
    int64_t rows = 0;
    for (const std::string& statement :
         SliceStatements(sql, slices == slices_.end() ? Slices{} : slices->second)) {
      rows = RunTimed(statement, file, card);
    }
    return rows;
  }

  int64_t RunTimed(const std::string& sql, std::string_view file, std::string_view card) const {
    const auto start = std::chrono::steady_clock::now();
    const int64_t rows =
        connection_.Run(sql, std::string(file) + (card.empty() ? "" : " for " + std::string(card)));
    const auto spent = std::chrono::steady_clock::now() - start;
    if (spent > std::chrono::milliseconds{500}) {
      log::Debug(
          "warehouse.derive",
          {{"file", std::string(file)},
           {"card", std::string(card)},
           {"sql", sql.substr(0, 60)},
           {"rows", std::to_string(rows)},
           {"ms", std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(spent).count())}});
    }
    return rows;
  }

  Connection& connection_;
  const DeriveContext& context_;
  std::map<std::string, Slices, std::less<>> slices_;  ///< by kind of card; "": activities
};

/// True when the calendar has more than a year before and after the cards in question and today.
bool CalendarReaches(Connection& connection, const DeriveContext& context, bool cards) {
  std::string days = "SELECT " + context.local_day_function + "(" + Literal(context.now) + ") AS day";
  if (cards)
    days +=
        " UNION ALL SELECT min(created_day) FROM deal_card UNION ALL SELECT max(created_day) FROM deal_card";
  return connection.Integer(
             "SELECT count(*)::BIGINT FROM (" + days +
             ") c, (SELECT min(day) AS low, max(day) AS high FROM d_day) d WHERE c.day IS NOT NULL AND "
             "(d.low IS NULL OR c.day < d.low + 366 OR c.day > d.high - 366)") == 0;
}

}  // namespace

std::string TodayOf(const DeriveContext& context) {
  return context.local_day_function + "(" + Literal(context.now) + ")";
}

void BuildStageMap(Connection& connection, const std::string& today) {
  std::string sql = FileText("00_stage_now.sql");
  ReplaceAll(sql, "{today}", today);
  connection.Run(sql, "00_stage_now.sql");
}

StageMap FindStageMap(Connection& connection, const std::string& today) {
  const int64_t held = connection.Integer(
      "SELECT (CASE WHEN count(*) = 0 THEN 0 WHEN count(*) FILTER (is_now AND from_day <= " + today +
          " AND " + today + " < to_day) = 1 THEN 1 ELSE 2 END)::BIGINT FROM rule_period",
      "stage_map");
  return held == 0 ? StageMap::kNone : held == 1 ? StageMap::kOfToday : StageMap::kOfAnotherDay;
}

void DeriveAll(Connection& connection, const DeriveContext& context) {
  context.before_all();
  Deriver deriver(connection, context);
  deriver.Slice();
  BuildFieldCodes(connection, context.portal);
  for (const char* entity : kScoped) {
    connection.Run(std::string("DROP TABLE IF EXISTS temp.") + entity + "_rows");
    connection.Run(std::string("CREATE TEMP VIEW ") + entity + "_rows AS " +
                   MappedRows(connection, context.portal, entity, ""));
  }
  connection.Run(
      "DROP TABLE IF EXISTS temp.binding_rows; DROP TABLE IF EXISTS temp.touching; DROP TABLE IF EXISTS "
      "temp.scope_binding; DROP TABLE IF EXISTS temp.lone_call; CREATE TEMP VIEW lone_call AS SELECT * FROM "
      "call; CREATE TEMP VIEW binding_rows AS SELECT * FROM activity_binding; CREATE TEMP VIEW "
      "scope_binding AS SELECT * FROM activity_binding; CREATE TEMP VIEW touching AS SELECT * FROM "
      "activity");
  for (const StarTable& table : kStarTables)
    connection.Run(std::string("DELETE FROM ") + table.name, table.name);
  BuildStageMap(connection, TodayOf(context));
  deriver.Names();
  for (const char* card : {"lead", "deal"}) deriver.Buyers(card);
  deriver.Codes(true);
  // No row holds a key now: what another mapping named may go.
  connection.Run(
      "DELETE FROM d_code c WHERE kind IN ('loss_reason', 'region', 'industry') AND NOT EXISTS (SELECT 1 "
      "FROM "
      "code_wanted w WHERE w.kind = c.kind AND w.id = c.id)",
      "d_code.unmapped");
  deriver.Clients();
  for (const char* card : {"lead", "deal"}) deriver.Cards(card);
  deriver.Done();
  for (const char* card : {"lead", "deal"}) {
    deriver.Chains(card);
    deriver.Lives(card);
  }
  for (const char* card : {"deal", "lead"}) {
    deriver.Repeats(card);
    deriver.Facts(card);
  }
  deriver.Activities();
  deriver.SmartItems();
  deriver.Calendar();
  for (const char* entity : kScoped) connection.Run(std::string("DROP VIEW temp.") + entity + "_rows");
  connection.Run(
      "DROP VIEW temp.done; DROP TABLE temp.client_done; DROP VIEW temp.binding_rows; DROP VIEW "
      "temp.scope_binding; DROP VIEW temp.touching; DROP VIEW temp.lone_call");
}

void DeriveChanged(Connection& connection, const DeriveContext& context, const MergeOutcome& outcome) {
  const std::set<std::string>& changed = outcome.changed;
  if (AnyOf(changed, {"stage_removed", "pipeline_removed"})) BuildStageMap(connection, TodayOf(context));
  BuildFieldCodes(connection, context.portal);
  if (changed.contains("custom_option") && FieldCodesMoved(connection, context.portal))
    return DeriveAll(connection, context);
  const auto scope = CollectScope(connection, outcome);
  if (!scope) return DeriveAll(connection, context);
  const Deriver deriver(connection, context);
  if (AnyOf(changed,
            {"pipeline", "pipeline_removed", "stage", "stage_removed", "department", "department_removed",
             "crm_user", "crm_user_removed", "user_department", "dictionary", "portal"})) {
    deriver.Names();
  }
  bool leads = scope->leads, deals = scope->deals;
  const auto rows = [&](const std::string& entity, const std::string& column, bool any) {
    const std::string condition =
        any ? " WHERE " + column + " IN (SELECT " + column + " FROM scope_" + entity + ")" : " WHERE FALSE";
    connection.Run("CREATE OR REPLACE TEMP TABLE " + entity + "_rows AS " +
                       MappedRows(connection, context.portal, entity, condition),
                   entity + "_rows");
  };
  const auto cards = [&](const std::string& card, bool any) {
    rows(card, "key", any);
    if (any) {
      deriver.Buyers(card);
    } else {
      deriver.NoBuyers(card);
    }
  };
  cards("lead", leads);
  cards("deal", deals);
  rows("client", "key", scope->clients);
  rows("activity", "id", scope->activities);
  connection.Run(
      "CREATE OR REPLACE TEMP TABLE lone_call AS SELECT * FROM call WHERE 'call:' || id IN (SELECT id FROM "
      "scope_activity)",
      "lone_call");
  deriver.Codes(AnyOf(
      changed, {"dictionary", "dictionary_removed", "currency_rate", "product", "portal", "custom_option"}));
  if (scope->clients) {
    connection.Run("DELETE FROM d_client WHERE key IN (SELECT key FROM scope_client)", "d_client");
  }
  const auto clients = [&] {
    const bool phones = connection.Integer(
                            "SELECT ((SELECT count(*) FROM lead_buyer WHERE by_phone) + (SELECT "
                            "count(*) FROM deal_buyer WHERE by_phone))::BIGINT",
                            "by_phone") > 0;
    if (scope->clients || phones) deriver.Clients();
  };
  clients();
  const auto chains = [&] {
    // Whether a lead repeats depends on the deals of its client, not the other way round.
    if (leads) deriver.Cards("lead");
    if (leads || deals) deriver.Cards("deal");
    if (leads) deriver.Chains("lead");
    if (deals) deriver.Chains("deal");
  };
  chains();
  const bool alone = StandAlone(connection, changed, leads, deals);
  if (!alone && WidenScope(connection, [&] { cards("lead", true); })) {
    leads = connection.Integer("SELECT count(*)::BIGINT FROM scope_lead") > 0;
    deals = connection.Integer("SELECT count(*)::BIGINT FROM scope_deal") > 0;
    cards("lead", leads);
    cards("deal", deals);
    chains();
  }
  for (const StarTable& table : kStarTables) {
    const std::string entity = table.entity;
    if (entity == "client" || (entity == "lead" && !leads) || (entity == "deal" && !deals) ||
        (entity == "activity" && !scope->known_activities))
      continue;
    connection.Run(std::string("DELETE FROM ") + table.name + " WHERE " + table.key + " IN (SELECT " +
                       (entity == "activity" ? "id" : "key") + " FROM scope_" + entity + ")",
                   table.name);
  }
  if (leads || deals) {
    deriver.Touching();
    deriver.Done();
  }
  for (const char* card : {"lead", "deal"}) {
    if (std::string_view(card) == "lead" ? leads : deals) deriver.Lives(card);
  }
  for (const std::string card : {"deal", "lead"}) {
    if (card == "lead" ? !leads : !deals) continue;
    if (alone) {
      KeepRepeats(connection, card);
    } else {
      deriver.Repeats(card);
    }
    deriver.Facts(card);
  }
  if (scope->activities) deriver.Activities();
  if (AnyOf(changed,
            {"smart_item", "gone", "dictionary", "dictionary_removed", "currency_rate", "crm_user"}) &&
      connection.Integer("SELECT (SELECT count(*) FROM (FROM smart_item LIMIT 1))::BIGINT", "smart_items") >
          0)
    deriver.SmartItems();
  if (!CalendarReaches(connection, context, leads || deals)) deriver.Calendar();
}

}  // namespace svodka::warehouse
