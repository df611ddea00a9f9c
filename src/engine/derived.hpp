#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "metrics/plan/scan.hpp"
#include "warehouse/columns.hpp"

namespace svodka::engine {

/// A column of an extract that is told from other columns of it: days passed and the bands of an age from the
/// day they began, so that another as-of day of the same rows needs no reading; amounts in the base currency
/// from amounts and constant rates, which DuckDB's wide decimals take five times as long for as reading them.
struct DerivedColumn {
  std::string name;  ///< equal for equal columns of the same rows
  std::vector<metrics::Expression> from;
  /// The cells, of those of `from`; nothing where these are not the numbers that were expected, or the result
  /// does not fit: only a statement can tell.
  std::function<std::optional<warehouse::NumberColumn>(
      const std::vector<const warehouse::NumberColumn*>& columns)>
      make;
};

/// Nothing for an expression that the warehouse has to evaluate.
std::optional<DerivedColumn> FindDerived(const metrics::Scan& rows,
                                         const metrics::BoundExpression& expression);

/// What an extract keeps so that the expression can be told: itself, or the columns that it is derived from.
std::vector<metrics::BoundExpression> KeptFor(const metrics::Scan& rows,
                                              const metrics::BoundExpression& expression);

}  // namespace svodka::engine
