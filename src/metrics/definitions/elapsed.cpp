#include "metrics/definitions/elapsed.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace svodka::metrics {
namespace {

bool IsColumn(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

/// The column x of ` - x`; empty for anything else.
std::string_view ColumnLess(std::string_view text) {
  text = Trim(text);
  if (!text.starts_with('-')) return {};
  text = Trim(text.substr(1));
  return IsColumn(text) ? text : std::string_view();
}

Expression Parsed(std::string_view text) { return Expression::Parse(text).value(); }

/// A whole expression: its brackets are closed, no comma parts it.
bool IsOne(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    if (c == '\'' || c == '"') return false;
    if (c == '(') ++depth;
    if (c == ')' && --depth < 0) return false;
    if (c == ',' && depth == 0) return false;
  }
  return depth == 0 && !Trim(text).empty();
}

}  // namespace

std::optional<Elapsed> FindElapsed(const Expression& expression) {
  constexpr std::string_view kEither = "coalesce(";
  const std::vector<Expression::Piece>& pieces = expression.pieces();
  const auto of_day = [](const Expression::Piece& piece) {
    return piece.placeholder && piece.text == "as_of";
  };
  const auto placeholders = std::count_if(pieces.begin(), pieces.end(),
                                          [](const Expression::Piece& piece) { return piece.placeholder; });
  if (placeholders != 1 || pieces.size() > 3 || pieces.size() < 2 || pieces.back().placeholder) return {};
  std::string_view after = pieces.back().text;
  if (pieces.size() == 2) {
    const std::string_view column = ColumnLess(after);
    if (!of_day(pieces.front()) || column.empty()) return {};
    return Elapsed{{}, Parsed(column), 1};
  }
  if (!of_day(pieces[1])) return {};
  std::string_view before = Trim(pieces.front().text);
  const size_t close = after.rfind(')');
  if (close == std::string_view::npos) return {};
  const std::string_view column = ColumnLess(after.substr(0, close));
  after = Trim(after.substr(close + 1));
  if (column.empty()) return {};
  if (before == "(") {
    if (after.empty()) return Elapsed{{}, Parsed(column), 1};
    if (!after.starts_with('*')) return {};
    after = Trim(after.substr(1));
    int64_t factor = 0;
    const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), factor);
    if (error != std::errc() || end != after.data() + after.size()) return {};
    return Elapsed{{}, Parsed(column), factor};
  }
  if (!after.empty() || !before.starts_with(kEither) || !before.ends_with(',')) return {};
  before = before.substr(kEither.size(), before.size() - kEither.size() - 1);
  if (!IsOne(before)) return {};
  return Elapsed{Parsed(before), Parsed(column), 1};
}

}  // namespace svodka::metrics
