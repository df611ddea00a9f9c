#include "warehouse/internal/memory_ceiling.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.hpp"

namespace svodka::warehouse {
namespace {

constexpr int64_t kMebi = 1024 * 1024;
/// Measured with a million deals on two threads: docs/adr/0024-memory-of-a-load.md.
constexpr int64_t kLowMinimum = 256 * kMebi;
/// Each thread holds partitions of its own.
constexpr int64_t kLowPerThread = 128 * kMebi;

}  // namespace

int64_t ParseMemorySize(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return 0;
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto& [name, bytes] : {std::pair{"bytes", 1.0},
                                    {"KiB", 0x1p10},
                                    {"MiB", 0x1p20},
                                    {"GiB", 0x1p30},
                                    {"TiB", 0x1p40},
                                    {"PiB", 0x1p50}}) {
    if (unit == name) return static_cast<int64_t>(number * bytes);
  }
  return 0;
}

MemoryCeiling::MemoryCeiling(Connection& control, bool in_memory, int64_t low) : control_(control) {
  if (in_memory) return;
  const ResultSet held =
      control_.Fetch("SELECT current_setting('memory_limit'), current_setting('threads')::BIGINT");
  usual_ = std::get<std::string>(held.rows.at(0).at(0));
  if (low == 0) low = std::max(kLowMinimum, kLowPerThread * std::get<int64_t>(held.rows.at(0).at(1)));
  if (low < ParseMemorySize(usual_)) low_ = low;
}

void MemoryCeiling::Lower() {
  if (low_ > 0 && !lowered_) lowered_ = Set(std::to_string(low_ / kMebi) + "MiB");
}

void MemoryCeiling::Raise() {
  if (lowered_) lowered_ = !Set(usual_);
}

bool MemoryCeiling::GiveUp() {
  if (!lowered_) return false;
  Raise();
  if (lowered_) return false;
  low_ = 0;
  return true;
}

void RunUnder(MemoryCeiling& ceiling, const std::function<void()>& work) {
  try {
    try {
      work();
      return;
    } catch (const DiagnosticError& error) {
      if (error.diagnostic().code != "out_of_memory" || !ceiling.GiveUp()) throw;
      log::Warning("warehouse.ceiling_given_up", {{"message", error.what()}});
    }
    work();
  } catch (...) {
    ceiling.Raise();
    throw;
  }
}

bool MemoryCeiling::Set(const std::string& limit) {
  try {
    control_.Run("SET memory_limit = " + Quote(limit), "memory_limit");
    return true;
  } catch (const DiagnosticError& error) {
    log::Info("warehouse.memory_limit", {{"limit", limit}, {"message", error.what()}});
    return false;
  }
}

}  // namespace svodka::warehouse
