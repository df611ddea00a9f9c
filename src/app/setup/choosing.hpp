#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/output.hpp"
#include "app/setup/person.hpp"
#include "app/setup/say.hpp"
#include "base/json.hpp"

namespace svodka::app {

/// Numbers of a list of `count` things: `2`, `1, 3`, `1 3 5`; indices from 0, in order, each once. Nothing
/// where the text is anything else.
std::optional<std::vector<size_t>> ParseNumbers(std::string_view text, size_t count);

/// Asks a person a question of the desk (docs/setup.md, "Mappings that need a person") until the answer can
/// be understood; the value to store, or nothing where all stays as it is. Errors: those of Person.
Result<std::optional<json::value>> AskQuestion(const json::object& question, Person& person, Output& output,
                                               const Say& say);

/// One of `titles` by its number; an empty answer is `usual` (from 0), where there is one.
Result<size_t> AskOneOf(const std::string& prompt, const std::vector<std::string>& titles,
                        std::optional<size_t> usual, Person& person, Output& output, const Say& say);

/// A value of a question in the words of its options: names with commas; "" for nothing.
std::string NamedValue(const json::array& options, const json::value& value);

/// What the data suggest, as a value of the question's setting; nothing where they suggest nothing.
std::optional<json::value> SuggestedValue(const json::object& question);

}  // namespace svodka::app
