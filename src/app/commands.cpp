#include "app/commands.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include "app/internal/command_list.hpp"
#include "app/joint_host.hpp"
#include "base/log.hpp"

namespace svodka::app {
namespace {

using Run = Status (*)(Services&, const json::object&, Output&, std::stop_token);
struct Entry {
  std::string_view name;
  Run run;
};
constexpr std::array kCommands = {
    Entry{"import", &RunImport},   Entry{"connect", &RunConnect},   Entry{"sync", &RunSync},
    Entry{"check", &RunCheck},     Entry{"hooks", &RunHooks},       Entry{"query", &RunQuery},
    Entry{"records", &RunRecords}, Entry{"report", &RunReport},     Entry{"model", &RunModel},
    Entry{"portals", &RunPortals}, Entry{"settings", &RunSettings}, Entry{"user", &RunUser},
    Entry{"doctor", &RunDoctor},   Entry{"setup", &RunSetup},       Entry{"act", &RunAct},
    Entry{"rules", &RunRules},
};

}  // namespace

std::string TextOf(const json::object& command, std::string_view name) {
  const json::value* value = command.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool IsTrue(const json::object& command, std::string_view name) {
  const json::value* value = command.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

server::Caller LocalCaller(const json::object& command, std::stop_token stop) {
  return {engine::Scope{.everything = true, .user_id = "local"},
          TextOf(command, "language") == "ru" ? engine::Language::kRussian : engine::Language::kEnglish,
          std::move(stop)};
}

Result<std::string> ChoosePortal(Services& services, const json::object& command) {
  const std::string named = TextOf(command, "portal");
  if (!named.empty()) {
    const auto ids = SplitPortals(named);
    if (!ids.ok()) return ids.errors();
    for (const std::string& id : ids.value()) {
      const auto portal = services.state.portals().Get(id);
      if (!portal.ok()) return portal.errors();
    }
    return named;
  }
  const auto all = services.state.portals().List();
  if (!all.ok()) return all.errors();
  if (all->size() == 1) return all->front().id;
  std::vector<std::string> names;
  for (const auto& portal : all.value()) names.push_back(portal.id);
  return Diagnostic{"portal_needed",
                    all->empty() ? "there is no portal yet: import files or connect a CRM first"
                                 : "there are several portals: choose one with --portal",
                    "--portal", names};
}

Status RunCommand(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const std::string name = TextOf(command, "command");
  const auto found = std::ranges::find(kCommands, name, &Entry::name);
  if (found == kCommands.end()) {
    return Diagnostic{
        "bad_usage", "the process that holds the data folder cannot run '" + name + "'", "command", {}};
  }
  return found->run(services, command, output, std::move(stop));
}

int RunToExitCode(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  try {
    const Status status = RunCommand(services, command, output, std::move(stop));
    if (status.ok()) return 0;
    WriteErrors(output, status.errors());
  } catch (const DiagnosticError& error) {
    WriteErrors(output, {error.diagnostic()});
  } catch (const std::exception& error) {
    log::Error("command_failed", {{"command", TextOf(command, "command")}, {"error", error.what()}});
    WriteErrors(output, {{"internal", std::string("the program failed: ") + error.what(), "", {}}});
  }
  return 2;
}

}  // namespace svodka::app
