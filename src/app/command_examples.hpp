#pragma once

#include <string>

namespace svodka::app {

/// What `--help` says below the options: examples of the command (its name, or "group name" inside a group
/// such as "connect amocrm"), those of all for an empty one, and what holds for every command.
std::string ExamplesOf(const std::string& command);

}  // namespace svodka::app
