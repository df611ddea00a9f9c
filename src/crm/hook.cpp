#include "crm/hook.hpp"

#include <algorithm>

namespace svodka::crm {
namespace {

constexpr size_t kFieldsMax = 20'000;
constexpr size_t kDepthMax = 12;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Broken percent codes stay as they are, as in PHP.
std::string Decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
               HexDigit(text[i + 2]) >= 0) {
      out += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// `a[b][]` -> a, b, "". False when nested too deep.
bool SplitKey(std::string_view key, std::vector<std::string>& path) {
  const size_t first = key.find('[');
  path.emplace_back(key.substr(0, first));
  size_t at = first;
  while (at != std::string_view::npos && at < key.size() && key[at] == '[') {
    const size_t end = key.find(']', at);
    if (end == std::string_view::npos) break;
    if (path.size() >= kDepthMax) return false;
    path.emplace_back(key.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return true;
}

Diagnostic TooMuch(const std::string& what) {
  return {"bad_request", "the form holds " + what + ": no CRM sends such an event", "", {}};
}

}  // namespace

Result<std::vector<FormField>> ParseForm(std::string_view body) {
  std::vector<FormField> fields;
  while (!body.empty()) {
    const size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty()) continue;
    if (fields.size() >= kFieldsMax) return TooMuch("more than " + std::to_string(kFieldsMax) + " fields");
    const size_t equals = std::min(pair.find('='), pair.size());
    FormField field;
    if (!SplitKey(Decoded(pair.substr(0, equals)), field.path))
      return TooMuch("keys nested deeper than " + std::to_string(kDepthMax));
    if (equals < pair.size()) field.value = Decoded(pair.substr(equals + 1));
    fields.push_back(std::move(field));
  }
  return fields;
}

bool IsHintId(std::string_view id) {
  return !id.empty() && id.size() <= 18 && id != "0" &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
}

}  // namespace svodka::crm
