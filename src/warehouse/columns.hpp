#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "warehouse/warehouse.hpp"

/// A whole answer, column by column: numbers only, packed as narrowly as they came.
namespace svodka::warehouse {

inline constexpr int32_t kNoInt32 = std::numeric_limits<int32_t>::min();
inline constexpr int64_t kNoInt64 = std::numeric_limits<int64_t>::min();
inline constexpr int8_t kNoFlag = -1;

/// One column; NULL is the smallest number of its type, NaN, or kNoFlag. DECIMALs are whole numbers of their
/// last place: `scale` says how many places there are.
struct NumberColumn {
  std::variant<std::vector<int32_t>, std::vector<int64_t>, std::vector<double>, std::vector<int8_t>> cells;
  uint8_t scale = 0;
  bool decimal = false;
};

struct ColumnSet {
  size_t rows = 0;
  std::vector<NumberColumn> columns;
  size_t bytes() const;
};

/// As Warehouse::Query, column by column. `warehouse` must come from Warehouse::Open. Errors besides:
/// `bad_sql` for a column that holds no numbers, `number_out_of_range` for a number that does not fit.
Result<ColumnSet> QueryColumns(const Warehouse& warehouse, std::string_view sql,
                               std::span<const Value> params = {}, const QueryOptions& options = {});

}  // namespace svodka::warehouse
