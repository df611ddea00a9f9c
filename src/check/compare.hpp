#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/card.hpp"
#include "check/crm_reader.hpp"

namespace svodka::check {

enum class Cause {
  // The copy differs from the CRM.
  kNotSynced,      ///< the CRM has the card, the copy has never seen it
  kStageChanged,   ///< moved in the CRM after our last reading
  kChanged,        ///< changed otherwise in the CRM after our last reading
  kStale,          ///< the same date of change on both sides, another content
  kDeleted,        ///< gone from the CRM, alive in the copy
  kUnreadable,     ///< the CRM keeps the card and does not show it to us any more
  kReturned,       ///< buried in the copy, alive in the CRM
  kWhileChecking,  ///< changed in the CRM while we looked: nobody's fault
  // The copy is right, the reports count it otherwise.
  kTimeZone,   ///< created around midnight: another month in the zone that is set here
  kAfterSale,  ///< stands in an after-sale pipeline
  kSalePoint,  ///< counts as won from the portal's sale point on
  kCurrency,   ///< another rate: ours is dated, the CRM converts at today's
};
std::string_view NameOf(Cause cause);
/// The copy equals the CRM; a setting makes the difference.
bool IsExplained(Cause cause);

struct Difference {
  CardKey key;
  std::string title;
  Cause cause = Cause::kNotSynced;
  /// What differs: card, pipeline, stage, owner, amount, currency, created, semantic, month.
  std::vector<std::string> fields;
  std::optional<CopyCard> ours;
  std::optional<Card> crm;
};

/// Compares one card. `ours` null: never seen; `crm` null: the CRM does not show it, for the reason in
/// `state`. Nothing when both agree and reports count the card as the CRM does. Pure.
std::optional<Difference> Compare(const CopyCard* ours, const Card* crm, Answer::State state,
                                  const Rates& rates);

/// year × 12 + month − 1.
int32_t MonthOf(Day day);
Day FirstOfMonth(int32_t month);
/// 2026-03
std::string MonthText(int32_t month);

}  // namespace svodka::check
