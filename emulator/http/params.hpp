#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

/// Request parameters as PHP reads them.
namespace svodka::emulator {

/// `filter[>ID]=5&select[0]=ID&select[]=TITLE` as a tree. Every level is an object; `[]` takes the next free
/// number. Names and values are percent- and plus-decoded.
json::object ParseQuery(std::string_view query);
/// Fields of a multipart/form-data body; files are read as texts.
json::object ParseMultipart(std::string_view body, std::string_view boundary);
std::string PercentDecode(std::string_view text, bool plus_is_space = true);

/// A member whatever its case (`filter`, `FILTER`); null when absent.
const json::value* Param(const json::object& params, std::string_view name);
/// A scalar parameter as text; nothing when absent or null.
std::optional<std::string> TextParam(const json::object& params, std::string_view name);
std::optional<int64_t> IntParam(const json::object& params, std::string_view name);
/// Values of a list that came as an array, as an object with numeric keys, or as one scalar.
std::vector<json::value> ListOf(const json::value& value);
std::vector<std::string> TextList(const json::object& params, std::string_view name);
/// Members of an object (or of an array, by index) in order.
std::vector<std::pair<std::string, json::value>> EntriesOf(const json::value& value);

/// As PHP encodes an associative array: `[]` when empty, a plain list when the keys happen to be 0..n-1 in
/// order.
json::value PhpMap(const std::vector<std::pair<std::string, json::value>>& entries);

/// `leads[status][0][id]=5&…` of a nested body, as PHP's http_build_query writes it.
std::string FormBody(const json::object& tree);

/// JSON text as PHP writes it: a number with a fraction in plain digits (`424327.59`), never with an
/// exponent.
std::string PhpJson(const json::value& value);

}  // namespace svodka::emulator
