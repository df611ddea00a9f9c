#pragma once

#include <stop_token>

#include "app/model_files.hpp"
#include "app/output.hpp"
#include "app/places.hpp"
#include "app/portals.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "state/state.hpp"

namespace svodka::app {

class Uploads;

/// What a command may use; one set per process that holds the data folder. Borrowed.
struct Services {
  const Places& places;
  state::State& state;
  ModelFiles& models;
  Portals& portals;
  const Clock& clock;
  Uploads& uploads;  ///< files on their way in
};

/// Runs one command (the object of CommandLine::command) to its end. The same code answers at the command
/// line and over the local socket, so that both give the same bytes. Errors are the caller's to print.
Status RunCommand(Services& services, const json::object& command, Output& output, std::stop_token stop);

/// Prints errors, answers the exit code: 0 or 2.
int RunToExitCode(Services& services, const json::object& command, Output& output, std::stop_token stop);

}  // namespace svodka::app
