#include "warehouse/internal/duck.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <limits>
#include <vector>

#include "warehouse/internal/duck_owners.hpp"

namespace svodka::warehouse {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

[[noreturn]] void Throw(std::string_view text, duckdb_error_type type, std::string_view place) {
  throw DiagnosticError(MapStorageError(text, type, place));
}

void Bind(duckdb_prepared_statement statement, std::span<const Value> params) {
  for (size_t i = 0; i < params.size(); ++i) {
    const idx_t at = i + 1;
    struct Visitor {
      duckdb_prepared_statement statement;
      idx_t at;
      duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, at); }
      duckdb_state operator()(bool value) const { return duckdb_bind_boolean(statement, at, value); }
      duckdb_state operator()(int64_t value) const { return duckdb_bind_int64(statement, at, value); }
      duckdb_state operator()(double value) const { return duckdb_bind_double(statement, at, value); }
      duckdb_state operator()(Money value) const {
        const int64_t minor = value.minor();
        duckdb_decimal decimal{18, 2, {static_cast<uint64_t>(minor), minor < 0 ? -1 : 0}};
        return duckdb_bind_decimal(statement, at, decimal);
      }
      duckdb_state operator()(Day value) const { return duckdb_bind_int32(statement, at, value.number); }
      duckdb_state operator()(Instant value) const {
        return duckdb_bind_timestamp(statement, at, duckdb_timestamp{value.time_since_epoch().count()});
      }
      duckdb_state operator()(const std::string& value) const {
        return duckdb_bind_varchar_length(statement, at, value.data(), value.size());
      }
    };
    if (std::visit(Visitor{statement, at}, params[i]) != DuckDBSuccess) {
      throw DiagnosticError({"bad_sql",
                             "parameter " + std::to_string(at) + " cannot be bound: the statement has fewer",
                             "",
                             {}});
    }
  }
}

/// How the cells of one column are read.
struct ColumnReader {
  duckdb_type type = DUCKDB_TYPE_INVALID;
  duckdb_type internal = DUCKDB_TYPE_INVALID;
  uint8_t scale = 0;
  ColumnType shown = ColumnType::kText;
};

ColumnReader MakeReader(duckdb_result& result, idx_t column) {
  ColumnReader reader;
  reader.type = duckdb_column_type(&result, column);
  switch (reader.type) {
    case DUCKDB_TYPE_BOOLEAN:
      reader.shown = ColumnType::kBool;
      break;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
      reader.shown = ColumnType::kInteger;
      break;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      reader.shown = ColumnType::kDouble;
      break;
    case DUCKDB_TYPE_DECIMAL: {
      LogicalType logical{duckdb_column_logical_type(&result, column)};
      reader.scale = duckdb_decimal_scale(logical.raw);
      reader.internal = duckdb_decimal_internal_type(logical.raw);
      reader.shown = reader.scale <= 2 ? ColumnType::kMoney : ColumnType::kDouble;
      break;
    }
    case DUCKDB_TYPE_DATE:
      reader.shown = ColumnType::kDay;
      break;
    case DUCKDB_TYPE_TIMESTAMP:
      reader.shown = ColumnType::kInstant;
      break;
    case DUCKDB_TYPE_VARCHAR:
      reader.shown = ColumnType::kText;
      break;
    default:
      throw DiagnosticError(
          {"bad_sql",
           std::string("column \"") + duckdb_column_name(&result, column) +
               "\" has a type that is not read; cast it to TEXT, BIGINT, DOUBLE or DECIMAL(18,2)",
           "",
           {}});
  }
  return reader;
}

Value FromHuge(duckdb_hugeint value) {
  const auto low = static_cast<int64_t>(value.lower);
  if ((value.upper == 0 && low >= 0) || (value.upper == -1 && low < 0)) return low;
  throw DiagnosticError({"number_out_of_range", "a whole number does not fit into 64 bits", "", {}});
}

using Wide = __int128_t;  // NOLINT

Wide ToWide(duckdb_hugeint value) {
  return static_cast<Wide>((static_cast<__uint128_t>(static_cast<uint64_t>(value.upper)) << 64) |
                           value.lower);
}

Value FromDecimal(Wide value, uint8_t scale) {
  if (scale > 2) {
    long double divisor = 1;
    for (uint8_t i = 0; i < scale; ++i) divisor *= 10;
    return static_cast<double>(static_cast<long double>(value) / divisor);
  }
  for (uint8_t i = scale; i < 2; ++i) value *= 10;
  if (value > INT64_MAX || value < INT64_MIN) {
    throw DiagnosticError(
        {"number_out_of_range", "an amount does not fit into 64 bits of hundredths", "", {}});
  }
  return Money::FromMinor(static_cast<int64_t>(value));
}

template <class T, class Convert>
void FillColumn(std::vector<std::vector<Value>>& rows, size_t first, size_t column, idx_t size,
                const void* data, const uint64_t* validity, Convert convert) {
  const T* cells = static_cast<const T*>(data);
  for (idx_t i = 0; i < size; ++i) {
    if (validity != nullptr && (validity[i / 64] >> (i % 64) & 1U) == 0) continue;  // stays NULL
    rows[first + i][column] = convert(cells[i]);
  }
}

template <class T>
void FillIntegers(std::vector<std::vector<Value>>& rows, size_t first, size_t column, idx_t size,
                  const void* data, const uint64_t* validity) {
  FillColumn<T>(rows, first, column, size, data, validity, [](T cell) -> Value {
    if constexpr (std::is_same_v<T, uint64_t>) {
      if (cell > static_cast<uint64_t>(INT64_MAX)) {
        throw DiagnosticError({"number_out_of_range", "a whole number does not fit into 64 bits", "", {}});
      }
    }
    return static_cast<int64_t>(cell);
  });
}

void ReadColumn(const ColumnReader& reader, duckdb_vector vector, idx_t size, size_t first, size_t column,
                std::vector<std::vector<Value>>& rows) {
  const void* data = duckdb_vector_get_data(vector);
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  const auto decimal = [&](auto cell) -> Value { return FromDecimal(static_cast<Wide>(cell), reader.scale); };
  switch (reader.type) {
    case DUCKDB_TYPE_BOOLEAN:
      return FillColumn<bool>(rows, first, column, size, data, validity,
                              [](bool cell) -> Value { return cell; });
    case DUCKDB_TYPE_TINYINT:
      return FillIntegers<int8_t>(rows, first, column, size, data, validity);
    case DUCKDB_TYPE_SMALLINT:
      return FillIntegers<int16_t>(rows, first, column, size, data, validity);
    case DUCKDB_TYPE_INTEGER:
      return FillIntegers<int32_t>(rows, first, column, size, data, validity);
    case DUCKDB_TYPE_BIGINT:
      return FillIntegers<int64_t>(rows, first, column, size, data, validity);
    case DUCKDB_TYPE_UTINYINT:
      return FillIntegers<uint8_t>(rows, first, column, size, data, validity);
    case DUCKDB_TYPE_USMALLINT:
      return FillIntegers<uint16_t>(rows, first, column, size, data, validity);
    case DUCKDB_TYPE_UINTEGER:
      return FillIntegers<uint32_t>(rows, first, column, size, data, validity);
    case DUCKDB_TYPE_UBIGINT:
      return FillIntegers<uint64_t>(rows, first, column, size, data, validity);
    case DUCKDB_TYPE_HUGEINT:
      return FillColumn<duckdb_hugeint>(rows, first, column, size, data, validity,
                                        [](duckdb_hugeint cell) { return FromHuge(cell); });
    case DUCKDB_TYPE_FLOAT:
      return FillColumn<float>(rows, first, column, size, data, validity,
                               [](float cell) -> Value { return static_cast<double>(cell); });
    case DUCKDB_TYPE_DOUBLE:
      return FillColumn<double>(rows, first, column, size, data, validity,
                                [](double cell) -> Value { return cell; });
    case DUCKDB_TYPE_DECIMAL:
      if (reader.internal == DUCKDB_TYPE_SMALLINT) {
        return FillColumn<int16_t>(rows, first, column, size, data, validity, decimal);
      }
      if (reader.internal == DUCKDB_TYPE_INTEGER) {
        return FillColumn<int32_t>(rows, first, column, size, data, validity, decimal);
      }
      if (reader.internal == DUCKDB_TYPE_BIGINT) {
        return FillColumn<int64_t>(rows, first, column, size, data, validity, decimal);
      }
      return FillColumn<duckdb_hugeint>(
          rows, first, column, size, data, validity,
          [&](duckdb_hugeint cell) -> Value { return FromDecimal(ToWide(cell), reader.scale); });
    case DUCKDB_TYPE_DATE:
      return FillColumn<int32_t>(rows, first, column, size, data, validity,
                                 [](int32_t cell) -> Value { return Day{cell}; });
    case DUCKDB_TYPE_TIMESTAMP:
      return FillColumn<int64_t>(rows, first, column, size, data, validity, [](int64_t cell) -> Value {
        return Instant{std::chrono::microseconds{cell}};
      });
    case DUCKDB_TYPE_VARCHAR:
      return FillColumn<duckdb_string_t>(
          rows, first, column, size, data, validity, [](duckdb_string_t cell) -> Value {
            return std::string(duckdb_string_t_data(&cell), duckdb_string_t_length(cell));
          });
    default:
      throw InvariantError("column type without a reader");
  }
}

[[noreturn]] void ThrowTooMany(size_t rows_max) {
  throw DiagnosticError({"too_many_rows",
                         "the answer has more than " + std::to_string(rows_max) +
                             " rows; narrow the period or the filters, or ask for fewer dimensions",
                         "",
                         {}});
}

ResultSet ReadAnswer(duckdb_result& result, size_t rows_max) {
  ResultSet set;
  const idx_t columns = duckdb_column_count(&result);
  std::vector<ColumnReader> readers;
  for (idx_t column = 0; column < columns; ++column) {
    readers.push_back(MakeReader(result, column));
    set.names.emplace_back(duckdb_column_name(&result, column));
    set.types.push_back(readers.back().shown);
  }
  while (true) {
    Chunk chunk{duckdb_fetch_chunk(result)};
    if (chunk.raw == nullptr) break;
    const idx_t size = duckdb_data_chunk_get_size(chunk.raw);
    if (size == 0) break;
    const size_t first = set.rows.size();
    if (first + size > rows_max) {
      ThrowTooMany(rows_max);
    }
    set.rows.resize(first + size);
    for (idx_t i = 0; i < size; ++i) set.rows[first + i].resize(columns);
    for (idx_t column = 0; column < columns; ++column) {
      ReadColumn(readers[column], duckdb_data_chunk_get_vector(chunk.raw, column), size, first, column,
                 set.rows);
    }
  }
  return set;
}

template <class To, class From, class Convert>
void AppendColumn(std::vector<To>& cells, idx_t size, const void* data, const uint64_t* validity, To none,
                  Convert convert) {
  const From* from = static_cast<const From*>(data);
  const size_t first = cells.size();
  cells.resize(first + size);
  for (idx_t i = 0; i < size; ++i) {
    const bool known = validity == nullptr || ((validity[i / 64] >> (i % 64)) & 1U) != 0;
    cells[first + i] = known ? convert(from[i]) : none;
  }
}

template <class To, class From>
void AppendPlain(std::vector<To>& cells, idx_t size, const void* data, const uint64_t* validity, To none) {
  AppendColumn<To, From>(cells, size, data, validity, none, [](From cell) { return static_cast<To>(cell); });
}

int64_t NarrowWide(Wide value) {
  if (value > INT64_MAX || value <= INT64_MIN) {
    throw DiagnosticError({"number_out_of_range", "a whole number does not fit into 64 bits", "", {}});
  }
  return static_cast<int64_t>(value);
}

/// An empty column as wide as its cells need.
NumberColumn StartColumn(const ColumnReader& reader) {
  NumberColumn column;
  column.decimal = reader.type == DUCKDB_TYPE_DECIMAL;
  column.scale = reader.scale;
  switch (column.decimal ? DUCKDB_TYPE_BIGINT : reader.type) {
    case DUCKDB_TYPE_BOOLEAN:
      column.cells = std::vector<int8_t>();
      break;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
      column.cells = std::vector<int32_t>();
      break;
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_HUGEINT:
      column.cells = std::vector<int64_t>();
      break;
    case DUCKDB_TYPE_DOUBLE:
      column.cells = std::vector<double>();
      break;
    default:
      throw DiagnosticError({"bad_sql", "a column by column answer holds numbers only", "", {}});
  }
  return column;
}

void AppendCells(const ColumnReader& reader, duckdb_vector vector, idx_t size, NumberColumn& column) {
  const void* data = duckdb_vector_get_data(vector);
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  if (auto* flags = std::get_if<std::vector<int8_t>>(&column.cells))
    return AppendPlain<int8_t, bool>(*flags, size, data, validity, kNoFlag);
  if (auto* reals = std::get_if<std::vector<double>>(&column.cells)) {
    return AppendPlain<double, double>(*reals, size, data, validity,
                                       std::numeric_limits<double>::quiet_NaN());
  }
  if (auto* narrow = std::get_if<std::vector<int32_t>>(&column.cells)) {
    if (reader.type == DUCKDB_TYPE_TINYINT)
      return AppendPlain<int32_t, int8_t>(*narrow, size, data, validity, kNoInt32);
    if (reader.type == DUCKDB_TYPE_SMALLINT)
      return AppendPlain<int32_t, int16_t>(*narrow, size, data, validity, kNoInt32);
    return AppendPlain<int32_t, int32_t>(*narrow, size, data, validity, kNoInt32);
  }
  auto& wide = std::get<std::vector<int64_t>>(column.cells);
  const duckdb_type kind = column.decimal ? reader.internal : reader.type;
  if (kind == DUCKDB_TYPE_SMALLINT)
    return AppendPlain<int64_t, int16_t>(wide, size, data, validity, kNoInt64);
  if (kind == DUCKDB_TYPE_INTEGER) return AppendPlain<int64_t, int32_t>(wide, size, data, validity, kNoInt64);
  if (kind == DUCKDB_TYPE_BIGINT) return AppendPlain<int64_t, int64_t>(wide, size, data, validity, kNoInt64);
  AppendColumn<int64_t, duckdb_hugeint>(wide, size, data, validity, kNoInt64,
                                        [](duckdb_hugeint cell) { return NarrowWide(ToWide(cell)); });
}

ColumnSet ReadColumns(duckdb_result& result, size_t rows_max) {
  ColumnSet set;
  std::vector<ColumnReader> readers;
  for (idx_t column = 0; column < duckdb_column_count(&result); ++column) {
    readers.push_back(MakeReader(result, column));
    set.columns.push_back(StartColumn(readers.back()));
  }
  while (true) {
    Chunk chunk{duckdb_fetch_chunk(result)};
    const idx_t size = chunk.raw == nullptr ? 0 : duckdb_data_chunk_get_size(chunk.raw);
    if (size == 0) return set;
    if (set.rows + size > rows_max) ThrowTooMany(rows_max);
    set.rows += size;
    for (size_t column = 0; column < readers.size(); ++column) {
      AppendCells(readers[column], duckdb_data_chunk_get_vector(chunk.raw, column), size,
                  set.columns[column]);
    }
  }
}

}  // namespace

size_t ColumnSet::bytes() const {
  size_t sum = 0;
  for (const NumberColumn& column : columns) {
    sum += std::visit([](const auto& cells) { return cells.capacity() * sizeof(cells[0]); }, column.cells);
  }
  return sum;
}

Diagnostic MapStorageError(std::string_view text, duckdb_error_type type, std::string_view place) {
  std::string code = "storage_error";
  std::string hint;
  if (Contains(text, "No space left on device") || Contains(text, "max_temp_directory_size") ||
      Contains(text, "Disk quota exceeded") || Contains(text, "File too large")) {
    code = "disk_full";
    hint = "The disk of the data folder is full: free some space; the last committed data is untouched. ";
  } else if (Contains(text, "Permission denied") || Contains(text, "Read-only file system") ||
             Contains(text, "Operation not permitted")) {
    code = "storage_unwritable";
    hint =
        "The data folder cannot be written by the user that runs svodka: give the folder and its files to "
        "that user "
        "(chown), or name another folder with --data; nothing was changed. ";
  } else if (Contains(text, "Conflicting lock") || Contains(text, "Could not set lock")) {
    code = "storage_locked";
    hint = "Another process holds this data folder: stop it, or let this command go through its socket. ";
  } else if (type == DUCKDB_ERROR_INTERRUPT || Contains(text, "INTERRUPT")) {
    code = "cancelled";
  } else if (type == DUCKDB_ERROR_OUT_OF_MEMORY || Contains(text, "Out of Memory")) {
    code = "out_of_memory";
    hint = "The query needs more memory than the limit allows: narrow it or raise the limit. ";
  } else if (type == DUCKDB_ERROR_CONSTRAINT) {
    code = "bad_row";
  } else if (type == DUCKDB_ERROR_PARSER || type == DUCKDB_ERROR_BINDER || type == DUCKDB_ERROR_CATALOG ||
             type == DUCKDB_ERROR_SYNTAX || type == DUCKDB_ERROR_CONVERSION ||
             type == DUCKDB_ERROR_INVALID_INPUT) {
    code = "bad_sql";
  }
  // DuckDB's advice is for who writes SQL.
  return {
      code, hint + std::string(text.substr(0, text.find("\n\nPossible solutions"))), std::string(place), {}};
}

Database::Database(const Settings& settings) {
  duckdb_config config = nullptr;
  if (duckdb_create_config(&config) != DuckDBSuccess) throw InvariantError("no DuckDB configuration");
  const auto set = [&](const char* name, const std::string& value) {
    if (duckdb_set_config(config, name, value.c_str()) != DuckDBSuccess) {
      duckdb_destroy_config(&config);
      throw DiagnosticError({"bad_setting", std::string("DuckDB refuses ") + name + " = " + value, "", {}});
    }
  };
  if (settings.threads > 0) set("threads", std::to_string(settings.threads));
  if (!settings.memory_limit.empty()) set("memory_limit", settings.memory_limit);
  // Each checkpoint writes the last row group of every table anew: a growing history pays for each of them.
  set("checkpoint_threshold", "64MB");
  // A look-up of a page's hundred cards or clients in a long table goes by their places, not by the stretch
  // from the first of them to the last: names of a million clients 18 -> 7 ms, cold 26 -> 3 MB read.
  set("dynamic_or_filter_threshold", "128");
  set("autoinstall_known_extensions", "false");
  set("autoload_known_extensions", "false");
  char* error = nullptr;
  const duckdb_state state = duckdb_open_ext(settings.path.c_str(), &database_, config, &error);
  duckdb_destroy_config(&config);
  if (state != DuckDBSuccess) {
    const std::string text = error != nullptr ? error : "the file cannot be opened";
    if (error != nullptr) duckdb_free(error);
    Throw(text, DUCKDB_ERROR_IO, settings.path);
  }
}

Database::~Database() { duckdb_close(&database_); }

Connection::Connection(const Database& database) {
  if (duckdb_connect(database.raw(), &connection_) != DuckDBSuccess) {
    throw DiagnosticError({"storage_error", "no further connection to the warehouse", "", {}});
  }
}

Connection::~Connection() { duckdb_disconnect(&connection_); }

void Connection::Answer(const std::string& sql, std::span<const Value> params, std::string_view place,
                        duckdb_result* answer) {
  Statement statement;
  if (duckdb_prepare(connection_, sql.c_str(), &statement.raw) != DuckDBSuccess) {
    const char* text = duckdb_prepare_error(statement.raw);
    Throw(text != nullptr ? text : "statement cannot be prepared", DUCKDB_ERROR_PARSER, place);
  }
  if (duckdb_nparams(statement.raw) != params.size()) {
    throw DiagnosticError({"bad_sql",
                           "the statement has " + std::to_string(duckdb_nparams(statement.raw)) +
                               " parameters, given " + std::to_string(params.size()),
                           std::string(place),
                           {}});
  }
  Bind(statement.raw, params);
  if (duckdb_execute_prepared(statement.raw, answer) != DuckDBSuccess) {
    const char* text = duckdb_result_error(answer);
    Throw(text != nullptr ? text : "statement failed", duckdb_result_error_type(answer), place);
  }
}

ResultSet Connection::Fetch(const std::string& sql, std::span<const Value> params, size_t rows_max,
                            std::string_view place) {
  HeldAnswer answer;
  Answer(sql, params, place, &answer.raw);
  return ReadAnswer(answer.raw, rows_max);
}

ColumnSet Connection::FetchColumns(const std::string& sql, std::span<const Value> params, size_t rows_max,
                                   std::string_view place) {
  HeldAnswer answer;
  Answer(sql, params, place, &answer.raw);
  return ReadColumns(answer.raw, rows_max);
}

int64_t Connection::Integer(const std::string& sql, std::string_view place) {
  const ResultSet set = Fetch(sql, {}, SIZE_MAX, place);
  if (set.rows.empty() || IsNull(set.rows[0][0])) return 0;
  if (const auto* value = std::get_if<int64_t>(&set.rows[0][0])) return *value;
  throw InvariantError("the statement does not answer an integer");
}

std::string Quote(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

std::string Literal(Instant instant) {
  return "make_timestamp(" + std::to_string(instant.time_since_epoch().count()) + "::BIGINT)";
}

}  // namespace svodka::warehouse
