#pragma once

#include <stop_token>

#include "app/command_line.hpp"
#include "app/output.hpp"

namespace svodka::app {

/// Runs what a person typed: through the local socket when another process holds the data folder, else here.
/// `serve` and `sync --follow` hold the folder and answer others until stopped. The exit code.
int RunProcess(const CommandLine& line, Output& output, std::stop_token stop);

}  // namespace svodka::app
