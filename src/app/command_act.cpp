#include <map>

#include "app/internal/command_list.hpp"
#include "app/text_table.hpp"
#include "base/json_text.hpp"

/// The commands that write to the CRM: act, rules.
namespace svodka::app {
namespace {

const std::map<std::string, std::string, std::less<>> kSkips = {
    {"unknown_card", "no such card in our copy"},
    {"deleted", "deleted in the CRM"},
    {"unreadable", "the CRM does not let us see it"},
    {"closed", "closed"},
    {"no_responsible", "nobody is responsible"},
    {"responsible_inactive", "the responsible does not work any more"},
    {"responsible_technical", "the responsible is a technical account"},
    {"same_task", "has such a task open already"},
    {"already_theirs", "is theirs already"},
    {"limit", "beyond the limit of cards"}};

std::string Words(const json::value& name) {
  const std::string text(name.as_string());
  const auto found = kSkips.find(text);
  return found == kSkips.end() ? text : found->second;
}
std::string Text(const json::value& value) { return ScalarText(value).value_or("-"); }
std::string NameOf(const json::value& person) {
  return person.is_object() ? Text(person.at("name")) : std::string("-");
}
std::string CardOf(const json::value& row) { return Text(row.at("entity")) + " " + Text(row.at("id")); }

std::string PreviewText(const json::object& preview) {
  std::string out;
  TextTable table;
  table.Add({"card", "title", "responsible", "what"});
  for (const json::value& step : preview.at("steps").as_array()) {
    const json::value& skip = step.at("skip");
    const bool task = preview.at("kind").as_string() == "task";
    table.Add({CardOf(step), Text(step.at("title")), NameOf(step.at("responsible")),
               skip.as_string().empty() ? (task ? "task" : "re-assigned") : "skipped: " + Words(skip)});
  }
  out += table.Render() + "\n";
  out += Text(preview.at("planned")) + " of " + Text(preview.at("total")) + " cards";
  if (preview.at("deadline").is_string()) out += ", deadline " + Text(preview.at("deadline"));
  out += "; at most " + Text(preview.at("cards_max")) + " at once. Nothing was sent";
  out += preview.at("writing").as_bool()
             ? ": the same with --send does it.\n"
             : ", and writing is off: svodka settings set writing true --portal NAME switches it on.\n";
  return out;
}

std::string OutcomeText(const json::object& request) {
  std::string out;
  TextTable table;
  table.Add({"card", "title", "responsible", "state", "in the CRM"});
  for (const json::value& card : request.at("cards").as_array()) {
    std::string state = Text(card.at("state"));
    if (state == "skipped") state += ": " + Words(card.at("skip"));
    if (card.at("error").is_object()) state += ": " + Text(card.at("error").at("message"));
    table.Add({CardOf(card), Text(card.at("title")), NameOf(card.at("responsible")), state,
               Text(card.at("crm_id"))});
  }
  out += table.Render() + "\n";
  out += "request " + Text(request.at("id")) + ": " + Text(request.at("state"));
  for (const auto& count : request.at("counts").as_object()) {
    if (count.value().as_int64() > 0) out += ", " + Text(count.value()) + " " + std::string(count.key());
  }
  return out + "\n";
}

bool WantsTable(const json::object& command, const Output& output) {
  const std::string format = TextOf(command, "format");
  return format.empty() ? output.terminal() : format == "table";
}

std::string RulesText(const json::object& list) {
  TextTable table;
  table.Add({"id", "name", "on", "hour", "at most", "last run", "cards", "of", "error"});
  for (const json::value& rule : list.at("rules").as_array()) {
    const json::array& runs = rule.at("runs").as_array();
    const bool ran = !runs.empty();
    const bool failed = ran && runs.front().at("error").is_object();
    table.Add({Text(rule.at("id")), Text(rule.at("name")), rule.at("enabled").as_bool() ? "on" : "off",
               Text(rule.at("hour")) + ":00", Text(rule.at("cards_max")),
               ran ? Text(runs.front().at("day")) : "-", ran ? Text(runs.front().at("planned")) : "-",
               ran ? Text(runs.front().at("found")) : "-",
               failed ? Text(runs.front().at("error").at("message")) : ""});
  }
  std::string out = table.Render();
  if (!list.at("writing").as_bool())
    out += "\nWriting is off: rules do nothing. svodka settings set writing true switches it on.\n";
  return out;
}

}  // namespace

Status RunAct(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const auto portal = ChoosePortal(services, command);
  if (!portal.ok()) return portal.errors();
  const auto host = services.portals.Host(*portal);
  if (!host.ok()) return host.errors();
  PortalActions& actions = host.value()->actions();
  const server::Caller caller = LocalCaller(command, stop);
  const bool table = WantsTable(command, output);
  const auto show = [&](const Result<json::object>& answer) -> Status {
    if (!answer.ok()) return answer.errors();
    output.Out(table ? OutcomeText(*answer) : JsonText(*answer) + "\n");
    return Done{};
  };
  const auto progress = [&](const json::object& request) {
    const json::object& counts = request.at("counts").as_object();
    const int64_t open = counts.at("pending").as_int64() + counts.at("unknown").as_int64();
    const int64_t done = counts.at("sent").as_int64() + counts.at("failed").as_int64();
    output.Show({.stage = "sending", .done = done, .expected = done + open, .seconds_left = {}});
  };
  if (const std::string id = TextOf(command, "show"); !id.empty()) return show(actions.Find(id));
  if (const std::string id = TextOf(command, "cancel"); !id.empty()) return show(actions.Cancel(id));
  if (const std::string id = TextOf(command, "retry"); !id.empty()) {
    if (const auto again = actions.Retry(id); !again.ok()) return again.errors();
    return show(actions.Wait(id, progress, stop));
  }
  json::object order = command.at("order").as_object();
  if (!IsTrue(command, "send")) {
    const auto preview = actions.Preview(order, caller.scope, stop);
    if (!preview.ok()) return preview.errors();
    output.Out(table ? PreviewText(*preview) : JsonText(*preview) + "\n");
    return Done{};
  }
  const auto accepted = actions.Accept(order, caller.scope, std::chrono::seconds{0}, stop);
  if (!accepted.ok()) return accepted.errors();
  // A request that an earlier process left open is worked on again.
  actions.Start();
  return show(actions.Wait(TextOf(order, "id"), progress, stop));
}

Status RunRules(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const auto portal = ChoosePortal(services, command);
  if (!portal.ok()) return portal.errors();
  const auto host = services.portals.Host(*portal);
  if (!host.ok()) return host.errors();
  PortalActions& actions = host.value()->actions();
  const bool table = WantsTable(command, output);
  if (const json::value* rule = command.if_contains("add")) {
    if (const auto saved = actions.SaveRule("", rule->as_object(), "local"); !saved.ok())
      return saved.errors();
  }
  for (const auto& [name, on] : {std::pair{"on", true}, std::pair{"off", false}}) {
    const std::string id = TextOf(command, name);
    if (id.empty()) continue;
    if (const auto saved = actions.SaveRule(id, {{"enabled", on}}, "local"); !saved.ok())
      return saved.errors();
  }
  if (const std::string id = TextOf(command, "remove"); !id.empty()) {
    if (const Status removed = actions.RemoveRule(id); !removed.ok()) return removed;
  }
  if (const std::string id = TextOf(command, "preview"); !id.empty()) {
    const auto preview = actions.PreviewRule(id, stop);
    if (!preview.ok()) return preview.errors();
    output.Out(table ? PreviewText(*preview) : JsonText(*preview) + "\n");
    return Done{};
  }
  const auto rules = actions.ListRules();
  if (!rules.ok()) return rules.errors();
  output.Out(table ? RulesText(rules->as_object()) : JsonText(*rules) + "\n");
  return Done{};
}

}  // namespace svodka::app
