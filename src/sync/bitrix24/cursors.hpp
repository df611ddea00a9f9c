#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "crm/bitrix24/requests.hpp"
#include "sync/cursor_json.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::sync {

/// How far one list has been read. Stored as JSON in sync_cursor, stream "bitrix24:NAME".
struct StreamCursor {
  bool started = false;
  bool loaded = false;  ///< the first load has reached the oldest row
  int64_t below = 0;    ///< first load: rows with smaller ids are still to come; 0: none was read yet
  int64_t above = 0;    ///< append-only lists: the largest id read
  int64_t rows = 0;     ///< read by the first load
  std::optional<Instant> through;  ///< changes up to this moment of the portal's clock have been read

  std::string ToJson() const;
  static StreamCursor FromJson(const std::string& text);
};

/// Comments have no list of their own: they are read card by card, by the cards' last activity, newest first.
struct CommentCursor {
  bool loaded = false;
  std::optional<Instant> start;  ///< cards active after this belong to polls
  std::optional<Instant> below;  ///< cards whose last activity is older are still to come
  std::string below_card;        ///< tie-break: "deal:000…7" of the last card read

  std::string ToJson() const;
  static CommentCursor FromJson(const std::string& text);
};

struct Cursors {
  std::map<crm::bitrix24::Stream, StreamCursor> streams;
  CommentCursor comments;
  std::optional<Instant> swept_at;
  std::optional<Instant> swept_whole_at;  ///< the last sweep that looked at rows of all ages
  std::optional<Instant> dictionaries_at;

  bool cards_loaded() const;
  static Result<Cursors> Load(const warehouse::Warehouse& warehouse);
};

std::string CursorName(crm::bitrix24::Stream stream);
inline constexpr const char* kCommentCursorName = "bitrix24:comment";
inline constexpr const char* kSweepCursorName = "bitrix24:sweep";
inline constexpr const char* kWholeSweepCursorName = "bitrix24:sweep_whole";
inline constexpr const char* kDictionaryCursorName = "bitrix24:dictionaries";

}  // namespace svodka::sync
