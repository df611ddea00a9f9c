#include "sync/amocrm/cursors.hpp"

#include "base/json.hpp"
#include "base/log.hpp"

namespace svodka::sync::amocrm {
namespace {

/// A cursor that cannot be read is as none: the list is read again, and unchanged rows cost nothing.
json::value Parsed(const std::string& text) {
  auto value = ParseJson(text);
  if (value.ok()) return *value;
  log::Warning("sync_cursor_unreadable", {{"error", value.error().message}});
  return nullptr;
}

bool FindBool(const json::value& value, std::string_view name) {
  const json::value* member = FindMember(value, name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

std::optional<Instant> FindMoment(const json::value& value, std::string_view name) {
  const auto text = FindString(value, name);
  if (!text) return std::nullopt;
  const auto moment = ParseInstant(*text);
  return moment.ok() ? std::optional(*moment) : std::nullopt;
}

}  // namespace

std::string StreamCursor::ToJson() const {
  json::object out{{"loaded", loaded}, {"paged", paged}, {"to", to}, {"offset", offset}, {"rows", rows}};
  if (through) out["through"] = ToString(*through);
  return json::serialize(out);
}

StreamCursor StreamCursor::FromJson(const std::string& text) {
  const json::value value = Parsed(text);
  StreamCursor cursor;
  cursor.loaded = FindBool(value, "loaded");
  cursor.paged = FindBool(value, "paged");
  cursor.to = FindInteger(value, "to").value_or(0);
  cursor.offset = FindInteger(value, "offset").value_or(0);
  cursor.rows = FindInteger(value, "rows").value_or(0);
  cursor.through = FindMoment(value, "through");
  return cursor;
}

bool Cursors::loaded() const {
  for (const Stream stream : kStreams) {
    const auto at = streams.find(stream);
    if (at == streams.end() || !at->second.loaded) return false;
  }
  return settled;
}

Result<Cursors> Cursors::Load(const warehouse::Warehouse& warehouse) {
  Cursors cursors;
  for (const Stream stream : kStreams) {
    auto text = warehouse.FindCursor(CursorName(stream));
    if (!text.ok()) return text.errors();
    cursors.streams[stream] = *text ? StreamCursor::FromJson(**text) : StreamCursor{};
  }
  for (const auto& [name, at] :
       {std::pair{kSweepCursor, &cursors.swept_at}, std::pair{kDictionaryCursor, &cursors.dictionaries_at}}) {
    auto text = warehouse.FindCursor(name);
    if (!text.ok()) return text.errors();
    if (*text) *at = FindMoment(Parsed(**text), "at");
  }
  auto settled = warehouse.FindCursor(kSettledCursor);
  if (!settled.ok()) return settled.errors();
  cursors.settled = settled->has_value() && FindMoment(Parsed(**settled), "at").has_value();
  auto reading = warehouse.FindCursor(kReadingCursor);
  if (!reading.ok()) return reading.errors();
  cursors.reading = reading->value_or("");
  return cursors;
}

std::string CursorName(Stream stream) { return "amocrm:" + std::string(FactsOf(stream).name); }

std::string MomentJson(Instant at) { return json::serialize(json::object{{"at", ToString(at)}}); }

}  // namespace svodka::sync::amocrm
