#include "bench/dataset.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/text.hpp"
#include "bench/memory_watch.hpp"
#include "warehouse/testing.hpp"

namespace svodka::bench {
namespace {

std::string HeaderOf(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

}  // namespace

std::vector<std::string> ColumnsOf(const warehouse::Warehouse& warehouse, const std::string& table) {
  const std::vector<Value> params = {table};
  const auto result =
      warehouse.Query("SELECT column_name FROM information_schema.columns WHERE table_name = ?", params);
  std::vector<std::string> names;
  for (const auto& row : result.value().rows) names.push_back(std::get<std::string>(row[0]));
  return names;
}

int64_t CountRows(const warehouse::Warehouse& warehouse, const std::string& table) {
  const auto result = warehouse.Query("SELECT count(*) FROM " + table);
  return std::get<int64_t>(result.value().rows.at(0).at(0));
}

std::string RecipeOfStar() {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"/src/warehouse/migrations", "/src/warehouse/derive"}) {
    for (const auto& entry : std::filesystem::directory_iterator(SVODKA_SOURCE_DIR + std::string(folder)))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    for (char c = 0; stream.get(c);) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return std::to_string(hash);
}

Result<Dataset> MakeDataset(const std::string& size, const std::string& folder) {
  Dataset dataset;
  dataset.size = size;
  if (size == "S") dataset.deals = 10'000;
  if (size == "M") dataset.deals = 100'000;
  if (size == "L") dataset.deals = 1'000'000;
  if (dataset.deals == 0)
    return Diagnostic{"bad_size", "a size is S, M or L; got '" + size + "'", "--size", {}};
  dataset.folder = folder + "/" + size;
  return dataset;
}

Status Generate(const Dataset& dataset) {
  const std::string done = dataset.folder + "/generated";
  if (std::filesystem::exists(done)) return Done{};
  std::filesystem::remove_all(dataset.folder);
  std::filesystem::create_directories(dataset.csv());
  const Outcome outcome =
      RunProgram({OwnFolder() + "/svodka-emulator", "dump", "--deals", std::to_string(dataset.deals),
                  "--today", kToday, "--no-handover", "--out", dataset.csv()});
  if (outcome.status != 0) {
    return Diagnostic{
        "generator_failed", "svodka-emulator dump ended with " + std::to_string(outcome.status), "", {}};
  }
  std::ofstream(done) << dataset.deals << '\n';
  return Done{};
}

warehouse::PortalSettings Portal() {
  warehouse::PortalSettings portal;
  portal.id = "bench";
  portal.kind = "bitrix24";
  portal.name = "Bench";
  portal.zone = "Europe/Moscow";
  portal.base_currency = "RUB";
  portal.address = "https://bench.example.org";
  portal.after_sale_pipelines = {"4"};
  return portal;
}

Result<std::unique_ptr<warehouse::Warehouse>> Open(const Dataset& dataset, int threads,
                                                   const std::string& memory) {
  return warehouse::Warehouse::Open({dataset.database(), threads, memory});
}

Status Load(const Dataset& dataset, int threads, Measurements& measurements) {
  for (const char* ending : {"", ".wal"}) std::filesystem::remove(dataset.database() + ending);
  auto opened = Open(dataset, threads, "6GB");
  if (!opened) return opened.errors();
  warehouse::Warehouse& warehouse = **opened;
  if (auto status = warehouse.Configure(Portal()); !status) return status.errors();

  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(dataset.csv())) {
    if (entry.path().extension() == ".csv" && entry.path().stem() != "portal") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Status failed = Done{};
  int64_t rows = 0;
  const double copy_ms = Milliseconds([&] {
    for (const auto& file : files) {
      const std::string table = file.stem().string(), header = HeaderOf(file);
      const std::vector<std::string> columns = ColumnsOf(warehouse, table);
      const bool hashed = std::find(columns.begin(), columns.end(), "row_hash") != columns.end();
      const std::string sql =
          "INSERT INTO " + table + " (" + header + (hashed ? ", row_hash" : "") + ") SELECT " + header +
          (hashed ? ", 1" : "") + " FROM read_csv('" + file.string() +
          "', header = true, all_varchar = true, allow_quoted_nulls = false, delim = ',', quote = '\"')";
      failed = warehouse::ExecuteForTest(warehouse, sql);
      if (!failed) return;
      rows += CountRows(warehouse, table);
    }
  });
  if (!failed) return failed.errors();
  const double derive_ms = Milliseconds([&] {
    failed = warehouse::RederiveForTest(warehouse);
    if (failed) warehouse.Checkpoint();
  });
  if (!failed) return failed.errors();
  const double tidy_before = ProcessorMilliseconds();
  failed = warehouse::TidyForTest(warehouse);
  if (!failed) return failed.errors();
  warehouse.Checkpoint();
  measurements.Add("load.tidy.cpu", (ProcessorMilliseconds() - tidy_before) / 1000, "s");
  measurements.Add("load.rows", static_cast<double>(rows), "rows");
  measurements.Add("load.bulk", static_cast<double>(rows) / ((copy_ms + derive_ms) / 1000), "rows/s");
  measurements.Add("load.derive", derive_ms / 1000, "s");
  measurements.Add("load.file_size",
                   static_cast<double>(std::filesystem::file_size(dataset.database())) / 1e6, "MB");
  return Done{};
}

Status Rederive(const Dataset& dataset, int threads, const std::string& memory, Measurements& measurements) {
  auto opened = Open(dataset, threads, memory);
  if (!opened) return opened.errors();
  const double before = ResidentMegabytes();
  const double processor_before = ProcessorMilliseconds();
  MemoryWatch watch(**opened);
  Status done = Done{};
  const double ms = Milliseconds([&] { done = warehouse::RederiveForTest(**opened); });
  const double peak = watch.Stop();
  measurements.Add("derive", ms / 1000, "s");
  measurements.Add("derive.cpu", (ProcessorMilliseconds() - processor_before) / 1000, "cpu-s");
  measurements.Add("memory.derive", peak - before, "MB");
  return done;
}

void ForgetFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  fdatasync(file);
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  close(file);
}

}  // namespace svodka::bench
