#include "check/compare.hpp"

#include <algorithm>

namespace svodka::check {
namespace {

constexpr int64_t kRateScale = 100'000'000;
__extension__ typedef __int128 Wide;

std::vector<std::string> FieldsThatDiffer(const CopyCard& ours, const Card& crm) {
  std::vector<std::string> fields;
  if (ours.pipeline != crm.pipeline) fields.emplace_back("pipeline");
  if (ours.stage != crm.stage) fields.emplace_back("stage");
  if (ours.owner != crm.owner) fields.emplace_back("owner");
  if (ours.amount != crm.amount) fields.emplace_back("amount");
  // The currency of no amount changes no figure.
  if (ours.currency != crm.currency && crm.amount) fields.emplace_back("currency");
  if (ours.created_at != crm.created_at) fields.emplace_back("created");
  if (ours.stage == crm.stage && ours.pipeline == crm.pipeline && ours.semantic != crm.semantic)
    fields.emplace_back("semantic");
  return fields;
}

}  // namespace

std::string_view NameOf(Cause cause) {
  switch (cause) {
    case Cause::kNotSynced:
      return "not_synced";
    case Cause::kStageChanged:
      return "stage_changed";
    case Cause::kChanged:
      return "changed";
    case Cause::kStale:
      return "stale";
    case Cause::kDeleted:
      return "deleted";
    case Cause::kUnreadable:
      return "unreadable";
    case Cause::kReturned:
      return "returned";
    case Cause::kWhileChecking:
      return "while_checking";
    case Cause::kTimeZone:
      return "time_zone";
    case Cause::kAfterSale:
      return "after_sale";
    case Cause::kSalePoint:
      return "sale_point";
    case Cause::kCurrency:
      return "currency";
  }
  return "";
}

bool IsExplained(Cause cause) {
  return cause == Cause::kTimeZone || cause == Cause::kAfterSale || cause == Cause::kSalePoint ||
         cause == Cause::kCurrency;
}

std::optional<Money> Convert(const Card& card, const Rates& rates) {
  if (!card.amount) return std::nullopt;
  const auto rate = rates.find(card.currency);
  // A card without a currency, or an account with one: the amount as it is.
  if (rates.empty() || card.currency.empty()) return card.amount;
  if (rate == rates.end()) return std::nullopt;
  const Wide exact = static_cast<Wide>(card.amount->minor()) * rate->second;
  const int64_t half = exact < 0 ? -kRateScale / 2 : kRateScale / 2;
  return Money::FromMinor(static_cast<int64_t>((exact + half) / kRateScale));
}

std::optional<Difference> Compare(const CopyCard* ours, const Card* crm, Answer::State state,
                                  const Rates& rates) {
  if (ours == nullptr && crm == nullptr) return std::nullopt;
  if (crm == nullptr && !ours->alive) return std::nullopt;
  Difference difference;
  difference.key = crm != nullptr ? crm->key : ours->key;
  difference.title = crm != nullptr && !crm->title.empty() ? crm->title : ours != nullptr ? ours->title : "";
  if (ours != nullptr) difference.ours = *ours;
  if (crm != nullptr) difference.crm = *crm;
  difference.fields = {"card"};
  if (crm == nullptr) {
    difference.cause = state == Answer::State::kDenied ? Cause::kUnreadable : Cause::kDeleted;
    return difference;
  }
  if (ours == nullptr || !ours->alive) {
    difference.cause = ours == nullptr ? Cause::kNotSynced : Cause::kReturned;
    return difference;
  }
  difference.fields = FieldsThatDiffer(*ours, *crm);
  if (!difference.fields.empty()) {
    const bool newer = crm->modified_at && (!ours->modified_at || *crm->modified_at > *ours->modified_at);
    const bool moved =
        std::ranges::any_of(difference.fields, [](const auto& f) { return f == "stage" || f == "pipeline"; });
    difference.cause = !newer ? Cause::kStale : moved ? Cause::kStageChanged : Cause::kChanged;
    return difference;
  }
  // The copy is right. Do the reports count the card as the CRM does?
  std::optional<Cause> first;
  const auto note = [&](Cause cause, const char* field) {
    if (!first) first = cause;
    difference.fields.emplace_back(field);
  };
  const CopyCard::Counted& counted = ours->counted;
  if (counted.day && crm->created_day && MonthOf(*counted.day) != MonthOf(*crm->created_day))
    note(Cause::kTimeZone, "month");
  if (counted.after_sale || counted.pipeline != crm->pipeline)
    note(Cause::kAfterSale, "semantic");
  else if (counted.semantic != crm->semantic)
    note(Cause::kSalePoint, "semantic");
  if (counted.amount != Convert(*crm, rates)) note(Cause::kCurrency, "amount");
  if (!first) return std::nullopt;
  difference.cause = *first;
  return difference;
}

int32_t MonthOf(Day day) {
  const auto date = day.ymd();
  return static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

Day FirstOfMonth(int32_t month) { return MakeDay(month / 12, static_cast<unsigned>(month % 12) + 1, 1); }

std::string MonthText(int32_t month) { return ToString(FirstOfMonth(month)).substr(0, 7); }

}  // namespace svodka::check
