#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "app/output.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace svodka::app {

/// Has the process that listens on `socket` run a command, and writes what it answers. The exit code; nothing
/// when nobody listens there. Errors: `local_failed` (the other process ended in the middle), `cancelled`.
Result<std::optional<int>> RunThroughSocket(const std::string& socket, const json::object& command,
                                            Output& output, std::stop_token stop);

}  // namespace svodka::app
