#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "warehouse/internal/tables.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::warehouse {

/// The temporary table `in_TABLE` of a load: columns n (running number over the whole load), h (hash of the
/// row) and every column that a batch may give. Rows are written in vectors, never cell by cell through SQL.
class StagingTable {
 public:
  StagingTable(Connection& connection, const TableSpec& spec);
  ~StagingTable();
  StagingTable(const StagingTable&) = delete;
  StagingTable& operator=(const StagingTable&) = delete;

  /// Appends the rows, numbered from `first`. Throws `bad_row` (place: table[row].column).
  void Append(const Batch& batch, int64_t first);
  /// Must be called once before the table is read; nothing can be appended after it.
  void Flush();
  const TableSpec& spec() const { return spec_; }
  int64_t rows() const { return rows_; }
  /// False: no two rows have the same key. Valid after Flush.
  bool MayRepeatKeys() const { return may_repeat_; }
  /// False: no row belongs to this kind of card (tables with a column `entity`).
  bool MayHaveEntity(const std::string& entity) const { return !has_entity_ || entities_.contains(entity); }
  std::string name() const { return "in_" + spec_.name; }

 private:
  struct Impl;
  const TableSpec& spec_;
  int64_t rows_ = 0;
  std::vector<uint64_t> key_hashes_;  ///< of every row, until Flush
  bool may_repeat_ = true;
  bool has_entity_ = false;
  std::set<std::string, std::less<>> entities_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace svodka::warehouse
