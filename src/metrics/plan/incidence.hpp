#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// The share of cards that came to an end by an age, where another end competes and cards that have come to
/// neither are known only as far as they are old (metrics.md, win_curve). Pure.
namespace svodka::metrics {

struct Incidence {
  double share = 0;
  double low = 0, high = 0;  ///< the 90 % interval
};

/// Aalen–Johansen at the end of the day `days` of a card's life. `steps`: "age:done:other:all" (whole days;
/// how many came to the end asked for, how many to the other, and how many there are at all) separated by
/// spaces, in any order; an age may stand several times (of several portals). Nothing where there are no
/// cards, and beyond the age of the oldest card that still waits.
///
/// The interval goes by the delta-method variance and the complementary log–log transform, which stays
/// within 0 and 1; where none or all came to the end, it is the exact one of a binomial share over the cards
/// that were seen so long.
std::optional<Incidence> IncidenceAt(std::string_view steps, int64_t days);

}  // namespace svodka::metrics
