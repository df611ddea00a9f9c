// Statements that write: run one after another, without keeping a processor busy by waiting.
#include <chrono>
#include <initializer_list>
#include <string_view>
#include <thread>
#include <utility>

#include "warehouse/internal/duck.hpp"
#include "warehouse/internal/duck_owners.hpp"

namespace svodka::warehouse {
namespace {

[[noreturn]] void Throw(std::string_view text, duckdb_error_type type, std::string_view place) {
  throw DiagnosticError(MapStorageError(text, type, place));
}

/// The statements of one text.
struct Statements {
  duckdb_extracted_statements raw = nullptr;
  idx_t count = 0;
  Statements(duckdb_connection connection, const std::string& sql, std::string_view place)
      : count(duckdb_extract_statements(connection, sql.c_str(), &raw)) {
    const char* error = duckdb_extract_statements_error(raw);
    if (error == nullptr) return;
    const std::string text = error;
    duckdb_destroy_extracted(&raw);
    Throw(text, DUCKDB_ERROR_PARSER, place);
  }
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;
  ~Statements() { duckdb_destroy_extracted(&raw); }
};

/// A statement that is being worked at.
struct Pending {
  duckdb_pending_result raw = nullptr;
  ~Pending() { duckdb_destroy_pending(&raw); }
};

/// A pending statement tells only the text of its error, which begins with the kind.
duckdb_error_type TypeOf(std::string_view text) {
  for (const auto& [kind, type] : std::initializer_list<std::pair<std::string_view, duckdb_error_type>>{
           {"Constraint Error", DUCKDB_ERROR_CONSTRAINT},
           {"Conversion Error", DUCKDB_ERROR_CONVERSION},
           {"Out of Range Error", DUCKDB_ERROR_OUT_OF_RANGE},
           {"Invalid Input Error", DUCKDB_ERROR_INVALID_INPUT},
           {"Out of Memory Error", DUCKDB_ERROR_OUT_OF_MEMORY},
           {"INTERRUPT Error", DUCKDB_ERROR_INTERRUPT},
           {"IO Error", DUCKDB_ERROR_IO},
           {"Catalog Error", DUCKDB_ERROR_CATALOG},
           {"Binder Error", DUCKDB_ERROR_BINDER}}) {
    if (text.starts_with(kind)) return type;
  }
  return DUCKDB_ERROR_INVALID;
}

/// Runs a statement. While only other threads have work left, this one sleeps: DuckDB's own loop asks them
/// again and again, for a sixth of the processor time of a small load.
void Execute(duckdb_prepared_statement statement, duckdb_result* answer, std::string_view place) {
  Pending pending;
  if (duckdb_pending_prepared(statement, &pending.raw) != DuckDBSuccess) {
    const char* text = duckdb_pending_error(pending.raw);
    Throw(text != nullptr ? text : "statement cannot be run", DUCKDB_ERROR_INVALID, place);
  }
  auto state = DUCKDB_PENDING_RESULT_NOT_READY;
  while (!duckdb_pending_execution_is_finished(state)) {
    if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE)
      std::this_thread::sleep_for(std::chrono::microseconds{20});
    state = duckdb_pending_execute_task(pending.raw);
  }
  if (state == DUCKDB_PENDING_ERROR) {
    const char* text = duckdb_pending_error(pending.raw);
    const std::string_view error = text != nullptr ? text : "statement failed";
    Throw(error, TypeOf(error), place);
  }
  if (duckdb_execute_pending(pending.raw, answer) != DuckDBSuccess) {
    const char* text = duckdb_result_error(answer);
    Throw(text != nullptr ? text : "statement failed", duckdb_result_error_type(answer), place);
  }
}

/// Rows that a statement changed or made.
int64_t RowsOf(duckdb_result& answer) {
  const auto changed = static_cast<int64_t>(duckdb_rows_changed(&answer));
  if (changed > 0 || duckdb_column_count(&answer) != 1 ||
      duckdb_column_type(&answer, 0) != DUCKDB_TYPE_BIGINT ||
      std::string_view(duckdb_column_name(&answer, 0)) != "Count") {
    return changed;
  }
  // CREATE TABLE AS tells its rows only as an answer.
  const Chunk chunk{duckdb_fetch_chunk(answer)};
  if (chunk.raw == nullptr || duckdb_data_chunk_get_size(chunk.raw) != 1) return changed;
  return static_cast<const int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.raw, 0)))[0];
}

}  // namespace

int64_t Connection::Run(const std::string& sql, std::string_view place) {
  const Statements statements(connection_, sql, place);
  int64_t rows = 0;
  for (idx_t i = 0; i < statements.count; ++i) {
    Statement statement;
    if (duckdb_prepare_extracted_statement(connection_, statements.raw, i, &statement.raw) != DuckDBSuccess) {
      const char* text = duckdb_prepare_error(statement.raw);
      Throw(text != nullptr ? text : "statement cannot be prepared", DUCKDB_ERROR_PARSER, place);
    }
    HeldAnswer answer;
    Execute(statement.raw, &answer.raw, place);
    rows = RowsOf(answer.raw);
  }
  return rows;
}

}  // namespace svodka::warehouse
