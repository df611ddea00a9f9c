#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace svodka::state {

/// Bytes that are no text.
struct Blob {
  std::string bytes;
};
using Cell = std::variant<std::monostate, int64_t, std::string, Blob>;

/// One SQLite row; asking for a wrong type is an InvariantError.
class Row {
 public:
  explicit Row(std::vector<Cell> cells) : cells_(std::move(cells)) {}
  int64_t Integer(size_t column) const;
  const std::string& Text(size_t column) const;
  std::optional<std::string> FindText(size_t column) const;
  const std::string& Bytes(size_t column) const;

 private:
  std::vector<Cell> cells_;
};

/// One SQLite file: write-ahead log, foreign keys, full synchronisation (a commit survives a power cut).
/// Thread-safe: statements and transactions take turns. Every method throws DiagnosticError (`state_error`,
/// `disk_full`, `state_busy`); the stores of this folder turn that into a Result with Guard.
class Database {
 public:
  /// Creates or upgrades. Throws `newer_version` for a file that a newer release wrote.
  explicit Database(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  std::vector<Row> Run(std::string_view sql, const std::vector<Cell>& params = {});
  /// Rows that the last INSERT, UPDATE or DELETE changed are counted by RunChange.
  int64_t RunChange(std::string_view sql, const std::vector<Cell>& params = {});
  /// All or nothing; an exception rolls back. Not nested.
  void InTransaction(const std::function<void()>& body);
  void Checkpoint();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Runs `body` and turns a DiagnosticError into a Result.
template <class F>
auto Guard(F&& body) -> Result<decltype(body())> {
  try {
    return body();
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}
template <class F>
Status GuardAction(F&& body) {
  try {
    body();
    return Done{};
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}

}  // namespace svodka::state
