#include "base/money.hpp"

namespace svodka {
namespace {

constexpr int64_t kUnitsMax = 9'999'999'999'999'999;  // DECIMAL(18,2) holds sixteen digits before the point

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<Money> Money::Parse(std::string_view text) {
  const std::string shown(text);
  const auto bad = [&] {
    return Diagnostic{
        "bad_decimal", "expected a decimal number such as 1234.50, got \"" + shown + "\"", "", {}};
  };
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  int64_t units = 0;
  size_t digits = 0;
  while (!text.empty() && IsDigit(text.front())) {
    if (units > kUnitsMax / 10) {
      return Diagnostic{
          "decimal_out_of_range", "the amount \"" + shown + "\" has more than sixteen digits", "", {}};
    }
    units = units * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++digits;
  }
  int64_t hundredths = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    size_t place = 0;
    bool round_up = false;
    while (!text.empty() && IsDigit(text.front())) {
      const int digit = text.front() - '0';
      if (place == 0) hundredths += digit * 10;
      if (place == 1) hundredths += digit;
      if (place == 2) round_up = digit >= 5;
      ++place;
      ++digits;
      text.remove_prefix(1);
    }
    if (round_up) ++hundredths;
  }
  if (!text.empty() || digits == 0) return bad();
  const int64_t minor = units * 100 + hundredths;
  if (minor > kUnitsMax * 100 + 99)
    return Diagnostic{
        "decimal_out_of_range", "the amount \"" + shown + "\" has more than sixteen digits", "", {}};
  return FromMinor(negative ? -minor : minor);
}

std::string Money::ToString() const {
  const bool negative = minor_ < 0;
  const uint64_t absolute =
      negative ? uint64_t(0) - static_cast<uint64_t>(minor_) : static_cast<uint64_t>(minor_);
  std::string text = std::to_string(absolute / 100);
  const uint64_t rest = absolute % 100;
  text += '.';
  text += static_cast<char>('0' + rest / 10);
  text += static_cast<char>('0' + rest % 10);
  return negative ? "-" + text : text;
}

}  // namespace svodka
