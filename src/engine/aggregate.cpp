#include "engine/aggregate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include "engine/derived.hpp"
#include "metrics/query/calendar.hpp"

namespace svodka::engine {
namespace {

using metrics::Atom;
using metrics::Condition;
using metrics::GroupColumn;
using metrics::Scan;
using warehouse::NumberColumn;

/// Tables by value are used up to so many values, else a hash.
constexpr uint64_t kTableMax = 1 << 20;
constexpr uint64_t kTableSmall = 1 << 12;
constexpr uint32_t kNone = UINT32_MAX;

template <class T>
constexpr T NoneOf() {
  if constexpr (std::is_same_v<T, int32_t>) return warehouse::kNoInt32;
  if constexpr (std::is_same_v<T, int64_t>) return warehouse::kNoInt64;
  if constexpr (std::is_same_v<T, int8_t>) return warehouse::kNoFlag;
  return T{};
}

template <class T>
bool IsNone(T cell) {
  if constexpr (std::is_same_v<T, double>) {
    return std::isnan(cell);
  } else {
    return cell == NoneOf<T>();
  }
}

using Rows = std::vector<uint32_t>;

/// Per row of the extract 1 while no condition has dropped it. One simple loop per condition: the compiler
/// makes vector instructions of it.
using Marks = std::vector<uint8_t>;

template <class T, class Keep>
void Mark(Marks& marks, const std::vector<T>& cells, const Keep& keep) {
  for (size_t i = 0; i < marks.size(); ++i) marks[i] &= static_cast<uint8_t>(keep(cells[i]));
}

Rows RowsOf(const Marks& marks) {
  Rows rows(marks.size());
  size_t kept = 0;
  for (size_t i = 0; i < marks.size(); ++i) {
    rows[kept] = static_cast<uint32_t>(i);
    kept += marks[i];
  }
  rows.resize(kept);
  return rows;
}

/// Members of a filter, for a quick look-up.
class KeySet {
 public:
  explicit KeySet(const std::vector<int64_t>& keys) : keys_(keys) {
    if (keys.empty()) return;
    low_ = keys.front();
    const auto span = static_cast<uint64_t>(keys.back()) - static_cast<uint64_t>(low_);
    if (span >= kTableMax) return;
    table_.assign(span + 1, 0);
    for (const int64_t key : keys) table_[static_cast<size_t>(key - low_)] = 1;
  }
  bool Has(int64_t key) const {
    if (table_.empty()) return std::binary_search(keys_.begin(), keys_.end(), key);
    const auto at = static_cast<uint64_t>(key) - static_cast<uint64_t>(low_);
    return at < table_.size() && table_[at] != 0;
  }

 private:
  const std::vector<int64_t>& keys_;
  int64_t low_ = 0;
  std::vector<uint8_t> table_;
};

/// As SqlWriter::Write(Condition) tells the members of a dimension.
bool MarkKeys(Marks& marks, const Condition& condition, const NumberColumn& column) {
  return std::visit(
      [&]<class T>(const std::vector<T>& cells) {
        if constexpr (std::is_same_v<T, double>) {
          return false;
        } else {
          const bool none = condition.negated != condition.with_null;  // whether NULL is kept
          if (condition.keys.size() == 1) {
            const int64_t key = condition.keys.front();
            Mark(marks, cells, [=, negated = condition.negated](T cell) {
              return IsNone(cell) ? none : (cell == key) != negated;
            });
          } else {
            const KeySet keys(condition.keys);
            Mark(marks, cells,
                 [&](T cell) { return IsNone(cell) ? none : keys.Has(cell) != condition.negated; });
          }
          return true;
        }
      },
      column.cells);
}

template <class T, class Map>
Coded Code(const std::vector<T>& cells, const Map& map) {
  Coded coded;
  coded.codes.resize(cells.size());
  std::unordered_map<int64_t, uint32_t> members;
  const auto number = [&](T cell) {
    const std::optional<int64_t> member =
        IsNone(cell) ? map(std::optional<int64_t>()) : map(std::optional<int64_t>(cell));
    const auto [at, added] = members.try_emplace(member.value_or(warehouse::kNoInt64),
                                                 static_cast<uint32_t>(coded.members.size()));
    if (added) coded.members.push_back(member ? Value(*member) : Value());
    return at->second;
  };
  int64_t low = INT64_MAX, high = INT64_MIN;
  for (const T cell : cells) {
    if (IsNone(cell)) continue;
    low = std::min<int64_t>(low, cell);
    high = std::max<int64_t>(high, cell);
  }
  const uint64_t span = low > high ? 0 : static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  if (span <= kTableMax) {
    std::vector<uint32_t> table(span, kNone);
    uint32_t none = kNone;
    for (size_t i = 0; i < cells.size(); ++i) {
      const T cell = cells[i];
      uint32_t& known = IsNone(cell) ? none : table[static_cast<size_t>(cell - low)];
      if (known == kNone) known = number(cell);
      coded.codes[i] = known;
    }
    return coded;
  }
  std::unordered_map<T, uint32_t> table;
  for (size_t i = 0; i < cells.size(); ++i) {
    const auto [at, added] = table.try_emplace(cells[i], 0);
    if (added) at->second = number(cells[i]);
    coded.codes[i] = at->second;
  }
  return coded;
}

class Aggregator {
 public:
  Aggregator(const Scan& scan, const RowsAsked& asked, const Extract& extract, const Departments& departments,
             Selections& selections)
      : scan_(scan),
        asked_(asked),
        extract_(extract),
        departments_(departments),
        selection_(selections.Get(SelectionKey())) {
    std::call_once(selection_->chosen, [&] { selection_->rows = ChooseRows(); });
    if (selection_->rows) rows_ = &*selection_->rows;
  }

  std::optional<Rows> TakeRows() const {
    if (rows_ == nullptr) return {};
    return *rows_;
  }

  std::optional<warehouse::ResultSet> Run() {
    if (rows_ == nullptr || !MakeGroups()) return {};
    for (const Atom& atom : scan_.atoms) {
      if (!AddAtom(atom)) return {};
    }
    return std::move(answer_);
  }

 private:
  const NumberColumn* Find(const metrics::BoundExpression& expression) const {
    const std::optional<DerivedColumn> derived = FindDerived(asked_.rows, expression);
    if (!derived) return extract_.Find(ColumnName(asked_.rows, expression));
    held_.push_back(extract_.made->Number(derived->name, [&]() -> std::optional<NumberColumn> {
      std::vector<const NumberColumn*> columns;
      for (const metrics::Expression& from : derived->from) columns.push_back(extract_.Find(from.text()));
      if (std::find(columns.begin(), columns.end(), nullptr) != columns.end()) return {};
      return derived->make(columns);
    }));
    return held_.back().get();
  }

  /// Equal for scans that choose the same rows of the extract.
  std::string SelectionKey() const {
    std::string key;
    for (const DayRange& range : asked_.ranges)
      key += std::to_string(range.from.number) + '-' + std::to_string(range.to.number) + '|';
    for (const metrics::BoundExpression& flag : asked_.flags) key += ColumnName(asked_.rows, flag) + '|';
    for (const Condition& condition : asked_.keys) {
      key += ColumnName(asked_.rows, condition.operand) + (condition.negated ? "!" : "=") +
             (condition.with_null ? "0" : "");
      for (const int64_t member : condition.keys) key += ',' + std::to_string(member);
      key += '|';
    }
    return key;
  }

  std::optional<Rows> ChooseRows() const {
    Marks marks(extract_.cells.rows, 1);
    if (!asked_.ranges.empty()) {
      const NumberColumn* column = Find(scan_.role_day);
      const auto* days = column == nullptr ? nullptr : std::get_if<std::vector<int32_t>>(&column->cells);
      if (days == nullptr) return {};
      const DayRange& first = asked_.ranges.front();
      const bool whole = asked_.ranges.size() == 1 && extract_.days && first.from == extract_.days->from &&
                         first.to == extract_.days->to;
      if (asked_.ranges.size() > 1) {
        Mark(marks, *days, [&](int32_t day) {
          return std::any_of(asked_.ranges.begin(), asked_.ranges.end(), [&](const DayRange& range) {
            return day >= range.from.number && day < range.to.number;
          });
        });
      } else if (!whole) {
        Mark(marks, *days, [from = first.from.number, to = first.to.number](int32_t day) {
          return (day >= from) & (day < to);
        });
      }
    }
    for (const metrics::BoundExpression& flag : asked_.flags) {
      const NumberColumn* column = Find(flag);
      const auto* flags = column == nullptr ? nullptr : std::get_if<std::vector<int8_t>>(&column->cells);
      if (flags == nullptr) return {};
      Mark(marks, *flags, [](int8_t holds) { return holds == 1; });
    }
    for (const Condition& condition : asked_.keys) {
      const NumberColumn* column = Find(condition.operand);
      if (column == nullptr || !MarkKeys(marks, condition, *column)) return {};
    }
    return RowsOf(marks);
  }

  /// Of all rows of the extract, kept with it; null where only a statement can tell.
  std::shared_ptr<const Coded> CodesOf(const GroupColumn& group) const {
    std::string name = std::to_string(static_cast<int>(group.kind)) + '|';
    if (group.kind == GroupColumn::Kind::kTime) {
      name += std::to_string(static_cast<int>(group.grain));
    } else {
      name += ColumnName(asked_.rows, group.key);
    }
    if (group.kind == GroupColumn::Kind::kPeople) {
      for (const int64_t account : scan_.technical) name += ',' + std::to_string(account);
    }
    return extract_.made->Code(name, [&] { return MakeCodes(group); });
  }

  std::optional<Coded> MakeCodes(const GroupColumn& group) const {
    const bool time = group.kind == GroupColumn::Kind::kTime;
    const NumberColumn* column = Find(time ? scan_.role_day : group.key);
    if (column == nullptr) return {};
    const auto map = [&](std::optional<int64_t> key) -> std::optional<int64_t> {
      switch (group.kind) {
        case GroupColumn::Kind::kTime:
          if (!key) return {};
          return metrics::BucketOf(Day{static_cast<int32_t>(*key)}, group.grain);
        case GroupColumn::Kind::kPeople:
          if (key && std::binary_search(scan_.technical.begin(), scan_.technical.end(), *key)) return 0;
          return key;
        case GroupColumn::Kind::kDepartment: {
          const auto at = key ? departments_.find(*key) : departments_.end();
          return at == departments_.end() ? 0 : at->second;
        }
        case GroupColumn::Kind::kKey:
        case GroupColumn::Kind::kField:
        case GroupColumn::Kind::kFixed:
          return key;
      }
      throw InvariantError("unknown group column");
    };
    return std::visit(
        [&]<class T>(const std::vector<T>& cells) -> std::optional<Coded> {
          if constexpr (std::is_same_v<T, double>) {
            return {};
          } else {
            if (column->decimal) return {};
            return Code(cells, map);
          }
        },
        column->cells);
  }

  bool MakeGroups() {
    std::vector<std::shared_ptr<const Coded>> coded;
    uint64_t product = 1;
    for (const GroupColumn& group : scan_.groups) {
      if (group.kind == GroupColumn::Kind::kFixed) {
        coded.push_back(std::make_shared<const Coded>(Coded{{}, {group.fixed}}));
        continue;
      }
      std::shared_ptr<const Coded> one = CodesOf(group);
      if (one == nullptr) return false;
      coded.push_back(std::move(one));
      const uint64_t size = std::max<uint64_t>(1, coded.back()->members.size());
      if (product > (uint64_t{1} << 62) / size) return false;
      product *= size;
    }
    of_row_.assign(rows_->size(), 0);
    std::vector<uint32_t> first;  // a row of the extract of each group
    if (coded.empty() && !rows_->empty()) first.push_back(rows_->front());
    if (!coded.empty()) first = NumberGroups(coded, product);
    answer_.rows.reserve(first.size());
    for (const uint32_t row : first) {
      std::vector<Value> cells;
      cells.reserve(coded.size() + scan_.atoms.size());
      for (const std::shared_ptr<const Coded>& one : coded)
        cells.push_back(one->members[one->codes.empty() ? 0 : one->codes[row]]);
      answer_.rows.push_back(std::move(cells));
    }
    // Without a grain there is one row, whatever was read.
    if (scan_.groups.empty() && answer_.rows.empty()) answer_.rows.emplace_back();
    return true;
  }

  /// Numbers the groups into `of_row_`; a row of the extract of each.
  std::vector<uint32_t> NumberGroups(const std::vector<std::shared_ptr<const Coded>>& coded,
                                     uint64_t product) {
    struct Digits {
      const uint32_t* codes;
      uint64_t size;
    };
    std::vector<Digits> columns;
    for (const std::shared_ptr<const Coded>& one : coded) {
      if (!one->codes.empty()) columns.push_back({one->codes.data(), one->members.size()});
    }
    if (columns.empty()) return NumberBy(product, [](uint32_t) { return uint64_t{0}; });
    if (columns.size() == 1)
      return NumberBy(product, [codes = columns[0].codes](uint32_t row) { return uint64_t{codes[row]}; });
    if (columns.size() == 2) {
      return NumberBy(product, [a = columns[0].codes, b = columns[1]](uint32_t row) {
        return a[row] * b.size + b.codes[row];
      });
    }
    return NumberBy(product, [&columns](uint32_t row) {
      uint64_t mixed = 0;
      for (const Digits& column : columns) mixed = mixed * column.size + column.codes[row];
      return mixed;
    });
  }

  template <class Mix>
  std::vector<uint32_t> NumberBy(uint64_t product, const Mix& mix) {
    const Rows& rows = *rows_;
    std::vector<uint32_t> first;
    const auto place = [&](uint32_t& known, size_t i) {
      if (known == kNone) {
        known = static_cast<uint32_t>(first.size());
        first.push_back(rows[i]);
      }
      of_row_[i] = known;
    };
    // A table that is far larger than the rows costs more to clear than a hash costs to ask.
    if (product <= std::min<uint64_t>(kTableMax, kTableSmall + 8 * rows.size())) {
      std::vector<uint32_t> table(product, kNone);
      for (size_t i = 0; i < rows.size(); ++i) place(table[mix(rows[i])], i);
      return first;
    }
    std::unordered_map<uint64_t, uint32_t> table;
    for (size_t i = 0; i < rows.size(); ++i) place(table.try_emplace(mix(rows[i]), kNone).first->second, i);
    return first;
  }

  /// The chosen rows that an atom's filter leaves.
  struct Part {
    bool all = false;
    std::shared_ptr<const std::vector<uint32_t>> places;  ///< in the selection, where not all
  };

  std::optional<Part> PartOf(const metrics::BoundExpression& filter) const {
    if (filter.empty()) return Part{true, nullptr};
    const std::string name = ColumnName(asked_.rows, filter);
    {
      const std::lock_guard lock(selection_->mutex);
      const auto known = selection_->filters.find(name);
      if (known != selection_->filters.end()) return Part{false, known->second};
    }
    const NumberColumn* column = extract_.Find(name);
    const auto* flags = column == nullptr ? nullptr : std::get_if<std::vector<int8_t>>(&column->cells);
    if (flags == nullptr) return {};
    auto places = std::make_shared<std::vector<uint32_t>>();
    for (size_t i = 0; i < rows_->size(); ++i) {
      if ((*flags)[(*rows_)[i]] == 1) places->push_back(static_cast<uint32_t>(i));
    }
    const std::lock_guard lock(selection_->mutex);
    return Part{false, selection_->filters.try_emplace(name, std::move(places)).first->second};
  }

  /// Calls `visit(row of the extract, group)` for each row of the part.
  template <class Visit>
  void ForEach(const Part& part, const Visit& visit) const {
    if (part.all) {
      for (size_t i = 0; i < rows_->size(); ++i) visit((*rows_)[i], of_row_[i]);
    } else {
      for (const uint32_t i : *part.places) visit((*rows_)[i], of_row_[i]);
    }
  }

  void Place(const std::vector<int64_t>& counts) {
    for (size_t i = 0; i < answer_.rows.size(); ++i) answer_.rows[i].emplace_back(counts[i]);
  }

  bool AddAtom(const Atom& atom) {
    const std::optional<Part> part = PartOf(atom.filter);
    if (!part) return false;
    if (atom.kind == Atom::Kind::kCount) {
      std::vector<int64_t> counts(answer_.rows.size());
      if (counts.size() == 1) {
        counts[0] = static_cast<int64_t>(part->all ? rows_->size() : part->places->size());
      } else {
        ForEach(*part, [&](uint32_t, uint32_t group) { ++counts[group]; });
      }
      Place(counts);
      return true;
    }
    const NumberColumn* column = Find(atom.value);
    if (column == nullptr) return false;
    return std::visit([&](const auto& cells) { return AddValues(atom, *part, *column, cells); },
                      column->cells);
  }

  template <class T>
  bool AddValues(const Atom& atom, const Part& part, const NumberColumn& column,
                 const std::vector<T>& cells) {
    switch (atom.kind) {
      case Atom::Kind::kKnown: {
        std::vector<int64_t> counts(answer_.rows.size());
        ForEach(part, [&](uint32_t row, uint32_t group) { counts[group] += IsNone(cells[row]) ? 0 : 1; });
        Place(counts);
        return true;
      }
      case Atom::Kind::kSum:
        if constexpr (std::is_same_v<T, double>) return AddReals(atom, part, cells);
        if constexpr (!std::is_same_v<T, double>) return AddWhole(atom, part, column, cells);
      case Atom::Kind::kMedian:
        return AddQuantile(part, column, cells, 0.5);
      case Atom::Kind::kPercentile80:
        return AddQuantile(part, column, cells, 0.8);
      case Atom::Kind::kDistinct:
        return AddDistinct(part, cells);
      case Atom::Kind::kSpread:
        return AddSpread(part, column, cells);
      case Atom::Kind::kCount:
      case Atom::Kind::kSurvivalMedian:
      case Atom::Kind::kSurvivalSpread:
      case Atom::Kind::kIncidence:
        break;
    }
    throw InvariantError("an atom without a value");
  }

  bool AddReals(const Atom& atom, const Part& part, const std::vector<double>& cells) {
    if (atom.money) return false;
    std::vector<double> sums(answer_.rows.size());
    std::vector<bool> known(sums.size());
    ForEach(part, [&](uint32_t row, uint32_t group) {
      const double cell = cells[row];
      if (IsNone(cell)) return;
      sums[group] += cell;
      known[group] = true;
    });
    for (size_t i = 0; i < sums.size(); ++i) answer_.rows[i].push_back(known[i] ? Value(sums[i]) : Value());
    return true;
  }

  template <class T>
  bool AddWhole(const Atom& atom, const Part& part, const NumberColumn& column, const std::vector<T>& cells) {
    if (atom.money && column.decimal && column.scale > 2) return false;
    std::vector<int64_t> sums(answer_.rows.size());
    std::vector<uint8_t> known(sums.size());
    bool fits = true;
    ForEach(part, [&](uint32_t row, uint32_t group) {
      const T cell = cells[row];
      if (IsNone(cell)) return;
      int64_t& sum = sums[group];
      fits = !__builtin_add_overflow(sum, static_cast<int64_t>(cell), &sum) && fits;
      known[group] = 1;
    });
    if (!fits) return false;
    const int scale = column.decimal ? column.scale : 0;
    for (size_t i = 0; i < sums.size(); ++i) {
      if (known[i] == 0) {
        answer_.rows[i].emplace_back();
      } else if (atom.money) {
        int64_t minor = sums[i];
        for (int place = scale; place < 2; ++place) {
          if (__builtin_mul_overflow(minor, int64_t{10}, &minor)) return false;
        }
        answer_.rows[i].emplace_back(Money::FromMinor(minor));
      } else {
        answer_.rows[i].emplace_back(static_cast<double>(sums[i]) / std::pow(10.0, scale));
      }
    }
    return true;
  }

  /// As DuckDB's quantile_cont: between the two nearest values in proportion.
  template <class T>
  bool AddQuantile(const Part& part, const NumberColumn& column, const std::vector<T>& cells, double share) {
    if (column.decimal) return false;
    std::vector<std::vector<double>> values(answer_.rows.size());
    ForEach(part, [&](uint32_t row, uint32_t group) {
      const T cell = cells[row];
      if (!IsNone(cell)) values[group].push_back(static_cast<double>(cell));
    });
    for (size_t i = 0; i < values.size(); ++i) {
      std::vector<double>& list = values[i];
      if (list.empty()) {
        answer_.rows[i].emplace_back();
        continue;
      }
      const double place = static_cast<double>(list.size() - 1) * share;
      const auto below = static_cast<size_t>(std::floor(place));
      const double part_above = place - static_cast<double>(below);
      const auto at = list.begin() + static_cast<std::ptrdiff_t>(below);
      std::nth_element(list.begin(), at, list.end());
      const double above = std::next(at) == list.end() ? *at : *std::min_element(std::next(at), list.end());
      answer_.rows[i].emplace_back(*at + (above - *at) * part_above);
    }
    return true;
  }

  /// As string_agg of the values: what a median of several portals is made of.
  template <class T>
  bool AddSpread(const Part& part, const NumberColumn& column, const std::vector<T>& cells) {
    if (column.decimal) return false;
    std::vector<std::string> texts(answer_.rows.size());
    ForEach(part, [&](uint32_t row, uint32_t group) {
      const T cell = cells[row];
      if (IsNone(cell)) return;
      std::array<char, 32> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), cell).ptr;
      if (!texts[group].empty()) texts[group] += ' ';
      texts[group].append(digits.data(), end);
    });
    for (size_t i = 0; i < texts.size(); ++i)
      answer_.rows[i].push_back(texts[i].empty() ? Value() : Value(std::move(texts[i])));
    return true;
  }

  template <class T>
  bool AddDistinct(const Part& part, const std::vector<T>& cells) {
    std::vector<std::pair<uint32_t, T>> pairs;
    ForEach(part, [&](uint32_t row, uint32_t group) {
      const T cell = cells[row];
      if (!IsNone(cell)) pairs.emplace_back(group, cell);
    });
    std::sort(pairs.begin(), pairs.end());
    std::vector<int64_t> counts(answer_.rows.size());
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (i == 0 || pairs[i] != pairs[i - 1]) ++counts[pairs[i].first];
    }
    Place(counts);
    return true;
  }

  const Scan& scan_;
  const RowsAsked& asked_;
  const Extract& extract_;
  const Departments& departments_;
  const std::shared_ptr<Selection> selection_;
  mutable std::vector<std::shared_ptr<const NumberColumn>> held_;  ///< what Find has made
  const Rows* rows_ = nullptr;  ///< of the selection; null: only a statement can tell
  std::vector<uint32_t> of_row_;
  warehouse::ResultSet answer_;
};

}  // namespace

std::shared_ptr<Selection> Selections::Get(const std::string& key) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Selection>& selection = selections_[key];
  if (selection == nullptr) selection = std::make_shared<Selection>();
  return selection;
}

std::optional<warehouse::ResultSet> Aggregate(const Scan& scan, const RowsAsked& asked,
                                              const Extract& extract, const Departments& departments,
                                              Selections& selections) {
  return Aggregator(scan, asked, extract, departments, selections).Run();
}

std::optional<std::vector<uint32_t>> ChooseRows(const Scan& scan, const RowsAsked& asked,
                                                const Extract& extract, Selections& selections) {
  const Departments nobody;
  return Aggregator(scan, asked, extract, nobody, selections).TakeRows();
}

}  // namespace svodka::engine
