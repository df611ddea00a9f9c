#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.hpp"

namespace svodka {

namespace json = boost::json;

/// Parses one JSON text. Errors: `bad_json` with the offset in the message.
Result<json::value> ParseJson(std::string_view text);

/// The member of an object, or null when `value` is no object or has no such member.
const json::value* FindMember(const json::value& value, std::string_view name);

/// Text of a member that is a string; nothing when it is absent, null or of another kind.
std::optional<std::string> FindString(const json::value& value, std::string_view name);

/// An integer member, also when it is written as a string of digits; nothing otherwise.
std::optional<int64_t> FindInteger(const json::value& value, std::string_view name);

/// A scalar as text: strings as they are, numbers and booleans printed; nothing for null, arrays and objects.
std::optional<std::string> ScalarText(const json::value& value);

}  // namespace svodka
