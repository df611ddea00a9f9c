#pragma once

#include <memory>
#include <string>

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
  std::string name() const { return "in_" + spec_.name; }

 private:
  struct Impl;
  const TableSpec& spec_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace svodka::warehouse
