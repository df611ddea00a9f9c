#include "crm/files/number_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/text.hpp"
#include "crm/files/encoding.hpp"

namespace svodka::crm::files {
namespace {

struct Word {
  std::string_view text;
  std::string_view meaning;
};

// Longer ones first where one begins with another. Folded case.
constexpr std::array<Word, 44> kCurrencies = {{
    {"российский рубль", "RUB"},
    {"рублей", "RUB"},
    {"рубля", "RUB"},
    {"рубль", "RUB"},
    {"рубли", "RUB"},
    {"руб.", "RUB"},
    {"руб", "RUB"},
    {"р.", "RUB"},
    {"р", "RUB"},
    {"₽", "RUB"},
    {"rub", "RUB"},
    {"rur", "RUB"},
    {"евро", "EUR"},
    {"euro", "EUR"},
    {"euros", "EUR"},
    {"eur", "EUR"},
    {"€", "EUR"},
    {"доллар сша", "USD"},
    {"долларов", "USD"},
    {"доллара", "USD"},
    {"доллар", "USD"},
    {"долл.", "USD"},
    {"долл", "USD"},
    {"us dollar", "USD"},
    {"usd", "USD"},
    {"us$", "USD"},
    {"$", "USD"},
    {"gbp", "GBP"},
    {"£", "GBP"},
    {"тенге", "KZT"},
    {"тг.", "KZT"},
    {"тг", "KZT"},
    {"₸", "KZT"},
    {"kzt", "KZT"},
    {"гривна", "UAH"},
    {"грн.", "UAH"},
    {"грн", "UAH"},
    {"₴", "UAH"},
    {"uah", "UAH"},
    {"белорусский рубль", "BYN"},
    {"byn", "BYN"},
    {"юань", "CNY"},
    {"cny", "CNY"},
    {"сум", "UZS"},
}};

// Meaning: how many places the point moves.
constexpr std::array<Word, 27> kScales = {{
    {"тысяч", "3"}, {"тысячи", "3"},  {"тысяча", "3"},   {"тыс.", "3"},      {"тыс", "3"},  {"т.", "3"},
    {"т", "3"},     {"k", "3"},       {"к", "3"},        {"tsd.", "3"},      {"tsd", "3"},  {"млн.", "6"},
    {"млн", "6"},   {"миллион", "6"}, {"миллиона", "6"}, {"миллионов", "6"}, {"mln", "6"},  {"mio.", "6"},
    {"mio", "6"},   {"m", "6"},       {"м", "6"},        {"млрд.", "9"},     {"млрд", "9"}, {"bn", "9"},
    {"b", "9"},     {"mrd.", "9"},    {"mrd", "9"},
}};

/// ISO 4217 codes: any other three letters beside a number are no currency ("GTK 500" is a product).
constexpr std::string_view kCodes =
    " aed afn all amd ars aud azn bam bdt bgn bhd bnd bob brl byn cad chf clp cny cop crc czk dkk dop dzd "
    "egp etb eur gbp gel "
    "ghs gtq hkd hnl huf idr ils inr iqd irr isk jod jpy kes kgs khr krw kwd kzt lak lbp lkr mad mdl mkd mmk "
    "mnt mop mur mxn "
    "myr mzn nad ngn nio nok npr nzd omr pab pen php pkr pln pyg qar ron rsd rub sar sek sgd thb tjs tmt tnd "
    "try ttd twd tzs "
    "uah ugx usd uyu uzs ves vnd xaf xof yer zar zmw ";

bool IsCode(std::string_view folded) {
  return folded.size() == 3 && folded.find(' ') == std::string_view::npos &&
         kCodes.find(" " + std::string(folded) + " ") != std::string_view::npos;
}

std::string Upper(std::string_view latin) {
  std::string upper(latin);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return static_cast<char>(c - 32); });
  return upper;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Spaces of all kinds become ' ', minus signs '-', apostrophes '\''.
std::string Normalise(std::string_view text) {
  struct Replacement {
    std::string_view from;
    char to;
  };
  static constexpr std::array<Replacement, 17> kReplacements = {{
      {"\xC2\xA0", ' '},
      {"\xE2\x80\x80", ' '},
      {"\xE2\x80\x81", ' '},
      {"\xE2\x80\x82", ' '},
      {"\xE2\x80\x83", ' '},
      {"\xE2\x80\x84", ' '},
      {"\xE2\x80\x85", ' '},
      {"\xE2\x80\x86", ' '},
      {"\xE2\x80\x87", ' '},
      {"\xE2\x80\x88", ' '},
      {"\xE2\x80\x89", ' '},
      {"\xE2\x80\x8A", ' '},
      {"\xE2\x80\xAF", ' '},
      {"\xE2\x81\x9F", ' '},
      {"\xE2\x88\x92", '-'},
      {"\xE2\x80\x93", '-'},
      {"\xE2\x80\x99", '\''},
  }};
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    bool replaced = false;
    if (static_cast<unsigned char>(text[i]) >= 0x80) {
      for (const Replacement& r : kReplacements) {
        if (text.substr(i).starts_with(r.from)) {
          plain.push_back(r.to);
          i += r.from.size();
          replaced = true;
          break;
        }
      }
    }
    if (!replaced) plain.push_back(text[i] == '\t' ? ' ' : text[i]), ++i;
  }
  return std::string(Trim(plain));
}

Diagnostic Bad(std::string_view text, std::string_view why) {
  return {"bad_number", "not a number: " + std::string(why) + ": \"" + std::string(text) + "\"", "", {}};
}

bool GroupsOfThree(const std::vector<std::string>& groups) {
  if (groups.front().empty() || groups.front().size() > 3) return false;
  return std::all_of(groups.begin() + 1, groups.end(), [](const std::string& g) { return g.size() == 3; });
}

std::string Join(const std::vector<std::string>& groups) {
  std::string all;
  for (const std::string& group : groups) all += group;
  return all;
}

/// The digits and separators between the signs and the words.
Result<NumberText> ParseBody(std::string_view body, std::string_view shown, std::optional<char> decimal) {
  NumberText number;
  const size_t points = static_cast<size_t>(std::count(body.begin(), body.end(), '.'));
  const size_t commas = static_cast<size_t>(std::count(body.begin(), body.end(), ','));
  const bool spaces = body.find_first_of(" '") != std::string_view::npos;
  char decimal_here = 0;  // 0: the text has no decimal part
  bool proven = false;
  if (points > 0 && commas > 0) {
    decimal_here = body.rfind('.') > body.rfind(',') ? '.' : ',';
    if (std::count(body.begin(), body.end(), decimal_here) != 1)
      return Bad(shown, "two kinds of separators, repeated");
    if (spaces) return Bad(shown, "three kinds of separators");
    proven = true;
  } else if (points + commas > 1) {
    number.decimal = points > 0 ? ',' : '.';  // the other one groups
    if (spaces) return Bad(shown, "two kinds of group separators");
  } else if (points + commas == 1) {
    const char separator = points == 1 ? '.' : ',';
    const size_t at = body.find(separator);
    const std::string_view before = body.substr(0, at);
    const std::string_view after = body.substr(at + 1);
    const bool may_group = after.size() == 3 && !before.empty() && before.size() <= 3 && before != "0" &&
                           !spaces && before.front() != '0';
    if (!may_group) {
      decimal_here = separator;
      proven = true;
    } else if (!decimal) {
      return Diagnostic{"ambiguous_number",
                        "two readings (" + std::string(before) + std::string(after) + " or " +
                            std::string(before) + "." + std::string(after) +
                            "): say `decimal: \",\"` or `decimal: \".\"` in the mapping: \"" +
                            std::string(shown) + "\"",
                        "",
                        {}};
    } else if (*decimal == separator) {
      decimal_here = separator;
    }
  }
  if (proven) number.decimal = decimal_here;
  if (decimal && number.decimal && *number.decimal != *decimal) {
    return Diagnostic{"number_conflict",
                      std::string("the mapping says decimal \"") + *decimal + "\", the text needs \"" +
                          *number.decimal + "\": \"" + std::string(shown) + "\"",
                      "",
                      {}};
  }
  std::string_view whole = body;
  std::string_view fraction;
  if (decimal_here != 0) {
    const size_t at = body.find(decimal_here);
    whole = body.substr(0, at);
    fraction = body.substr(at + 1);
  }
  std::vector<std::string> groups(1);
  char group_separator = 0;
  for (const char c : whole) {
    if (IsDigit(c)) {
      groups.back().push_back(c);
    } else {
      if (group_separator != 0 && c != group_separator) return Bad(shown, "two kinds of group separators");
      group_separator = c;
      groups.emplace_back();
    }
  }
  if (groups.size() > 1 && !GroupsOfThree(groups)) return Bad(shown, "groups are not of three digits");
  if (!std::all_of(fraction.begin(), fraction.end(), IsDigit))
    return Bad(shown, "separators after the decimal one");
  const std::string digits = Join(groups);
  if (digits.empty() && fraction.empty()) return Bad(shown, "no digits");
  number.plain = (digits.empty() ? "0" : digits) + (fraction.empty() ? "" : "." + std::string(fraction));
  return number;
}

void MovePoint(std::string& plain, size_t places) {
  const size_t at = plain.find('.');
  std::string whole = plain.substr(0, at);
  std::string fraction = at == std::string::npos ? "" : plain.substr(at + 1);
  while (fraction.size() < places) fraction.push_back('0');
  whole += fraction.substr(0, places);
  fraction.erase(0, places);
  const size_t zeros = std::min(whole.find_first_not_of('0'), whole.size() - 1);
  plain = whole.substr(zeros) + (fraction.empty() ? "" : "." + fraction);
}

template <size_t kCount>
const Word* FindWord(const std::array<Word, kCount>& words, std::string_view text) {
  for (const Word& word : words) {
    if (word.text == text) return &word;
  }
  return nullptr;
}

/// Splits "12 тыс. руб." after its number into words that must all be known.
struct Words {
  std::optional<std::string> currency;
  size_t scale = 0;
  bool percent = false;
};

bool ReadWords(std::string_view text, Words& words) {
  text = Trim(text);
  while (!text.empty()) {
    // The longest known word at the start, then a space, the end or another word.
    size_t longest = 0;
    const Word* currency = nullptr;
    const Word* scale = nullptr;
    const auto fits = [&](const Word& word) {
      if (!text.starts_with(word.text) || word.text.size() <= longest) return false;
      if (word.text.size() == text.size() || text[word.text.size()] == ' ') return true;
      // Written together: `т.р.`, `тыс.руб`, `K$`, `млн₽`: a dot ends a word, a symbol begins
      // one.
      const char last = word.text.back();
      const char next = text[word.text.size()];
      return last == '.' || last == '$' || next == '$' || next == '\xE2' || next == '\xC2';
    };
    for (const Word& word : kScales) {
      if (fits(word)) longest = word.text.size(), scale = &word, currency = nullptr;
    }
    for (const Word& word : kCurrencies) {
      if (fits(word)) longest = word.text.size(), currency = &word, scale = nullptr;
    }
    if (text.front() == '%') {
      words.percent = true;
      text = Trim(text.substr(1));
      continue;
    }
    if (scale != nullptr && words.scale == 0 && !words.currency) {
      words.scale = static_cast<size_t>(scale->meaning.front() - '0');
    } else if (currency != nullptr && !words.currency) {
      words.currency = std::string(currency->meaning);
    } else {
      const std::string_view head = text.substr(0, text.find(' '));
      if (!IsCode(head) || words.currency) return false;
      words.currency = Upper(head);
      longest = 3;
    }
    text = Trim(text.substr(longest));
  }
  return true;
}

}  // namespace

Result<NumberText> ParseNumberText(std::string_view shown, std::optional<char> decimal) {
  const std::string normal = FoldCase(Normalise(shown));
  std::string_view text = normal;
  int signs = 0;
  const auto take_sign = [&] {
    text = Trim(text);
    if (text.size() > 1 && text.front() == '(' && text.back() == ')') {
      ++signs;
      text = Trim(text.substr(1, text.size() - 2));
    }
    if (!text.empty() && text.front() == '-') {
      ++signs;
      text = Trim(text.substr(1));
    } else if (!text.empty() && text.front() == '+') {
      text = Trim(text.substr(1));
    }
  };
  take_sign();
  const size_t first = text.find_first_of("0123456789");
  if (first == std::string_view::npos) return Bad(shown, "no digits");
  size_t start = first;
  if (start > 0 && (text[start - 1] == '.' || text[start - 1] == ',') &&
      (start == 1 || text[start - 2] == ' '))
    --start;
  std::string_view before = Trim(text.substr(0, start));
  std::string_view rest = text.substr(start);
  size_t end = 0;
  while (end < rest.size()) {
    const char c = rest[end];
    if (IsDigit(c)) {
      ++end;
      continue;
    }
    const bool separator = c == '.' || c == ',' || c == ' ' || c == '\'';
    if (!separator || end + 1 >= rest.size() || !IsDigit(rest[end + 1])) break;
    ++end;
  }
  // A bare closing separator: `1234.` and `1 234,-` (the German and Russian way of no kopecks).
  const std::string_view body = rest.substr(0, end);
  std::string_view after = Trim(rest.substr(end));
  if (after.starts_with(".-") || after.starts_with(",-") || after.starts_with(",—")) {
    after = Trim(after.substr(after[1] == '-' ? 2 : 4));
  }
  // A sign between the currency and the number, or behind the number.
  if (!before.empty() && before.back() == '-') {
    ++signs;
    before = Trim(before.substr(0, before.size() - 1));
  }
  if (!after.empty() && after.front() == '-') {
    ++signs;
    after = Trim(after.substr(1));
  } else if (!after.empty() && after.back() == '-') {
    ++signs;
    after = Trim(after.substr(0, after.size() - 1));
  }
  if (signs > 1) return Bad(shown, "two minus signs");
  if (!after.empty() && (after.front() == '.' || after.front() == ','))
    return Bad(shown, "a separator without digits behind it");
  Words words;
  Words front;
  if (!ReadWords(before, front) || front.scale != 0 || front.percent || !ReadWords(after, words) ||
      (front.currency && words.currency && *front.currency != *words.currency)) {
    return Diagnostic{
        "unknown_currency",
        "the text beside the number is neither a currency nor тыс./млн/K/M: \"" + std::string(shown) + "\"",
        "",
        {}};
  }
  auto number = ParseBody(body, shown, decimal);
  if (!number.ok()) return number;
  if (words.scale > 0) MovePoint(number->plain, words.scale);
  number->currency = front.currency ? front.currency : words.currency;
  number->percent = words.percent;
  if (signs == 1) number->plain.insert(0, "-");
  return number;
}

Result<Money> ToMoney(const NumberText& number) {
  auto money = Money::Parse(number.plain);
  if (money.ok()) return money;
  return Diagnostic{
      "number_out_of_range", "an amount has at most sixteen digits: \"" + number.plain + "\"", "", {}};
}

std::optional<std::string> FindCurrency(std::string_view text) {
  const std::string folded = FoldCase(TrimAny(text));
  if (const Word* word = FindWord(kCurrencies, folded)) return std::string(word->meaning);
  if (IsCode(folded)) return Upper(folded);
  return std::nullopt;
}

Result<int> ParseDurationText(std::string_view shown, std::string_view unit) {
  const std::string normal = FoldCase(Normalise(shown));
  const auto bad = [&](std::string_view why) {
    return Diagnostic{
        "bad_duration",
        "not a duration (" + std::string(why) + "); write 00:03:10 or 190 s: \"" + std::string(shown) + "\"",
        "",
        {}};
  };
  const auto checked = [&](double seconds) -> Result<int> {
    if (!(seconds >= 0) || seconds > 1e9) return bad("out of range");
    return static_cast<int>(std::llround(seconds));
  };
  if (normal.find(':') != std::string::npos) {
    const std::vector<std::string> parts = Split(normal, ':');
    double total = 0;
    for (const std::string& part : parts) {
      if (part.empty() || part.size() > 6 || !std::all_of(part.begin(), part.end(), IsDigit))
        return bad("parts are digits");
      total = total * 60 + std::stod(part);
    }
    for (size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].size() != 2 || std::stoi(parts[i]) > 59) return bad("minutes and seconds go to 59");
    }
    if (parts.size() == 3) return checked(total);
    if (parts.size() != 2) return bad("too many parts");
    if (unit == "m:s") return checked(total);
    if (unit == "h:m") return checked(total * 60);
    return Diagnostic{"ambiguous_duration",
                      "minutes and seconds, or hours and minutes? say `unit: \"m:s\"` or `unit: \"h:m\"` in "
                      "the mapping: \"" +
                          std::string(shown) + "\"",
                      "",
                      {}};
  }
  static constexpr std::array<Word, 24> kUnits = {{
      {"s", "1"},       {"sec", "1"},     {"с", "1"},        {"сек", "1"},     {"секунд", "1"},
      {"секунды", "1"}, {"m", "60"},      {"min", "60"},     {"м", "60"},      {"мин", "60"},
      {"минут", "60"},  {"минуты", "60"}, {"h", "3600"},     {"hr", "3600"},   {"ч", "3600"},
      {"час", "3600"},  {"часа", "3600"}, {"часов", "3600"}, {"d", "86400"},   {"days", "86400"},
      {"д", "86400"},   {"дн", "86400"},  {"дней", "86400"}, {"seconds", "1"},
  }};
  std::string_view rest = normal;
  double total = 0;
  bool any = false;
  while (!(rest = Trim(rest)).empty()) {
    size_t digits = 0;
    while (digits < rest.size() && (IsDigit(rest[digits]) || rest[digits] == '.' || rest[digits] == ','))
      ++digits;
    if (digits == 0 || digits > 12) return bad("expected a number");
    std::string number(rest.substr(0, digits));
    std::replace(number.begin(), number.end(), ',', '.');
    if (std::count(number.begin(), number.end(), '.') > 1 || number.front() == '.')
      return bad("expected a number");
    rest = Trim(rest.substr(digits));
    size_t letters = 0;
    while (letters < rest.size() && !IsDigit(rest[letters]) && rest[letters] != ' ' && rest[letters] != '.')
      ++letters;
    std::string_view word = rest.substr(0, letters);
    rest = rest.substr(letters);
    if (!rest.empty() && rest.front() == '.') rest.remove_prefix(1);
    if (word.empty()) {
      if (any || !rest.empty()) return bad("a unit is missing");
      word = unit.empty() ? std::string_view("s") : unit;
    }
    const Word* known = FindWord(kUnits, word);
    if (known == nullptr) return bad("unknown unit");
    total += std::stod(number) * std::stod(std::string(known->meaning));
    any = true;
  }
  if (!any) return bad("empty");
  return checked(total);
}

Result<bool> ParseFlagText(std::string_view text) {
  const std::string folded = FoldCase(TrimAny(text));
  for (const std::string_view yes : {"да", "yes", "y", "true", "1", "истина", "on", "+", "д"}) {
    if (folded == yes) return true;
  }
  for (const std::string_view no : {"нет", "no", "n", "false", "0", "ложь", "off", "н"}) {
    if (folded == no) return false;
  }
  return Diagnostic{
      "bad_flag", "expected yes or no (да/нет, Y/N, 1/0): \"" + std::string(text) + "\"", "", {}};
}

}  // namespace svodka::crm::files
