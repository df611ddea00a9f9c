#pragma once

#include <string>

#include "app/setup/say.hpp"
#include "base/result.hpp"

namespace svodka::app {

/// The one home of the Russian words for what reading files tells: why a cell or a row was not taken, why a
/// file cannot be read, notes of an import. Codes and values are the reader's (src/crm/files) and stay;
/// English is the reader's own message, also where a code has no Russian words.
std::string FileWords(const std::string& code, const std::string& message, const Say& say);

/// A note or a trouble in one line, its place before it.
std::string FileLine(const Diagnostic& diagnostic, const Say& say);

/// Whether a code has Russian words.
bool HasFileWords(const std::string& code);

}  // namespace svodka::app
