#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/made_columns.hpp"
#include "metrics/plan/scan.hpp"
#include "warehouse/columns.hpp"

/// Rows of a fact in our own memory: the keys, days and amounts that a page asks of one period, packed column
/// by column. A click or another filter chooses and adds up among them; no statement is run. See
/// docs/adr/0021.
namespace svodka::engine {

/// A scan taken apart: which rows an extract holds, and what is told row by row.
struct RowsAsked {
  std::string key;     ///< equal for scans that one extract can serve, whatever their days and members
  metrics::Scan rows;  ///< the fact with the conditions that stay; no grain, no atoms
  std::optional<DayRange> days;          ///< hull of `ranges`; nothing: the rows have no day of their own
  std::vector<DayRange> ranges;          ///< days that count; empty: all
  std::vector<metrics::Condition> keys;  ///< members of dimensions
  std::vector<metrics::BoundExpression> flags;  ///< default filters that hold in this request
};

/// Nothing for a scan that only a statement answers: first rows per card, fields, days without bounds.
std::optional<RowsAsked> TakeApart(const metrics::Scan& scan);

/// The columns that the scan reads of an extract of `asked` (derived.hpp: what depends on the as-of day is
/// told from columns that do not).
std::vector<metrics::BoundExpression> ColumnsOf(const metrics::Scan& scan, const RowsAsked& asked);

/// Columns that the next click may ask for: keys of the dimensions `named`, the default filters, the day.
std::vector<metrics::BoundExpression> ColumnsOfClicks(const RowsAsked& asked,
                                                      const std::set<std::string>& named);

/// Name of a column in an extract: equal for equal expressions.
std::string ColumnName(const metrics::Scan& rows, const metrics::BoundExpression& expression);

struct Extract {
  /// Takes as much again as the cells do, at most.
  explicit Extract(warehouse::ColumnSet cells_in)
      : cells(std::move(cells_in)), made(std::make_unique<MadeColumns>(cells.bytes())) {}

  std::optional<DayRange> days;  ///< rows of these days are whole
  std::vector<metrics::BoundExpression> expressions;
  std::unordered_map<std::string, size_t> places;  ///< column name -> place in `cells`
  const warehouse::ColumnSet cells;
  const std::unique_ptr<MadeColumns> made;

  /// With all that may yet be made of the cells.
  size_t bytes_max() const { return cells.bytes() + made->bytes_max(); }
  const warehouse::NumberColumn* Find(const std::string& name) const {
    const auto at = places.find(name);
    return at == places.end() ? nullptr : &cells.columns[at->second];
  }
};

class ExtractStore;

/// Reads the rows of `days` as an extract and keeps it; null where they are too many or no numbers, which is
/// kept too. Errors: those of the warehouse.
Result<std::shared_ptr<const Extract>> ReadExtract(const warehouse::Warehouse& warehouse,
                                                   const warehouse::QueryOptions& options,
                                                   const RowsAsked& asked,
                                                   const std::optional<DayRange>& days,
                                                   std::vector<metrics::BoundExpression> columns,
                                                   ExtractStore& store, int64_t data_version);

/// What the extracts of all portals of a process may take together: beyond it the least recently used go,
/// whosever they are. Thread-safe; outlives its stores.
class ExtractBudget {
 public:
  explicit ExtractBudget(size_t bytes_max) : bytes_max_(bytes_max) {}
  void Enter(ExtractStore& store);
  void Leave(ExtractStore& store);
  void Settle();
  /// Greater each time: says which extract was used last.
  uint64_t Tick() { return ++ticks_; }

 private:
  const size_t bytes_max_;
  std::atomic<uint64_t> ticks_ = 0;
  std::mutex mutex_;
  std::set<ExtractStore*> stores_;
};

/// The extracts of one data version, the least recently used go first. Thread-safe.
class ExtractStore {
 public:
  /// `budget`: shared with other portals; null: none is.
  explicit ExtractStore(size_t bytes_max, std::shared_ptr<ExtractBudget> budget = nullptr);
  ~ExtractStore();
  ExtractStore(const ExtractStore&) = delete;
  ExtractStore& operator=(const ExtractStore&) = delete;
  bool enabled() const { return bytes_max_ > 0; }

  /// One that covers `days` and has every column; null where there is none. `wider` takes the columns of one
  /// that covers the days but lacks some.
  std::shared_ptr<const Extract> Find(const std::string& key, int64_t data_version,
                                      const std::optional<DayRange>& days,
                                      const std::vector<std::string>& names,
                                      std::vector<metrics::BoundExpression>& wider);
  void Keep(const std::string& key, int64_t data_version, std::shared_ptr<const Extract> extract);
  /// These rows are too many, or not numbers: they are asked by statements.
  void Refuse(const std::string& key, int64_t data_version, const std::optional<DayRange>& days);
  bool IsRefused(const std::string& key, int64_t data_version, const std::optional<DayRange>& days);
  size_t bytes() const;
  /// Forgets all: they are read anew when asked for.
  void Clear();
  /// When the least recently used was used (ExtractBudget::Tick); nothing where there is none.
  std::optional<uint64_t> OldestUse() const;
  void DropOldest();

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Extract> extract;
    size_t bytes = 0;
    uint64_t used = 0;
  };
  bool StartVersion(int64_t data_version);
  void DropLast();

  const size_t bytes_max_;
  const std::shared_ptr<ExtractBudget> budget_;
  mutable std::mutex mutex_;
  int64_t data_version_ = -1;
  size_t bytes_ = 0;
  std::list<Entry> entries_;
  std::map<std::string, std::vector<std::optional<DayRange>>> refused_;
};

}  // namespace svodka::engine
