#pragma once

#include <optional>
#include <vector>

/// How the change of a number splits over what it is made of (metrics.md, "contribution"). Pure.
namespace svodka::reports {

/// The change of a product over its factors by the log-mean Divisia split, in the order given: the parts add
/// up to (product of `to`) - (product of `from`) without a rest. Nothing where a factor is zero or below on
/// either side (what is new or gone has no such split), or where the lists differ in length.
std::optional<std::vector<double>> SplitProduct(const std::vector<double>& from,
                                                const std::vector<double>& to);

/// What one member adds to a ratio of two sums, before and after.
struct RatioPart {
  double numerator_before = 0, denominator_before = 0, numerator_after = 0, denominator_after = 0;
};
/// `mix`: the member's share of the denominator grew or shrank; `rate`: its own ratio did.
struct RatioSplit {
  double mix = 0, rate = 0;
};
/// The change of sum(numerator) / sum(denominator) over the members: all `mix` and all `rate` add up to it.
/// Mix is measured against the whole's ratio, so that a member of the average ratio moves nothing by growing.
/// A member that is only on one side is mix. Nothing where a sum of denominators is zero.
std::optional<std::vector<RatioSplit>> SplitRatio(const std::vector<RatioPart>& parts);

/// How much of a change is made by few members: 0 = all alike, 1 = one alone. `changes`: of all members,
/// zeros included.
double Concentration(const std::vector<double>& changes);

}  // namespace svodka::reports
