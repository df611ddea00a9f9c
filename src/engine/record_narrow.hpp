#pragma once

#include <vector>

#include "engine/dictionary.hpp"
#include "metrics/sql/records.hpp"

namespace svodka::engine {

/// The column of a page of records that can be narrowed by what it says. `has_value`, `has_parts`: the page
/// has such a column. Errors: `bad_filter` with the nearest names.
Result<metrics::RecordColumn> FindNarrowColumn(const std::string& name, const std::string& place,
                                               bool has_value, bool has_parts);

/// Conditions on the columns of a page of records, bound to the keys of the warehouse. A member that nobody
/// knows matches nothing. Errors, all together: `bad_filter` at their places.
Result<std::vector<metrics::RecordCondition>> BindNarrow(const metrics::BoundQuery& query,
                                                         const Dictionary& dictionary, bool has_value,
                                                         bool has_parts);

}  // namespace svodka::engine
