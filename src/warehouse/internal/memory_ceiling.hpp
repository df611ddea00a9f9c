#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {

/// Bytes of a size as DuckDB writes one, such as "953.6 MiB"; 0: none is given.
int64_t ParseMemorySize(std::string_view text);

/// What DuckDB may hold in memory while a history is loaded or the whole star is derived: little, whatever
/// the size of the portal. What does not fit waits in temporary files beside the database. Between loads
/// queries have all that the settings allow. Used under the commit mutex.
class MemoryCeiling {
 public:
  /// `in_memory`: the database has no file, so nothing is ever lowered.
  MemoryCeiling(Connection& control, bool in_memory);
  /// Does nothing where the settings allow less anyway; a reader that holds more at this moment keeps it.
  void Lower();
  void Raise();

 private:
  bool Set(const std::string& limit);

  Connection& control_;
  std::string usual_;
  int64_t low_ = 0;  ///< bytes; 0: never lowered
  bool lowered_ = false;
};

}  // namespace svodka::warehouse
