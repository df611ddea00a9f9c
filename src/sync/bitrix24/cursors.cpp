#include "sync/bitrix24/cursors.hpp"

#include "base/json.hpp"
#include "base/log.hpp"

namespace svodka::sync {
namespace {

std::optional<Instant> FindMoment(const json::value& value, std::string_view name) {
  const auto text = FindString(value, name);
  if (!text) return std::nullopt;
  const auto moment = ParseInstant(*text);
  return moment.ok() ? std::optional(*moment) : std::nullopt;
}

bool FindBool(const json::value& value, std::string_view name) {
  const json::value* member = FindMember(value, name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

/// A cursor that cannot be read is as none: the list is read again, and unchanged rows cost nothing.
json::value Parsed(const std::string& text) {
  auto value = ParseJson(text);
  if (value.ok()) return *value;
  log::Warning("sync_cursor_unreadable", {{"error", value.error().message}});
  return nullptr;
}

}  // namespace

std::string StreamCursor::ToJson() const {
  json::object out{
      {"started", started}, {"loaded", loaded}, {"below", below}, {"above", above}, {"rows", rows}};
  if (through) out["through"] = ToString(*through);
  return json::serialize(out);
}

StreamCursor StreamCursor::FromJson(const std::string& text) {
  const json::value value = Parsed(text);
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
  const json::value value = Parsed(text);
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
                                 std::pair{kDictionaryCursorName, &cursors.dictionaries_at}}) {
    auto text = warehouse.FindCursor(name);
    if (!text.ok()) return text.errors();
    if (*text) *at = FindMoment(Parsed(**text), "at");
  }
  return cursors;
}

std::string CursorName(crm::bitrix24::Stream stream) {
  return "bitrix24:" + std::string(crm::bitrix24::NameOf(stream));
}

std::string MomentJson(Instant at) { return json::serialize(json::object{{"at", ToString(at)}}); }

}  // namespace svodka::sync
