#include "engine/notes.hpp"

namespace svodka::engine {
namespace {

json::value RangesJson(const metrics::TimeFrame& frame) {
  json::array ranges;
  for (const DayRange& range : frame.ranges) {
    json::object object;
    if (range.from > metrics::kEarliestDay) object["from"] = ToString(range.from);
    if (range.to < metrics::kLatestDay) object["to"] = ToString(range.to);
    ranges.emplace_back(std::move(object));
  }
  if (ranges.size() == 1) return ranges.front();
  return ranges;
}

}  // namespace

json::object NotesOf(const metrics::BoundQuery& query) {
  json::object notes;
  notes["as_of"] = ToString(query.frame.as_of);
  if (query.frame.bounded) {
    notes["period"] = RangesJson(query.frame);
    const DayRange hull = query.frame.Hull();
    notes["unfinished"] = hull.from <= query.today && query.today + 1 < hull.to;
  }
  if (query.base_frame) {
    notes["base_period"] = RangesJson(*query.base_frame);
    notes["base_as_of"] = ToString(query.base_frame->as_of);
  }
  if (!query.ignored_filters.empty()) {
    json::object ignored;
    for (const auto& [dimension, entities] : query.ignored_filters) {
      json::array list;
      for (const std::string& entity : entities) list.emplace_back(entity);
      ignored[dimension] = std::move(list);
    }
    notes["ignored_filters"] = std::move(ignored);
  }
  if (!query.unknown_members.empty()) {
    json::array unknown;
    for (const std::string& member : query.unknown_members) unknown.emplace_back(member);
    notes["unknown_members"] = std::move(unknown);
  }
  return notes;
}

}  // namespace svodka::engine
