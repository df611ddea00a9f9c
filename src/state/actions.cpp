#include "state/actions.hpp"

namespace svodka::state {
namespace {

int64_t Micros(Instant instant) { return instant.time_since_epoch().count(); }
Instant FromMicros(int64_t micros) { return Instant{std::chrono::microseconds{micros}}; }

/// FindText gives nothing for NULL; numbers that may be NULL are read as text by the statement.
std::optional<Instant> MomentOf(const Row& row, size_t column) {
  const auto text = row.FindText(column);
  if (!text) return std::nullopt;
  return FromMicros(std::stoll(*text));
}

constexpr const char* kRequestColumns =
    "id, kind, text, CAST(deadline_at AS TEXT), responsible, asked, rule_id, created_at, created_by, "
    "send_after";

ActionRequest ReadRequest(const Row& row) {
  ActionRequest request;
  request.id = row.Text(0);
  request.kind = row.Text(1);
  request.text = row.Text(2);
  request.deadline = MomentOf(row, 3);
  request.responsible = row.Text(4);
  request.asked = row.Text(5);
  request.rule = row.Text(6);
  request.created_at = FromMicros(row.Integer(7));
  request.created_by = row.Text(8);
  request.send_after = FromMicros(row.Integer(9));
  return request;
}

ActionRule ReadRule(const Row& row) {
  return {.id = row.Text(0),
          .name = row.Text(1),
          .asked = row.Text(2),
          .hour = row.Integer(3),
          .cards_max = row.Integer(4),
          .enabled = row.Integer(5) != 0,
          .changed_by = row.Text(6),
          .changed_at = FromMicros(row.Integer(7))};
}

constexpr const char* kRuleColumns = "id, name, asked, hour, cards_max, enabled, changed_by, changed_at";

}  // namespace

Result<bool> ActionStore::Add(std::string_view portal, const ActionRequest& request,
                              const std::vector<ActionItem>& items) {
  return Guard([&] {
    bool added = false;
    database_.InTransaction([&] {
      added = database_.RunChange(
                  "INSERT OR IGNORE INTO action_request (portal_id, id, kind, text, deadline_at, "
                  "responsible, asked, rule_id, created_at, created_by, send_after) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  {std::string(portal), request.id, request.kind, request.text,
                   request.deadline ? Cell(Micros(*request.deadline)) : Cell(), request.responsible,
                   request.asked, request.rule, Micros(request.created_at), request.created_by,
                   Micros(request.send_after)}) > 0;
      if (!added) return;
      for (const ActionItem& item : items) {
        database_.Run(
            "INSERT INTO action_item (portal_id, request_id, ordinal, entity, card_id, title, responsible, "
            "responsible_name, before, state, reason, not_before, changed_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            {std::string(portal), request.id, item.ordinal, item.entity, item.card, item.title,
             item.responsible, item.responsible_name, item.before, item.state, item.reason,
             Micros(request.send_after), Micros(request.created_at)});
      }
    });
    return added;
  });
}

Result<std::optional<ActionRequest>> ActionStore::Find(std::string_view portal, std::string_view id) const {
  return Guard([&]() -> std::optional<ActionRequest> {
    const auto rows = database_.Run(
        std::string("SELECT ") + kRequestColumns + " FROM action_request WHERE portal_id = ? AND id = ?",
        {std::string(portal), std::string(id)});
    if (rows.empty()) return std::nullopt;
    return ReadRequest(rows.front());
  });
}

Result<std::vector<ActionItem>> ActionStore::ReadItems(const std::string& where,
                                                       const std::vector<Cell>& params) const {
  return Guard([&] {
    std::vector<ActionItem> items;
    for (const Row& row : database_.Run(
             "SELECT i.request_id, i.ordinal, i.entity, i.card_id, i.title, i.responsible, "
             "i.responsible_name, i.before, i.state, i.reason, i.crm_id, i.error_code, i.error_message, "
             "i.attempts, i.not_before, CAST(i.tried_at AS TEXT), i.changed_at FROM action_item i " +
                 where,
             params)) {
      ActionItem item;
      item.request = row.Text(0);
      item.ordinal = row.Integer(1);
      item.entity = row.Text(2);
      item.card = row.Text(3);
      item.title = row.Text(4);
      item.responsible = row.Text(5);
      item.responsible_name = row.Text(6);
      item.before = row.Text(7);
      item.state = row.Text(8);
      item.reason = row.Text(9);
      item.crm_id = row.Text(10);
      item.error_code = row.Text(11);
      item.error_message = row.Text(12);
      item.attempts = row.Integer(13);
      item.not_before = FromMicros(row.Integer(14));
      item.tried_at = MomentOf(row, 15);
      item.changed_at = FromMicros(row.Integer(16));
      items.push_back(std::move(item));
    }
    return items;
  });
}

Result<std::vector<ActionItem>> ActionStore::Items(std::string_view portal, std::string_view request) const {
  return ReadItems("WHERE i.portal_id = ? AND i.request_id = ? ORDER BY i.ordinal",
                   {std::string(portal), std::string(request)});
}

Result<ActionCounts> ActionStore::Count(std::string_view portal, std::string_view request) const {
  return Guard([&] {
    ActionCounts counts;
    for (const Row& row : database_.Run(
             "SELECT state, count(*) FROM action_item WHERE portal_id = ? AND request_id = ? GROUP BY state",
             {std::string(portal), std::string(request)})) {
      const std::string& state = row.Text(0);
      int64_t& count = state == "skipped"     ? counts.skipped
                       : state == "sent"      ? counts.sent
                       : state == "failed"    ? counts.failed
                       : state == "cancelled" ? counts.cancelled
                       : state == "unknown"   ? counts.unknown
                                              : counts.pending;
      count += row.Integer(1);
    }
    return counts;
  });
}

Result<std::vector<ActionRequest>> ActionStore::List(std::string_view portal, int64_t limit) const {
  return Guard([&] {
    std::vector<ActionRequest> requests;
    for (const Row& row : database_.Run(std::string("SELECT ") + kRequestColumns +
                                            " FROM action_request WHERE portal_id = ? ORDER BY created_at "
                                            "DESC, id DESC LIMIT ?",
                                        {std::string(portal), limit}))
      requests.push_back(ReadRequest(row));
    return requests;
  });
}

Result<std::vector<ActionItem>> ActionStore::FindDue(std::string_view portal, Instant now,
                                                     int64_t limit) const {
  return ReadItems(
      "JOIN action_request r ON r.portal_id = i.portal_id AND r.id = i.request_id WHERE i.portal_id = ? AND "
      "i.state IN ('pending', 'sending', 'unknown') AND i.not_before <= ? AND r.send_after <= ? "
      "ORDER BY r.created_at, i.request_id, i.ordinal LIMIT ?",
      {std::string(portal), Micros(now), Micros(now), limit});
}

Result<std::optional<Instant>> ActionStore::FindNextDue(std::string_view portal) const {
  return Guard([&]() -> std::optional<Instant> {
    const auto rows = database_.Run(
        "SELECT CAST(min(not_before) AS TEXT) FROM action_item WHERE portal_id = ? AND state IN ('pending', "
        "'sending', 'unknown')",
        {std::string(portal)});
    return rows.empty() ? std::nullopt : MomentOf(rows.front(), 0);
  });
}

Result<std::vector<ActionItem>> ActionStore::Save(std::string_view portal,
                                                  const std::vector<ActionItem>& items, Instant now) {
  return Guard([&] {
    std::vector<ActionItem> written;
    database_.InTransaction([&] {
      for (const ActionItem& item : items) {
        if (database_.RunChange(
                "UPDATE action_item SET state = ?, crm_id = ?, error_code = ?, error_message = ?, attempts = "
                "?, not_before = ?, tried_at = ?, changed_at = ? WHERE portal_id = ? AND request_id = ? "
                "AND ordinal = ? AND state <> 'cancelled'",
                {item.state, item.crm_id, item.error_code, item.error_message, item.attempts,
                 Micros(item.not_before), item.tried_at ? Cell(Micros(*item.tried_at)) : Cell(), Micros(now),
                 std::string(portal), item.request, item.ordinal}) > 0)
          written.push_back(item);
      }
    });
    return written;
  });
}

Status ActionStore::MarkInterrupted(std::string_view portal, Instant now) {
  return GuardAction([&] {
    database_.Run(
        "UPDATE action_item SET state = 'unknown', not_before = ?, changed_at = ? WHERE portal_id = ? AND "
        "state = 'sending'",
        {Micros(now), Micros(now), std::string(portal)});
  });
}

Result<int64_t> ActionStore::Cancel(std::string_view portal, std::string_view request, Instant now) {
  return Guard([&] {
    return database_.RunChange(
        "UPDATE action_item SET state = 'cancelled', changed_at = ? WHERE portal_id = ? AND request_id = ? "
        "AND state = 'pending'",
        {Micros(now), std::string(portal), std::string(request)});
  });
}

Result<int64_t> ActionStore::Retry(std::string_view portal, std::string_view request, Instant now) {
  return Guard([&] {
    return database_.RunChange(
        "UPDATE action_item SET state = 'pending', attempts = 0, error_code = '', error_message = '', "
        "not_before = ?, changed_at = ? WHERE portal_id = ? AND request_id = ? AND state = 'failed'",
        {Micros(now), Micros(now), std::string(portal), std::string(request)});
  });
}

Result<std::vector<MadeTask>> ActionStore::FindTasks(std::string_view portal, std::string_view rule,
                                                     std::string_view text) const {
  return Guard([&] {
    std::vector<MadeTask> tasks;
    for (const Row& row :
         database_.Run("SELECT i.entity, i.card_id, i.crm_id, r.rule_id, r.text FROM action_item i "
                       "JOIN action_request r ON r.portal_id = i.portal_id AND r.id = i.request_id "
                       "WHERE i.portal_id = ? AND r.kind = 'task' AND i.state IN ('pending', 'sending', "
                       "'unknown', 'sent') AND ((? <> '' AND r.rule_id = ?) OR r.text = ?)",
                       {std::string(portal), std::string(rule), std::string(rule), std::string(text)}))
      tasks.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4)});
    return tasks;
  });
}

Result<std::set<std::string>> ActionStore::FindMade(std::string_view portal, std::string_view entity,
                                                    std::string_view card) const {
  return Guard([&] {
    std::set<std::string> ids;
    for (const Row& row : database_.Run(
             "SELECT crm_id FROM action_item WHERE portal_id = ? AND entity = ? AND card_id = ? AND crm_id "
             "<> ''",
             {std::string(portal), std::string(entity), std::string(card)}))
      ids.insert(row.Text(0));
    return ids;
  });
}

Result<std::vector<ActionRule>> ActionStore::ListRules(std::string_view portal) const {
  return Guard([&] {
    std::vector<ActionRule> rules;
    for (const Row& row : database_.Run(std::string("SELECT ") + kRuleColumns +
                                            " FROM action_rule WHERE portal_id = ? ORDER BY name, id",
                                        {std::string(portal)}))
      rules.push_back(ReadRule(row));
    return rules;
  });
}

Result<std::optional<ActionRule>> ActionStore::FindRule(std::string_view portal, std::string_view id) const {
  return Guard([&]() -> std::optional<ActionRule> {
    const auto rows = database_.Run(
        std::string("SELECT ") + kRuleColumns + " FROM action_rule WHERE portal_id = ? AND id = ?",
        {std::string(portal), std::string(id)});
    if (rows.empty()) return std::nullopt;
    return ReadRule(rows.front());
  });
}

Status ActionStore::SaveRule(std::string_view portal, const ActionRule& rule) {
  return GuardAction([&] {
    database_.Run(
        "INSERT INTO action_rule (portal_id, id, name, asked, hour, cards_max, enabled, changed_at, "
        "changed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (portal_id, id) DO UPDATE SET name = "
        "excluded.name, asked = excluded.asked, hour = excluded.hour, cards_max = excluded.cards_max, "
        "enabled = excluded.enabled, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        {std::string(portal), rule.id, rule.name, rule.asked, rule.hour, rule.cards_max,
         int64_t{rule.enabled ? 1 : 0}, Micros(rule.changed_at), rule.changed_by});
  });
}

Result<bool> ActionStore::RemoveRule(std::string_view portal, std::string_view id) {
  return Guard([&] {
    return database_.RunChange("DELETE FROM action_rule WHERE portal_id = ? AND id = ?",
                               {std::string(portal), std::string(id)}) > 0;
  });
}

Result<bool> ActionStore::AddRun(std::string_view portal, std::string_view rule, const ActionRuleRun& run) {
  return Guard([&] {
    return database_.RunChange(
               "INSERT OR IGNORE INTO action_rule_run (portal_id, rule_id, day, ran_at, request_id, found, "
               "planned, skipped, error_code, error_message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {std::string(portal), std::string(rule), int64_t{run.day.number}, Micros(run.ran_at),
                run.request, run.found, run.planned, run.skipped, run.error_code, run.error_message}) > 0;
  });
}

Result<std::vector<ActionRuleRun>> ActionStore::ListRuns(std::string_view portal, std::string_view rule,
                                                         int64_t limit) const {
  return Guard([&] {
    std::vector<ActionRuleRun> runs;
    for (const Row& row :
         database_.Run("SELECT day, ran_at, request_id, found, planned, skipped, error_code, error_message "
                       "FROM action_rule_run WHERE portal_id = ? AND rule_id = ? ORDER BY day DESC LIMIT ?",
                       {std::string(portal), std::string(rule), limit}))
      runs.push_back({.day = Day{static_cast<int32_t>(row.Integer(0))},
                      .ran_at = FromMicros(row.Integer(1)),
                      .request = row.Text(2),
                      .found = row.Integer(3),
                      .planned = row.Integer(4),
                      .skipped = row.Integer(5),
                      .error_code = row.Text(6),
                      .error_message = row.Text(7)});
    return runs;
  });
}

}  // namespace svodka::state
