#include "sync/cursor_json.hpp"

#include "base/log.hpp"

namespace svodka::sync {

json::value ParseCursor(const std::string& text) {
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

std::string MomentJson(Instant at) { return json::serialize(json::object{{"at", ToString(at)}}); }

}  // namespace svodka::sync
