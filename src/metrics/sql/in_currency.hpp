#pragma once

#include <string>
#include <string_view>

#include "metrics/plan/scan.hpp"
#include "metrics/sql/render.hpp"

/// Amounts in a currency that a request names instead of the portal's base one (docs/request.md, "Several
/// portals"). The star holds the base currency; what an amount was before is in the canonical copy, and the
/// portal's own dated rates turn it into any currency that they know. So the tables with amounts are shadowed
/// by common table expressions of the same names, and everything else of a statement stays as it is.
namespace svodka::metrics {

/// The statement over amounts in `scan.amounts_in`; unchanged where that is nothing.
Sql InCurrency(Sql sql, const Scan& scan);

/// The text of an expression in which the model converts by `rate`, for shadowed rates: there a rate is one
/// over another, and the product is told in integers, halves away from zero as DECIMAL rounds. Throws
/// InvariantError on a use of `rate.rate` that is not the model's form.
std::string WithRatesOfShadow(std::string_view text);

}  // namespace svodka::metrics
