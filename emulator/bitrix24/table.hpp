#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "emulator/bitrix24/field.hpp"

/// Reading of one of the portal's tables: filter, order, page.
namespace svodka::emulator::bitrix24 {

/// What a call ends with instead of a result.
struct ApiError {
  int status = 400;
  std::string code, description;
};

/// Moments of change in order, to find what changed lately without a walk through everything. A row changed
/// again stands in it several times; only the entry equal to the row's present moment counts.
class ChangeIndex {
 public:
  struct Entry {
    Second at;
    uint32_t id;
  };
  void Build(std::vector<Entry> entries);
  /// `at` must not be before the latest entry; an older one is raised to it.
  void Append(Second at, uint32_t id);
  const std::vector<Entry>& entries() const { return entries_; }
  size_t LowerBound(Second at) const;

 private:
  std::vector<Entry> entries_;
};

/// One table of the portal. Row ids are 1..size(); a deleted row is skipped.
struct Table {
  const Fields* fields = nullptr;
  std::function<size_t(const Company&)> size;
  std::function<bool(const Company&, uint32_t)> gone;
  /// Name of the field of change (`DATE_MODIFY` / `updatedTime`), its index and its getter; may be empty.
  struct Changes {
    std::string legacy, item;
    const ChangeIndex* index;
    std::function<Second(const Company&, uint32_t)> at;
  };
  std::vector<Changes> changes;
  /// Ids of the rows of one card, newest first, when the filter names it; may be empty.
  std::function<std::optional<std::vector<uint32_t>>(const Company&, const json::object& filter)> of_card;
  size_t gone_count = 0;
};

/// A condition on one field, or a group of them.
struct Condition {
  enum class Operator {
    kEqual,
    kNotEqual,
    kGreater,
    kGreaterEqual,
    kLess,
    kLessEqual,
    kIn,
    kNotIn,
    kLike,
    kNotLike,
    kAll,
    kAny
  };
  Operator op = Operator::kEqual;
  const Field* field = nullptr;
  bool starts = false, ends = false;  ///< of kLike: `=%` anchors the start, `%=` the end
  std::vector<std::string> values;
  std::vector<bool> null_values;
  std::vector<std::optional<double>> numbers;   ///< the values as numbers
  std::vector<std::optional<int64_t>> moments;  ///< and as seconds
  std::vector<Condition> children;              ///< of kAll and kAny
};

/// Reads a filter. Names that the table does not have: ignored in the legacy dialect, ApiError
/// INVALID_ARG_VALUE in the other. `positional` keys (`BINDINGS`, `logic`) are understood.
Condition ParseFilter(const Table& table, const json::value* filter, Dialect dialect);
bool Matches(const Condition& condition, const Company& company, uint32_t id, Dialect dialect);
/// ISO with an offset, `YYYY-MM-DD[ HH:MM:SS]` or `dd.mm.yyyy[ HH:MM:SS]` in the portal's zone.
std::optional<int64_t> ParseMoment(const std::string& text);

struct ListRequest {
  const json::value* filter = nullptr;
  std::vector<std::pair<std::string, bool>> order;  ///< field, descending
  int64_t start = 0;                                ///< -1: without counting
  Dialect dialect = Dialect::kLegacy;
};
struct ListPage {
  std::vector<uint32_t> ids;  ///< up to 50
  int64_t total = 0;
  std::optional<int64_t> next;
  size_t scanned = 0;
};
inline constexpr size_t kPageSize = 50;
ListPage Page(const Table& table, const Company& company, const ListRequest& request);

/// Rows in the dialect. `select` empty: all but on-demand fields; `*` and `UF_*` as in the portal.
json::value WriteRow(const Table& table, const Company& company, uint32_t id, Dialect dialect,
                     const std::vector<std::string>& select, bool everything = false);
/// The chosen fields of a select, in the table's order.
std::vector<const Field*> Chosen(const Table& table, Dialect dialect, const std::vector<std::string>& select,
                                 bool everything);
json::value WriteRow(const std::vector<const Field*>& chosen, const Company& company, uint32_t id,
                     Dialect dialect);

}  // namespace svodka::emulator::bitrix24
