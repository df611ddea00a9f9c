#include "base/json_text.hpp"

#include "render/render.hpp"

namespace svodka::render {
namespace {

void Write(const json::value& value, int depth, std::string& out) {
  const auto newline = [&](int indent) {
    out += '\n';
    out.append(static_cast<size_t>(indent) * 2, ' ');
  };
  const bool is_leaf = !value.is_object() && !value.is_array();
  const std::string line = JsonText(value);
  if (is_leaf || line.size() <= 100) {
    out += line;
  } else if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& entry : value.get_object()) {
      if (!first) out += ',';
      first = false;
      newline(depth + 1);
      out += JsonText(json::value(entry.key())) + ": ";
      Write(entry.value(), depth + 1, out);
    }
    newline(depth);
    out += '}';
  } else {
    out += '[';
    bool first = true;
    for (const json::value& item : value.get_array()) {
      if (!first) out += ',';
      first = false;
      newline(depth + 1);
      Write(item, depth + 1, out);
    }
    newline(depth);
    out += ']';
  }
}

}  // namespace

std::string RenderJson(const json::object& document) {
  std::string text;
  Write(json::value(document), 0, text);
  text += '\n';
  return text;
}

}  // namespace svodka::render
