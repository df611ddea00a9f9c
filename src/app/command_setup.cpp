#include <algorithm>
#include <array>

#include "app/internal/command_list.hpp"
#include "app/portal_load.hpp"
#include "app/setup/desk.hpp"
#include "base/json_text.hpp"

/// The steps of `svodka setup`, each a command of its own for whoever holds the data folder; the order of
/// them and the talk is setup/dialog.hpp's, on the side of the person.
namespace svodka::app {
namespace {

json::object RequestOf(const json::object& command) {
  const json::value* request = command.if_contains("request");
  return request != nullptr && request->is_object() ? request->get_object() : json::object();
}

Result<json::value> Check(Services& services, SetupDesk& desk, const json::object& command,
                          const server::Caller& caller) {
  json::object request = RequestOf(command);
  // A source of this name gets a new secret; another name is that of a new one.
  if (const std::string portal = TextOf(request, "portal"); !portal.empty()) {
    const auto known = services.state.portals().Find(portal);
    if (!known.ok()) return known.errors();
    if (!*known) request.erase("portal");
  }
  return desk.Check(request, caller);
}

Result<json::value> Start(Services& services, SetupDesk& desk, const json::object& command,
                          const server::Caller& caller) {
  auto started = desk.Start(TextOf(command, "draft"), RequestOf(command), caller);
  if (started.ok()) started->as_object()["follows"] = services.portals.follows();
  return started;
}

Result<json::value> Load(Services& services, const json::object& command, Output& output,
                         const server::Caller& caller) {
  const std::string id = TextOf(command, "portal");
  const auto host = services.portals.Host(id);
  if (!host.ok()) return host.errors();
  const auto say = [&](const Diagnostics& errors) -> Diagnostic {
    const Diagnostic& error = errors.front();
    if (error.code == "cancelled" || error.code == "portal_paused") return error;
    const CheckItem item = ItemOf(error, host.value()->Describe().kind, Say(caller.language));
    return {error.code, item.detail + " " + item.fix, "portal", {}};
  };
  if (services.portals.follows()) {
    if (const Status live = WaitForFirstLoad(**host, output, caller.stop); !live.ok())
      return say(live.errors());
    return json::value{{"state", "live"}, {"stored", nullptr}};
  }
  const auto summary = LoadPortal(services, id, false, output, caller.stop);
  if (!summary.ok()) return say(summary.errors());
  return json::value{{"state", "loaded"}, {"stored", summary->rows_stored}};
}

}  // namespace

Status RunSetup(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const server::Caller caller = LocalCaller(command, std::move(stop));
  SetupDesk desk(services);
  const std::string step = TextOf(command, "step"), draft = TextOf(command, "draft"),
                    portal = TextOf(command, "portal");
  const auto print = [&](const Result<json::value>& answer) -> Status {
    if (!answer.ok()) return answer.errors();
    output.Out(JsonText(*answer) + "\n");
    return Done{};
  };
  const auto done = [](const Status& status) -> Result<json::value> {
    if (!status.ok()) return status.errors();
    return json::value(json::object());
  };
  if (step == "check") return print(Check(services, desk, command, caller));
  if (step == "check_again") return print(desk.CheckAgain(draft, caller));
  if (step == "measure") return print(desk.Measure(draft, caller));
  if (step == "discard") return print(done(desk.Discard(draft, caller)));
  if (step == "start") return print(Start(services, desk, command, caller));
  if (step == "load") return print(Load(services, command, output, caller));
  if (step == "questions") return print(desk.Questions(portal, caller));
  if (step == "answer") return print(done(desk.Answer(portal, RequestOf(command), caller)));
  if (step == "files_preview") return print(desk.PreviewLocal(RequestOf(command), caller));
  if (step == "files_import") return print(desk.ImportLocal(RequestOf(command), caller));
  return Diagnostic{"bad_usage",
                    "the process that holds the data folder knows no step '" + step + "' of setup",
                    "step",
                    {}};
}

}  // namespace svodka::app
