#pragma once

#include <vector>

#include "metrics/plan/scan.hpp"

namespace svodka::metrics {

/// The kinds of atoms that a simple measure is made of, in the order of a source's columns
/// (engine/numbers.hpp makes the number of them). `censored`: of a median, whether open rows wait along.
/// Never a ratio or a derived measure, which are made of other measures.
std::vector<Atom::Kind> AtomKindsOf(MeasureKind kind, bool censored = false);

/// The same as atoms of a scan. `money`: the measure's values are amounts.
std::vector<Atom> AtomsOf(MeasureKind kind, const BoundExpression& value, const BoundExpression& filter,
                          const BoundExpression& censored, bool money);

}  // namespace svodka::metrics
