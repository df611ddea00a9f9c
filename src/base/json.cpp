#include "base/json.hpp"

#include <charconv>

#include "base/json_text.hpp"

namespace svodka {

Result<json::value> ParseJson(std::string_view text) {
  json::error_code error;
  json::stream_parser parser;
  const size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && !parser.done()) parser.finish(error);
  if (!error) {
    for (size_t i = used; i < text.size(); ++i) {
      if (text[i] != ' ' && text[i] != '\n' && text[i] != '\r' && text[i] != '\t') {
        return Diagnostic{
            "bad_json", "unexpected text after the JSON value", "byte " + std::to_string(i), {}};
      }
    }
    return parser.release();
  }
  return Diagnostic{"bad_json", "not valid JSON: " + error.message(), "byte " + std::to_string(used), {}};
}

const json::value* FindMember(const json::value& value, std::string_view name) {
  if (!value.is_object()) return nullptr;
  return value.get_object().if_contains(name);
}

std::optional<std::string> FindString(const json::value& value, std::string_view name) {
  const json::value* member = FindMember(value, name);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return std::string(member->get_string());
}

std::optional<int64_t> FindInteger(const json::value& value, std::string_view name) {
  const json::value* member = FindMember(value, name);
  if (member == nullptr) return std::nullopt;
  if (member->is_int64()) return member->get_int64();
  if (member->is_uint64()) return static_cast<int64_t>(member->get_uint64());
  if (member->is_string()) {
    const std::string_view text = member->get_string();
    int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code == std::errc{} && end == text.data() + text.size() && !text.empty()) return number;
  }
  return std::nullopt;
}

std::optional<std::string> ScalarText(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return std::string(value.get_string());
    case json::kind::int64:
      return std::to_string(value.get_int64());
    case json::kind::uint64:
      return std::to_string(value.get_uint64());
    case json::kind::double_:
      return JsonText(value);
    case json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case json::kind::null:
    case json::kind::array:
    case json::kind::object:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace svodka
