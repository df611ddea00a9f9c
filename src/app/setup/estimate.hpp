#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace svodka::app {

/// How many rows of one kind there are to copy.
struct Volume {
  /// leads, deals, contacts, companies, activities, tasks, history (moves between stages), notes, events
  std::string entity;
  std::optional<int64_t> rows;  ///< nothing: not known
  bool approximate = false;
};

/// How long a first load takes at least, by the CRM's limits (docs/setup.md, "How long it takes").
struct Estimate {
  int64_t rows = 0;
  int64_t requests = 0;
  int64_t seconds = 0;
};

/// Pages of 50 rows, 50 pages a request; 1.9 requests a second after the first 40; a page costs 0.1 s of the
/// 480 s that the portal grants in any ten minutes.
Estimate EstimateBitrix(const std::vector<Volume>& volumes);
/// Pages of 250 rows (events: 100), 5.8 requests a second.
Estimate EstimateAmo(const std::vector<Volume>& volumes);

/// About how many rows a list has that tells no total: `exists(n)` says whether there is an n-th row. Asks
/// some dozen times; the answer is at most a tenth too small. Exact up to 16 rows.
Result<int64_t> FindLength(const std::function<Result<bool>(int64_t)>& exists);

}  // namespace svodka::app
