#pragma once

#include <span>
#include <vector>

#include "base/value.hpp"
#include "metrics/query/bind.hpp"

/// "Every bucket of the period is present" (docs/request.md): the rows that a level of an answer has whether
/// or not anything happened in them. Held as combinations x moments, never as rows, because their product may
/// be far beyond what is shown.
namespace svodka::engine {

using Key = std::vector<Value>;  ///< one value per dimension: an integer key, a text of a field, or null

/// The order of keys, also of the first values of a longer row, which need not be copied to be looked for.
struct KeyLess {
  using is_transparent = void;
  bool operator()(std::span<const Value> a, std::span<const Value> b) const;
};

struct Spine {
  std::vector<size_t> times;  ///< time dimensions of the level
  std::vector<std::vector<int64_t>>
      moments;                    ///< buckets of `times` that share a day of the period; ascending
  std::vector<Key> combinations;  ///< of the level's other dimensions, null at `times`; ascending

  /// Null values stand at the time dimensions.
  Key Combination(const Key& key) const;
  Key At(size_t combination, size_t moment) const;
  bool Holds(const Key& key) const;
  /// Rows; far beyond what fits in memory at times.
  size_t size() const { return moments.size() * combinations.size(); }
};

/// Empty where the level has no time dimension. `keys`: those of the level's rows, distinct.
Spine MakeSpine(const metrics::BoundQuery& query, size_t level, const std::vector<const Key*>& keys);

}  // namespace svodka::engine
