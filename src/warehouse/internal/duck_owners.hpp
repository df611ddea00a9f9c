#pragma once

#include "warehouse/internal/duck.hpp"

/// Owners of what DuckDB's C interface hands out.
namespace svodka::warehouse {

/// Ends a prepared statement and a result whatever happens.
struct Statement {
  duckdb_prepared_statement raw = nullptr;
  ~Statement() { duckdb_destroy_prepare(&raw); }
};
struct HeldAnswer {
  duckdb_result raw{};
  ~HeldAnswer() { duckdb_destroy_result(&raw); }
};
struct Chunk {
  duckdb_data_chunk raw = nullptr;
  ~Chunk() {
    if (raw != nullptr) duckdb_destroy_data_chunk(&raw);
  }
};
struct LogicalType {
  duckdb_logical_type raw = nullptr;
  ~LogicalType() { duckdb_destroy_logical_type(&raw); }
};

}  // namespace svodka::warehouse
