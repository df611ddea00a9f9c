#include "metrics/definitions/formula.hpp"

#include <cctype>
#include <charconv>

#include "base/text.hpp"

namespace svodka::metrics {
namespace {

/// sum := product (('+'|'-') product)*; product := atom (('*'|'/') atom)*; atom := name | number | '(' sum
/// ')'.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool ReadAll(std::vector<Formula::Item>& items) {
    return ReadSum(items, 0) && (Skip(), at_ == text_.size());
  }

 private:
  static constexpr int kDepthMax = 32;
  using Step = Formula::Step;

  void Skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool Take(char c) {
    Skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool ReadSum(std::vector<Formula::Item>& items, int depth) {
    if (depth > kDepthMax || !ReadProduct(items, depth)) return false;
    while (true) {
      const bool add = Take('+');
      if (!add && !Take('-')) return true;
      if (!ReadProduct(items, depth)) return false;
      items.push_back({add ? Step::kAdd : Step::kSubtract, "", 0});
    }
  }
  bool ReadProduct(std::vector<Formula::Item>& items, int depth) {
    if (!ReadAtom(items, depth)) return false;
    while (true) {
      const bool multiply = Take('*');
      if (!multiply && !Take('/')) return true;
      if (!ReadAtom(items, depth)) return false;
      items.push_back({multiply ? Step::kMultiply : Step::kDivide, "", 0});
    }
  }
  bool ReadAtom(std::vector<Formula::Item>& items, int depth) {
    if (Take('(')) return ReadSum(items, depth + 1) && Take(')');
    Skip();
    const size_t from = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '_' || text_[at_] == '.')) {
      ++at_;
    }
    const std::string_view word = text_.substr(from, at_ - from);
    if (word.empty()) return false;
    if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) {
      double number = 0;
      const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
      if (read.ec != std::errc() || read.ptr != word.data() + word.size()) return false;
      items.push_back({Step::kNumber, "", number});
    } else {
      items.push_back({Step::kMeasure, std::string(word), 0});
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::set<std::string> Formula::Measures() const {
  std::set<std::string> names;
  for (const Item& item : items) {
    if (item.step == Step::kMeasure) names.insert(item.measure);
  }
  return names;
}

Result<Formula> Formula::Parse(std::string_view text) {
  Formula formula;
  formula.text = std::string(text);
  if (!Reader(text).ReadAll(formula.items)) {
    return Diagnostic{"bad_formula",
                      "a formula is measures and numbers with + - * / and brackets, not: " + formula.text,
                      "",
                      {}};
  }
  return formula;
}

}  // namespace svodka::metrics
