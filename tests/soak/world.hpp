#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bitrix24/emulator_process.hpp"
#include "soak/same_rows.hpp"

namespace svodka::soak {

using Random = std::mt19937_64;

/// A whole number from `low` to `high`, the same everywhere for the same seed.
inline int Pick(Random& random, int low, int high) {
  return low + static_cast<int>(random() % static_cast<uint64_t>(high - low + 1));
}
inline bool Chance(Random& random, int percent) { return Pick(random, 1, 100) <= percent; }

/// One CRM with its company.
class World {
 public:
  virtual ~World() = default;
  virtual std::string portal() const = 0;
  /// The options of `svodka connect` for it; its secret stands in a file of `folder`.
  virtual std::vector<std::string> ConnectOptions(const std::string& folder) = 0;
  /// Has the CRM post its events to this address.
  virtual void Announce(const std::string& address) = 0;
  /// Switches other faults on, at random; they hold until the next call.
  virtual void Disturb(Random& random) = 0;
  /// No faults any more.
  virtual void Calm() = 0;
  /// The company works on and its people delete, restore, reopen and merge cards.
  virtual void Work(Random& random) = 0;
  /// How much has happened in the company since it began: rows written and cards interfered with.
  virtual int64_t Happened() = 0;
  /// Writes what the API can show now as CSV files, past sync code and tables of ours.
  virtual void WriteRows(const std::string& folder) = 0;
  virtual std::vector<SameRows> Tables() const = 0;
};

std::unique_ptr<World> MakeBitrixWorld(uint64_t seed);
std::unique_ptr<World> MakeAmoWorld(uint64_t seed);

}  // namespace svodka::soak
