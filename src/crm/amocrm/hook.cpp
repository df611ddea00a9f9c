#include "crm/amocrm/hook.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

namespace svodka::crm::amocrm {
namespace {

/// One object of the body: leads[status][0].
struct Part {
  std::string entity, action;
  std::map<std::string, std::string> cells;  ///< "id", "note/id"
  std::set<std::string> cards;               ///< of accept_result, decline_result
};

bool IsOneOf(std::string_view text, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

std::string_view Singular(std::string_view entity) {
  if (entity == "leads") return "lead";
  if (entity == "contacts") return "contact";
  if (entity == "companies") return "company";
  if (entity == "customers") return "customer";
  if (entity == "task" || entity == "tasks") return "task";
  if (entity == "unsorted") return "unsorted";
  return "";
}

constexpr std::array<std::string_view, 8> kActions = {"add",    "update",      "delete", "restore",
                                                      "status", "responsible", "note",   "merge"};
/// Sent to whoever asks for everything; nothing of ours comes from them (messages are read from events).
constexpr std::array<std::string_view, 6> kOfNoUse = {
    "talk", "message", "outgoing_message", "catalogs", "chat_template_review", "account"};

constexpr std::array<std::string_view, 30> kEvents = {
    "add_lead",         "update_lead",         "delete_lead",
    "restore_lead",     "status_lead",         "responsible_lead",
    "note_lead",        "add_contact",         "update_contact",
    "delete_contact",   "restore_contact",     "note_contact",
    "add_company",      "update_company",      "delete_company",
    "restore_company",  "note_company",        "add_customer",
    "update_customer",  "delete_customer",     "responsible_customer",
    "add_task",         "update_task",         "delete_task",
    "responsible_task", "responsible_contact", "responsible_company",
    "add_unsorted",     "update_unsorted",     "delete_unsorted"};
constexpr size_t kFromTheField = 3;  ///< the last ones

void Add(Hook& hook, std::string entity, const std::string& id) {
  if (IsHintId(id)) hook.hints.push_back({std::move(entity), id});
}

void Take(const Part& part, Hook& hook) {
  const auto cell = [&](const char* name) {
    const auto at = part.cells.find(name);
    return at == part.cells.end() ? std::string() : at->second;
  };
  std::string entity(Singular(part.entity));
  if (entity.empty() || !IsOneOf(part.action, kActions)) {
    if (!IsOneOf(part.entity, kOfNoUse)) hook.unknown.push_back(part.entity + "/" + part.action);
    return;
  }
  if (entity == "contact" && cell("type") == "company") entity = "company";
  if (part.action == "note") {
    if (entity != "task" && entity != "unsorted") Add(hook, entity + "_note", cell("note/id"));
    return;
  }
  if (entity == "unsorted") {
    hook.hints.push_back({"unsorted", ""});
    Add(hook, "lead", cell("lead_id"));
    for (const std::string& card : part.cards) Add(hook, "lead", card);
    return;
  }
  Add(hook, entity, cell("id"));
}

}  // namespace

Hook ReadHook(std::span<const FormField> fields) {
  std::map<std::tuple<std::string, std::string, std::string>, Part> parts;
  for (const FormField& field : fields) {
    const auto& path = field.path;
    if (path.size() < 4) {
      if (path.front() != "account")
        parts[{path.front(), path.size() > 1 ? path[1] : "", ""}] = {
            path.front(), path.size() > 1 ? path[1] : "", {}, {}};
      continue;
    }
    Part& part = parts[{path[0], path[1], path[2]}];
    part.entity = path[0];
    part.action = path[1];
    if (path.size() == 4) part.cells[path[3]] = field.value;
    if (path.size() == 5 && path[3] == "note") part.cells["note/" + path[4]] = field.value;
    if (path.size() == 6 && (path[3] == "accept_result" || path[3] == "decline_result") && path[4] == "leads")
      part.cards.insert(field.value);
  }
  Hook hook;
  for (const auto& [key, part] : parts) Take(part, hook);
  return hook;
}

std::span<const std::string_view> HookEvents(bool documented) {
  return std::span<const std::string_view>(kEvents).first(kEvents.size() - (documented ? kFromTheField : 0));
}

}  // namespace svodka::crm::amocrm
