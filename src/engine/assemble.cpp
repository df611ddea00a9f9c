#include "engine/assemble.hpp"

#include <algorithm>

namespace svodka::engine {
namespace {

using metrics::BoundDimension;
using metrics::TimeGrain;

// docs/request.md names the first two. A cell of an answer takes some 0.2 kB before it is written, a value of
// joined rows some 0.1 kB: so each of these stays at a few hundred megabytes.
constexpr size_t kRowsMax = 200'000;
constexpr size_t kCellsMax = 1'000'000;
constexpr size_t kHeldMax = 4'000'000;
/// Empty rows that are looked through for the first ones of an answer.
constexpr size_t kSpineMax = 50'000'000;

std::optional<int64_t> IntegerOf(const Value& value) {
  const auto* integer = std::get_if<int64_t>(&value);
  return integer == nullptr ? std::nullopt : std::optional(*integer);
}

/// NULL, or a count of nothing. (A sum that is zero has its count of known values beside it.)
bool IsNothing(const Value& value) {
  const auto* count = std::get_if<int64_t>(&value);
  return IsNull(value) || (count != nullptr && *count == 0);
}

[[noreturn]] void ThrowTooMany(const std::string& what) {
  throw DiagnosticError(
      {"too_many_rows",
       what + "; ask for fewer dimensions, a coarser step of time, a shorter period, a filter, "
              "or the first rows by 'limit'",
       "dimensions",
       {}});
}

}  // namespace

void Room::Take(size_t values) {
  held += values;
  if (held > kHeldMax) ThrowTooMany("the dimensions have too many combinations to put an answer together");
}

std::vector<Level> JoinComponents(const metrics::Plan& plan, const ScanResults& results, size_t dimensions,
                                  bool totals, Room& room, const Patience& patience) {
  std::vector<Level> levels(dimensions + 1);
  const auto cells_at = [&](size_t level, std::span<const Value> row) -> Cells& {
    const std::span<const Value> key = row.first(level);
    patience.Check();
    const auto known = levels[level].find(key);
    if (known != levels[level].end()) return known->second;
    room.Take(1 + level + plan.components.size());
    return levels[level].try_emplace(Key(key.begin(), key.end()), plan.components.size()).first->second;
  };
  for (size_t index = 0; index < plan.components.size(); ++index) {
    const metrics::Component& component = plan.components[index];
    for (const auto& [level, sources] : component.levels) {
      for (const metrics::Source& source : sources) {
        for (const std::vector<Value>& row : results[source.scan]->rows) {
          // A run serves several measures: rows that hold nothing of this one are not its rows.
          const auto nothing = [&](size_t atom) { return IsNothing(row[level + atom]); };
          if (level > 0 && std::all_of(source.atoms.begin(), source.atoms.end(), nothing)) continue;
          AddAtoms(cells_at(level, row)[index], std::span(row).subspan(level), source.atoms);
        }
      }
    }
  }
  if (!totals) return levels;
  for (size_t index = 0; index < plan.components.size(); ++index) {
    if (!plan.components[index].additive) continue;
    for (const auto& [key, cells] : levels[dimensions]) {
      for (size_t level = 0; level < dimensions; ++level) {
        AddAtoms(cells_at(level, key)[index], cells[index]);
      }
    }
  }
  return levels;
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

/// Every row of the last level stands in a row of each level above.
void Assembly::AddPrefixes() {
  const size_t depth = query_.dimensions.size();
  for (const std::vector<Level>* levels : {&current_, &base_}) {
    if (levels->empty()) continue;
    for (size_t level = 0; level < depth; ++level) {
      for (const auto& [key, cells] : levels->at(depth)) {
        patience_.Check();
        const std::span<const Value> prefix = std::span(key).first(level);
        if (current_[level].contains(prefix)) continue;
        current_[level].try_emplace(Key(prefix.begin(), prefix.end()));
        room_.Take(1 + level);
      }
    }
  }
  current_[0].try_emplace(Key());
}

Assembly::Part Assembly::PartOf(size_t level, Spine spine) const {
  Part part;
  part.spine = std::move(spine);
  const auto cells_of = [](const Cells& cells) { return cells.empty() ? nullptr : &cells; };
  static const Level kNothing;
  const Level& base = base_.empty() ? kNothing : base_[level];
  auto before = base.begin();
  const auto take_base = [&] {
    part.lines.push_back({&before->first, level, false, nullptr, cells_of(before->second)});
    ++before;
  };
  for (const auto& [key, cells] : current_[level]) {
    patience_.Check();
    while (before != base.end() && KeyLess()(before->first, key)) take_base();
    part.lines.push_back({&key, level, false, cells_of(cells), nullptr});
    if (before == base.end() || before->first != key) continue;
    part.lines.back().base = cells_of(before->second);
    ++before;
  }
  while (before != base.end()) take_base();
  part.rows = part.lines.size() + part.spine.size();
  if (part.spine.size() == 0) return part;
  for (const Line& line : part.lines) {
    patience_.Check();
    if (part.spine.Holds(*line.key)) --part.rows;
  }
  return part;
}

size_t Assembly::CountColumns() const {
  return query_.dimensions.size() + query_.request.measures.size() * (query_.base_plan ? 4 : 1);
}

/// `parts`: of the levels shown, the last level first.
void Assembly::CheckSize(const std::vector<Part>& parts) const {
  size_t rows = 0;
  for (const Part& part : parts) {
    if (part.spine.size() > kSpineMax)
      ThrowTooMany("every bucket of time for every combination of the other dimensions makes " +
                   std::to_string(part.spine.size()) + " rows");
    const bool limited = &part == &parts.front() && query_.request.limit;
    rows += limited ? std::min(part.rows, static_cast<size_t>(*query_.request.limit)) : part.rows;
  }
  if (rows > kRowsMax) {
    ThrowTooMany("the answer has " + std::to_string(rows) +
                 " rows, empty buckets of time and totals included; " + "at most " +
                 std::to_string(kRowsMax) + " are given");
  }
  if (rows * CountColumns() <= kCellsMax) return;
  ThrowTooMany("the answer has " + std::to_string(rows) + " rows of " + std::to_string(CountColumns()) +
               " columns; at most " + std::to_string(kCellsMax) + " cells are given");
}

void Assembly::Build(const ScanResults& current, const ScanResults* base) {
  patience_ = Patience(stop_);
  const size_t depth = query_.dimensions.size();
  const bool totals = query_.request.totals;
  std::vector<Level> joined = JoinComponents(query_.plan, current, depth, totals, room_, patience_);
  std::vector<Level> joined_base;
  if (base != nullptr)
    joined_base = JoinComponents(*query_.base_plan, *base, depth, totals, room_, patience_);
  Build(std::move(joined), std::move(joined_base));
}

void Assembly::Build(std::vector<Level> current, std::vector<Level> base) {
  patience_ = Patience(stop_);
  const size_t depth = query_.dimensions.size();
  const bool totals = query_.request.totals;
  current_ = std::move(current);
  base_ = std::move(base);
  if (!base_.empty()) ShiftBase(base_);
  std::vector<Spine> spines(depth + 1);
  for (size_t level = totals ? 1 : depth; level <= depth; ++level) {
    std::vector<const Key*> keys;
    for (const auto& [key, cells] : current_[level]) keys.push_back(&key);
    spines[level] = MakeSpine(query_, level, keys);
    patience_.Look();
  }
  if (totals) AddPrefixes();
  std::vector<Part> parts;
  for (size_t level = depth;; --level) {
    parts.push_back(PartOf(level, std::move(spines[level])));
    if (!totals || level == 0) break;
  }
  CheckSize(parts);
  PrepareLabels();
  const size_t limit = static_cast<size_t>(query_.request.limit.value_or(kRowsMax));
  cut_ = parts.front().rows > limit;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::vector<Line> chosen =
        i == 0 ? Choose(depth, parts[i], limit, &rest_) : Choose(depth - i, parts[i], kRowsMax, nullptr);
    lines_.insert(lines_.end(), chosen.begin(), chosen.end());
  }
}

std::optional<std::vector<Key>> Assembly::CutOff() const {
  if (!cut_ || !query_.request.others) return {};
  std::vector<Key> shown;
  for (const Line& line : lines_) {
    if (line.level == query_.dimensions.size()) shown.push_back(*line.key);
  }
  return shown;
}

void Assembly::AddOthers(const metrics::Plan& plan, const ScanResults& current,
                         const metrics::Plan* base_plan, const ScanResults* base) {
  patience_ = Patience(stop_);
  std::vector<Level> rest = JoinComponents(plan, current, 0, false, room_, patience_);
  std::vector<Level> base_rest(1);
  if (base != nullptr) base_rest = JoinComponents(*base_plan, *base, 0, false, room_, patience_);
  AddOthers(plan, std::move(rest[0][{}]), base_plan, std::move(base_rest[0][{}]));
}

void Assembly::AddOthers(const metrics::Plan& plan, Cells current, const metrics::Plan* base_plan,
                         Cells base) {
  others_plan_ = &plan;
  others_base_plan_ = base_plan;
  others_current_ = std::move(current);
  others_current_.resize(plan.components.size());
  Line line;
  line.level = query_.dimensions.size();
  line.key = &own_keys_.emplace_back(line.level);
  line.is_others = true;
  line.current = &others_current_;
  if (base_plan != nullptr) {
    others_base_ = std::move(base);
    others_base_.resize(base_plan->components.size());
    line.base = &others_base_;
  }
  PlaceOthers(line);
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
  line.key = &own_keys_.emplace_back(line.level);
  line.is_others = true;
  others_plan_ = &query_.plan;
  others_current_ = sum(query_.plan, &Line::current);
  line.current = &others_current_;
  if (query_.base_plan) {
    others_base_plan_ = &*query_.base_plan;
    others_base_ = sum(*query_.base_plan, &Line::base);
    line.base = &others_base_;
  }
  PlaceOthers(line);
  return true;
}

void Assembly::PlaceOthers(const Line& line) {
  const auto at = std::find_if(lines_.begin(), lines_.end(),
                               [&](const Line& other) { return other.level < query_.dimensions.size(); });
  lines_.insert(at, line);
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

bool Assembly::BeyondBase(const Line& line, const metrics::Measure& measure) const {
  if (line.is_others) return false;
  // A planned date of the base is not cut to the elapsed days.
  const DayRange days = measure.role_name == "planned" ? query_.base_whole.Hull() : query_.base_frame->Hull();
  for (size_t i = 0; i < line.level && i < line.key->size(); ++i) {
    if (!query_.dimensions[i].is_time()) continue;
    const std::optional<int64_t> bucket = IntegerOf((*line.key)[i]);
    const auto buckets = base_buckets_.find(i);
    if (!bucket || buckets == base_buckets_.end()) continue;
    const auto at = buckets->second.find(*bucket);
    if (at == buckets->second.end()) return true;
    const TimeGrain grain = query_.dimensions[i].dimension->grain;
    if (metrics::FirstDayOf(grain, at->second) >= days.to ||
        metrics::FirstDayOf(grain, metrics::NextBucket(grain, at->second)) <= days.from)
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
  if (base && BeyondBase(line, *plan.nodes[node].measure)) return {};
  if (plan.nodes[node].component && plan.components[*plan.nodes[node].component].moment &&
      NotBegun(*line.key))
    return {};
  Cells none;
  if (cells == nullptr) {
    none.resize(plan.components.size());
    cells = &none;
  }
  return NodeValue(plan, node, *cells);
}

/// `part`: 0 the value, 1 of the base, 2 the change, 3 the change as a share.
Value Assembly::ValueAt(const Line& line, size_t measure, size_t part) const {
  if (part <= 1) return MeasureAt(line, measure, part == 1);
  const Value current = MeasureAt(line, measure, false), base = MeasureAt(line, measure, true);
  return part == 2 ? Delta(current, base) : DeltaShare(current, base);
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
  for (size_t i = 0; i < line.level && i < line.key->size() && !line.is_others; ++i) {
    if (!query_.dimensions[i].is_time()) continue;
    std::optional<int64_t> bucket = IntegerOf((*line.key)[i]);
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
  const std::optional<double> cycle = names_.CycleOf(plan.nodes[node].measure->ripeness->cycle, query_.today);
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
      const std::optional<double> cycle = names_.CycleOf(definition.ripeness->cycle, query_.today);
      marks = json::object{{"cycle", cycle ? json::value(*cycle) : json::value(nullptr)},
                           {"rows", json::array{}}};
      if (query_.base_plan) marks.get_object()["base_rows"] = json::array{};
    }
    marks.get_object()[base ? "base_rows" : "rows"].get_array().emplace_back(place);
  }
}

}  // namespace svodka::engine
