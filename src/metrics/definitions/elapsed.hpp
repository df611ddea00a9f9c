#pragma once

#include <cstdint>
#include <optional>

#include "metrics/definitions/expression.hpp"

namespace svodka::metrics {

/// A number of days until the as-of day, taken apart into expressions that do not know that day: whoever
/// keeps them can tell the number for any day without reading the rows again.
struct Elapsed {
  Expression known;    ///< the number itself where it is not null; may be empty
  Expression since;    ///< else the days since this one; null: nothing
  int64_t factor = 1;  ///< of the days since
};

/// Knows `{as_of} - x`, `({as_of} - x) * n` and `coalesce(y, {as_of} - x)` with a column x, a whole number n
/// and an expression y without placeholders. Nothing for any other form.
std::optional<Elapsed> FindElapsed(const Expression& expression);

}  // namespace svodka::metrics
