#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "server/action_desk.hpp"
#include "server/message.hpp"
#include "server/portal_directory.hpp"
#include "server/setup_desk.hpp"
#include "state/state.hpp"

namespace svodka::server {

/// Runs a command of the command line that reached us over the local socket. `send` passes one line of its
/// answer on and says whether anybody still listens.
using LocalCommand = std::function<void(
    const json::value& command, const std::function<bool(const json::object&)>& send, std::stop_token stop)>;

/// The HTTP API of docs/api.md, the web app's files, /healthz and /metrics. Thread-safe; keeps no request.
class Api {
 public:
  struct Settings {
    std::string web_folder;
    LocalCommand local_command;     ///< empty: none is taken
    SetupDesk* setup = nullptr;     ///< null: nothing can be set up here
    ActionDesk* actions = nullptr;  ///< null: nothing can be written back here
  };
  /// All references must outlive the Api.
  Api(PortalDirectory& portals, state::State& state, const Clock& clock, Settings settings);
  ~Api();

  Response Handle(const Request& request);
  /// One line in the log, numbers for /metrics.
  void Note(const FinishedRequest& finished);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string_view Version();

}  // namespace svodka::server
