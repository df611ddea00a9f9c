#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace svodka::metrics {

/// Arithmetic over measures: `deals_won + deals_lost`, `(a - b) * 2`. Kept in postfix order.
struct Formula {
  enum class Step { kMeasure, kNumber, kAdd, kSubtract, kMultiply, kDivide };
  struct Item {
    Step step;
    std::string measure;
    double number = 0;
  };
  std::vector<Item> items;
  std::string text;

  bool empty() const { return items.empty(); }
  std::set<std::string> Measures() const;
  /// Errors: `bad_formula`.
  static Result<Formula> Parse(std::string_view text);
};

}  // namespace svodka::metrics
