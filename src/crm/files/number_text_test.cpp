#include "crm/files/number_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace svodka::crm::files {
namespace {

std::string Plain(std::string_view text, std::optional<char> decimal = std::nullopt) {
  const auto number = ParseNumberText(text, decimal);
  return number.ok() ? number->plain + (number->currency ? " " + *number->currency : "")
                     : number.error().code;
}

TEST(NumberText, ReadsMoneyAsPeopleWriteIt) {
  EXPECT_EQ(Plain("€ 3.500,00"), "3500.00 EUR");
  EXPECT_EQ(Plain("$342.09K"), "342090 USD");
  EXPECT_EQ(Plain("1 234,50 руб."), "1234.50 RUB");
  EXPECT_EQ(Plain("(1 200)"), "-1200");
  EXPECT_EQ(Plain("1\xC2\xA0"
                  "234\xE2\x80\xAF"
                  "567,8\xE2\x80\x89₽"),
            "1234567.8 RUB");
  EXPECT_EQ(Plain("1200-"), "-1200");
  EXPECT_EQ(Plain("\xE2\x88\x92"
                  "12"),
            "-12");
  EXPECT_EQ(Plain("-$5"), "-5 USD");
  EXPECT_EQ(Plain("$-5"), "-5 USD");
  EXPECT_EQ(Plain("12 тыс."), "12000");
  EXPECT_EQ(Plain("12,5 тыс. руб."), "12500 RUB");
  EXPECT_EQ(Plain("12 т.р."), "12000 RUB");
  EXPECT_EQ(Plain("1,5 млн"), "1500000");
  EXPECT_EQ(Plain("2.75 млрд ₽"), "2750000000 RUB");
  EXPECT_EQ(Plain("1'234.50 CHF"), "1234.50 CHF");
  EXPECT_EQ(Plain("1,234,567.89"), "1234567.89");
  EXPECT_EQ(Plain("1.234.567"), "1234567");
  EXPECT_EQ(Plain("USD 1200"), "1200 USD");
  EXPECT_EQ(Plain("1 200,- Kč"), "unknown_currency");
  EXPECT_EQ(Plain("500,-"), "500");
  EXPECT_EQ(Plain(".5"), "0.5");
  EXPECT_EQ(Plain("0,125"), "0.125");
  EXPECT_EQ(Plain("1234,567"), "1234.567");
  EXPECT_EQ(Plain("1 234,567"), "1234.567");
  EXPECT_EQ(Plain("0"), "0");
}

TEST(NumberText, RefusesTwoReadings) {
  for (const char* text : {"1.234", "1,234", "12,500", "999.000", "1.234K", "€ 3.500"}) {
    EXPECT_EQ(Plain(text), "ambiguous_number") << text;
  }
  EXPECT_EQ(Plain("1.234", ','), "1234");
  EXPECT_EQ(Plain("1.234", '.'), "1.234");
  EXPECT_EQ(Plain("1,234", '.'), "1234");
  EXPECT_EQ(Plain("1,234", ','), "1.234");
}

TEST(NumberText, RefusesWhatContradictsTheMapping) {
  EXPECT_EQ(Plain("1.234,50", '.'), "number_conflict");
  EXPECT_EQ(Plain("12,5", '.'), "number_conflict");
  EXPECT_EQ(Plain("1.234.567", '.'), "number_conflict");
}

TEST(NumberText, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "abc", "руб.", "12 34", "1.2.3", "1,23,456", "1..2", "12.03.2024",
                           "1 2345", "1,234.567.8", "1'234 567", "1 .5"}) {
    EXPECT_EQ(Plain(text), "bad_number") << text;
  }
  for (const char* text : {"12 штук", "1200 (скидка)", "100-200", "5x", "1e5", "12 яблок", "GTK 500"}) {
    EXPECT_EQ(Plain(text), "unknown_currency") << text;
  }
  EXPECT_EQ(Plain("-5-"), "bad_number");
  EXPECT_EQ(Plain("(-5)"), "bad_number");
  EXPECT_EQ(ToMoney(*ParseNumberText("12345678901234567890", '.')).error().code, "number_out_of_range");
}

TEST(NumberText, SaysWhatATextProves) {
  EXPECT_EQ(ParseNumberText("12,5", std::nullopt)->decimal, ',');
  EXPECT_EQ(ParseNumberText("1.234.567", std::nullopt)->decimal, ',');
  EXPECT_EQ(ParseNumberText("1,234.5", std::nullopt)->decimal, '.');
  EXPECT_FALSE(ParseNumberText("1 200", std::nullopt)->decimal.has_value());
}

TEST(NumberText, NamesCurrencies) {
  EXPECT_EQ(FindCurrency("Российский рубль"), "RUB");
  EXPECT_EQ(FindCurrency("руб."), "RUB");
  EXPECT_EQ(FindCurrency("eur"), "EUR");
  EXPECT_EQ(FindCurrency("тугрики"), std::nullopt);
}

std::string Grouped(uint64_t whole, const std::string& separator) {
  std::string digits = std::to_string(whole);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), separator);
  return digits;
}

struct Convention {
  const char* group;
  char decimal;
  const char* before;
  const char* after;
};

// Russian, English, German, Swiss.
const Convention kConventions[] = {
    {"\xC2\xA0", ',', "", " ₽"}, {" ", ',', "", " руб."}, {",", '.', "$", ""}, {".", ',', "€ ", ""},
    {".", ',', "", " €"},        {"'", '.', "CHF ", ""},  {"", ',', "", ""},   {"", '.', "", ""}};

TEST(NumberTextProperty, AFormattedAmountIsReadRightOrNotAtAll) {
  EXPECT_TRUE(rc::check([] {
    const auto whole = *rc::gen::inRange<uint64_t>(0, 1'000'000'000'000ULL);
    const auto shift = *rc::gen::inRange(0, 12);
    uint64_t scaled = whole;
    for (int i = 0; i < shift; ++i) scaled /= 10;
    const auto cents = *rc::gen::inRange(0, 100);
    const auto places = *rc::gen::inRange(0, 3);
    const bool negative = *rc::gen::arbitrary<bool>();
    const Convention& c =
        *rc::gen::elementOf(std::vector<Convention>(std::begin(kConventions), std::end(kConventions)));
    std::string text = Grouped(scaled, c.group);
    int64_t minor = static_cast<int64_t>(scaled) * 100;
    if (places == 1) {
      text += c.decimal + std::to_string(cents / 10);
      minor += cents / 10 * 10;
    } else if (places == 2) {
      text += c.decimal + std::string(1, static_cast<char>('0' + cents / 10)) +
              static_cast<char>('0' + cents % 10);
      minor += cents;
    }
    text = std::string(negative ? "-" : "") + c.before + text + c.after;
    if (negative) minor = -minor;
    // With the convention known the amount is always read, and exactly.
    const auto known = ParseNumberText(text, c.decimal);
    RC_ASSERT(known.ok());
    RC_ASSERT(ToMoney(*known)->minor() == minor);
    // Without it: exactly, or refused as ambiguous.
    const auto unknown = ParseNumberText(text, std::nullopt);
    if (unknown.ok()) {
      RC_ASSERT(ToMoney(*unknown)->minor() == minor);
    } else {
      RC_ASSERT(unknown.error().code == "ambiguous_number");
    }
  }));
}

TEST(NumberTextProperty, AnyTextIsReadOrRefused) {
  EXPECT_TRUE(rc::check([] {
    const auto parts = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("1", "23", "456", ".", ",", " ", "-", "(", ")", "K", "тыс.", "€", "$",
                                      "р.", "\xC2\xA0", "'", "%", "x"));
    std::string text;
    for (const std::string& part : parts) text += part;
    const auto number = ParseNumberText(text, std::nullopt);
    if (!number.ok()) return;
    RC_ASSERT(number->plain.find_first_not_of("0123456789.-") == std::string::npos);
    // The digits of the text are all there, in their order: nothing is dropped.
    std::string digits, read;
    for (const char c : text) digits += c >= '0' && c <= '9' ? std::string(1, c) : "";
    for (const char c : number->plain) read += c >= '0' && c <= '9' ? std::string(1, c) : "";
    RC_ASSERT(read.find(digits.substr(std::min(digits.find_first_not_of('0'), digits.size()))) !=
              std::string::npos);
  }));
}

TEST(Duration, ReadsClockAndUnits) {
  EXPECT_EQ(*ParseDurationText("00:03:10", ""), 190);
  EXPECT_EQ(*ParseDurationText("27:00:00", ""), 97200);
  EXPECT_EQ(*ParseDurationText("190 s", ""), 190);
  EXPECT_EQ(*ParseDurationText("190", ""), 190);
  EXPECT_EQ(*ParseDurationText("3", "min"), 180);
  EXPECT_EQ(*ParseDurationText("3 мин. 10 сек.", ""), 190);
  EXPECT_EQ(*ParseDurationText("1h5m", ""), 3900);
  EXPECT_EQ(*ParseDurationText("3:10", "m:s"), 190);
  EXPECT_EQ(*ParseDurationText("3:10", "h:m"), 11400);
  EXPECT_EQ(ParseDurationText("3:10", "").error().code, "ambiguous_duration");
  for (const char* text : {"3:70:00", "-5", "soon", "1:2:3:4", "5 лет"}) {
    EXPECT_EQ(ParseDurationText(text, "").error().code, "bad_duration") << text;
  }
}

TEST(Flag, ReadsYesAndNo) {
  for (const char* text : {"да", "Да", "Y", "1", "TRUE", "yes"}) EXPECT_TRUE(*ParseFlagText(text)) << text;
  for (const char* text : {"нет", "Нет", "N", "0", "False"}) EXPECT_FALSE(*ParseFlagText(text)) << text;
  EXPECT_EQ(ParseFlagText("может быть").error().code, "bad_flag");
}

}  // namespace
}  // namespace svodka::crm::files
