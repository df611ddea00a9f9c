#include "engine/assemble.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/text.hpp"
#include "engine/time_label.hpp"

namespace svodka::engine {
namespace {

using metrics::BoundDimension;
using metrics::DimensionKind;
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

void Assembly::PrepareLabels() const {
  for (size_t i = 0; i < query_.dimensions.size(); ++i) {
    const metrics::Dimension* dimension = query_.dimensions[i].dimension;
    if (dimension == nullptr || !dimension->large) continue;
    std::vector<int64_t> keys;
    for (const std::vector<Level>* levels : {&current_, &base_}) {
      if (levels->empty()) continue;
      for (const auto& [key, cells] : levels->back()) {
        if (const std::optional<int64_t> number = IntegerOf(key[i])) keys.push_back(*number);
      }
    }
    dictionary_.Prepare(*dimension, keys);
  }
}

Member Assembly::MemberOf(size_t index, const Value& key) const {
  const BoundDimension& bound = query_.dimensions[index];
  const bool russian = language_ == Language::kRussian;
  Member member;
  const auto none = [&] {
    member.label = bound.dimension == nullptr ? "—"
                   : russian                  ? bound.dimension->none.ru
                                              : bound.dimension->none.en;
    return member;
  };
  if (bound.dimension == nullptr) {
    if (IsNull(key)) return none();
    if (const auto* text = std::get_if<std::string>(&key)) {
      member.id = *text;
      member.label = dictionary_.FieldLabel(bound.field, *text);
    } else if (const auto* money = std::get_if<Money>(&key)) {
      member.id = member.label = money->ToString();
    } else if (const auto* integer = std::get_if<int64_t>(&key)) {
      member.id = member.label = bound.field.type == "date" ? ToString(Day{static_cast<int32_t>(*integer)})
                                                            : std::to_string(*integer);
    } else if (const std::optional<double> number = AsNumber(key)) {
      // The shortest text that reads back as the same number: a filter on it finds the card again.
      std::array<char, 32> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
      member.id = member.label = std::string(digits.data(), end);
    }
    return member;
  }
  const std::optional<int64_t> number = IntegerOf(key);
  if (!number) return none();
  switch (bound.dimension->kind) {
    case DimensionKind::kTime:
      member.id = ToString(metrics::FirstDayOf(bound.dimension->grain, *number));
      member.label = TimeLabel(bound.dimension->grain, *number, language_);
      return member;
    case DimensionKind::kPortal:
      member.id = dictionary_.portal().id;
      member.label = dictionary_.portal().name;
      return member;
    case DimensionKind::kValues:
      for (const metrics::DimensionValue& value : bound.dimension->values) {
        if (value.key != *number) continue;
        member.id = value.id;
        member.label = russian ? value.label.ru : value.label.en;
        return member;
      }
      return none();
    case DimensionKind::kMembers:
    case DimensionKind::kEmployee:
    case DimensionKind::kDepartment:
    case DimensionKind::kRange:
    case DimensionKind::kField:
      break;
  }
  const Dictionary::Entry* entry = dictionary_.FindEntry(*bound.dimension, *number);
  return entry == nullptr ? none() : entry->member;
}

void Assembly::Sort(std::vector<Line>& lines) const {
  if (lines.size() < 2) return;
  const size_t level = lines.front().level;
  // Rank of a member: none last, then the dictionary's own order, then the label.
  struct Rank {
    bool none = false;
    double place = 0;
    std::string label;
    Value key;
    auto Tie() const { return std::tie(none, place, label, key); }
  };
  std::vector<std::map<Value, Rank>> ranks(level);
  for (size_t i = 0; i < level; ++i) {
    const BoundDimension& bound = query_.dimensions[i];
    for (const Line& line : lines) {
      const auto [at, added] = ranks[i].try_emplace(line.key[i]);
      if (!added) continue;
      Rank& rank = at->second;
      rank.key = line.key[i];
      const std::optional<int64_t> number = IntegerOf(line.key[i]);
      if (bound.dimension != nullptr &&
          (bound.is_time() || bound.dimension->kind == DimensionKind::kValues)) {
        rank.none = !number;
        rank.place = static_cast<double>(number.value_or(0));
      } else if (bound.dimension != nullptr && bound.dimension->kind != DimensionKind::kPortal) {
        const Dictionary::Entry* entry = number ? dictionary_.FindEntry(*bound.dimension, *number) : nullptr;
        rank.none = entry == nullptr;
        if (entry != nullptr && !bound.dimension->large) rank.place = static_cast<double>(entry->place);
        if (entry != nullptr) rank.label = FoldCase(entry->member.label);
      } else {
        rank.none = IsNull(line.key[i]);
        rank.place = AsNumber(line.key[i]).value_or(0);
        rank.label = FoldCase(MemberOf(i, line.key[i]).label);
      }
    }
  }
  struct Sortable {
    const Line* line;
    std::vector<std::pair<std::optional<double>, const Rank*>> by;  ///< per order of the request
  };
  std::vector<Sortable> sortable;
  std::vector<bool> descending;
  for (const Line& line : lines) sortable.push_back({&line, {}});
  for (const metrics::OrderBy& order : query_.request.order) {
    const auto dimension =
        std::find_if(query_.dimensions.begin(), query_.dimensions.end(),
                     [&](const BoundDimension& candidate) { return candidate.id == order.by; });
    if (dimension != query_.dimensions.end()) {
      const size_t i = static_cast<size_t>(dimension - query_.dimensions.begin());
      if (i >= level) continue;
      for (Sortable& item : sortable) item.by.emplace_back(0, &ranks[i].at(item.line->key[i]));
    } else {
      for (size_t m = 0; m < query_.request.measures.size(); ++m) {
        const std::string& column = query_.request.measures[m].column;
        if (!order.by.starts_with(column)) continue;
        const std::string rest = order.by.substr(column.size());
        const size_t part = rest.empty()           ? 0
                            : rest == ".base"      ? 1
                            : rest == ".delta"     ? 2
                            : rest == ".delta_pct" ? 3
                                                   : 9;
        if (part == 9) continue;
        for (Sortable& item : sortable)
          item.by.emplace_back(AsNumber(ValuesOf(*item.line, m)[part]), nullptr);
        break;
      }
    }
    descending.push_back(order.descending);
  }
  std::sort(sortable.begin(), sortable.end(), [&](const Sortable& a, const Sortable& b) {
    for (size_t i = 0; i < a.by.size(); ++i) {
      const auto& [x, x_rank] = a.by[i];
      const auto& [y, y_rank] = b.by[i];
      if (x_rank != nullptr) {
        if (x_rank->none != y_rank->none) return y_rank->none;
        if (x_rank->Tie() != y_rank->Tie()) return (x_rank->Tie() < y_rank->Tie()) != descending[i];
        continue;
      }
      if (x.has_value() != y.has_value()) return x.has_value();  // nothing stands last either way
      if (x && *x != *y) return (*x < *y) != descending[i];
    }
    for (size_t i = 0; i < level; ++i) {
      const Rank& x = ranks[i].at(a.line->key[i]);
      const Rank& y = ranks[i].at(b.line->key[i]);
      if (x.Tie() != y.Tie()) return x.Tie() < y.Tie();
    }
    return false;
  });
  std::vector<Line> sorted;
  sorted.reserve(lines.size());
  for (const Sortable& item : sortable) sorted.push_back(*item.line);
  lines = std::move(sorted);
}

Table Assembly::ToTable() const {
  const bool russian = language_ == Language::kRussian;
  Table table;
  for (const BoundDimension& dimension : query_.dimensions) {
    Column column;
    column.id = dimension.id;
    column.kind = "dimension";
    column.type = "member";
    column.format = "text";
    column.label = russian ? dimension.label_ru : dimension.label_en;
    column.direction = "neutral";
    table.columns.push_back(std::move(column));
  }
  std::vector<bool> samples;
  std::vector<bool> cohorts;
  json::object unripe;
  for (size_t m = 0; m < query_.request.measures.size(); ++m) {
    const metrics::Node& node = query_.plan.nodes[query_.plan.columns[m]];
    const metrics::Measure& measure = *node.measure;
    Column column;
    column.id = query_.request.measures[m].column;
    column.kind = "measure";
    column.type = measure.type;
    column.unit = measure.type == "money"      ? dictionary_.portal().base_currency
                  : measure.type == "duration" ? "s"
                                               : "";
    column.format = measure.format;
    column.label = russian ? measure.label.ru : measure.label.en;
    column.definition = russian ? measure.definition.ru : measure.definition.en;
    column.direction = measure.direction == metrics::Direction::kUp     ? "up"
                       : measure.direction == metrics::Direction::kDown ? "down"
                                                                        : "neutral";
    column.additive = node.component && query_.plan.components[*node.component].additive &&
                      node.form->kind != metrics::MeasureKind::kAvg;
    table.columns.push_back(column);
    const bool ratio = node.form->kind == metrics::MeasureKind::kRatio;
    samples.push_back(query_.request.samples && ratio && measure.type == "ratio");
    const auto derived = [&](const char* part, const char* ru, const char* en) {
      Column extra = column;
      extra.id += std::string(".") + part;
      extra.comparison = part;
      extra.of = column.id;
      extra.additive = false;
      extra.label += russian ? ru : en;
      return extra;
    };
    if (query_.base_plan) {
      table.columns.push_back(derived("base", ": было", ": before"));
      table.columns.push_back(derived("delta", ": изменение", ": change"));
      Column share = derived("delta_pct", ": изменение, %", ": change, %");
      share.type = "ratio";
      share.format = "percent";
      share.unit = "";
      table.columns.push_back(std::move(share));
    }
    if (samples.back()) {
      Column size = derived("n", ": n", ": n");
      size.type = size.format = "integer";
      table.columns.push_back(std::move(size));
    }
    cohorts.push_back(ratio && measure.ripeness.has_value());
    if (!cohorts.back() || !query_.request.ripe) continue;
    const auto flag = [&](const char* part, const char* comparison, const char* ru, const char* en) {
      Column ripe = derived(part, ru, en);
      ripe.comparison = comparison;
      ripe.type = ripe.format = "flag";
      ripe.unit = "";
      table.columns.push_back(std::move(ripe));
    };
    flag("ripe", "ripe", ": созрела", ": ripe");
    if (query_.base_plan) flag("base.ripe", "base_ripe", ": было, созрела", ": before, ripe");
  }
  for (const Line& line : lines_) {
    std::vector<Cell> row;
    for (size_t i = 0; i < query_.dimensions.size(); ++i) {
      if (line.is_others) {
        Member member;
        member.label = russian ? "Прочие" : "Others";
        member.is_others = true;
        row.emplace_back(std::move(member));
      } else if (i >= line.level) {
        row.emplace_back(Value());
      } else {
        row.emplace_back(MemberOf(i, line.key[i]));
      }
    }
    for (size_t m = 0; m < query_.request.measures.size(); ++m) {
      for (Value& value : ValuesOf(line, m)) row.emplace_back(std::move(value));
      if (samples[m]) {
        const metrics::Plan& plan = line.is_others ? *others_plan_ : query_.plan;
        Cells none(plan.components.size());
        row.emplace_back(SampleOf(plan, plan.columns[m], line.current != nullptr ? *line.current : none));
      }
      if (cohorts[m]) AddRipeness(line, m, row, unripe, static_cast<int64_t>(table.rows.size()));
    }
    table.rows.push_back(std::move(row));
  }
  if (!unripe.empty()) table.notes["unripe"] = std::move(unripe);
  return table;
}

}  // namespace svodka::engine
