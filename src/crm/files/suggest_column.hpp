#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crm/files/table.hpp"

namespace svodka::crm::files {

/// A text for a comment: one line, at most 30 characters, never cut within one.
std::string Shown(std::string_view text);

/// What the sampled values of one column look like.
struct SampledColumn {
  std::string name;
  std::vector<std::string> samples;  ///< up to three different ones
  std::set<std::string> distinct;    ///< up to 20,000
  /// Texts without any digit among numbers or dates ("не закрыта", "abc") and how often: up to five; more are
  /// no marks.
  std::map<std::string, int64_t> no_numbers, no_dates;
  std::set<std::string>
      blanks;  ///< texts that people write for "unknown" (-, н/д, n/a): not among the filled
  int64_t filled = 0, numbers = 0, ambiguous_numbers = 0, dates = 0, ambiguous_dates = 0, flags = 0;
  bool point = false, comma = false, day_first = false, month_first = false, money = false, unique = true;
  std::map<std::string, int64_t> currencies;

  void Observe(const Cell& cell);
  /// A word that is "unknown" in a column of other texts and an answer in one of flags: нет, no; as it is
  /// written.
  std::set<std::string> Denials() const;
  bool Is(int64_t count) const { return filled > 0 && count == filled; }
  std::string CustomType() const;
  bool NeedsDecimal() const { return ambiguous_numbers > 0 && point == comma; }
  bool NeedsOrder() const { return ambiguous_dates > 0 && day_first == month_first; }
  std::string Examples() const;
  /// Texts that stand for "unknown" in a column of numbers (only those that say so: a row with any other is
  /// to be rejected) or of dates (also texts that recur: "открыта"); none where there is doubt.
  std::vector<std::string> MarksAmongNumbers() const;
  std::vector<std::string> MarksAmongDates() const;
  /// Telephone numbers or extensions: digits, no letters and no commas.
  bool AreNumbersOfPhones() const;
  /// `3:10`: of a length, minutes and seconds.
  bool HasShortTimes() const;
  /// Cells that hold one of these marks.
  int64_t CountOf(const std::vector<std::string>& marks) const;
};

}  // namespace svodka::crm::files
