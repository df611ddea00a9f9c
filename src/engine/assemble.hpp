#pragma once

#include <deque>
#include <map>
#include <vector>

#include "engine/names.hpp"
#include "engine/numbers.hpp"
#include "engine/patience.hpp"
#include "engine/query_service.hpp"
#include "engine/spine.hpp"
#include "metrics/query/bind.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::engine {

using Cells = std::vector<AtomValues>;

/// Results of a plan's scans, in their order.
using ScanResults = std::vector<std::shared_ptr<const warehouse::ResultSet>>;

/// The rows of one level (number of leading dimensions kept).
using Level = std::map<Key, Cells, KeyLess>;

/// What the levels of one answer hold together, bounded before they fill the memory.
struct Room {
  size_t held = 0;
  /// Another row of so many values. Throws DiagnosticError `too_many_rows`.
  void Take(size_t values);
};

/// Joins the components of a plan on their keys (null equals null), at the last level and, with `totals`, at
/// all.
std::vector<Level> JoinComponents(const metrics::Plan& plan, const ScanResults& results, size_t dimensions,
                                  bool totals, Room& room, const Patience& patience);

/// One row before it becomes cells.
struct Line {
  const Key* key = nullptr;  ///< of a level, or of the assembly's own
  size_t level = 0;
  bool is_others = false;
  const Cells* current = nullptr;  ///< null where only the base has it
  const Cells* base = nullptr;
};

/// The rows of the answer, in order; the limit is applied to the rows of the last level, totals follow them
/// level by level, the grand total last. Bounded: `too_many_rows` for an answer too big to be of use, and the
/// caller's patience.
class Assembly {
 public:
  Assembly(const metrics::BoundQuery& query, const Names& names, Language language, std::stop_token stop)
      : query_(query), names_(names), language_(language), stop_(std::move(stop)) {}

  void Build(const ScanResults& current, const ScanResults* base);
  /// The same of rows that are joined already; `base`: with a comparison.
  void Build(std::vector<Level> current, std::vector<Level> base);
  /// Keys shown of the last level, when some were cut off by the limit and "others" is asked.
  std::optional<std::vector<Key>> CutOff() const;
  /// The rest as the sum of the rows cut off, where every measure is made of sums; false where it has to be
  /// asked for, or none is wanted.
  bool AddOthersFromLines();
  void AddOthers(const metrics::Plan& plan, const ScanResults& current, const metrics::Plan* base_plan,
                 const ScanResults* base);
  /// The same of a row that is joined already; `base`: with a comparison.
  void AddOthers(const metrics::Plan& plan, Cells current, const metrics::Plan* base_plan, Cells base);
  Table ToTable() const;

 private:
  /// A level on its way to lines: what is joined, and the buckets that stand empty beside it.
  struct Part {
    std::vector<Line> lines;  ///< joined, of the period and of the base
    Spine spine;
    size_t rows = 0;  ///< lines, and the spine's rows that are not among them
  };
  Part PartOf(size_t level, Spine spine) const;
  /// Whether a row of the level is joined, in the period or in the base.
  bool IsJoined(const Key& key, size_t level) const;
  void AddPrefixes();
  void CheckSize(const std::vector<Part>& parts) const;
  /// The first `limit` rows of a level in the order asked for; the joined lines that were cut off are `rest`.
  std::vector<Line> Choose(size_t level, const Part& part, size_t limit, std::vector<Line>* rest);
  void ShiftBase(std::vector<Level>& levels);
  size_t CountColumns() const;
  Value ValueAt(const Line& line, size_t measure, size_t part) const;
  Value MeasureAt(const Line& line, size_t measure, bool base) const;
  std::vector<Value> ValuesOf(const Line& line, size_t measure) const;
  bool NotBegun(const Key& key) const;
  /// Whether the line's time lies beyond the days that are compared with: nothing there is no zero.
  bool BeyondBase(const Line& line, const metrics::Measure& measure) const;
  /// Of a cohort measure: nothing where there is no cohort (or no day that it began on).
  std::optional<bool> RipeAt(const Line& line, size_t measure, bool base) const;
  /// The last day on which a card of the line could have been created, at most today.
  std::optional<Day> LastDayOf(const Line& line, bool base) const;
  void AddRipeness(const Line& line, size_t measure, std::vector<Cell>& row, json::object& unripe,
                   int64_t place) const;
  Member MemberOf(size_t dimension, const Value& key) const;
  void PrepareLabels() const;

  const metrics::BoundQuery& query_;
  const Names& names_;
  Language language_;
  std::stop_token stop_;
  Patience patience_{stop_};  ///< of the step that runs
  Room room_;
  std::vector<Level> current_;
  std::vector<Level> base_;
  std::map<size_t, std::map<int64_t, int64_t>> base_buckets_;  ///< time dimension -> current bucket -> base's
  void PlaceOthers(const Line& line);
  friend class LineOrder;

  std::deque<Key> own_keys_;  ///< of lines that no level holds
  std::vector<Line> lines_;
  std::vector<Line> rest_;  ///< of the last level, beyond the limit
  bool cut_ = false;
  const metrics::Plan* others_plan_ = nullptr;
  const metrics::Plan* others_base_plan_ = nullptr;
  Cells others_current_;
  Cells others_base_;
};

}  // namespace svodka::engine
