#pragma once

#include <string>
#include <vector>

#include "engine/query_service.hpp"
#include "metrics/sql/records.hpp"

namespace svodka::engine {

/// A component beneath the cell's measure; it may stand on both sides of a ratio.
struct MeasurePart {
  size_t component = 0;
  bool numerator = false;
  bool denominator = false;
};

/// Components beneath a node, each once.
std::vector<MeasurePart> PartsOf(const metrics::Plan& plan, size_t node);

const metrics::Node& NodeOf(const metrics::Plan& plan, size_t component);

/// The rows of the component, as its records are read.
metrics::RecordPart RecordPartOf(const metrics::Plan& plan, const MeasurePart& part);

/// A row is called by the measures it counts in, so that nobody has to think of a fraction: what numerator,
/// denominator and both are called.
json::object PartNames(const metrics::Plan& plan, const std::vector<MeasurePart>& parts, Language language);

/// What a row counts in: `numerator`, `denominator` or `both`. Each part has two columns from `first` on; the
/// first of them says whether the row belongs to it.
std::string PartOfRow(const std::vector<MeasurePart>& parts, const std::vector<Value>& row, size_t first);

/// Integers, doubles and money as answers write them; else null.
json::value JsonOf(const Value& value);

}  // namespace svodka::engine
