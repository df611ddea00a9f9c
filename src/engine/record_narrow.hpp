#pragma once

#include <vector>

#include "engine/dictionary.hpp"
#include "metrics/sql/records.hpp"

namespace svodka::engine {

/// Columns of records of cards that can be ordered by. `has_value`, `has_parts`: the page has such a column.
std::vector<metrics::RecordColumn> CardColumns(bool has_value, bool has_parts);

/// The one of `columns` that can be narrowed by what it says. Errors: `bad_filter` with the nearest names.
Result<metrics::RecordColumn> FindNarrowColumn(const std::string& name, const std::string& place,
                                               const std::vector<metrics::RecordColumn>& columns);

/// Conditions on the columns of a page of records, bound to the keys of the warehouse. A member that nobody
/// knows matches nothing. Errors, all together: `bad_filter` at their places.
Result<std::vector<metrics::RecordCondition>> BindNarrow(const metrics::BoundQuery& query,
                                                         const Dictionary& dictionary,
                                                         const std::vector<metrics::RecordColumn>& columns);

}  // namespace svodka::engine
