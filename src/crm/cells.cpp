#include "crm/cells.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace svodka::crm {

void DecodeNotes::Add(std::string_view field, std::string_view value) {
  auto at = notes_.find(field);
  if (at == notes_.end())
    at = notes_.emplace(std::string(field), Note{0, std::string(value.substr(0, 80))}).first;
  ++at->second.count;
}

void DecodeNotes::Merge(const DecodeNotes& other) {
  for (const auto& [field, note] : other.notes_) {
    const auto [at, fresh] = notes_.emplace(field, note);
    if (!fresh) at->second.count += note.count;
  }
}

Diagnostics DecodeNotes::ToDiagnostics() const {
  Diagnostics all;
  for (const auto& [field, note] : notes_) {
    all.push_back({"odd_value",
                   std::to_string(note.count) + " values of " + field +
                       " are not of the expected kind and are kept as "
                       "unknown, for example \"" +
                       note.example + "\"; look at them in the portal",
                   field,
                   {}});
  }
  return all;
}

std::optional<int64_t> ReadInteger(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_uint64()) return std::nullopt;  // beyond int64: smaller ones are parsed as signed
  if (value.is_double()) {
    const double number = value.get_double();
    if (std::floor(number) == number && std::abs(number) < 9e15) return static_cast<int64_t>(number);
    return std::nullopt;
  }
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = Trim(value.get_string());
  int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

std::optional<double> ReadDouble(const json::value& value) {
  if (value.is_double())
    return std::isfinite(value.get_double()) ? std::optional(value.get_double()) : std::nullopt;
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = Trim(value.get_string());
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (!std::isfinite(number)) return std::nullopt;  // "nan" and "inf" are words here
  return number;
}

std::optional<double> ReadQuantity(const json::value& value) {
  const auto quantity = ReadDouble(value);
  return quantity && std::abs(*quantity) < 1e13 ? quantity : std::nullopt;
}

std::optional<Money> Times(Money price, double quantity) {
  const double minor = static_cast<double>(price.minor()) * quantity;
  if (!(std::abs(minor) < 9e17)) return std::nullopt;
  return Money::FromMinor(std::llround(minor));
}

std::optional<std::string> ReadText(const json::value& value) {
  if (value.is_bool()) return std::nullopt;
  if (value.is_string()) {
    const std::string_view text = value.get_string();
    if (Trim(text).empty()) return std::nullopt;
    std::string clean(text);
    std::erase(clean, '\0');  // no text column takes it
    return clean;
  }
  return ScalarText(value);
}

std::optional<std::string> ReadLink(const json::value& value) {
  auto text = ReadText(value);
  if (!text || *text == "0") return std::nullopt;
  return text;
}

std::optional<bool> ReadFlag(const json::value& value) {
  if (value.is_bool()) return value.get_bool();
  const auto text = ReadText(value);
  if (!text) return std::nullopt;
  if (*text == "Y" || *text == "1" || *text == "true") return true;
  if (*text == "N" || *text == "0" || *text == "false") return false;
  return std::nullopt;
}

std::optional<Money> ReadMoney(const json::value& value) {
  if (value.is_string()) {
    std::string_view text = Trim(value.get_string());
    text = text.substr(0, text.find('|'));  // a custom money field: 100|RUB
    if (text.starts_with("+")) text.remove_prefix(1);
    if (auto money = Money::Parse(text); money.ok()) return *money;
    if (const auto number = ReadDouble(json::value(json::string(text)))) {
      if (std::abs(*number) < 9e13) return Money::FromMinor(std::llround(*number * 100));
    }
    return std::nullopt;
  }
  constexpr int64_t kWholeMax = 90'000'000'000'000;
  if (value.is_int64() && value.get_int64() > -kWholeMax && value.get_int64() < kWholeMax)
    return Money::FromMinor(value.get_int64() * 100);
  // A JSON number such as 19999.99: the nearest hundredth is exact below 90 billion.
  if (value.is_double() && std::abs(value.get_double()) < 9e13)
    return Money::FromMinor(std::llround(value.get_double() * 100));
  return std::nullopt;
}

namespace {

/// Present and meant to hold something.
bool IsFilled(const json::value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_bool()) return value->get_bool();
  if (value->is_string()) return !Trim(value->get_string()).empty();
  if (value->is_array()) return !value->get_array().empty();
  if (value->is_object()) return !value->get_object().empty();
  return true;
}

std::string Shown(const json::value& value) { return ScalarText(value).value_or(json::serialize(value)); }

}  // namespace

std::optional<std::string> RowReader::Text(std::string_view name) const {
  const json::value* value = Find(name);
  return value == nullptr ? std::nullopt : ReadText(*value);
}

std::optional<std::string> RowReader::Link(std::string_view name) const {
  const json::value* value = Find(name);
  return value == nullptr ? std::nullopt : ReadLink(*value);
}

std::optional<int64_t> RowReader::Integer(std::string_view name) const {
  const json::value* value = Find(name);
  if (!IsFilled(value)) return std::nullopt;
  const auto number = ReadInteger(*value);
  if (!number) notes_.Add(name, Shown(*value));
  return number;
}

std::optional<bool> RowReader::Flag(std::string_view name) const {
  const json::value* value = Find(name);
  return value == nullptr ? std::nullopt : ReadFlag(*value);
}

std::optional<Money> RowReader::Amount(std::string_view name) const {
  const json::value* value = Find(name);
  if (!IsFilled(value)) return std::nullopt;
  const auto money = ReadMoney(*value);
  if (!money) notes_.Add(name, Shown(*value));
  return money;
}

std::optional<Instant> RowReader::Moment(std::string_view name) const {
  const json::value* value = Find(name);
  if (!IsFilled(value)) return std::nullopt;
  if (value->is_string()) {
    if (const auto moment = ParseInstant(std::string_view(value->get_string())); moment.ok()) return *moment;
  }
  notes_.Add(name, Shown(*value));
  return std::nullopt;
}

std::optional<Day> RowReader::Date(std::string_view name) const {
  const json::value* value = Find(name);
  if (!IsFilled(value)) return std::nullopt;
  if (value->is_string()) {
    if (const auto day = ParseDay(std::string_view(value->get_string()).substr(0, 10)); day.ok()) return *day;
  }
  notes_.Add(name, Shown(*value));
  return std::nullopt;
}

std::optional<std::string> NormalisePhone(std::string_view phone) {
  std::string digits;
  for (const char c : phone) {
    if (c >= '0' && c <= '9') digits += c;
    if (c == ',' || c == ';') break;  // an extension or a second number
  }
  if (digits.size() < 5) return std::nullopt;
  if (digits.size() == 11 && digits[0] == '8') digits[0] = '7';
  if (digits.size() == 10 && digits[0] == '9') digits.insert(digits.begin(), '7');
  return digits;
}

std::optional<std::string> NormaliseOwnPhone(std::string_view phone) {
  if (auto number = NormalisePhone(phone)) return number;
  std::string digits;
  for (const char c : phone) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits.empty() ? std::nullopt : std::optional(digits);
}

void AddPhone(std::vector<std::string>& phones, std::string_view phone) {
  auto number = NormalisePhone(phone);
  if (number && std::find(phones.begin(), phones.end(), *number) == phones.end())
    phones.push_back(std::move(*number));
}

}  // namespace svodka::crm
