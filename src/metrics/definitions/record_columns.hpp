#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace svodka::metrics {

/// What the cells of a column of records are, and so how it can be narrowed.
enum class RecordColumnKind {
  kText,    ///< ordered by only
  kMember,  ///< narrowed by members of the dimension of the same name
  kNumber,  ///< by a range
  kDay,     ///< by a range of days
  kPart,    ///< of a ratio: numerator, denominator, both
};

struct RecordColumn {
  std::string id;
  RecordColumnKind kind = RecordColumnKind::kText;
};

/// Columns of records that can be ordered by (docs/request.md): all but the last comment.
const std::vector<RecordColumn>& RecordColumnList();
/// Null where records have no such column, or cannot be ordered by it.
const RecordColumn* FindRecordColumn(std::string_view id);
std::vector<std::string> RecordColumns();

}  // namespace svodka::metrics
