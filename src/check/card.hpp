#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/money.hpp"
#include "base/time.hpp"

namespace svodka::check {

/// A card by its entity (`lead`, `deal`) and its id in the CRM.
struct CardKey {
  std::string entity, id;
  auto operator<=>(const CardKey&) const = default;
};

/// What a stage means, as the CRM itself says: no setting of ours moves it.
enum class Semantic { kWork, kSuccess, kFailure };

/// A card as the CRM tells it. Ids are spelt as the warehouse spells them.
struct Card {
  CardKey key;
  std::string title;
  std::string pipeline, stage, owner;
  Semantic semantic = Semantic::kWork;
  std::optional<Money> amount;  ///< in `currency`; nothing: unknown (a CRM writes 0 for an empty amount)
  std::string currency;
  std::optional<Instant> created_at, modified_at;
  std::optional<Day> created_day;  ///< as the CRM shows it, in its own zone
};

/// Rates of the CRM today: units of its base currency for one unit, in hundred-millionths.
using Rates = std::map<std::string, int64_t>;

/// Amount × rate, rounded half away from zero. Nothing without an amount or a rate.
std::optional<Money> Convert(const Card& card, const Rates& rates);

/// A card of the copy: what we hold of it, and how the reports count it.
struct CopyCard : Card {
  bool alive = true;      ///< false: we hold it as gone
  std::string buried_as;  ///< deleted, merged, unreadable
  struct Counted {
    std::optional<Day> day;       ///< of creation, in the portal's zone as set here
    std::optional<Money> amount;  ///< in the base currency, at our dated rate
    Semantic semantic = Semantic::kWork;
    bool after_sale = false;  ///< in no sales measure, by a setting
    std::string pipeline;     ///< after a hand-over: the pipeline of the sale
  };
  Counted counted;
};

}  // namespace svodka::check
