#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bench/measure.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::bench {

/// A generated company of one size, and the warehouse that holds it.
struct Dataset {
  std::string size;  ///< S, M or L
  int64_t deals = 0;
  std::string folder;  ///< build/bench/SIZE
  std::string csv() const { return folder + "/csv"; }
  std::string database() const { return folder + "/portal.duckdb"; }
};

/// The company's present; the last day of a quarter, so that the page's quarter is whole.
inline constexpr const char* kToday = "2026-06-30";
inline constexpr const char* kNow = "2026-06-30T18:00:00+03:00";

Result<Dataset> MakeDataset(const std::string& size, const std::string& folder);
/// Writes the company's CSV files with the emulator, unless they are there.
Status Generate(const Dataset& dataset);
/// Loads the CSV files into a new warehouse, derives the star, and notes rows per second.
Status Load(const Dataset& dataset, int threads, Measurements& measurements);
/// Derives the whole star of a loaded warehouse anew: how long, and how much memory. It stays as it was.
Status Rederive(const Dataset& dataset, int threads, const std::string& memory, Measurements& measurements);

warehouse::PortalSettings Portal();
Result<std::unique_ptr<warehouse::Warehouse>> Open(const Dataset& dataset, int threads,
                                                   const std::string& memory);
std::vector<std::string> ColumnsOf(const warehouse::Warehouse& warehouse, const std::string& table);
int64_t CountRows(const warehouse::Warehouse& warehouse, const std::string& table);
/// What the warehouse depends on besides the company: changes when a migration or a derivation does.
std::string RecipeOfStar();
/// Asks the kernel to forget the database file's pages, so that the next reader starts cold.
void ForgetFile(const std::string& path);

}  // namespace svodka::bench
