#pragma once

#include <map>
#include <vector>

#include "engine/dictionary.hpp"
#include "engine/numbers.hpp"
#include "engine/query_service.hpp"
#include "metrics/query/bind.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::engine {

using Key = std::vector<Value>;  ///< one value per dimension: an integer key, a text of a field, or null
using Cells = std::vector<AtomValues>;

/// Results of a plan's scans, in their order.
using ScanResults = std::vector<std::shared_ptr<const warehouse::ResultSet>>;

/// The rows of one level (number of leading dimensions kept).
using Level = std::map<Key, Cells>;

/// Joins the components of a plan on their keys (null equals null), at the last level and, with `totals`, at
/// all.
std::vector<Level> JoinComponents(const metrics::Plan& plan, const ScanResults& results, size_t dimensions,
                                  bool totals);

/// One row before it becomes cells.
struct Line {
  Key key;
  size_t level = 0;
  bool is_others = false;
  const Cells* current = nullptr;  ///< null where only the base has it
  const Cells* base = nullptr;
};

/// The rows of the answer, in order; the limit is applied to the rows of the last level, totals follow them
/// level by level, the grand total last.
class Assembly {
 public:
  Assembly(const metrics::BoundQuery& query, const Dictionary& dictionary, Language language)
      : query_(query), dictionary_(dictionary), language_(language) {}

  void Build(const ScanResults& current, const ScanResults* base);
  /// Keys shown of the last level, when some were cut off by the limit and "others" is asked.
  std::optional<std::vector<Key>> CutOff() const;
  /// The rest as the sum of the rows cut off, where every measure is made of sums; false where it has to be
  /// asked for, or none is wanted.
  bool AddOthersFromLines();
  void AddOthers(const metrics::Plan& plan, const ScanResults& current, const metrics::Plan* base_plan,
                 const ScanResults* base);
  Table ToTable() const;

 private:
  void AddSpine(Level& rows, size_t level) const;
  void ShiftBase(std::vector<Level>& levels);
  Value MeasureAt(const Line& line, size_t measure, bool base) const;
  std::vector<Value> ValuesOf(const Line& line, size_t measure) const;
  bool NotBegun(const Key& key) const;
  /// Of a cohort measure: nothing where there is no cohort (or no day that it began on).
  std::optional<bool> RipeAt(const Line& line, size_t measure, bool base) const;
  /// The last day on which a card of the line could have been created, at most today.
  std::optional<Day> LastDayOf(const Line& line, bool base) const;
  void AddRipeness(const Line& line, size_t measure, std::vector<Cell>& row, json::object& unripe,
                   int64_t place) const;
  void Sort(std::vector<Line>& lines) const;
  Member MemberOf(size_t dimension, const Value& key) const;
  void PrepareLabels() const;

  const metrics::BoundQuery& query_;
  const Dictionary& dictionary_;
  Language language_;
  std::vector<Level> current_;
  std::vector<Level> base_;
  std::map<size_t, std::map<int64_t, int64_t>> base_buckets_;  ///< time dimension -> current bucket -> base's
  void PlaceOthers(Line line);

  std::vector<Line> lines_;
  std::vector<Line> rest_;  ///< of the last level, beyond the limit
  bool cut_ = false;
  const metrics::Plan* others_plan_ = nullptr;
  const metrics::Plan* others_base_plan_ = nullptr;
  Cells others_current_;
  Cells others_base_;
};

}  // namespace svodka::engine
