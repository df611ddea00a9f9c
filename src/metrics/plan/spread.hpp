#pragma once

#include <string>

#include "metrics/plan/scan.hpp"

/// Medians over several warehouses: no median of medians is one, so each warehouse gives what its own is made
/// of, and one is made of all (docs/adr/0029).
namespace svodka::metrics {

/// Medians and percentiles of the plan become atoms that can be put together: texts of the form "12 7 7", or
/// of survival medians "3:1:4 9:0:2" (time:done:all). Texts of several warehouses are joined by a space.
/// Null: no value.
void SpreadMedians(Plan& plan);

/// The number of a component made of such a text: double, or Money where the component's is an amount; null
/// of null. As DuckDB's quantile_cont: between the two nearest values in proportion. Of survival:
/// Kaplan–Meier, the first time by which half are done; null where that never comes.
Value ValueOfSpread(const Component& component, const std::string& spread);

}  // namespace svodka::metrics
