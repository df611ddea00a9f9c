#include "sync/amocrm/cursors.hpp"

#include "sync/cursor_json.hpp"

namespace svodka::sync::amocrm {
std::string StreamCursor::ToJson() const {
  json::object out{{"loaded", loaded}, {"paged", paged}, {"to", to}, {"offset", offset}, {"rows", rows}};
  if (through) out["through"] = ToString(*through);
  return json::serialize(out);
}

StreamCursor StreamCursor::FromJson(const std::string& text) {
  const json::value value = ParseCursor(text);
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
    if (*text) *at = FindMoment(ParseCursor(**text), "at");
  }
  auto settled = warehouse.FindCursor(kSettledCursor);
  if (!settled.ok()) return settled.errors();
  cursors.settled = settled->has_value() && FindMoment(ParseCursor(**settled), "at").has_value();
  auto reading = warehouse.FindCursor(kReadingCursor);
  if (!reading.ok()) return reading.errors();
  cursors.reading = reading->value_or("");
  return cursors;
}

std::string CursorName(Stream stream) { return "amocrm:" + std::string(FactsOf(stream).name); }

}  // namespace svodka::sync::amocrm
