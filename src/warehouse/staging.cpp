#include "warehouse/internal/staging.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/text.hpp"

namespace svodka::warehouse {
namespace {

/// Hash of a row's cells; stable over versions because it is stored. Mixes eight bytes at a time.
class RowHash {
 public:
  void Add(uint64_t block) {
    state_ ^= block + 0x9e3779b97f4a7c15ULL + (state_ << 6) + (state_ >> 2);
    state_ *= 0xff51afd7ed558ccdULL;
    state_ ^= state_ >> 32;
  }
  void Add(std::string_view text) {
    Add(text.size() + 1);
    size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
      uint64_t block = 0;
      std::memcpy(&block, text.data() + at, 8);
      Add(block);
    }
    if (at < text.size()) {
      uint64_t block = 0;
      std::memcpy(&block, text.data() + at, text.size() - at);
      Add(block);
    }
  }
  uint64_t value() const { return state_ == 0 ? 1 : state_; }

 private:
  uint64_t state_ = 0x5f0d5a11;
};

enum class CellType { kText, kBool, kInt8, kInt32, kInt64, kDouble, kDecimal, kInstant };

struct ColumnPlan {
  CellType type = CellType::kText;
  int scale = 0;
  bool reference = false;  ///< an id of something else: empty text means none
  bool company = false;    ///< written as 'company:5' / 'contact:9' (text before the colon below)
  std::string prefix;
};

ColumnPlan PlanOf(const TableSpec& table, const TableColumn& column) {
  ColumnPlan plan;
  if (column.type == "VARCHAR") {
    plan.type = CellType::kText;
    plan.reference = column.name.size() > 3 && column.name.ends_with("_id");
    if (plan.reference && (column.name == "company_id" || column.name == "contact_id") &&
        table.name != "call") {
      plan.prefix = column.name == "company_id" ? "company:" : "contact:";
    }
  } else if (column.type == "BOOLEAN") {
    plan.type = CellType::kBool;
  } else if (column.type == "TINYINT") {
    plan.type = CellType::kInt8;
  } else if (column.type == "INTEGER") {
    plan.type = CellType::kInt32;
  } else if (column.type == "BIGINT") {
    plan.type = CellType::kInt64;
  } else if (column.type == "DOUBLE") {
    plan.type = CellType::kDouble;
  } else if (column.type == "TIMESTAMP") {
    plan.type = CellType::kInstant;
  } else if (column.type.starts_with("DECIMAL(18,")) {
    plan.type = CellType::kDecimal;
    plan.scale = std::stoi(column.type.substr(11));
  } else {
    throw InvariantError("canonical column of an unknown type: " + table.name + "." + column.name);
  }
  return plan;
}

duckdb_type RawType(const ColumnPlan& plan) {
  switch (plan.type) {
    case CellType::kText:
      return DUCKDB_TYPE_VARCHAR;
    case CellType::kBool:
      return DUCKDB_TYPE_BOOLEAN;
    case CellType::kInt8:
      return DUCKDB_TYPE_TINYINT;
    case CellType::kInt32:
      return DUCKDB_TYPE_INTEGER;
    case CellType::kInt64:
      return DUCKDB_TYPE_BIGINT;
    case CellType::kDouble:
      return DUCKDB_TYPE_DOUBLE;
    case CellType::kDecimal:
      return DUCKDB_TYPE_DECIMAL;
    case CellType::kInstant:
      return DUCKDB_TYPE_TIMESTAMP;
  }
  throw InvariantError("cell type");
}

/// Reads a plain decimal into units of 10^-scale, rounded half away from zero.
std::optional<int64_t> ParseDecimal(std::string_view text, int scale) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  __int128_t value = 0;
  int places = -1;
  bool digits = false;
  bool round_up = false;
  for (const char c : text) {
    if (c == '.') {
      if (places >= 0) return {};
      places = 0;
      continue;
    }
    if (c < '0' || c > '9') return {};
    digits = true;
    if (places >= scale) {
      if (places == scale) round_up = c >= '5';
      ++places;
      continue;
    }
    value = value * 10 + (c - '0');
    if (value > std::numeric_limits<int64_t>::max()) return {};
    if (places >= 0) ++places;
  }
  if (!digits) return {};
  for (int i = places < 0 ? 0 : places; i < scale; ++i) value *= 10;
  if (round_up) ++value;
  if (value >= 1'000'000'000'000'000'000LL) return {};
  return static_cast<int64_t>(negative ? -value : value);
}

std::string KindName(const Value& value) {
  static constexpr const char* kNames[] = {"nothing", "a flag", "a whole number", "a number",
                                           "money",   "a day",  "a moment",       "text"};
  return kNames[value.index()];
}

}  // namespace

struct StagingTable::Impl {
  duckdb_appender appender = nullptr;
  duckdb_data_chunk chunk = nullptr;
  std::vector<duckdb_logical_type> types;
  std::vector<ColumnPlan> plans;
  idx_t used = 0;
  idx_t capacity = duckdb_vector_size();

  ~Impl() {
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    if (appender != nullptr) duckdb_appender_destroy(&appender);
    for (auto& type : types) duckdb_destroy_logical_type(&type);
  }
  void Fail() const {
    const char* text = duckdb_appender_error(appender);
    throw DiagnosticError(
        MapStorageError(text != nullptr ? text : "append failed", DUCKDB_ERROR_INVALID, "staging"));
  }
  void Send() {
    if (used == 0) return;
    duckdb_data_chunk_set_size(chunk, used);
    if (duckdb_append_data_chunk(appender, chunk) != DuckDBSuccess) Fail();
    duckdb_data_chunk_reset(chunk);
    used = 0;
  }

  /// Writes one cell and returns false when the value does not fit the column; adds it to the hash.
  bool Write(const Value& given, const ColumnPlan& plan, duckdb_vector vector, void* data, RowHash& hash) {
    const auto set_null = [&] {
      duckdb_vector_ensure_validity_writable(vector);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), used);
      hash.Add(uint64_t{0});
      return true;
    };
    if (IsNull(given)) return set_null();
    const auto put = [&]<class T>(T cell) {
      static_cast<T*>(data)[used] = cell;
      hash.Add(uint64_t{1});
      hash.Add(static_cast<uint64_t>(cell));
      return true;
    };
    std::optional<int64_t> whole;
    if (const auto* integer = std::get_if<int64_t>(&given)) whole = *integer;
    if (const auto* day = std::get_if<Day>(&given)) whole = day->number;
    switch (plan.type) {
      case CellType::kText: {
        std::string made;
        std::string_view text;
        if (const auto* string = std::get_if<std::string>(&given)) {
          text = *string;
        } else if (const auto* integer = std::get_if<int64_t>(&given)) {
          made = std::to_string(*integer);
          text = made;
        } else {
          return false;
        }
        if (plan.reference && text.empty()) return set_null();
        if (!plan.prefix.empty() && text.find(':') == std::string_view::npos) {
          made = plan.prefix + std::string(text);
          text = made;
        }
        if (!IsValidUtf8(text) || text.find('\0') != std::string_view::npos) return false;
        duckdb_vector_assign_string_element_len(vector, used, text.data(), text.size());
        hash.Add(text);
        return true;
      }
      case CellType::kBool:
        if (const auto* flag = std::get_if<bool>(&given)) return put(*flag);
        return false;
      case CellType::kInt8:
        if (!whole || *whole < INT8_MIN || *whole > INT8_MAX) return false;
        return put(static_cast<int8_t>(*whole));
      case CellType::kInt32:
        if (!whole || *whole < INT32_MIN || *whole > INT32_MAX) return false;
        return put(static_cast<int32_t>(*whole));
      case CellType::kInt64:
        if (!whole) return false;
        return put(*whole);
      case CellType::kDouble: {
        double number = 0;
        if (const auto* real = std::get_if<double>(&given)) {
          number = *real;
        } else if (const auto* integer = std::get_if<int64_t>(&given)) {
          number = static_cast<double>(*integer);
        } else if (const auto* money = std::get_if<Money>(&given)) {
          number = static_cast<double>(money->minor()) / 100.0;
        } else {
          return false;
        }
        if (!std::isfinite(number)) return false;
        static_cast<double*>(data)[used] = number;
        uint64_t bits = 0;
        std::memcpy(&bits, &number, 8);
        hash.Add(uint64_t{1});
        hash.Add(bits);
        return true;
      }
      case CellType::kDecimal: {
        std::optional<int64_t> units;
        if (const auto* money = std::get_if<Money>(&given)) {
          units =
              plan.scale == 2 ? std::optional(money->minor()) : ParseDecimal(money->ToString(), plan.scale);
        } else if (const auto* text = std::get_if<std::string>(&given)) {
          units = ParseDecimal(*text, plan.scale);
        } else if (const auto* integer = std::get_if<int64_t>(&given)) {
          units = ParseDecimal(std::to_string(*integer), plan.scale);
        } else if (const auto* real = std::get_if<double>(&given); real != nullptr && plan.scale > 2) {
          const double scaled = *real * std::pow(10.0, plan.scale);
          if (std::isfinite(scaled) && std::abs(scaled) < 9e17) units = std::llround(scaled);
        }
        if (!units || *units >= 1'000'000'000'000'000'000LL || *units <= -1'000'000'000'000'000'000LL)
          return false;
        return put(*units);
      }
      case CellType::kInstant:
        if (const auto* instant = std::get_if<Instant>(&given)) {
          return put(static_cast<int64_t>(instant->time_since_epoch().count()));
        }
        return false;
    }
    return false;
  }
};

StagingTable::StagingTable(Connection& connection, const TableSpec& spec)
    : spec_(spec), impl_(std::make_unique<Impl>()) {
  std::string sql = "CREATE OR REPLACE TEMP TABLE " + name() + " (n BIGINT, h UBIGINT";
  impl_->types.push_back(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  impl_->types.push_back(duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT));
  for (const TableColumn& column : spec.columns) {
    has_entity_ = has_entity_ || column.name == "entity";
    sql += ", " + column.name + " " + column.type;
    impl_->plans.push_back(PlanOf(spec, column));
    const ColumnPlan& plan = impl_->plans.back();
    impl_->types.push_back(plan.type == CellType::kDecimal
                               ? duckdb_create_decimal_type(18, static_cast<uint8_t>(plan.scale))
                               : duckdb_create_logical_type(RawType(plan)));
  }
  connection.Run(sql + ")", name());
  impl_->chunk = duckdb_create_data_chunk(impl_->types.data(), impl_->types.size());
  if (duckdb_appender_create_ext(connection.raw(), "temp", "main", name().c_str(), &impl_->appender) !=
      DuckDBSuccess) {
    impl_->Fail();
  }
}

StagingTable::~StagingTable() = default;

void StagingTable::Append(const Batch& batch, int64_t first) {
  const auto fail = [&](const std::string& place, const std::string& what) {
    throw DiagnosticError({"bad_row", what, place, {}});
  };
  constexpr size_t kAbsent = SIZE_MAX;
  std::vector<size_t> source(spec_.columns.size(), kAbsent);
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    size_t at = 0;
    while (at < spec_.columns.size() && spec_.columns[at].name != batch.columns[i]) ++at;
    if (at == spec_.columns.size()) {
      std::vector<std::string> names;
      for (const TableColumn& column : spec_.columns) names.push_back(column.name);
      throw DiagnosticError({"bad_row",
                             "table " + spec_.name + " has no column \"" + batch.columns[i] + "\" to fill",
                             spec_.name, NearestNames(batch.columns[i], names)});
    }
    if (source[at] != kAbsent) fail(spec_.name, "column \"" + batch.columns[i] + "\" is given twice");
    source[at] = i;
  }
  std::vector<size_t> key_columns;
  for (const std::string& key : spec_.key) {
    size_t at = 0;
    while (spec_.columns[at].name != key) ++at;
    if (source[at] == kAbsent) fail(spec_.name, "the rows lack the key column \"" + key + "\"");
    key_columns.push_back(at);
  }

  std::vector<duckdb_vector> vectors;
  std::vector<void*> data;
  const auto refresh = [&] {
    vectors.clear();
    data.clear();
    for (size_t i = 0; i < impl_->types.size(); ++i) {
      vectors.push_back(duckdb_data_chunk_get_vector(impl_->chunk, i));
      data.push_back(duckdb_vector_get_data(vectors.back()));
    }
  };
  refresh();
  size_t entity_column = kAbsent;
  for (size_t i = 0; i < spec_.columns.size(); ++i) {
    if (spec_.columns[i].name == "entity") entity_column = source[i];
  }
  key_hashes_.reserve(key_hashes_.size() + batch.rows.size());
  static const Value kNothing;
  for (size_t row = 0; row < batch.rows.size(); ++row) {
    const auto place = [&](size_t column) {
      return spec_.name + "[" + std::to_string(row) + "]." + spec_.columns[column].name;
    };
    const std::vector<Value>& cells = batch.rows[row];
    if (cells.size() != batch.columns.size()) {
      fail(spec_.name + "[" + std::to_string(row) + "]", "the row has " + std::to_string(cells.size()) +
                                                             " cells, its columns are " +
                                                             std::to_string(batch.columns.size()));
    }
    RowHash hash;
    for (size_t column = 0; column < source.size(); ++column) {
      const Value& cell = source[column] == kAbsent ? kNothing : cells[source[column]];
      if (!impl_->Write(cell, impl_->plans[column], vectors[column + 2], data[column + 2], hash)) {
        fail(place(column), "the column is " + spec_.columns[column].type + ", the cell is " +
                                KindName(cell) +
                                " that does not fit it (text must be UTF-8 without zero bytes)");
      }
    }
    RowHash key;
    for (const size_t column : key_columns) {
      const Value& cell = cells[source[column]];
      const auto* text = std::get_if<std::string>(&cell);
      if (IsNull(cell) || (text != nullptr && text->empty())) fail(place(column), "the key is empty");
      // Equal keys must have equal hashes whatever their cells came as: a whole number may stand for a text.
      if (text != nullptr) {
        key.Add(*text);
      } else if (const auto* whole = std::get_if<int64_t>(&cell)) {
        key.Add(std::to_string(*whole));
      } else if (const auto* day = std::get_if<Day>(&cell)) {
        key.Add(std::to_string(day->number));
      }
    }
    key_hashes_.push_back(key.value());
    if (entity_column != kAbsent) {
      const auto* entity = std::get_if<std::string>(&cells[entity_column]);
      if (entity != nullptr && !entities_.contains(*entity)) entities_.insert(*entity);
    }
    static_cast<int64_t*>(data[0])[impl_->used] = first + static_cast<int64_t>(row);
    static_cast<uint64_t*>(data[1])[impl_->used] = hash.value();
    if (++impl_->used == impl_->capacity) {
      impl_->Send();
      refresh();
    }
  }
}

void StagingTable::Flush() {
  rows_ = static_cast<int64_t>(key_hashes_.size());
  std::ranges::sort(key_hashes_);
  may_repeat_ = std::ranges::adjacent_find(key_hashes_) != key_hashes_.end();
  key_hashes_ = {};
  impl_->Send();
  if (duckdb_appender_close(impl_->appender) != DuckDBSuccess) impl_->Fail();
}

}  // namespace svodka::warehouse
