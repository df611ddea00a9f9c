#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

/// Numbers, durations and days as people read them; shared by every rendering of a Document. Pure.
namespace svodka::render {

enum class Language { kRussian, kEnglish };

/// Shown for "nothing" everywhere.
inline constexpr std::string_view kDash = "—";

/// `value` as docs/document.md gives it (number, decimal string, text, null) in the measure's `format`:
/// integer, money, percent, duration, days, decimal, date, text. `unit`: currency code of money. Null is a
/// dash, never 0. Money is rounded to whole units from 1000 on; a ratio is a number 0..1; a duration is
/// seconds, under 48 h in hours (under 1 h in minutes), else in days (metrics.md, "Ground rules").
std::string FormatNumber(const json::value& value, std::string_view format, std::string_view unit,
                         Language language);

/// Change against the comparison: `+12,3 %`, `новое`, a dash where there is no base.
std::string FormatChange(const json::value& value, Language language);

/// `1 234 567` / `1,234,567`, with `places` decimals.
std::string GroupDigits(double number, int places, Language language);

/// `31.03.2025` / `31 Mar 2025` of `2025-03-31` (a moment loses its time of day); other texts stay as they
/// are.
std::string FormatDay(std::string_view day, Language language);

/// `31.03.2025 14:32` / `31 Mar 2025 14:32` of an ISO moment, on the clock of an IANA zone; both texts
/// unchanged if unknown.
std::string FormatMoment(std::string_view instant, std::string_view zone, Language language);

/// Currency sign of a code; the code itself where there is no usual sign.
std::string CurrencySign(std::string_view code);

}  // namespace svodka::render
