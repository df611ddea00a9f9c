#pragma once

#include <span>
#include <vector>

#include "metrics/plan/scan.hpp"

/// Measures from the columns of scans: exact where money is added, double where it is divided.
namespace svodka::engine {

/// Columns of one component in one cell; empty where the cell has no row.
using AtomValues = std::vector<Value>;

/// Adds a count, a sum of money, a number or a spread (metrics/plan/spread.hpp) to one of the same kind; null
/// adds nothing.
void AddValue(Value& into, const Value& other);

/// Adds the columns of another cell (counts, sums, known counts).
void AddAtoms(AtomValues& into, const AtomValues& other);
/// As above, of the columns `atoms` of a scan's row; `values`: the row without its keys.
void AddAtoms(AtomValues& into, std::span<const Value> values, const std::vector<size_t>& atoms);

/// Of a component: integer, Money, or double (ratio, seconds); null = nothing.
Value ComponentValue(const metrics::Component& component, const AtomValues& atoms);

/// Of a measure in one cell. `cells`: one AtomValues per component of the plan.
Value NodeValue(const metrics::Plan& plan, size_t node, const std::vector<AtomValues>& cells);

/// Size of the sample that a ratio rests on: its denominator, where that is a count; else null.
Value SampleOf(const metrics::Plan& plan, size_t node, const std::vector<AtomValues>& cells);

/// Share of a cohort that is closed by now (the model's `ripe`); null of measures without cohorts, and of
/// nothing.
Value ClosedShareOf(const metrics::Plan& plan, size_t node, const std::vector<AtomValues>& cells);

/// current - base; null where either is.
Value Delta(const Value& current, const Value& base);
/// (current - base) / |base|; null where either is, and from zero.
Value DeltaShare(const Value& current, const Value& base);

/// Nothing for null and texts.
std::optional<double> AsNumber(const Value& value);

}  // namespace svodka::engine
