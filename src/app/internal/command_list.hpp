#pragma once

#include "app/commands.hpp"

/// One function per command; see RunCommand.
namespace svodka::app {

/// The named portal, or the only one there is. Errors: `unknown_portal`, `portal_needed`.
Result<std::string> ChoosePortal(Services& services, const json::object& command);
/// A member of a command as text, empty where it is none.
std::string TextOf(const json::object& command, std::string_view name);
/// Whether a switch of a command is on.
bool IsTrue(const json::object& command, std::string_view name);
server::Caller LocalCaller(const json::object& command, std::stop_token stop);

Status RunImport(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunConnect(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunHooks(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunSetup(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunSync(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunCheck(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunAct(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunRules(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunQuery(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunRecords(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunReport(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunModel(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunPortals(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunSettings(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunUser(Services& services, const json::object& command, Output& output, std::stop_token stop);
Status RunDoctor(Services& services, const json::object& command, Output& output, std::stop_token stop);

}  // namespace svodka::app
