#include "metrics/definitions/expression.hpp"

#include <cctype>

#include "base/text.hpp"

namespace svodka::metrics {
namespace {

bool IsNameStart(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsNamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

Diagnostic Bad(std::string_view text, std::string_view why) {
  return {"bad_expression", "the SQL expression " + std::string(why) + ": " + std::string(text), "", {}};
}

}  // namespace

Result<Expression> Expression::Parse(std::string_view raw) {
  const std::string_view text = Trim(raw);
  Parts parts;
  parts.text = std::string(text);
  std::set<std::string> used;
  std::set<std::string> declared;
  std::string plain;
  std::string word_before;  // the last word seen, to find "AS name"
  int depth = 0;
  if (text.empty()) return Bad(text, "is empty");
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\'' || c == '"') {
      const size_t end = text.find(c, i + 1);
      if (end == std::string_view::npos) return Bad(text, "has an unclosed quote");
      plain.append(text.substr(i, end + 1 - i));
      i = end + 1;
      continue;
    }
    if (c == ';') return Bad(text, "has a ';'");
    if (c == '?' || c == '$') return Bad(text, "has a bare parameter; write {name}");
    const std::string_view two = text.substr(i, 2);
    if (two == "--" || two == "/*") return Bad(text, "has a comment");
    if (c == '(') ++depth;
    if (c == ')' && --depth < 0) return Bad(text, "has unbalanced brackets");
    if (c == '{') {
      const size_t end = text.find('}', i);
      if (end == std::string_view::npos) return Bad(text, "has an unclosed {placeholder}");
      std::string name(text.substr(i + 1, end - i - 1));
      if (name.empty() || !IsNameStart(name[0])) return Bad(text, "has a placeholder without a name");
      if (!plain.empty()) parts.pieces.push_back({false, std::move(plain)});
      plain.clear();
      parts.placeholders.insert(name);
      parts.pieces.push_back({true, std::move(name)});
      i = end + 1;
      continue;
    }
    if (IsNameStart(c)) {
      size_t end = i;
      while (end < text.size() && IsNamePart(text[end])) ++end;
      std::string word(text.substr(i, end - i));
      if (FoldCase(word_before) == "as") declared.insert(word);
      if (end < text.size() && text[end] == '.') used.insert(word);
      plain += word;
      word_before = std::move(word);
      i = end;
      continue;
    }
    plain += c;
    ++i;
  }
  if (depth != 0) return Bad(text, "has unbalanced brackets");
  if (!plain.empty()) parts.pieces.push_back({false, std::move(plain)});
  for (const std::string& name : used) {
    if (!declared.contains(name)) parts.aliases.insert(name);
  }
  Expression expression;
  expression.parts_ = std::make_shared<const Parts>(std::move(parts));
  return expression;
}

}  // namespace svodka::metrics
