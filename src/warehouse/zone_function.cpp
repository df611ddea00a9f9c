#include "warehouse/internal/zone_function.hpp"

#include <algorithm>
#include <cctype>

namespace svodka::warehouse {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3'600 * kSecond;
constexpr int64_t kDay = 24 * kHour;

struct Table {
  std::vector<int64_t> from;  ///< microseconds, ascending
  std::vector<int64_t> offset;
};

/// Units (of microseconds) of the zone's clock since its 1 January 1970.
template <int64_t kUnit>
int32_t LocalUnits(const Table& table, size_t& hint, int64_t micros) {
  // Neighbouring rows mostly fall between the same two changes.
  const auto inside = [&](size_t i) {
    return (i == 0 || table.from[i] <= micros) && (i + 1 == table.from.size() || micros < table.from[i + 1]);
  };
  if (!inside(hint)) {
    const auto after = std::upper_bound(table.from.begin() + 1, table.from.end(), micros);
    hint = static_cast<size_t>(after - table.from.begin()) - 1;
  }
  const int64_t local = micros + table.offset[hint];
  return static_cast<int32_t>(local >= 0 ? local / kUnit : -((-local + kUnit - 1) / kUnit));
}

template <int64_t kUnit>
void Run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& table = *static_cast<const Table*>(duckdb_scalar_function_get_extra_info(info));
  const idx_t size = duckdb_data_chunk_get_size(input);
  duckdb_vector given = duckdb_data_chunk_get_vector(input, 0);
  const auto* moments = static_cast<const int64_t*>(duckdb_vector_get_data(given));
  uint64_t* validity = duckdb_vector_get_validity(given);
  auto* days = static_cast<int32_t*>(duckdb_vector_get_data(output));
  size_t hint = 0;
  for (idx_t i = 0; i < size; ++i) {
    const bool finite = moments[i] > -INT64_MAX / 2 && moments[i] < INT64_MAX / 2;
    if ((validity != nullptr && !duckdb_validity_row_is_valid(validity, i)) || !finite) {
      duckdb_vector_ensure_validity_writable(output);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), i);
      days[i] = 0;
      continue;
    }
    days[i] = LocalUnits<kUnit>(table, hint, moments[i]);
  }
}

void Register(Connection& connection, const Zone& zone, const std::string& name,
              duckdb_scalar_function_t run) {
  auto table = std::make_unique<Table>();
  for (const ZoneOffset& offset : ZoneOffsets(zone)) {
    table->from.push_back(offset.from.time_since_epoch().count());
    table->offset.push_back(int64_t{offset.seconds} * kSecond);
  }
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, name.c_str());
  duckdb_logical_type moment = duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP);
  duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
  duckdb_scalar_function_add_parameter(function, moment);
  duckdb_scalar_function_set_return_type(function, number);
  duckdb_scalar_function_set_extra_info(function, table.release(),
                                        [](void* data) { delete static_cast<Table*>(data); });
  duckdb_scalar_function_set_function(function, run);
  const duckdb_state state = duckdb_register_scalar_function(connection.raw(), function);
  duckdb_destroy_logical_type(&moment);
  duckdb_destroy_logical_type(&number);
  duckdb_destroy_scalar_function(&function);
  if (state != DuckDBSuccess) throw InvariantError("DuckDB refuses the function " + name);
}

}  // namespace

std::vector<ZoneOffset> ZoneOffsets(const Zone& zone) {
  using std::chrono::seconds;
  const Instant end = Instant{std::chrono::days{MakeDay(2050, 1, 1).number}};
  std::vector<ZoneOffset> offsets{{Instant{}, zone.OffsetSeconds(Instant{})}};
  for (Instant at{}; at < end; at += std::chrono::days{7}) {
    Instant low = at;
    Instant high = at + std::chrono::days{7};
    if (zone.OffsetSeconds(high) == zone.OffsetSeconds(low)) continue;
    while (high - low > seconds{1}) {
      const Instant middle = low + std::chrono::floor<seconds>((high - low) / 2);
      (zone.OffsetSeconds(middle) == zone.OffsetSeconds(at) ? low : high) = middle;
    }
    offsets.push_back({std::chrono::ceil<seconds>(high), zone.OffsetSeconds(high)});
  }
  return offsets;
}

std::string RegisterLocalDay(Connection& connection, const Zone& zone) {
  std::string name = "local_day_in_";
  for (const char c : zone.name()) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0
                ? static_cast<char>(std::tolower(static_cast<unsigned char>(c)))
                : '_';
  }
  if (connection.Integer("SELECT count(*)::BIGINT FROM duckdb_functions() WHERE function_name = " +
                         Quote(name)) > 0) {
    return name;
  }
  Register(connection, zone, name, Run<kDay>);
  Register(connection, zone, name + "_hour", Run<kHour>);
  return name;
}

}  // namespace svodka::warehouse
