#include "warehouse/internal/derive.hpp"

#include <vector>

#include "base/embedded.hpp"

namespace svodka {
std::span<const EmbeddedFile> WarehouseDerivations();
}

namespace svodka::warehouse {
namespace {

std::string FileText(std::string_view name) {
  for (const EmbeddedFile& file : WarehouseDerivations()) {
    if (file.name == name) return std::string(file.text);
  }
  throw InvariantError("no derivation file " + std::string(name));
}

struct Offset {
  Instant from;
  int32_t seconds;
};

/// All changes of a zone's offset from 1970 to 2050.
std::vector<Offset> Offsets(const Zone& zone) {
  const Instant end = Instant{std::chrono::days{MakeDay(2050, 1, 1).number}};
  std::vector<Offset> offsets{{Instant{}, zone.OffsetSeconds(Instant{})}};
  for (Instant at{}; at < end; at += std::chrono::days{7}) {
    Instant low = at;
    Instant high = at + std::chrono::days{7};
    if (zone.OffsetSeconds(high) == zone.OffsetSeconds(low)) continue;
    while (high - low > std::chrono::seconds{1}) {
      const Instant middle = low + std::chrono::floor<std::chrono::seconds>((high - low) / 2);
      (zone.OffsetSeconds(middle) == zone.OffsetSeconds(at) ? low : high) = middle;
    }
    offsets.push_back({std::chrono::ceil<std::chrono::seconds>(high), zone.OffsetSeconds(high)});
  }
  return offsets;
}

std::string OffsetTree(std::span<const Offset> offsets) {
  if (offsets.size() == 1) return std::to_string(offsets[0].seconds) + "000000";
  const size_t middle = offsets.size() / 2;
  return "CASE WHEN t < " + Literal(offsets[middle].from) + " THEN " + OffsetTree(offsets.first(middle)) + " ELSE " +
         OffsetTree(offsets.subspan(middle)) + " END";
}

}  // namespace

void BuildStageMap(Connection& connection) { connection.Run(FileText("00_stage_now.sql"), "00_stage_now.sql"); }

std::string LocalDayMacro(const Zone& zone) {
  const std::vector<Offset> offsets = Offsets(zone);
  // Shifted by a million days so that the division rounds down before 1970 too.
  return "CREATE OR REPLACE TEMP MACRO local_day(t) AS ((epoch_us(t) + " + OffsetTree(offsets) +
         " + 86400000000000000) // 86400000000 - 1000000)::INTEGER";
}

void DeriveAll(Connection&, const DeriveContext&) {}

void DeriveChanged(Connection&, const DeriveContext&, const std::set<std::string>&) {}

}  // namespace svodka::warehouse
