#include "actions/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace svodka::actions {
namespace {

constexpr size_t kIdsPerQuery = 500;

std::string TextOf(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}
bool IsTrue(const Value& value) {
  const auto* flag = std::get_if<bool>(&value);
  return flag != nullptr && *flag;
}

struct Employee {
  std::string name;
  bool active = false;
  bool technical = false;
};

struct Card {
  std::string title, owner, buried_as;
  bool alive = false, open = false;
};

std::string Marks(size_t count) {
  std::string marks;
  for (size_t i = 0; i < count; ++i) marks += i == 0 ? "?" : ", ?";
  return marks;
}

Result<std::map<std::string, Employee>> ReadEmployees(const warehouse::Warehouse& warehouse) {
  const auto rows =
      warehouse.Query("SELECT id, name, active AND NOT placeholder AND removed_at IS NULL FROM crm_user");
  if (!rows.ok()) return rows.errors();
  const std::set<std::string> technical = warehouse.portal().technical_users;
  std::map<std::string, Employee> employees;
  for (const auto& row : rows->rows)
    employees[TextOf(row[0])] = {TextOf(row[1]), IsTrue(row[2]), technical.contains(TextOf(row[0]))};
  return employees;
}

Result<std::map<CardKey, Card>> ReadCards(const warehouse::Warehouse& warehouse,
                                          const std::vector<CardKey>& keys) {
  std::map<CardKey, Card> cards;
  for (const char* entity : {"lead", "deal"}) {
    std::vector<std::string> ids;
    for (const CardKey& key : keys) {
      if (key.entity == entity) ids.push_back(key.id);
    }
    for (size_t at = 0; at < ids.size(); at += kIdsPerQuery) {
      const size_t count = std::min(kIdsPerQuery, ids.size() - at);
      std::vector<Value> params(ids.begin() + static_cast<ptrdiff_t>(at),
                                ids.begin() + static_cast<ptrdiff_t>(at + count));
      const std::string name(entity);
      const auto rows = warehouse.Query(
          "SELECT c.id, c.title, c.owner_id, c.deleted_at IS NULL, coalesce(s.semantic, 'P') = 'P' AND "
          "coalesce(f.semantic, 0) = 0, (SELECT arg_max(t.cause, t.seen_at) FROM tombstone t WHERE t.entity "
          "= '" +
              name + "' AND t.card_id = c.id) FROM " + name + " c LEFT JOIN stage s ON s.entity = '" + name +
              "' AND s.pipeline_id = c.pipeline_id AND s.id = c.stage_id LEFT JOIN f_" + name + " f ON f." +
              name + "_key = c.key WHERE c.id IN (" + Marks(count) + ")",
          params);
      if (!rows.ok()) return rows.errors();
      for (const auto& row : rows->rows)
        cards[{name, TextOf(row[0])}] = {TextOf(row[1]), TextOf(row[2]), TextOf(row[5]), IsTrue(row[3]),
                                         IsTrue(row[4])};
    }
  }
  return cards;
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Cards that have an open task with this text, or one that we made and that is not known to be done.
Result<std::set<CardKey>> FindBusy(const warehouse::Warehouse& warehouse, const Order& order,
                                   const std::vector<state::MadeTask>& made) {
  std::set<CardKey> busy;
  const std::vector<Value> title{FirstLine(order.text), order.text};
  const auto open = warehouse.Query(
      "SELECT b.entity, b.card_id FROM activity a JOIN activity_binding b ON b.activity_id = a.id WHERE NOT "
      "a.completed AND a.deleted_at IS NULL AND a.subject IN (?, ?) AND b.entity IN ('lead', 'deal')",
      title);
  if (!open.ok()) return open.errors();
  for (const auto& row : open->rows) busy.insert({TextOf(row[0]), TextOf(row[1])});
  if (made.empty()) return busy;
  // Ids of the copy: act:5 and task:5; a task that the copy has not seen yet is open.
  std::vector<Value> ids;
  for (const auto& task : made) {
    if (task.crm_id.empty()) continue;
    ids.emplace_back("act:" + task.crm_id);
    ids.emplace_back("task:" + task.crm_id);
  }
  std::set<std::string> done;
  for (size_t at = 0; at < ids.size(); at += kIdsPerQuery) {
    const size_t count = std::min(kIdsPerQuery, ids.size() - at);
    const std::span<const Value> part(ids.data() + at, count);
    const auto rows = warehouse.Query(
        "SELECT id FROM activity WHERE (completed OR deleted_at IS NOT NULL) "
        "AND id IN (" +
            Marks(count) + ")",
        part);
    if (!rows.ok()) return rows.errors();
    for (const auto& row : rows->rows) done.insert(TextOf(row[0]));
  }
  const bool bitrix = warehouse.portal().kind == "bitrix24";
  for (const auto& task : made) {
    const std::string id = (bitrix ? "act:" : "task:") + task.crm_id;
    if (task.crm_id.empty() || !done.contains(id)) busy.insert({task.entity, task.card});
  }
  return busy;
}

}  // namespace

int64_t Plan::planned() const {
  return std::count_if(steps.begin(), steps.end(), [](const Step& step) { return step.skip.empty(); });
}

std::string CardLink(const std::string& kind, const std::string& portal_address, const CardKey& card) {
  if (portal_address.empty()) return "";
  std::string address = portal_address;
  while (address.ends_with('/')) address.pop_back();
  if (kind == "bitrix24") return address + "/crm/" + card.entity + "/details/" + card.id + "/";
  if (kind == "amocrm") return address + "/leads/detail/" + card.id;
  return "";
}

Result<Plan> MakePlan(const Order& order, const warehouse::Warehouse& warehouse,
                      const std::vector<state::MadeTask>& made, Instant now, size_t cards_max) {
  const warehouse::PortalSettings portal = warehouse.portal();
  Plan plan;
  if (order.kind == kTask) {
    const auto zone = Zone::Find(portal.zone);
    auto deadline = ParseDeadline(order.deadline, zone.ok() ? *zone : Zone::Utc(), now);
    if (!deadline.ok()) return deadline.errors();
    plan.deadline = *deadline;
  }
  const auto employees = ReadEmployees(warehouse);
  if (!employees.ok()) return employees.errors();
  const auto find_employee = [&](const std::string& id) {
    const auto found = employees->find(id);
    return found == employees->end() ? Employee{} : found->second;
  };
  if (!order.responsible.empty()) {
    const auto found = employees->find(order.responsible);
    if (found == employees->end()) {
      return Diagnostic{"unknown_employee",
                        "the CRM has no employee " + order.responsible + " as far as our copy knows",
                        "responsible",
                        {}};
    }
    if (!found->second.active) {
      return Diagnostic{"responsible_inactive",
                        found->second.name + " does not work any more; choose another employee",
                        "responsible",
                        {}};
    }
  }
  const auto cards = ReadCards(warehouse, order.cards);
  if (!cards.ok()) return cards.errors();
  std::set<CardKey> busy;
  if (order.kind == kTask) {
    auto found = FindBusy(warehouse, order, made);
    if (!found.ok()) return found.errors();
    busy = std::move(*found);
  }
  size_t planned = 0;
  for (const CardKey& key : order.cards) {
    Step step;
    step.card = key;
    step.link = CardLink(portal.kind, portal.address, key);
    const auto found = cards->find(key);
    if (found == cards->end()) {
      step.skip = "unknown_card";
      plan.steps.push_back(std::move(step));
      continue;
    }
    const Card& card = found->second;
    step.title = card.title;
    step.before = card.owner;
    step.before_name = find_employee(card.owner).name;
    step.responsible = order.responsible.empty() ? card.owner : order.responsible;
    const Employee responsible = find_employee(step.responsible);
    step.responsible_name = responsible.name;
    if (!card.alive) {
      step.skip = card.buried_as == "unreadable" ? "unreadable" : "deleted";
    } else if (!card.open && !order.closed) {
      step.skip = "closed";
    } else if (step.responsible.empty()) {
      step.skip = "no_responsible";
    } else if (!responsible.active) {
      step.skip = "responsible_inactive";
    } else if (order.responsible.empty() && responsible.technical) {
      step.skip = "responsible_technical";
    } else if (order.kind == kReassign && card.owner == order.responsible) {
      step.skip = "already_theirs";
    } else if (order.kind == kTask && busy.contains(key)) {
      step.skip = "same_task";
    } else if (planned >= cards_max) {
      step.skip = "limit";
    } else {
      ++planned;
    }
    plan.steps.push_back(std::move(step));
  }
  return plan;
}

}  // namespace svodka::actions
