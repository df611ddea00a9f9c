#pragma once

#include <cstdint>
#include <functional>
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
  /// `in_memory`: the database has no file, so nothing is ever lowered. `low`: bytes; 0: as measured.
  MemoryCeiling(Connection& control, bool in_memory, int64_t low = 0);
  /// Does nothing where the settings allow less anyway; a reader that holds more at this moment keeps it.
  void Lower();
  void Raise();
  /// Raises it until the file is opened anew: what has to be held does not fit below it. False: it was not
  /// lowered, or cannot be raised.
  bool GiveUp();

 private:
  bool Set(const std::string& limit);

  Connection& control_;
  std::string usual_;
  int64_t low_ = 0;  ///< bytes; 0: never lowered
  bool lowered_ = false;
};

/// Runs `work`, which changes nothing when it throws; once more, without the ceiling, when DuckDB was out of
/// memory below it. Any failure leaves the ceiling raised.
void RunUnder(MemoryCeiling& ceiling, const std::function<void()>& work);

}  // namespace svodka::warehouse
