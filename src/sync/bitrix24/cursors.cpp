#include "sync/bitrix24/cursors.hpp"

#include "sync/cursor_json.hpp"

namespace svodka::sync {
std::string StreamCursor::ToJson() const {
  json::object out{
      {"started", started}, {"loaded", loaded}, {"below", below}, {"above", above}, {"rows", rows}};
  if (through) out["through"] = ToString(*through);
  return json::serialize(out);
}

StreamCursor StreamCursor::FromJson(const std::string& text) {
  const json::value value = ParseCursor(text);
  StreamCursor cursor;
  cursor.started = FindBool(value, "started");
  cursor.loaded = FindBool(value, "loaded");
  cursor.below = FindInteger(value, "below").value_or(0);
  cursor.above = FindInteger(value, "above").value_or(0);
  cursor.rows = FindInteger(value, "rows").value_or(0);
  cursor.through = FindMoment(value, "through");
  return cursor;
}

std::string CommentCursor::ToJson() const {
  json::object out{{"loaded", loaded}, {"below_card", below_card}};
  if (start) out["start"] = ToString(*start);
  if (below) out["below"] = ToString(*below);
  return json::serialize(out);
}

CommentCursor CommentCursor::FromJson(const std::string& text) {
  const json::value value = ParseCursor(text);
  CommentCursor cursor;
  cursor.loaded = FindBool(value, "loaded");
  cursor.start = FindMoment(value, "start");
  cursor.below = FindMoment(value, "below");
  cursor.below_card = FindString(value, "below_card").value_or("");
  return cursor;
}

bool Cursors::cards_loaded() const {
  for (const auto stream : crm::bitrix24::kStreams) {
    const auto at = streams.find(stream);
    if (at == streams.end() || !at->second.loaded) return false;
  }
  return true;
}

Result<Cursors> Cursors::Load(const warehouse::Warehouse& warehouse) {
  Cursors cursors;
  for (const auto stream : crm::bitrix24::kStreams) {
    auto text = warehouse.FindCursor(CursorName(stream));
    if (!text.ok()) return text.errors();
    cursors.streams[stream] = *text ? StreamCursor::FromJson(**text) : StreamCursor{};
  }
  auto comments = warehouse.FindCursor(kCommentCursorName);
  if (!comments.ok()) return comments.errors();
  if (*comments) cursors.comments = CommentCursor::FromJson(**comments);
  for (const auto& [name, at] : {std::pair{kSweepCursorName, &cursors.swept_at},
                                 std::pair{kWholeSweepCursorName, &cursors.swept_whole_at},
                                 std::pair{kDictionaryCursorName, &cursors.dictionaries_at}}) {
    auto text = warehouse.FindCursor(name);
    if (!text.ok()) return text.errors();
    if (*text) *at = FindMoment(ParseCursor(**text), "at");
  }
  return cursors;
}

std::string CursorName(crm::bitrix24::Stream stream) {
  return "bitrix24:" + std::string(crm::bitrix24::NameOf(stream));
}

}  // namespace svodka::sync
