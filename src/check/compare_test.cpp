#include "check/compare.hpp"

#include <gtest/gtest.h>

#include "check/figures.hpp"

namespace svodka::check {
namespace {

constexpr int64_t kOne = 100'000'000;

Card CrmCard() {
  Card card;
  card.key = {"deal", "7"};
  card.title = "Roof";
  card.pipeline = "0";
  card.stage = "NEW";
  card.owner = "3";
  card.amount = Money::FromMinor(12'345);
  card.currency = "RUB";
  card.created_at = ParseInstant("2026-03-05T10:00:00Z").value();
  card.modified_at = ParseInstant("2026-03-06T10:00:00Z").value();
  card.created_day = MakeDay(2026, 3, 5);
  return card;
}

CopyCard OurCard() {
  CopyCard card;
  static_cast<Card&>(card) = CrmCard();
  card.counted = {card.created_day, card.amount, card.semantic, false, card.pipeline};
  return card;
}

std::string CauseOf(const CopyCard* ours, const Card* crm, Answer::State state = Answer::State::kGone,
                    const Rates& rates = {}) {
  const auto difference = Compare(ours, crm, state, rates);
  if (!difference) return "";
  std::string text(NameOf(difference->cause));
  for (const std::string& field : difference->fields) text += " " + field;
  return text;
}

TEST(Compare, SameCardsAgree) {
  const CopyCard ours = OurCard();
  const Card crm = CrmCard();
  EXPECT_EQ(CauseOf(&ours, &crm), "");
}

TEST(Compare, OneSideAlone) {
  CopyCard ours = OurCard();
  const Card crm = CrmCard();
  EXPECT_EQ(CauseOf(nullptr, &crm), "not_synced card");
  EXPECT_EQ(CauseOf(&ours, nullptr), "deleted card");
  EXPECT_EQ(CauseOf(&ours, nullptr, Answer::State::kDenied), "unreadable card");
  ours.alive = false;
  ours.buried_as = "deleted";
  EXPECT_EQ(CauseOf(&ours, nullptr), "");
  EXPECT_EQ(CauseOf(&ours, &crm), "returned card");
  EXPECT_EQ(CauseOf(nullptr, nullptr), "");
}

TEST(Compare, DateOfChangeTellsLateFromWrong) {
  CopyCard ours = OurCard();
  Card crm = CrmCard();
  crm.stage = "WON";
  EXPECT_EQ(CauseOf(&ours, &crm), "stale stage");
  crm.modified_at = *ours.modified_at + std::chrono::seconds{1};
  EXPECT_EQ(CauseOf(&ours, &crm), "stage_changed stage");
  crm.stage = ours.stage;
  crm.owner = "4";
  crm.amount.reset();
  EXPECT_EQ(CauseOf(&ours, &crm), "changed owner amount");
}

TEST(Compare, UnknownAmountIsNotZero) {
  CopyCard ours = OurCard();
  Card crm = CrmCard();
  ours.amount = Money{};
  ours.counted.amount = Money{};
  crm.amount.reset();
  EXPECT_EQ(CauseOf(&ours, &crm), "stale amount");
}

TEST(Compare, SettingsExplain) {
  const Card crm = CrmCard();
  CopyCard ours = OurCard();
  ours.counted.day = MakeDay(2026, 2, 28);
  EXPECT_EQ(CauseOf(&ours, &crm), "time_zone month");
  ours = OurCard();
  ours.counted.day = MakeDay(2026, 3, 4);  // another day of the same month changes no figure
  EXPECT_EQ(CauseOf(&ours, &crm), "");
  ours.counted.semantic = Semantic::kSuccess;
  EXPECT_EQ(CauseOf(&ours, &crm), "sale_point semantic");
  ours.counted.after_sale = true;
  EXPECT_EQ(CauseOf(&ours, &crm), "after_sale semantic");
  for (const Cause cause : {Cause::kTimeZone, Cause::kSalePoint, Cause::kAfterSale, Cause::kCurrency})
    EXPECT_TRUE(IsExplained(cause));
  for (const Cause cause : {Cause::kNotSynced, Cause::kStageChanged, Cause::kChanged, Cause::kStale,
                            Cause::kDeleted, Cause::kUnreadable, Cause::kReturned, Cause::kWhileChecking})
    EXPECT_FALSE(IsExplained(cause));
}

TEST(Compare, RatesOfTodayAgainstOurDatedOnes) {
  Card crm = CrmCard();
  CopyCard ours = OurCard();
  crm.currency = ours.currency = "USD";
  const Rates rates{{"RUB", kOne}, {"USD", 80 * kOne}};
  ours.counted.amount = Money::FromMinor(12'345 * 80);
  EXPECT_EQ(CauseOf(&ours, &crm, {}, rates), "");
  ours.counted.amount = Money::FromMinor(12'345 * 79);
  EXPECT_EQ(CauseOf(&ours, &crm, {}, rates), "currency amount");
}

TEST(Compare, ConvertsExactly) {
  Card card = CrmCard();
  card.currency = "USD";
  const auto converted = [&](int64_t minor, int64_t rate) {
    card.amount = Money::FromMinor(minor);
    return Convert(card, {{"USD", rate}})->minor();
  };
  EXPECT_EQ(converted(1, kOne / 2), 1);  // half away from zero
  EXPECT_EQ(converted(-1, kOne / 2), -1);
  EXPECT_EQ(converted(1, kOne / 2 - 1), 0);
  EXPECT_EQ(converted(99'999'999'999'999, 9'876'543'210), 9'876'543'209'999'901);
  card.currency = "EUR";
  EXPECT_FALSE(Convert(card, {{"USD", kOne}}));
  card.currency.clear();
  EXPECT_EQ(Convert(card, {{"USD", kOne}})->minor(), 99'999'999'999'999);
}

TEST(Figures, EachSideByItsOwnDay) {
  const DayRange march{MakeDay(2026, 3, 1), MakeDay(2026, 4, 1)};
  Figures figures;
  CopyCard ours = OurCard();
  AddOurs(ours, march, figures);
  ours.alive = false;
  AddOurs(ours, march, figures);
  ours.alive = true;
  ours.counted.day = MakeDay(2026, 2, 28);
  AddOurs(ours, march, figures);
  Card crm = CrmCard();
  AddCrm(crm, march, {}, figures);
  crm.semantic = Semantic::kSuccess;
  crm.owner = "9";
  AddCrm(crm, march, {}, figures);
  crm.created_day = MakeDay(2026, 4, 1);
  AddCrm(crm, march, {}, figures);

  const int32_t month = MonthOf(MakeDay(2026, 3, 9));
  EXPECT_EQ(MonthText(month), "2026-03");
  EXPECT_EQ(FirstOfMonth(month), march.from);
  EXPECT_EQ(figures.size(), 5U);  // the total, a pipeline, a stage, two employees
  const FigurePair& total = figures.at({"deal", month, "total", ""});
  EXPECT_EQ(total.ours.count, 1);
  EXPECT_EQ(total.ours.open, 1);
  EXPECT_EQ(total.crm.count, 2);
  EXPECT_EQ(total.crm.won, 1);
  EXPECT_EQ(total.crm.amount.ToString(), "246.90");
  EXPECT_EQ(total.crm.won_amount.ToString(), "123.45");
  EXPECT_EQ(figures.at({"deal", month, "employee", "9"}).ours.count, 0);
}

}  // namespace
}  // namespace svodka::check
