#include "crm/files/suggest_column.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crm/files/date_text.hpp"
#include "crm/files/encoding.hpp"
#include "crm/files/number_text.hpp"

namespace svodka::crm::files {
namespace {

constexpr size_t kMarksMax = 5;

bool WithoutDigits(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What people and programs write where they know nothing.
bool IsBlank(std::string_view text) {
  constexpr std::array<std::string_view, 16> kBlanks = {
      "-",    "–",    "—",    "--",     "н/д",        "н.д.",       "н/п",          "n/a",
      "#n/a", "#н/д", "null", "(null)", "нет данных", "не указано", "не заполнено", "no data"};
  const std::string folded = FoldCase(Trim(text));
  return std::find(kBlanks.begin(), kBlanks.end(), folded) != kBlanks.end();
}

/// `не закрыта`, `not closed`, `уточняется`: says that there is no value.
bool SaysNothing(std::string_view text) {
  constexpr std::array<std::string_view, 15> kBeginnings = {
      "не ", "нет ", "без ", "неизвест", "уточн",   "договорн", "по договор", "по запросу",
      "no ", "not ", "none", "unknown",  "undefin", "tbd",      "nan"};
  const std::string folded = FoldCase(Trim(text));
  return folded == "нет" || folded == "no" ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return folded.starts_with(beginning); });
}

void Count(const std::string& text, std::map<std::string, int64_t>& counts) {
  if (const auto at = counts.find(text); at != counts.end()) {
    ++at->second;
  } else if (counts.size() < kMarksMax) {
    counts.emplace(text, 1);
  }
}

}  // namespace

std::string Shown(std::string_view text) { return Shortened(text, 30); }

void SampledColumn::Observe(const Cell& cell) {
  if (cell.text.empty()) return;
  std::string text(cell.text);
  if (IsBlank(text)) {
    blanks.insert(std::move(text));
    return;
  }
  ++filled;
  if (samples.size() < 3 && std::find(samples.begin(), samples.end(), text) == samples.end())
    samples.push_back(text);
  const bool fresh = distinct.size() > 20'000 || distinct.insert(text).second;
  unique = unique && fresh;
  const auto number =
      ParseNumberText(text, cell.kind == CellKind::kNumber ? std::optional<char>('.') : std::nullopt);
  if (number.ok()) {
    ++numbers;
    if (cell.kind != CellKind::kNumber && number->decimal) (*number->decimal == '.' ? point : comma) = true;
    if (number->currency) ++currencies[*number->currency], money = true;
  } else if (number.error().code == "ambiguous_number") {
    ++numbers, ++ambiguous_numbers;
  } else if (WithoutDigits(text)) {
    Count(text, no_numbers);
  }
  const auto date = ParseDateText(text, DateOrder::kUnknown);
  if (date.ok()) {
    ++dates;
    if (date->proves) (*date->proves == DateOrder::kDayFirst ? day_first : month_first) = true;
  } else if (date.error().code == "ambiguous_date") {
    ++dates, ++ambiguous_dates;
  } else if (WithoutDigits(text)) {
    Count(text, no_dates);
  }
  if (ParseFlagText(text).ok()) ++flags;
}

std::set<std::string> SampledColumn::Denials() const {
  std::set<std::string> found;
  for (const std::string& text : distinct) {
    const std::string folded = FoldCase(Trim(text));
    if (folded == "нет" || folded == "no") found.insert(text);
  }
  return found;
}

std::string SampledColumn::CustomType() const {
  if (filled == 0) return "text";
  if (Is(flags) && distinct.size() <= 2 && !Is(numbers)) return "flag";
  if (Is(dates)) return "date";
  if (Is(numbers)) return money ? "money" : "number";
  if (distinct.size() <= 30 && filled >= 3 * static_cast<int64_t>(distinct.size())) return "enum";
  return "text";
}

std::string SampledColumn::Examples() const {
  std::string text;
  for (const std::string& sample : samples) text += (text.empty() ? "" : " | ") + Shown(sample);
  return text.empty() ? "always empty" : text;
}

std::vector<std::string> SampledColumn::MarksAmongNumbers() const {
  std::vector<std::string> marks;
  if (no_numbers.size() >= kMarksMax || numbers == 0) return marks;
  for (const auto& [text, count] : no_numbers) {
    if (SaysNothing(text)) marks.push_back(text);
  }
  return marks;
}

std::vector<std::string> SampledColumn::MarksAmongDates() const {
  std::vector<std::string> marks;
  if (no_dates.size() >= kMarksMax || dates == 0) return marks;
  for (const auto& [text, count] : no_dates) {
    if (SaysNothing(text) || count > 1) marks.push_back(text);
  }
  return marks;
}

bool SampledColumn::AreNumbersOfPhones() const {
  return !distinct.empty() && std::all_of(distinct.begin(), distinct.end(), [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '(' || c == ')' || c == ' ';
    });
  });
}

bool SampledColumn::HasShortTimes() const {
  return std::any_of(distinct.begin(), distinct.end(),
                     [](const std::string& text) { return std::count(text.begin(), text.end(), ':') == 1; });
}

int64_t SampledColumn::CountOf(const std::vector<std::string>& marks) const {
  int64_t sum = 0;
  for (const std::string& mark : marks) {
    const auto& counts = no_numbers.contains(mark) ? no_numbers : no_dates;
    if (const auto at = counts.find(mark); at != counts.end()) sum += at->second;
  }
  return sum;
}

}  // namespace svodka::crm::files
