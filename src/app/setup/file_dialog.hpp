#pragma once

#include "app/setup/dialog.hpp"
#include "app/setup/say.hpp"

namespace svodka::app {

/// The part of `svodka setup` that brings files in: which, as what they are understood, into which source;
/// the same desk and the same words as in the browser. `answers`: `files` (paths), `portal`, `name`; `report`
/// gets what was understood and stored. Errors: `answer_missing`, `files_unreadable`, `portal_of_crm`, those
/// of Person.
Status RunFileDialog(const json::object& answers, const std::string& language, const AskStep& ask,
                     Person* person, Output* output, json::object& report);

}  // namespace svodka::app
