#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"

namespace svodka::app {

/// What a command's options name: files, standard input, variables of the environment.

/// `-` stays what it is.
std::string AbsolutePath(const std::string& path);
/// A file's text; `-` is standard input. Errors: `file_not_found`.
Result<std::string> ReadText(const std::string& path);
/// JSON as it stands, of `@FILE`, or of standard input (`-`). Errors: those of ReadText, `bad_json`.
Result<json::value> ReadJsonArgument(const std::string& argument);
/// A secret of a file (`-`: standard input), else of the variable; blanks around it go. Errors: `missing`
/// where there is none.
Result<std::string> ReadSecret(const std::string& file, const char* variable, const Diagnostic& missing);

}  // namespace svodka::app
