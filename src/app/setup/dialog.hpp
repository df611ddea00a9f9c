#pragma once

#include <functional>
#include <stop_token>

#include "app/output.hpp"
#include "app/setup/person.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace svodka::app {

/// Has one step of the command `setup` done by whoever holds the data folder, and answers its JSON.
using AskStep = std::function<Result<json::value>(json::object step)>;

/// `svodka setup` on the side of the person: the order of the steps and the talk; what the steps do is the
/// desk's (desk.hpp), the same as for the browser. `command`: of SetupOptions::Fill. `person`: who is asked;
/// nobody: what `answers` lack is an error or stays open. Writes the talk, or with `json` one object at the
/// end, to `output`. Errors: `answer_missing`, `setup_failed` (one for each check that failed, its place),
/// `bad_answers`, those of the steps.
Status RunSetupDialog(const json::object& command, const AskStep& ask, Person* person, Output& output);

}  // namespace svodka::app
