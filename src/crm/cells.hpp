#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

/// Tolerant readers of a CRM's cells: the same thing comes as a number, a string, null, "", false or []
/// depending on the method and the portal's age.
namespace svodka::crm {

/// Values that could not be read: kept and counted, never swallowed.
class DecodeNotes {
 public:
  /// Counts a value of `field` that is none of its kind. Keeps the first value as an example.
  void Add(std::string_view field, std::string_view value);
  void Merge(const DecodeNotes& other);
  struct Note {
    int64_t count = 0;
    std::string example;
  };
  const std::map<std::string, Note, std::less<>>& notes() const { return notes_; }
  /// One `odd_value` per field.
  Diagnostics ToDiagnostics() const;

 private:
  std::map<std::string, Note, std::less<>> notes_;
};

std::optional<int64_t> ReadInteger(const json::value& value);
/// Finite; nothing for others.
std::optional<double> ReadDouble(const json::value& value);
/// How many of a product; nothing beyond what the warehouse keeps (13 digits before the point).
std::optional<double> ReadQuantity(const json::value& value);
/// Price times quantity, to the nearest hundredth; nothing beyond what the warehouse keeps.
std::optional<Money> Times(Money price, double quantity);
/// Text of a scalar; nothing for "", null, false, arrays and objects.
std::optional<std::string> ReadText(const json::value& value);
/// An id that links to something: nothing for null, "", "0", 0.
std::optional<std::string> ReadLink(const json::value& value);
/// Y/N, 1/0, true/false; nothing else.
std::optional<bool> ReadFlag(const json::value& value);

/// One JSON object of a list: readers by member name that note odd values. Borrowed.
class RowReader {
 public:
  RowReader(const json::value& row, DecodeNotes& notes) : row_(row), notes_(notes) {}

  const json::value* Find(std::string_view name) const { return FindMember(row_, name); }
  std::optional<std::string> Text(std::string_view name) const;
  std::optional<std::string> Link(std::string_view name) const;
  std::optional<int64_t> Integer(std::string_view name) const;
  std::optional<bool> Flag(std::string_view name) const;
  /// A zero is read as such.
  std::optional<Money> Amount(std::string_view name) const;
  std::optional<Instant> Moment(std::string_view name) const;
  /// The first ten characters: date-only fields come as moments whose offset means nothing.
  std::optional<Day> Date(std::string_view name) const;
  DecodeNotes& notes() const { return notes_; }
  const json::value& row() const { return row_; }

 private:
  const json::value& row_;
  DecodeNotes& notes_;
};

std::optional<Money> ReadMoney(const json::value& value);

/// Digits of a phone number, country first: a Russian trunk 8 becomes 7. Nothing when there are fewer than 5
/// digits.
std::optional<std::string> NormalisePhone(std::string_view phone);
/// Of an employee: also an extension, which is its digits. Nothing without digits.
std::optional<std::string> NormaliseOwnPhone(std::string_view phone);
/// Adds the number to those of a client, once.
void AddPhone(std::vector<std::string>& phones, std::string_view phone);

/// BB-code and HTML taken out, entities resolved, blanks squeezed; cut at `bytes_max` on a character's
/// border.
std::string PlainText(std::string_view markup, size_t bytes_max = 4000);

}  // namespace svodka::crm
