#include "engine/assemble.hpp"

#include <algorithm>
#include <set>

namespace svodka::engine {
namespace {

using metrics::BoundDimension;
using metrics::TimeGrain;

constexpr size_t kRowsMax = 1'000'000;

std::optional<int64_t> IntegerOf(const Value& value) {
  const auto* integer = std::get_if<int64_t>(&value);
  return integer == nullptr ? std::nullopt : std::optional(*integer);
}

Key Prefix(const Key& key, size_t level) { return {key.begin(), key.begin() + static_cast<long>(level)}; }

const Value kNull;

/// NULL, or a count of nothing. (A sum that is zero has its count of known values beside it.)
bool IsNothing(const Value& value) {
  const auto* count = std::get_if<int64_t>(&value);
  return IsNull(value) || (count != nullptr && *count == 0);
}

}  // namespace

std::vector<Level> JoinComponents(const metrics::Plan& plan, const ScanResults& results, size_t dimensions,
                                  bool totals) {
  std::vector<Level> levels(dimensions + 1);
  for (size_t index = 0; index < plan.components.size(); ++index) {
    const metrics::Component& component = plan.components[index];
    for (const auto& [level, sources] : component.levels) {
      for (const metrics::Source& source : sources) {
        for (const std::vector<Value>& row : results[source.scan]->rows) {
          // A run serves several measures: rows that hold nothing of this one are not its rows.
          const auto nothing = [&](size_t atom) { return IsNothing(row[level + atom]); };
          if (level > 0 && std::all_of(source.atoms.begin(), source.atoms.end(), nothing)) continue;
          Key key(row.begin(), row.begin() + static_cast<long>(level));
          Cells& cells = levels[level][std::move(key)];
          cells.resize(plan.components.size());
          AtomValues& atoms = cells[index];
          AtomValues read;
          for (const size_t atom : source.atoms) read.push_back(row[level + atom]);
          AddAtoms(atoms, read);
        }
      }
    }
  }
  if (levels.back().size() > kRowsMax) {
    throw DiagnosticError({"too_many_rows",
                           "the answer has over a million rows; ask for fewer dimensions or a filter",
                           "",
                           {}});
  }
  if (!totals) return levels;
  for (size_t index = 0; index < plan.components.size(); ++index) {
    if (!plan.components[index].additive) continue;
    for (const auto& [key, cells] : levels[dimensions]) {
      for (size_t level = 0; level < dimensions; ++level) {
        Cells& above = levels[level][Prefix(key, level)];
        above.resize(plan.components.size());
        AddAtoms(above[index], cells[index]);
      }
    }
  }
  return levels;
}

/// Every bucket of the period for every combination of the other dimensions that has rows.
void Assembly::AddSpine(Level& rows, size_t level) const {
  std::vector<size_t> times;
  std::optional<size_t> finest;
  for (size_t i = 0; i < level; ++i) {
    if (!query_.dimensions[i].is_time()) continue;
    times.push_back(i);
    if (!finest || query_.dimensions[i].dimension->grain < query_.dimensions[*finest].dimension->grain)
      finest = i;
  }
  if (!finest) return;
  const TimeGrain grain = query_.dimensions[*finest].dimension->grain;
  std::vector<int64_t> buckets;
  const DayRange hull = query_.frame.Hull();
  if (query_.frame.bounded && query_.frame.ranges.empty()) return;
  if (hull.from > metrics::kEarliestDay && hull.to < metrics::kLatestDay) {
    for (const DayRange& range : query_.frame.ranges) {
      for (const int64_t bucket : metrics::BucketsOf(range, grain)) {
        if (buckets.empty() || bucket > buckets.back()) buckets.push_back(bucket);
      }
    }
  } else {
    std::optional<int64_t> first;
    std::optional<int64_t> last;
    for (const auto& [key, cells] : rows) {
      const std::optional<int64_t> bucket = IntegerOf(key[*finest]);
      if (!bucket) continue;
      first = first ? std::min(*first, *bucket) : *bucket;
      last = last ? std::max(*last, *bucket) : *bucket;
    }
    if (!first) return;
    for (int64_t bucket = *first; bucket <= *last; bucket = metrics::NextBucket(grain, bucket))
      buckets.push_back(bucket);
  }
  std::set<Key> others;
  for (const auto& [key, cells] : rows) {
    Key other = key;
    for (const size_t i : times) other[i] = kNull;
    others.insert(std::move(other));
  }
  if (times.size() == level) others.insert(Key(level));
  if (others.size() * buckets.size() > kRowsMax) return;
  for (const Key& other : others) {
    for (const int64_t bucket : buckets) {
      Key key = other;
      for (const size_t i : times) {
        key[i] = metrics::BucketOf(metrics::FirstDayOf(grain, bucket), query_.dimensions[i].dimension->grain);
      }
      rows.try_emplace(std::move(key));
    }
  }
}

/// Buckets of the base become the current buckets at the same place; the ones without a partner stand in
/// totals only.
void Assembly::ShiftBase(std::vector<Level>& levels) {
  for (size_t i = 0; i < query_.dimensions.size(); ++i) {
    if (!query_.dimensions[i].is_time()) continue;
    const TimeGrain grain = query_.dimensions[i].dimension->grain;
    const std::vector<int64_t> to = metrics::BucketsOf(query_.frame.Hull(), grain);
    const std::vector<int64_t> from = metrics::BucketsOf(query_.base_whole.Hull(), grain);
    std::map<int64_t, int64_t> moved;
    for (size_t k = 0; k < from.size() && k < to.size(); ++k) {
      moved[from[k]] = to[k];
      base_buckets_[i][to[k]] = from[k];
    }
    for (size_t level = i + 1; level < levels.size(); ++level) {
      Level shifted;
      for (auto& [key, cells] : levels[level]) {
        Key target = key;
        if (const std::optional<int64_t> bucket = IntegerOf(key[i])) {
          const auto at = moved.find(*bucket);
          if (at == moved.end()) continue;
          target[i] = at->second;
        }
        shifted[std::move(target)] = std::move(cells);
      }
      levels[level] = std::move(shifted);
    }
  }
}

void Assembly::Build(const ScanResults& current, const ScanResults* base) {
  const size_t depth = query_.dimensions.size();
  const bool totals = query_.request.totals;
  current_ = JoinComponents(query_.plan, current, depth, totals);
  if (base != nullptr) {
    base_ = JoinComponents(*query_.base_plan, *base, depth, totals);
    ShiftBase(base_);
  }
  for (size_t level = totals ? 1 : depth; level <= depth; ++level) AddSpine(current_[level], level);
  const auto lines_of = [&](size_t level) {
    std::map<Key, Line> lines;
    for (const auto& [key, cells] : current_[level]) {
      lines[key] = {key, level, false, cells.empty() ? nullptr : &cells, nullptr};
    }
    if (base != nullptr) {
      for (const auto& [key, cells] : base_[level]) {
        Line& line = lines[key];
        line.key = key;
        line.level = level;
        line.base = cells.empty() ? nullptr : &cells;
      }
    }
    return lines;
  };
  PrepareLabels();
  std::map<Key, Line> detail = lines_of(depth);
  for (auto& [key, line] : detail) lines_.push_back(line);
  Sort(lines_);
  const std::vector<Line> all = lines_;
  if (query_.request.limit && lines_.size() > static_cast<size_t>(*query_.request.limit)) {
    rest_.assign(lines_.begin() + static_cast<long>(*query_.request.limit), lines_.end());
    lines_.resize(static_cast<size_t>(*query_.request.limit));
    cut_ = true;
  }
  if (!totals) return;
  for (size_t level = depth; level-- > 0;) {
    std::map<Key, Line> lines = lines_of(level);
    for (const Line& line : all) {
      Line& above = lines[Prefix(line.key, level)];
      above.key = Prefix(line.key, level);
      above.level = level;
    }
    if (level == 0) lines[{}].level = 0;
    std::vector<Line> sorted;
    for (auto& [key, line] : lines) sorted.push_back(line);
    Sort(sorted);
    lines_.insert(lines_.end(), sorted.begin(), sorted.end());
  }
}

std::optional<std::vector<Key>> Assembly::CutOff() const {
  if (!cut_ || !query_.request.others) return {};
  std::vector<Key> shown;
  for (const Line& line : lines_) {
    if (line.level == query_.dimensions.size()) shown.push_back(line.key);
  }
  return shown;
}

void Assembly::AddOthers(const metrics::Plan& plan, const ScanResults& current,
                         const metrics::Plan* base_plan, const ScanResults* base) {
  others_plan_ = &plan;
  others_base_plan_ = base_plan;
  std::vector<Level> rest = JoinComponents(plan, current, 0, false);
  others_current_ = std::move(rest[0][{}]);
  others_current_.resize(plan.components.size());
  Line line;
  line.level = query_.dimensions.size();
  line.key = Key(line.level);
  line.is_others = true;
  line.current = &others_current_;
  if (base != nullptr) {
    std::vector<Level> base_rest = JoinComponents(*base_plan, *base, 0, false);
    others_base_ = std::move(base_rest[0][{}]);
    others_base_.resize(base_plan->components.size());
    line.base = &others_base_;
  }
  PlaceOthers(std::move(line));
}

bool Assembly::AddOthersFromLines() {
  if (!cut_ || !query_.request.others) return false;
  const auto additive = [](const metrics::Plan& plan) {
    return std::all_of(plan.components.begin(), plan.components.end(),
                       [](const metrics::Component& component) { return component.additive; });
  };
  if (!additive(query_.plan) || (query_.base_plan && !additive(*query_.base_plan))) return false;
  // Buckets of the base that have no partner are among no rows.
  if (std::any_of(query_.dimensions.begin(), query_.dimensions.end(),
                  [](const BoundDimension& dimension) { return dimension.is_time(); }))
    return false;
  const auto sum = [&](const metrics::Plan& plan, const Cells* Line::*part) {
    Cells cells(plan.components.size());
    for (const Line& line : rest_) {
      if (line.*part == nullptr) continue;
      for (size_t i = 0; i < cells.size(); ++i) AddAtoms(cells[i], (*(line.*part))[i]);
    }
    return cells;
  };
  Line line;
  line.level = query_.dimensions.size();
  line.key = Key(line.level);
  line.is_others = true;
  others_plan_ = &query_.plan;
  others_current_ = sum(query_.plan, &Line::current);
  line.current = &others_current_;
  if (query_.base_plan) {
    others_base_plan_ = &*query_.base_plan;
    others_base_ = sum(*query_.base_plan, &Line::base);
    line.base = &others_base_;
  }
  PlaceOthers(std::move(line));
  return true;
}

void Assembly::PlaceOthers(Line line) {
  const auto at = std::find_if(lines_.begin(), lines_.end(),
                               [&](const Line& other) { return other.level < query_.dimensions.size(); });
  lines_.insert(at, std::move(line));
}

bool Assembly::NotBegun(const Key& key) const {
  for (size_t i = 0; i < key.size(); ++i) {
    if (!query_.dimensions[i].is_time()) continue;
    const std::optional<int64_t> bucket = IntegerOf(key[i]);
    if (bucket && metrics::FirstDayOf(query_.dimensions[i].dimension->grain, *bucket) > query_.frame.as_of)
      return true;
  }
  return false;
}

Value Assembly::MeasureAt(const Line& line, size_t measure, bool base) const {
  const metrics::Plan& plan = line.is_others ? (base ? *others_base_plan_ : *others_plan_)
                              : base         ? *query_.base_plan
                                             : query_.plan;
  const Cells* cells = base ? line.base : line.current;
  const size_t node = plan.columns[measure];
  if (plan.nodes[node].component && plan.components[*plan.nodes[node].component].moment && NotBegun(line.key))
    return {};
  static const Cells kEmpty;
  Cells none;
  if (cells == nullptr) {
    none.resize(plan.components.size());
    cells = &none;
  }
  return NodeValue(plan, node, *cells);
}

std::vector<Value> Assembly::ValuesOf(const Line& line, size_t measure) const {
  std::vector<Value> values = {MeasureAt(line, measure, false)};
  if (!query_.base_plan) return values;
  Value base = MeasureAt(line, measure, true);
  values.push_back(base);
  values.push_back(Delta(values[0], base));
  values.push_back(DeltaShare(values[0], base));
  return values;
}

std::optional<Day> Assembly::LastDayOf(const Line& line, bool base) const {
  const metrics::TimeFrame& frame = base ? *query_.base_frame : query_.frame;
  Day last = std::min(frame.Hull().to - 1, query_.today);
  for (size_t i = 0; i < line.level && i < line.key.size() && !line.is_others; ++i) {
    if (!query_.dimensions[i].is_time()) continue;
    std::optional<int64_t> bucket = IntegerOf(line.key[i]);
    if (bucket && base) {
      const auto buckets = base_buckets_.find(i);
      if (buckets == base_buckets_.end()) return {};
      const auto at = buckets->second.find(*bucket);
      bucket = at == buckets->second.end() ? std::nullopt : std::optional(at->second);
    }
    if (!bucket) return {};
    const TimeGrain grain = query_.dimensions[i].dimension->grain;
    last = std::min(last, metrics::FirstDayOf(grain, metrics::NextBucket(grain, *bucket)) - 1);
  }
  return last;
}

std::optional<bool> Assembly::RipeAt(const Line& line, size_t measure, bool base) const {
  constexpr double kClosedEnough = 0.8;
  constexpr double kDaySeconds = 86'400;
  const metrics::Plan& plan = line.is_others ? (base ? *others_base_plan_ : *others_plan_)
                              : base         ? *query_.base_plan
                                             : query_.plan;
  const Cells* cells = base ? line.base : line.current;
  if (cells == nullptr) return {};
  const size_t node = plan.columns[measure];
  const std::optional<double> closed = AsNumber(ClosedShareOf(plan, node, *cells));
  if (!closed) return {};
  if (*closed >= kClosedEnough - 1e-12) return true;
  const std::optional<Day> last = LastDayOf(line, base);
  if (!last) return {};
  // A portal where nothing was ever closed does not know how long a cohort takes: none is ripe.
  const std::optional<double> cycle =
      dictionary_.CycleOf(plan.nodes[node].measure->ripeness->cycle, query_.today);
  constexpr double kNoise = 0.5;  // a percentile between two whole numbers of seconds is a little off
  return cycle && static_cast<double>(query_.today - *last) * kDaySeconds >= *cycle - kNoise;
}

/// The flags of a cohort measure, and its line among the marks of the notes.
void Assembly::AddRipeness(const Line& line, size_t measure, std::vector<Cell>& row, json::object& unripe,
                           int64_t place) const {
  for (const bool base : {false, true}) {
    if (base && !query_.base_plan) continue;
    const std::optional<bool> ripe = RipeAt(line, measure, base);
    if (query_.request.ripe) row.emplace_back(ripe ? Value(*ripe) : Value());
    if (ripe.value_or(true)) continue;
    json::value& marks = unripe[query_.request.measures[measure].column];
    if (!marks.is_object()) {
      const metrics::Measure& definition = *query_.plan.nodes[query_.plan.columns[measure]].measure;
      const std::optional<double> cycle = dictionary_.CycleOf(definition.ripeness->cycle, query_.today);
      marks = json::object{{"cycle", cycle ? json::value(*cycle) : json::value(nullptr)},
                           {"rows", json::array{}}};
      if (query_.base_plan) marks.get_object()["base_rows"] = json::array{};
    }
    marks.get_object()[base ? "base_rows" : "rows"].get_array().emplace_back(place);
  }
}

}  // namespace svodka::engine
