#include "render/format.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/money.hpp"
#include "base/time.hpp"

namespace svodka::render {
namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";
constexpr double kMinute = 60, kHour = 3600, kDay = 86400;

/// Groups the digits of `-1234.5` (a point, no grouping).
std::string Group(std::string plain, Language language) {
  const bool ru = language == Language::kRussian;
  std::string sign;
  if (!plain.empty() && plain.front() == '-') {
    sign = "−";
    plain.erase(0, 1);
  }
  const size_t point = plain.find('.');
  const std::string whole = plain.substr(0, point);
  std::string text;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0) text += ru ? kNoBreakSpace : std::string_view(",");
    text += whole[i];
  }
  if (point != std::string::npos) text += (ru ? "," : ".") + plain.substr(point + 1);
  return sign + text;
}

std::string WithUnit(double number, int places, std::string_view ru_unit, std::string_view en_unit,
                     Language language) {
  const std::string_view unit = language == Language::kRussian ? ru_unit : en_unit;
  return GroupDigits(number, places, language) + std::string(kNoBreakSpace) + std::string(unit);
}

std::string FormatDuration(double seconds, Language language) {
  const double size = std::abs(seconds);
  if (size < kHour) return WithUnit(seconds / kMinute, 0, "мин", "min", language);
  if (size < 48 * kHour) return WithUnit(seconds / kHour, size < 10 * kHour ? 1 : 0, "ч", "h", language);
  return WithUnit(seconds / kDay, size < 100 * kDay ? 1 : 0, "дн.", "d", language);
}

/// Counted from day to day: hours would be made up.
std::string FormatWholeDays(double seconds, Language language) {
  const double size = std::abs(seconds);
  const char* ru = "дн.";
  if (size < kDay) return "< " + WithUnit(1, 0, ru, "d", language);
  return WithUnit(seconds / kDay, size < 100 * kDay ? 1 : 0, ru, "d", language);
}

std::string FormatMoney(std::string_view decimal, std::string_view unit, Language language) {
  const auto money = Money::Parse(decimal);
  if (!money) return std::string(decimal);
  std::string plain = money->ToString();
  const int64_t minor = money->minor();
  if (minor % 100 == 0) {
    plain.resize(plain.size() - 3);
  } else if (std::abs(minor) >= 100'000) {  // hundredths say nothing beside thousands
    plain = std::to_string((minor + (minor < 0 ? -50 : 50)) / 100);
  }
  const std::string number = Group(std::move(plain), language);
  const std::string sign = CurrencySign(unit);
  if (sign.empty()) return number;
  if (language == Language::kEnglish && sign != unit && sign != "₽" && sign != "₸") return sign + number;
  return number + std::string(kNoBreakSpace) + sign;
}

double NumberOf(const json::value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double()) return value.get_double();
  if (value.is_string())
    return std::strtod(std::string(std::string_view(value.get_string())).c_str(), nullptr);
  return 0;
}

}  // namespace

std::string GroupDigits(double number, int places, Language language) {
  if (!std::isfinite(number)) return std::string(kDash);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", places, number);
  std::string plain = buffer.data();
  if (plain.find_first_not_of("-0.") == std::string::npos && plain.front() == '-')
    plain.erase(0, 1);  // no "−0"
  return Group(std::move(plain), language);
}

std::string CurrencySign(std::string_view code) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kSigns = {{{"RUB", "₽"},
                                                                                    {"USD", "$"},
                                                                                    {"EUR", "€"},
                                                                                    {"GBP", "£"},
                                                                                    {"KZT", "₸"},
                                                                                    {"BYN", "Br"},
                                                                                    {"UAH", "₴"},
                                                                                    {"CNY", "¥"},
                                                                                    {"TRY", "₺"}}};
  for (const auto& [known, sign] : kSigns) {
    if (known == code) return std::string(sign);
  }
  return std::string(code);
}

std::string FormatDay(std::string_view day, Language language) {
  if (day.size() > 10 && day[10] != 'T' && day[10] != ' ') return std::string(day);
  const auto parsed = ParseDay(day.substr(0, 10));
  if (!parsed) return std::string(day);
  const auto date = parsed->ymd();
  const unsigned month = static_cast<unsigned>(date.month());
  std::array<char, 32> buffer{};
  if (language == Language::kRussian) {
    std::snprintf(buffer.data(), buffer.size(), "%02u.%02u.%04d", static_cast<unsigned>(date.day()), month,
                  static_cast<int>(date.year()));
  } else {
    constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::snprintf(buffer.data(), buffer.size(), "%u %s %04d", static_cast<unsigned>(date.day()),
                  kMonths[month - 1], static_cast<int>(date.year()));
  }
  return buffer.data();
}

std::string FormatMoment(std::string_view instant, std::string_view zone, Language language) {
  const auto parsed = ParseInstant(instant);
  const auto found = Zone::Find(zone);
  if (!parsed || !found) return std::string(instant);
  const Instant local = *parsed + std::chrono::seconds{found->OffsetSeconds(*parsed)};
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto minutes = std::chrono::floor<std::chrono::minutes>(local - day).count();
  std::array<char, 16> clock{};
  std::snprintf(clock.data(), clock.size(), " %02d:%02d", static_cast<int>(minutes / 60),
                static_cast<int>(minutes % 60));
  return FormatDay(ToString(Day{static_cast<int32_t>(day.time_since_epoch().count())}), language) +
         clock.data();
}

std::string FormatNumber(const json::value& value, std::string_view format, std::string_view unit,
                         Language language) {
  if (value.is_null()) return std::string(kDash);
  if (value.is_bool()) {
    if (language == Language::kRussian) return value.get_bool() ? "да" : "нет";
    return value.get_bool() ? "yes" : "no";
  }
  if (format == "money" && value.is_string())
    return FormatMoney(std::string_view(value.get_string()), unit, language);
  if (format == "date" && value.is_string()) return FormatDay(std::string_view(value.get_string()), language);
  if (value.is_string()) return std::string(std::string_view(value.get_string()));
  const double number = NumberOf(value);
  if (format == "percent") return WithUnit(number * 100, 1, "%", "%", language);
  if (format == "whole_days") return FormatWholeDays(number, language);
  if (format == "duration" || format == "days") return FormatDuration(number, language);
  if (format == "decimal") return GroupDigits(number, 2, language);
  if (format == "money") return GroupDigits(number, 2, language);
  return GroupDigits(number, value.is_double() && number != std::floor(number) ? 2 : 0, language);
}

std::string FormatChange(const json::value& value, Language language) {
  const json::value* is_new = FindMember(value, "new");
  if (is_new != nullptr && is_new->is_bool() && is_new->get_bool()) {
    return language == Language::kRussian ? "новое" : "new";
  }
  const json::value* percent = FindMember(value, "delta_pct");
  if (percent == nullptr || percent->is_null()) return std::string(kDash);
  const double number = NumberOf(*percent) * 100;
  const std::string text = WithUnit(number, 1, "%", "%", language);
  return number > 0.05 ? "+" + text : text;
}

}  // namespace svodka::render
