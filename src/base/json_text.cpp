#include "base/json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace svodka {
namespace {

void WriteText(std::string& out, std::string_view text) {
  out += '"';
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, done, i - done);
    done = i + 1;
    out += '\\';
    switch (byte) {
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      case '"':
      case '\\':
        out += static_cast<char>(byte);
        break;
      default:
        constexpr std::string_view kDigits = "0123456789abcdef";
        out += "u00";
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
  }
  out.append(text, done);
  out += '"';
}

template <class Number>
void WriteNumber(std::string& out, Number number) {
  std::array<char, 24> buffer{};
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr);
}

void WriteDouble(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  // Only what nobody reads as digits has an exponent, as in JavaScript.
  const double size = std::abs(number);
  const auto form =
      size == 0 || (size >= 1e-7 && size < 1e21) ? std::chars_format::fixed : std::chars_format::scientific;
  std::array<char, 64> buffer{};
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, form).ptr);
}

void Write(std::string& out, const json::value& value);

void Write(std::string& out, const json::object& object) {
  out += '{';
  const char* comma = "";
  for (const auto& member : object) {
    out += comma;
    WriteText(out, std::string_view(member.key()));
    out += ':';
    Write(out, member.value());
    comma = ",";
  }
  out += '}';
}

void Write(std::string& out, const json::array& array) {
  out += '[';
  const char* comma = "";
  for (const json::value& item : array) {
    out += comma;
    Write(out, item);
    comma = ",";
  }
  out += ']';
}

void Write(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      return;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case json::kind::int64:
      return WriteNumber(out, value.get_int64());
    case json::kind::uint64:
      return WriteNumber(out, value.get_uint64());
    case json::kind::double_:
      return WriteDouble(out, value.get_double());
    case json::kind::string:
      return WriteText(out, std::string_view(value.get_string()));
    case json::kind::array:
      return Write(out, value.get_array());
    case json::kind::object:
      return Write(out, value.get_object());
  }
}

template <class Json>
std::string TextOf(const Json& value) {
  std::string out;
  Write(out, value);
  return out;
}

}  // namespace

std::string JsonText(const json::value& value) { return TextOf(value); }
std::string JsonText(const json::object& object) { return TextOf(object); }
std::string JsonText(const json::array& array) { return TextOf(array); }

}  // namespace svodka
