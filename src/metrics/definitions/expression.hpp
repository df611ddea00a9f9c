#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace svodka::metrics {

/// A snippet of SQL from a model file with `{placeholders}`, e.g. `f.created_day < {to}`. Request text never
/// becomes one. Values of placeholders are bound when it is rendered.
class Expression {
 public:
  struct Piece {
    bool placeholder = false;
    std::string text;
  };

  Expression() = default;
  /// Errors: `bad_expression` (unbalanced brackets or quotes, `;`, comments, an unclosed placeholder).
  static Result<Expression> Parse(std::string_view text);

  bool empty() const { return pieces_.empty(); }
  const std::vector<Piece>& pieces() const { return pieces_; }
  /// Qualifiers such as `f` in `f.created_day` that the expression does not declare itself (`FROM x AS s`).
  const std::set<std::string>& aliases() const { return aliases_; }
  const std::set<std::string>& placeholders() const { return placeholders_; }
  const std::string& text() const { return text_; }
  auto operator<=>(const Expression& other) const { return text_ <=> other.text_; }
  bool operator==(const Expression& other) const { return text_ == other.text_; }

 private:
  std::string text_;
  std::vector<Piece> pieces_;
  std::set<std::string> aliases_;
  std::set<std::string> placeholders_;
};

}  // namespace svodka::metrics
