#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <duckdb.h>

#include "base/result.hpp"
#include "base/value.hpp"
#include "warehouse/columns.hpp"
#include "warehouse/warehouse.hpp"

/// Thin owners over DuckDB's C API. Errors are thrown as DiagnosticError and become a Result at the edge of
/// the folder.
namespace svodka::warehouse {

/// Maps what DuckDB says to a code: `disk_full`, `storage_locked`, `storage_unwritable`, `cancelled`,
/// `out_of_memory`, `bad_sql`, `storage_error`. `place` names the statement.
Diagnostic MapStorageError(std::string_view text, duckdb_error_type type, std::string_view place);

class Database {
 public:
  explicit Database(const Settings& settings);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  duckdb_database raw() const { return database_; }

 private:
  duckdb_database database_ = nullptr;
};

/// One connection; not thread-safe except Interrupt.
class Connection {
 public:
  explicit Connection(const Database& database);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one or more statements; `place` names them in errors. Returns the rows that the last one
  /// changed, or put into the table it made.
  int64_t Run(const std::string& sql, std::string_view place = "");
  /// Runs one statement and reads its whole answer; `too_many_rows` beyond rows_max.
  ResultSet Fetch(const std::string& sql, std::span<const Value> params = {}, size_t rows_max = SIZE_MAX,
                  std::string_view place = "");
  /// As Fetch, column by column.
  ColumnSet FetchColumns(const std::string& sql, std::span<const Value> params = {},
                         size_t rows_max = SIZE_MAX, std::string_view place = "");
  /// The single integer that a statement answers; 0 for NULL or no row.
  int64_t Integer(const std::string& sql, std::string_view place = "");
  void Interrupt() { duckdb_interrupt(connection_); }
  duckdb_connection raw() const { return connection_; }

 private:
  void Answer(const std::string& sql, std::span<const Value> params, std::string_view place,
              duckdb_result* answer);
  duckdb_connection connection_ = nullptr;
};

/// `'it''s'`
std::string Quote(std::string_view text);
/// `TIMESTAMP` literal of a moment.
std::string Literal(Instant instant);

}  // namespace svodka::warehouse
