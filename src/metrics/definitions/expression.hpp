#pragma once

#include <memory>
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

  bool empty() const { return parts_ == nullptr || parts_->pieces.empty(); }
  const std::vector<Piece>& pieces() const { return parts().pieces; }
  /// Qualifiers such as `f` in `f.created_day` that the expression does not declare itself (`FROM x AS s`).
  const std::set<std::string>& aliases() const { return parts().aliases; }
  const std::set<std::string>& placeholders() const { return parts().placeholders; }
  const std::string& text() const { return parts().text; }
  auto operator<=>(const Expression& other) const { return text() <=> other.text(); }
  bool operator==(const Expression& other) const { return parts_ == other.parts_ || text() == other.text(); }

 private:
  struct Parts {
    std::string text;
    std::vector<Piece> pieces;
    std::set<std::string> aliases;
    std::set<std::string> placeholders;
  };
  const Parts& parts() const {
    static const Parts kNothing;
    return parts_ == nullptr ? kNothing : *parts_;
  }

  std::shared_ptr<const Parts> parts_;  ///< shared by copies: plans copy their scans freely
};

}  // namespace svodka::metrics
