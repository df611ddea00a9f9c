#include "metrics/query/frame.hpp"

#include <algorithm>

namespace svodka::metrics {
namespace {

std::vector<DayRange> Normalise(std::vector<DayRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::vector<DayRange> merged;
  for (const DayRange& range : ranges) {
    if (range.from >= range.to) continue;
    if (!merged.empty() && range.from <= merged.back().to) {
      merged.back().to = std::max(merged.back().to, range.to);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

std::vector<DayRange> Intersect(const std::vector<DayRange>& left, const std::vector<DayRange>& right) {
  std::vector<DayRange> common;
  for (const DayRange& a : left) {
    for (const DayRange& b : right) common.push_back({std::max(a.from, b.from), std::min(a.to, b.to)});
  }
  return Normalise(std::move(common));
}

std::vector<DayRange> Complement(const std::vector<DayRange>& ranges) {
  std::vector<DayRange> rest;
  Day from = kEarliestDay;
  for (const DayRange& range : ranges) {
    rest.push_back({from, range.from});
    from = range.to;
  }
  rest.push_back({from, kLatestDay});
  return Normalise(std::move(rest));
}

Result<Day> BoundOf(const Value& value, Day fallback, const std::string& place) {
  if (IsNull(value)) return fallback;
  if (const auto* text = std::get_if<std::string>(&value)) {
    Result<Day> day = ParseDay(*text);
    if (day.ok()) return day;
  }
  return Diagnostic{"bad_filter", "a bound of days is written YYYY-MM-DD", place, {}};
}

}  // namespace

DayRange TimeFrame::Hull() const {
  if (ranges.empty()) return {kEarliestDay, kLatestDay};
  return {ranges.front().from, ranges.back().to};
}

TimeFrame StartFrame(const Request& request) {
  TimeFrame frame;
  if (request.period) {
    frame.ranges = {*request.period};
    frame.bounded = true;
    frame.undated = false;
  } else {
    frame.ranges = {{kEarliestDay, kLatestDay}};
  }
  return frame;
}

Result<TimeFrame> NarrowFrame(TimeFrame frame, const Filter& filter, TimeGrain grain) {
  std::vector<DayRange> chosen;
  bool null_chosen = false;
  if (filter.is_range) {
    const Result<Day> from = BoundOf(filter.from, kEarliestDay, filter.place + ".from");
    const Result<Day> to = BoundOf(filter.to, kLatestDay, filter.place + ".to");
    if (!from.ok()) return from.errors();
    if (!to.ok()) return to.errors();
    if (*from >= *to) {
      return Diagnostic{
          "bad_filter",
          "the range holds nothing: 'to' is the first day after it, so it must be later than 'from'",
          filter.place,
          {}};
    }
    chosen.push_back({*from, *to});
  } else {
    for (const MemberId& member : filter.members) {
      if (!member) {
        null_chosen = true;
        continue;
      }
      Result<Day> day = ParseDay(*member);
      if (!day.ok()) {
        return Diagnostic{"bad_filter",
                          "a member of a time dimension is its first day, YYYY-MM-DD, not " + *member,
                          filter.place,
                          {}};
      }
      const int64_t bucket = BucketOf(*day, grain);
      chosen.push_back({FirstDayOf(grain, bucket), FirstDayOf(grain, NextBucket(grain, bucket))});
    }
  }
  chosen = Normalise(std::move(chosen));
  if (filter.negated) {
    chosen = Complement(chosen);
    null_chosen = !null_chosen;
  }
  frame.ranges = Intersect(frame.ranges, chosen);
  frame.undated = frame.undated && null_chosen;
  frame.bounded = true;
  return frame;
}

Day SettleAsOf(const TimeFrame& frame, std::optional<Day> asked, Day today) {
  Day as_of = std::min(frame.Hull().to - 1, today);
  if (asked) as_of = std::min(as_of, *asked);
  // A day before the frame is as asked; without an asked day the frame may lie wholly in the future.
  return as_of;
}

BaseFrames CompareFrame(const TimeFrame& frame, const Request& request, Day today) {
  const Comparison& compare = request.compare;
  BaseFrames frames;
  frames.whole.bounded = true;
  frames.whole.undated = false;
  if (frame.ranges.size() <= 1 || compare.kind == Comparison::Kind::kYearsAgo) {
    for (const DayRange& range : frame.ranges) frames.whole.ranges.push_back(BaseRange(range, compare));
  } else {
    const DayRange hull = frame.Hull();
    const int32_t shift = hull.from - BaseRange(hull, compare).from;
    for (const DayRange& range : frame.ranges)
      frames.whole.ranges.push_back({range.from - shift, range.to - shift});
  }
  frames.elapsed = frames.whole;
  for (size_t i = 0; i < frame.ranges.size(); ++i) {
    const DayRange& range = frame.ranges[i];
    DayRange& base = frames.elapsed.ranges[i];
    if (range.from <= today && today + 1 < range.to)
      base.to = std::min(base.to, base.from + (today + 1 - range.from));
  }
  std::optional<Day> asked;
  if (request.as_of && !frame.ranges.empty()) {
    asked = frames.whole.Hull().from + (*request.as_of - frame.Hull().from);
  }
  frames.whole.as_of = SettleAsOf(frames.whole, asked, today);
  frames.elapsed.as_of = SettleAsOf(frames.elapsed, asked, today);
  frames.whole.as_of_dated = frames.whole.as_of;
  frames.elapsed.as_of_dated = frames.elapsed.as_of;
  return frames;
}

}  // namespace svodka::metrics
