#pragma once

#include <string_view>

#include "warehouse/warehouse.hpp"

namespace svodka::warehouse {

/// For tests and the benchmark's generator only: runs statements that write (DDL, INSERT into the star
/// tables) as one transaction and raises data_version. `warehouse` must come from Warehouse::Open.
Status ExecuteForTest(Warehouse& warehouse, std::string_view sql);

/// Throws the star away and derives it anew from the canonical tables; `cards_per_slice` at a time, 0: as
/// many as usual.
Status RederiveForTest(Warehouse& warehouse, int64_t cards_per_slice = 0);

/// Puts tables in order in which more than `few` rows lie as they came, as loads do now and then.
Status TidyForTest(Warehouse& warehouse, int64_t few = 200'000);

}  // namespace svodka::warehouse
