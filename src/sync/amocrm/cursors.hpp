#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sync/amocrm/streams.hpp"
#include "sync/cursor_json.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::sync::amocrm {

/// How far one list has been read. Stored as JSON in sync_cursor, stream "amocrm:NAME".
struct StreamCursor {
  bool loaded = false;  ///< the first load has reached the oldest row
  bool paged = false;   ///< read by page numbers: the list cannot be cut by time
  int64_t to = 0;       ///< Unix seconds: rows at or before it are still to come; 0: none was read yet
  int64_t offset = 0;   ///< rows behind us of those at or before `to`, or of the whole list when paged
  int64_t rows = 0;     ///< read by the first load
  std::optional<Instant> through;  ///< changes up to this moment of the account's clock have been read

  std::string ToJson() const;
  static StreamCursor FromJson(const std::string& text);
};

struct Cursors {
  std::map<Stream, StreamCursor> streams;
  std::string reading;   ///< the settings that the rows were read with; others: everything is read anew
  bool settled = false;  ///< cards whose history came after them were read once more
  std::optional<Instant> swept_at, dictionaries_at;

  bool loaded() const;
  static Result<Cursors> Load(const warehouse::Warehouse& warehouse);
};

std::string CursorName(Stream stream);
inline constexpr const char* kSweepCursor = "amocrm:sweep";
inline constexpr const char* kDictionaryCursor = "amocrm:dictionaries";
inline constexpr const char* kReadingCursor = "amocrm:reading";
inline constexpr const char* kSettledCursor = "amocrm:settled";

}  // namespace svodka::sync::amocrm
