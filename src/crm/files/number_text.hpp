#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/money.hpp"
#include "base/result.hpp"

namespace svodka::crm::files {

/// A number as people write it, made plain. Nothing is guessed: what has two readings says so.
struct NumberText {
  std::string plain;                    ///< `-1234.5`: sign, digits, one point
  std::optional<std::string> currency;  ///< ISO code of the symbol or word beside it
  bool percent = false;
  std::optional<char> decimal;  ///< the decimal separator that this text alone proves, if it does
};

/// Reads `€ 3.500,00`, `$342.09K`, `1 234,50 руб.`, `(1 200)`, `1'234.50`, `12-`, `12 тыс.`, `1,5 млн`, `45
/// %`, with ordinary, no-break, thin and figure spaces and the typographic minus. `decimal` is the file's
/// decimal separator when known. Without it `1.234` and `1,234` have two readings. Errors:
/// `ambiguous_number`; `bad_number` (also for groups that are not of three digits); `number_conflict` when
/// the text needs another decimal separator than the given one; `unknown_currency` for letters that are no
/// currency.
Result<NumberText> ParseNumberText(std::string_view text, std::optional<char> decimal);

/// The number as money, rounded half away from zero to hundredths. Errors: `number_out_of_range`.
Result<Money> ToMoney(const NumberText& number);

/// ISO code of a code, symbol or name (`rub`, `₽`, `руб.`, `Российский рубль`, `US Dollar`); codes in
/// any case. Nothing for other text.
std::optional<std::string> FindCurrency(std::string_view text);

/// Seconds of `00:03:10`, `27:00:00`, `190`, `190 s`, `3 мин 10 с`, `1 h 5 m`. A bare number counts in `unit`
/// (`s` unless given: `s`, `min`, `h`); two parts as `3:10` need `unit` `m:s` or `h:m`. Errors:
/// `bad_duration`, `ambiguous_duration`.
Result<int> ParseDurationText(std::string_view text, std::string_view unit);

/// да/нет, yes/no, y/n, true/false, 1/0, истина/ложь, on/off, +. Errors: `bad_flag`.
Result<bool> ParseFlagText(std::string_view text);

}  // namespace svodka::crm::files
