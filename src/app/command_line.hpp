#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace svodka::app {

/// What a person typed, checked as far as it can be without the data folder.
struct CommandLine {
  std::string data;
  std::string models, web;  ///< "" = usual places
  log::Level log_level = log::Level::kWarning;
  bool log_level_given = false;
  /// `{"command": NAME, …arguments}`: the same object is run here or sent to the process that holds the
  /// folder. Paths are absolute, a request and a secret are already read from their file or stdin.
  json::object command;
  std::string help;  ///< not empty: print this and end
};

/// Errors: `bad_usage` (place: the option), `bad_json`, `file_not_found`, `secret_as_argument`, `bad_period`
/// … An answer with `help` set ends the program with 0.
Result<CommandLine> ParseCommandLine(int argc, const char* const* argv);

}  // namespace svodka::app
