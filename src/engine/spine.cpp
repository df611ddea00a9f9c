#include "engine/spine.hpp"

#include <algorithm>
#include <set>

namespace svodka::engine {
namespace {

using metrics::TimeGrain;

const int64_t* NumberAt(const Key& key, size_t dimension) { return std::get_if<int64_t>(&key[dimension]); }

/// First and last bucket of a time dimension among the rows.
struct Reach {
  bool known = false;
  int64_t first = 0;
  int64_t last = 0;
};

Reach ReachOf(size_t dimension, const std::vector<const Key*>& keys) {
  Reach reach;
  for (const Key* key : keys) {
    const int64_t* bucket = NumberAt(*key, dimension);
    if (bucket == nullptr) continue;
    reach.first = reach.known ? std::min(reach.first, *bucket) : *bucket;
    reach.last = reach.known ? std::max(reach.last, *bucket) : *bucket;
    reach.known = true;
  }
  return reach;
}

/// Days that the spine spans: those of the period, or without one from the first row's bucket to the last's.
std::vector<DayRange> DaysOf(const metrics::BoundQuery& query, const std::vector<size_t>& times,
                             const std::vector<const Key*>& keys) {
  const DayRange hull = query.frame.Hull();
  if (hull.from > metrics::kEarliestDay && hull.to < metrics::kLatestDay) return query.frame.ranges;
  DayRange days{metrics::kEarliestDay, metrics::kLatestDay};
  for (const size_t i : times) {
    const TimeGrain grain = query.dimensions[i].dimension->grain;
    const Reach reach = ReachOf(i, keys);
    if (!reach.known) return {};
    days.from = std::max(days.from, metrics::FirstDayOf(grain, reach.first));
    days.to = std::min(days.to, metrics::FirstDayOf(grain, metrics::NextBucket(grain, reach.last)));
  }
  return {days};
}

}  // namespace

Key Spine::Combination(const Key& key) const {
  Key combination = key;
  for (const size_t i : times) combination[i] = Value();
  return combination;
}

Key Spine::At(size_t combination, size_t moment) const {
  Key key = combinations[combination];
  for (size_t k = 0; k < times.size(); ++k) key[times[k]] = moments[moment][k];
  return key;
}

bool Spine::Holds(const Key& key) const {
  std::vector<int64_t> moment;
  for (const size_t i : times) {
    const int64_t* bucket = NumberAt(key, i);
    if (bucket == nullptr) return false;
    moment.push_back(*bucket);
  }
  return std::binary_search(moments.begin(), moments.end(), moment) &&
         std::binary_search(combinations.begin(), combinations.end(), Combination(key));
}

bool KeyLess::operator()(std::span<const Value> a, std::span<const Value> b) const {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    // Nearly all keys are integers, and a visit of two variants costs many times what comparing them does.
    const auto* left = std::get_if<int64_t>(&a[i]);
    const auto* right = std::get_if<int64_t>(&b[i]);
    if (left != nullptr && right != nullptr) {
      if (*left != *right) return *left < *right;
      continue;
    }
    if (a[i] < b[i]) return true;
    if (b[i] < a[i]) return false;
  }
  return a.size() < b.size();
}

Spine MakeSpine(const metrics::BoundQuery& query, size_t level, const std::vector<const Key*>& keys) {
  Spine spine;
  TimeGrain finest = TimeGrain::kYear;
  for (size_t i = 0; i < level; ++i) {
    if (!query.dimensions[i].is_time()) continue;
    spine.times.push_back(i);
    finest = std::min(finest, query.dimensions[i].dimension->grain);
  }
  if (spine.times.empty() || (query.frame.bounded && query.frame.ranges.empty())) return {};
  // A week may lie in two months, so it is days that say which buckets go together.
  const bool by_days = finest == TimeGrain::kWeek && spine.times.size() > 1;
  const TimeGrain step = by_days ? TimeGrain::kDay : finest;
  std::set<std::vector<int64_t>> moments;
  for (const DayRange& range : DaysOf(query, spine.times, keys)) {
    for (const int64_t bucket : metrics::BucketsOf(range, step)) {
      std::vector<int64_t> moment;
      for (const size_t i : spine.times) {
        moment.push_back(
            metrics::BucketOf(metrics::FirstDayOf(step, bucket), query.dimensions[i].dimension->grain));
      }
      moments.insert(std::move(moment));
    }
  }
  spine.moments.assign(moments.begin(), moments.end());
  std::set<Key> combinations;
  for (const Key* key : keys) combinations.insert(spine.Combination(*key));
  if (spine.times.size() == level) combinations.insert(Key(level));
  spine.combinations.assign(combinations.begin(), combinations.end());
  return spine;
}

}  // namespace svodka::engine
