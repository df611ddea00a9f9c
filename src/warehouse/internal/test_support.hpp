#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "warehouse/testing.hpp"
#include "warehouse/warehouse.hpp"

/// Shared by this folder's tests: short ways to open, load and read.
namespace svodka::warehouse {

using Row = std::vector<Value>;

inline Value Text(std::string text) { return Value{std::move(text)}; }
inline Instant At(std::string_view text) { return ParseInstant(text).value(); }

/// A folder of its own that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "svodka-warehouse-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string File(const std::string& name = "portal.duckdb") const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::unique_ptr<Warehouse> OpenInMemory() {
  return Warehouse::Open({.path = ":memory:", .threads = 1}).value();
}

inline PortalSettings MoscowPortal() {
  PortalSettings portal;
  portal.id = "test";
  portal.kind = "bitrix24";
  portal.name = "Test";
  portal.zone = "Europe/Moscow";
  portal.base_currency = "RUB";
  return portal;
}

/// Loads the batches in one commit.
inline LoadSummary Store(Warehouse& warehouse, Instant now, std::vector<Batch> batches) {
  auto load = std::move(warehouse.Begin(now)).value();
  for (Batch& batch : batches) load->Append(std::move(batch)).value();
  return load->Commit().value();
}

inline std::string Print(const Value& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return std::to_string(number); }
    std::string operator()(Money money) const { return money.ToString(); }
    std::string operator()(Day day) const { return ToString(day); }
    std::string operator()(Instant instant) const { return ToString(instant); }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(Visitor{}, value);
}

/// Rows of a query as `a|b|c` lines.
inline std::vector<std::string> Lines(const Warehouse& warehouse, std::string_view sql) {
  const auto set = warehouse.Query(sql);
  if (!set.ok()) return {"error: " + set.error().code + ": " + set.error().message};
  std::vector<std::string> lines;
  for (const Row& row : set->rows) {
    std::string line;
    for (const Value& cell : row) line += (&cell == row.data() ? "" : "|") + Print(cell);
    lines.push_back(line);
  }
  return lines;
}

using Strings = std::vector<std::string>;

}  // namespace svodka::warehouse
