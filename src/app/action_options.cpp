#include "app/action_options.hpp"

#include <CLI/CLI.hpp>

#include "app/command_input.hpp"
#include "base/text.hpp"
#include "state/vault.hpp"

namespace svodka::app {
namespace {

/// deal:5,deal:7,lead:3
Result<json::array> ParseCards(const std::string& text) {
  json::array cards;
  for (const std::string& one : Split(text, ',')) {
    const std::string_view card = Trim(one);
    const size_t colon = card.find(':');
    if (card.empty()) continue;
    if (colon == std::string_view::npos) {
      return Diagnostic{
          "bad_usage",
          "'" + std::string(card) + "' is no card; write its kind and its id, such as deal:5,lead:7",
          "--cards",
          {}};
    }
    cards.push_back(json::object{{"entity", card.substr(0, colon)}, {"id", card.substr(colon + 1)}});
  }
  return cards;
}

}  // namespace

void ActionOptions::Add(CLI::App& app) {
  auto* act = app.add_subcommand(
      "act",
      "make tasks on a list of cards in the CRM, or re-assign them; shows what would be done, does it "
      "with --send");
  act->add_option("--portal", portal_, "name of the portal");
  act->add_option("--kind", kind_, "task or reassign")->check(CLI::IsMember({"task", "reassign"}));
  act->add_option("--text", text_, "what is to be done; its first line is the title");
  act->add_option("--deadline", deadline_, "such as '2026-11-25 12:00', 'tomorrow 12:00', '+3 10:00'");
  act->add_option("--responsible", responsible_,
                  "id of an employee in the CRM (default, of tasks: each card's own responsible)");
  act->add_option("--cards", cards_, "the cards, such as deal:5,deal:7");
  act->add_option("--records", records_,
                  "instead: a records query (JSON, @FILE, '-' for standard input) whose rows are meant");
  act->add_flag("--closed", closed_, "closed cards too");
  act->add_flag("--send", send_, "do it (default: only show what would be done)");
  act->add_option("--id", id_,
                  "name of the request: sent again under the same name it does nothing twice (default: a new "
                  "one, which is printed)");
  act->add_option("--show", show_, "what became of the request ID")->type_name("ID");
  act->add_option("--cancel", cancel_, "what the request ID has not sent yet is not sent")->type_name("ID");
  act->add_option("--retry", retry_, "what failed of the request ID is sent again")->type_name("ID");
  act->add_option("--format", format_, "table or json")->check(CLI::IsMember({"table", "json"}));

  auto* rules =
      app.add_subcommand("rules", "daily rules: a records query, what is done to its rows, an hour");
  rules->add_option("--portal", portal_, "name of the portal");
  rules->add_option("--add", add_, "make a rule of JSON (or @FILE, '-'); it is off until --on")
      ->type_name("JSON");
  rules->add_option("--on", on_, "switch the rule ID on")->type_name("ID");
  rules->add_option("--off", off_, "switch the rule ID off")->type_name("ID");
  rules->add_option("--remove", remove_, "forget the rule ID and its log")->type_name("ID");
  rules->add_option("--preview", preview_, "what the rule ID would do now; nothing is sent")->type_name("ID");
  rules->add_option("--format", format_, "table or json")->check(CLI::IsMember({"table", "json"}));
}

Status ActionOptions::FillAct(json::object& command) const {
  command["portal"] = portal_;
  command["format"] = format_;
  for (const auto& [name, value] :
       {std::pair{"show", &show_}, std::pair{"cancel", &cancel_}, std::pair{"retry", &retry_}}) {
    if (!value->empty()) command[name] = *value;
  }
  if (command.contains("show") || command.contains("cancel") || command.contains("retry")) return Done{};
  json::object order;
  for (const auto& [name, value] :
       {std::pair{"kind", &kind_}, std::pair{"text", &text_}, std::pair{"deadline", &deadline_},
        std::pair{"responsible", &responsible_}}) {
    if (!value->empty()) order[name] = *value;
  }
  if (closed_) order["closed"] = true;
  if (!cards_.empty()) {
    auto cards = ParseCards(cards_);
    if (!cards.ok()) return cards.errors();
    order["cards"] = std::move(*cards);
  }
  if (!records_.empty()) {
    auto records = ReadJsonArgument(records_);
    if (!records.ok()) return records.errors();
    order["records"] = std::move(*records);
  }
  order["id"] = id_.empty() ? FoldCase("cli-" + state::RandomCode(10)) : id_;
  command["order"] = std::move(order);
  command["send"] = send_;
  return Done{};
}

Status ActionOptions::FillRules(json::object& command) const {
  command["portal"] = portal_;
  command["format"] = format_;
  if (!add_.empty()) {
    auto rule = ReadJsonArgument(add_);
    if (!rule.ok()) return rule.errors();
    if (!rule->is_object()) return Diagnostic{"bad_usage", "a rule is a JSON object", "--add", {}};
    command["add"] = std::move(*rule);
  }
  for (const auto& [name, value] : {std::pair{"on", &on_}, std::pair{"off", &off_},
                                    std::pair{"remove", &remove_}, std::pair{"preview", &preview_}}) {
    if (!value->empty()) command[name] = *value;
  }
  return Done{};
}

}  // namespace svodka::app
