#include "sync/listed_calls.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/log.hpp"

namespace svodka::sync {
namespace {

/// listed: the calls of lists that stand; wanted: each with whom it is bound to ('company:5,contact:9',
/// 'lead:3', '').
constexpr const char* kWanted = R"(
listed AS (SELECT * FROM listed_call WHERE deleted_at IS NULL),
owner AS (
  SELECT p.phone, c.id, c.kind, coalesce(e.id, c.id) AS firm
  FROM (SELECT DISTINCT client_id, phone FROM client_phone WHERE phone IN (SELECT phone FROM listed)) p
  JOIN client c ON c.id = p.client_id AND c.deleted_at IS NULL AND NOT c.is_own
  LEFT JOIN client e ON e.id = CASE WHEN c.kind = 'contact' THEN c.company_id END AND e.deleted_at IS NULL AND NOT e.is_own),
found AS (
  SELECT phone, count(DISTINCT firm) AS firms, min(firm) AS firm, bool_or(kind = 'company') AS company_there,
    count(*) FILTER (kind = 'contact') AS contacts, min(id) FILTER (kind = 'contact') AS contact
  FROM owner GROUP BY phone),
asked AS (
  SELECT l.id, arg_min(d.id, (coalesce(d.created_at > l.started_at, TRUE),
    abs(date_diff('second', coalesce(d.created_at, TIMESTAMP '1970-01-01'), l.started_at)), d.id)) AS lead_id
  FROM listed l JOIN lead d ON d.phone = l.phone AND d.deleted_at IS NULL GROUP BY l.id),
wanted AS (
  SELECT l.id, l.user_id, l.phone, l.direction, l.started_at, l.duration_s, coalesce(l.missed, FALSE) AS missed,
    coalesce(f.firms, 0) > 1 AS shared,
    CASE WHEN f.firms = 1 THEN concat_ws(',',
           CASE WHEN f.firm LIKE 'company:%' AND (f.company_there OR f.contacts <> 1) THEN f.firm END,
           CASE WHEN f.contacts = 1 THEN f.contact END)
         WHEN f.firms IS NULL AND a.lead_id IS NOT NULL THEN 'lead:' || a.lead_id ELSE '' END AS bindings
  FROM listed l LEFT JOIN found f ON f.phone = l.phone LEFT JOIN asked a ON a.id = l.id)
)";

/// Calls of the CRM that may be the listed ones, nearest first.
std::string PairsQuery() {
  const std::string window = std::to_string(kSameCallSeconds);
  return std::string("WITH") + kWanted + R"(,
held AS (SELECT id FROM activity WHERE id LIKE 'list:%' AND deleted_at IS NULL),
told AS (
  SELECT 'call:' || c.id AS id, c.phone, c.direction, c.started_at,
    CASE WHEN c.activity_id LIKE 'note:%' THEN coalesce(c.duration_s, 0) ELSE 0 END AS late
  FROM call c LEFT JOIN activity a ON a.id = c.activity_id
  WHERE a.deleted_at IS NULL AND c.phone IN (SELECT phone FROM listed) AND c.started_at IS NOT NULL),
untold AS (
  SELECT a.id, a.direction, coalesce(a.happened_at, a.starts_at, a.created_at) AS started_at
  FROM activity a
  WHERE a.kind = 'call' AND a.deleted_at IS NULL AND a.id NOT LIKE 'list:%'
    AND NOT EXISTS (SELECT 1 FROM call c WHERE c.activity_id = a.id AND c.phone IS NOT NULL)
    AND coalesce(a.happened_at, a.starts_at, a.created_at) BETWEEN
      (SELECT min(started_at) FROM listed) - INTERVAL 1 DAY AND (SELECT max(started_at) FROM listed) + INTERVAL 1 DAY),
bound AS (SELECT id, unnest(string_split(bindings, ',')) AS card FROM wanted WHERE bindings <> ''),
near AS (
  SELECT w.id, t.id AS theirs, least(abs(date_diff('second', w.started_at, t.started_at)),
    abs(date_diff('second', w.started_at, t.started_at) - t.late)) AS apart
  FROM wanted w JOIN told t ON t.phone = w.phone AND coalesce(t.direction = w.direction, TRUE)
  WHERE date_diff('second', w.started_at, t.started_at) BETWEEN -86400 AND 86400
  UNION ALL
  SELECT w.id, u.id, abs(date_diff('second', w.started_at, u.started_at))
  FROM wanted w JOIN bound o ON o.id = w.id
  JOIN activity_binding b ON b.entity || ':' || b.card_id = o.card
  JOIN untold u ON u.id = b.activity_id AND coalesce(u.direction = w.direction, TRUE))
SELECT n.id, n.theirs, min(n.apart)::BIGINT AS apart, any_value(h.id) IS NOT NULL
FROM near n LEFT JOIN held h ON h.id = n.id WHERE n.apart <= )" +
         window + " GROUP BY n.id, n.theirs ORDER BY apart, n.id, n.theirs";
}

/// Listed calls whose activity is not as it should be (where the CRM has none of them itself).
std::string DifferencesQuery() {
  return std::string("WITH") + kWanted + R"(,
link AS (
  SELECT activity_id, string_agg(entity || ':' || card_id, ',' ORDER BY entity, card_id) AS bindings
  FROM activity_binding WHERE activity_id LIKE 'list:%' GROUP BY activity_id),
held AS (
  SELECT a.id, a.doer_id, a.direction, a.happened_at, a.duration_s, coalesce(a.missed, FALSE) AS missed,
    coalesce(k.bindings, '') AS bindings
  FROM activity a LEFT JOIN link k ON k.activity_id = a.id WHERE a.id LIKE 'list:%' AND a.deleted_at IS NULL)
SELECT coalesce(w.id, h.id), w.id IS NULL AS gone, w.user_id, w.direction, w.started_at, w.duration_s::BIGINT,
  w.missed, w.bindings
FROM wanted w FULL JOIN held h ON h.id = w.id
WHERE w.id IS NULL OR h.id IS NULL OR w.user_id IS DISTINCT FROM h.doer_id
  OR w.direction IS DISTINCT FROM h.direction OR w.started_at <> h.happened_at
  OR w.duration_s IS DISTINCT FROM h.duration_s OR w.missed <> h.missed OR w.bindings <> h.bindings)";
}

Result<std::vector<std::vector<Value>>> Ask(const warehouse::Warehouse& warehouse, const std::string& sql) {
  warehouse::QueryOptions options;
  options.deadline = std::chrono::minutes{5};
  options.rows_max = 100'000'000;
  auto answer = warehouse.Query(sql, {}, options);
  if (!answer.ok()) return answer.errors();
  return std::move(answer->rows);
}

struct Known {
  std::set<std::string> ids;         ///< listed calls that the CRM has itself
  std::vector<std::string> to_bury;  ///< of them those that count still
};

/// Nearest pairs first, each call of either side once.
Result<Known> FindKnown(const warehouse::Warehouse& warehouse) {
  const auto pairs = Ask(warehouse, PairsQuery());
  if (!pairs.ok()) return pairs.errors();
  Known known;
  std::set<std::string> taken;
  for (const auto& row : *pairs) {
    const auto& ours = std::get<std::string>(row[0]);
    const auto& theirs = std::get<std::string>(row[1]);
    if (known.ids.contains(ours) || taken.contains(theirs)) continue;
    known.ids.insert(ours);
    taken.insert(theirs);
    if (std::get<bool>(row[3])) known.to_bury.push_back(ours);
  }
  return known;
}

void AddBindings(const std::string& id, std::string_view list, warehouse::Batch& bindings) {
  while (!list.empty()) {
    const std::string_view card = list.substr(0, list.find(','));
    const size_t colon = card.find(':');
    bindings.rows.push_back({id, std::string(card.substr(0, colon)), std::string(card.substr(colon + 1))});
    list.remove_prefix(std::min(list.size(), card.size() + 1));
  }
}

}  // namespace

Result<std::vector<ListedCallState>> DescribeListedCalls(const warehouse::Warehouse& warehouse) {
  const auto rows =
      Ask(warehouse, std::string("WITH") + kWanted +
                         "SELECT w.id, coalesce(w.phone, ''), w.bindings, w.shared, a.id IS NOT NULL "
                         "FROM wanted w LEFT JOIN activity a ON a.id = w.id AND a.deleted_at IS NULL");
  if (!rows.ok()) return rows.errors();
  std::vector<ListedCallState> states;
  states.reserve(rows->size());
  for (const auto& row : *rows) {
    states.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1]),
                      std::get<std::string>(row[2]), std::get<bool>(row[3]), std::get<bool>(row[4])});
  }
  return states;
}

bool ConcernsListedCalls(const warehouse::LoadSummary& load) {
  // Burials are not told by table.
  return load.rows_stored > 0;
}

Result<ListedCalls> MatchListedCalls(warehouse::Warehouse& warehouse, const Clock& clock) {
  const auto any = Ask(warehouse, "SELECT 1 FROM listed_call LIMIT 1");
  if (!any.ok()) return any.errors();
  if (any->empty()) return ListedCalls{};
  // Begun before it is looked: no other load may come in between and be overlooked.
  auto load = warehouse.Begin(clock.Now());
  if (!load.ok()) return load.errors();
  auto known = FindKnown(warehouse);
  if (!known.ok()) return known.errors();
  const auto rows = Ask(warehouse, DifferencesQuery());
  if (!rows.ok()) return rows.errors();
  ListedCalls done;
  std::vector<std::string> taken_back;
  warehouse::Batch activities{"activity",
                              {"id", "kind", "direction", "provider", "author_id", "doer_id", "created_at",
                               "completed", "completed_at", "happened_at", "duration_s", "missed"},
                              {}};
  warehouse::Batch bindings{"activity_binding", {"activity_id", "entity", "card_id"}, {}};
  for (const auto& row : *rows) {
    const auto& id = std::get<std::string>(row[0]);
    if (std::get<bool>(row[1])) {
      taken_back.push_back(id);
      continue;
    }
    if (known->ids.contains(id)) continue;
    activities.rows.push_back({id, std::string("call"), row[3], std::string("list"), row[2], row[2], row[4],
                               true, row[4], row[4], row[5], row[6]});
    AddBindings(id, std::get<std::string>(row[7]), bindings);
  }
  done.stored = static_cast<int64_t>(activities.rows.size());
  done.dropped = static_cast<int64_t>(known->to_bury.size() + taken_back.size());
  if (done.stored + done.dropped == 0) return done;
  if (!activities.rows.empty()) {
    if (auto status = (*load)->Append(std::move(activities)); !status.ok()) return status.errors();
    // Empty too: who loses the last binding must lose it.
    if (auto status = (*load)->Append(std::move(bindings)); !status.ok()) return status.errors();
  }
  for (const auto& [ids, cause] :
       {std::pair{&known->to_bury, "in_crm"}, std::pair{&taken_back, "taken_back"}}) {
    if (ids->empty()) continue;
    if (auto status = (*load)->Bury("activity", *ids, cause); !status.ok()) return status.errors();
  }
  auto summary = (*load)->Commit();
  if (!summary.ok()) return summary.errors();
  log::Debug("listed_calls",
             {{"stored", std::to_string(done.stored)}, {"dropped", std::to_string(done.dropped)}});
  return done;
}

}  // namespace svodka::sync
