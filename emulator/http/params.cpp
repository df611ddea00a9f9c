#include "emulator/http/params.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace svodka::emulator {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

std::vector<std::string> KeyPath(std::string_view name) {
  std::vector<std::string> path;
  const size_t bracket = name.find('[');
  path.emplace_back(name.substr(0, bracket));
  size_t at = bracket;
  while (at != std::string_view::npos && at < name.size() && name[at] == '[') {
    const size_t end = name.find(']', at);
    if (end == std::string_view::npos) break;
    path.emplace_back(name.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return path;
}

std::string NextIndex(const json::object& object) {
  int64_t next = 0;
  for (const auto& member : object) {
    int64_t number = 0;
    const std::string_view key = member.key();
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error == std::errc{} && end == key.data() + key.size()) next = std::max(next, number + 1);
  }
  return std::to_string(next);
}

void Store(json::object& root, const std::vector<std::string>& path, std::string_view value) {
  if (path.size() > 12) return;
  json::object* place = &root;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    const std::string key = i > 0 && path[i].empty() ? NextIndex(*place) : path[i];
    json::value& next = (*place)[key];
    if (!next.is_object()) next = json::object();
    place = &next.get_object();
  }
  const std::string key = path.size() > 1 && path.back().empty() ? NextIndex(*place) : path.back();
  (*place)[key] = json::string(value);
}

void WriteText(std::string_view text, std::string& out) {
  out.push_back('"');
  size_t from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, from, i - from);
    from = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default: {
        static constexpr char kHex[] = "0123456789abcdef";
        out += "\\u00";
        out.push_back(kHex[c >> 4]);
        out.push_back(kHex[c & 15]);
      }
    }
  }
  out.append(text, from, text.size() - from);
  out.push_back('"');
}

void WriteJson(const json::value& value, std::string& out) {
  switch (value.kind()) {
    case json::kind::double_: {
      char digits[400];
      const auto result =
          std::to_chars(digits, digits + sizeof digits, value.get_double(), std::chars_format::fixed);
      out.append(digits, result.ptr);
      break;
    }
    case json::kind::array: {
      out.push_back('[');
      bool first = true;
      for (const json::value& item : value.get_array()) {
        if (!first) out.push_back(',');
        first = false;
        WriteJson(item, out);
      }
      out.push_back(']');
      break;
    }
    case json::kind::object: {
      out.push_back('{');
      bool first = true;
      for (const auto& member : value.get_object()) {
        if (!first) out.push_back(',');
        first = false;
        WriteText(member.key(), out);
        out.push_back(':');
        WriteJson(member.value(), out);
      }
      out.push_back('}');
      break;
    }
    case json::kind::int64:
      out += std::to_string(value.get_int64());
      break;
    case json::kind::uint64:
      out += std::to_string(value.get_uint64());
      break;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case json::kind::null:
      out += "null";
      break;
    case json::kind::string:
      WriteText(value.get_string(), out);
      break;
  }
}

}  // namespace

std::string PhpJson(const json::value& value) {
  std::string out;
  out.reserve(16 * 1024);
  WriteJson(value, out);
  return out;
}

std::string PercentDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out.push_back(' ');
    } else if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
               HexDigit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

json::object ParseQuery(std::string_view query) {
  json::object root;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string name = PercentDecode(pair.substr(0, equals));
    const std::string value = equals == std::string_view::npos ? "" : PercentDecode(pair.substr(equals + 1));
    if (!name.empty()) Store(root, KeyPath(name), value);
  }
  return root;
}

json::object ParseMultipart(std::string_view body, std::string_view boundary) {
  json::object root;
  const std::string delimiter = "--" + std::string(boundary);
  size_t at = body.find(delimiter);
  while (at != std::string_view::npos) {
    at += delimiter.size();
    const size_t end = body.find(delimiter, at);
    if (end == std::string_view::npos) break;
    std::string_view part = body.substr(at, end - at);
    const size_t split = part.find("\r\n\r\n");
    const size_t name = part.find("name=\"");
    if (split != std::string_view::npos && name != std::string_view::npos && name < split) {
      const size_t close = part.find('"', name + 6);
      std::string_view value = part.substr(split + 4);
      if (value.ends_with("\r\n")) value.remove_suffix(2);
      if (close < split) Store(root, KeyPath(part.substr(name + 6, close - name - 6)), value);
    }
    at = end;
  }
  return root;
}

const json::value* Param(const json::object& params, std::string_view name) {
  if (const json::value* exact = params.if_contains(name)) return exact;
  for (const auto& member : params) {
    if (SameName(member.key(), name)) return &member.value();
  }
  return nullptr;
}

std::optional<std::string> TextParam(const json::object& params, std::string_view name) {
  const json::value* value = Param(params, name);
  if (value != nullptr && value->is_double()) return PhpJson(*value);  // 123.45, not 1.2345E2
  return value == nullptr ? std::nullopt : ScalarText(*value);
}

std::optional<int64_t> IntParam(const json::object& params, std::string_view name) {
  const auto text = TextParam(params, name);
  if (!text) return std::nullopt;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end == text->data()) return std::nullopt;
  return number;
}

std::vector<json::value> ListOf(const json::value& value) {
  std::vector<json::value> list;
  if (value.is_array()) {
    list.assign(value.get_array().begin(), value.get_array().end());
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) list.push_back(member.value());
  } else if (!value.is_null()) {
    list.push_back(value);
  }
  return list;
}

std::vector<std::string> TextList(const json::object& params, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* value = Param(params, name);
  if (value == nullptr) return texts;
  for (const json::value& item : ListOf(*value)) {
    if (auto text = ScalarText(item)) texts.push_back(std::move(*text));
  }
  return texts;
}

std::vector<std::pair<std::string, json::value>> EntriesOf(const json::value& value) {
  std::vector<std::pair<std::string, json::value>> entries;
  if (value.is_object()) {
    for (const auto& member : value.get_object()) entries.emplace_back(member.key(), member.value());
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.get_array().size(); ++i)
      entries.emplace_back(std::to_string(i), value.get_array()[i]);
  }
  return entries;
}

json::value PhpMap(const std::vector<std::pair<std::string, json::value>>& entries) {
  bool list = true;
  for (size_t i = 0; i < entries.size() && list; ++i) list = entries[i].first == std::to_string(i);
  if (list) {
    json::array array;
    for (const auto& entry : entries) array.push_back(entry.second);
    return array;
  }
  json::object object;
  for (const auto& entry : entries) object[entry.first] = entry.second;
  return object;
}

namespace {

void EncodeForm(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

void WriteForm(const std::string& name, const json::value& value, std::string& out) {
  if (value.is_object()) {
    for (const auto& member : value.get_object())
      WriteForm(name.empty() ? std::string(member.key()) : name + "[" + std::string(member.key()) + "]",
                member.value(), out);
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.get_array().size(); ++i)
      WriteForm(name + "[" + std::to_string(i) + "]", value.get_array()[i], out);
  } else {
    if (!out.empty()) out += '&';
    EncodeForm(name, out);
    out += '=';
    std::string text = ScalarText(value).value_or("");
    if (value.is_bool()) text = value.get_bool() ? "1" : "0";
    EncodeForm(text, out);
  }
}

}  // namespace

std::string FormBody(const json::object& tree) {
  std::string out;
  WriteForm("", tree, out);
  return out;
}

}  // namespace svodka::emulator
