#include "state/database.hpp"

#include <array>

#include <sqlite3.h>

namespace svodka::state {
namespace {

struct Migration {
  const char* name;
  const char* sql;
};
constexpr Migration kMigrations[] = {
#include "state_migrations.inc"
};
constexpr int64_t kVersion = static_cast<int64_t>(std::size(kMigrations));
constexpr int kBusyTimeoutMs = 10'000;

[[noreturn]] void Fail(sqlite3* handle, std::string_view doing) {
  const int code = sqlite3_errcode(handle);
  const std::string text = sqlite3_errmsg(handle);
  if (code == SQLITE_FULL) {
    throw DiagnosticError({"disk_full",
                           "the disk is full while " + std::string(doing) + "; free some space and repeat",
                           "",
                           {}});
  }
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    throw DiagnosticError(
        {"state_busy", "another process keeps the state file locked; repeat when it has ended", "", {}});
  }
  throw DiagnosticError(
      {"state_error", "the state file failed while " + std::string(doing) + ": " + text, "", {}});
}

using StatementPtr = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

void Bind(sqlite3* handle, sqlite3_stmt* statement, int index, const Cell& cell) {
  int code = SQLITE_OK;
  if (std::holds_alternative<std::monostate>(cell)) {
    code = sqlite3_bind_null(statement, index);
  } else if (const auto* integer = std::get_if<int64_t>(&cell)) {
    code = sqlite3_bind_int64(statement, index, *integer);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    code = sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } else {
    const std::string& bytes = std::get<Blob>(cell).bytes;
    code = sqlite3_bind_blob64(statement, index, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  }
  if (code != SQLITE_OK) Fail(handle, "binding a value");
}

Cell Read(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return std::monostate{};
    case SQLITE_INTEGER:
      return static_cast<int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_BLOB:
      return Blob{std::string(static_cast<const char*>(sqlite3_column_blob(statement, column)),
                              static_cast<size_t>(sqlite3_column_bytes(statement, column)))};
    default:
      return std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, column)),
                         static_cast<size_t>(sqlite3_column_bytes(statement, column)));
  }
}

}  // namespace

int64_t Row::Integer(size_t column) const {
  const auto* value = std::get_if<int64_t>(&cells_.at(column));
  if (value == nullptr) throw InvariantError("state: column is no integer");
  return *value;
}
const std::string& Row::Text(size_t column) const {
  const auto* value = std::get_if<std::string>(&cells_.at(column));
  if (value == nullptr) throw InvariantError("state: column is no text");
  return *value;
}
std::optional<std::string> Row::FindText(size_t column) const {
  if (std::holds_alternative<std::monostate>(cells_.at(column))) return std::nullopt;
  return Text(column);
}
const std::string& Row::Bytes(size_t column) const {
  const auto* value = std::get_if<Blob>(&cells_.at(column));
  if (value == nullptr) throw InvariantError("state: column is no blob");
  return value->bytes;
}

struct Database::Impl {
  sqlite3* handle = nullptr;
  std::recursive_mutex mutex;
  bool in_transaction = false;

  void Execute(const char* sql, std::string_view doing) {
    if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK) Fail(handle, doing);
  }
  std::vector<Row> Run(std::string_view sql, const std::vector<Cell>& params) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK) {
      Fail(handle, "preparing a statement");
    }
    const StatementPtr statement(raw, &sqlite3_finalize);
    for (size_t i = 0; i < params.size(); ++i) Bind(handle, raw, static_cast<int>(i) + 1, params[i]);
    std::vector<Row> rows;
    for (;;) {
      const int code = sqlite3_step(raw);
      if (code == SQLITE_DONE) return rows;
      if (code != SQLITE_ROW) Fail(handle, "running a statement");
      std::vector<Cell> cells;
      const int columns = sqlite3_column_count(raw);
      cells.reserve(static_cast<size_t>(columns));
      for (int i = 0; i < columns; ++i) cells.push_back(Read(raw, i));
      rows.emplace_back(std::move(cells));
    }
  }
  void Migrate() {
    const int64_t found = Run("PRAGMA user_version", {}).front().Integer(0);
    if (found > kVersion) {
      throw DiagnosticError({"newer_version",
                             "the state file was written by a newer release (version " +
                                 std::to_string(found) + ", this one knows up to " +
                                 std::to_string(kVersion) +
                                 "); install that release or restore an older backup",
                             "",
                             {}});
    }
    for (int64_t i = found; i < kVersion; ++i) {
      // user_version is part of the file's header and rolls back with the transaction.
      Execute("BEGIN IMMEDIATE", "upgrading");
      const std::string done = "PRAGMA user_version = " + std::to_string(i + 1);
      Execute(kMigrations[i].sql, std::string("upgrading by ") + kMigrations[i].name);
      Execute(done.c_str(), "upgrading");
      Execute("COMMIT", "upgrading");
    }
  }
};

Database::Database(const std::string& path) : impl_(std::make_unique<Impl>()) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  if (sqlite3_open_v2(path.c_str(), &impl_->handle, flags, nullptr) != SQLITE_OK) {
    const std::string text = impl_->handle == nullptr ? "out of memory" : sqlite3_errmsg(impl_->handle);
    sqlite3_close(impl_->handle);
    throw DiagnosticError({"state_error", "cannot open the state file " + path + ": " + text, path, {}});
  }
  try {
    sqlite3_busy_timeout(impl_->handle, kBusyTimeoutMs);
    impl_->Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
                   "opening");
    impl_->Migrate();
  } catch (...) {
    sqlite3_close(impl_->handle);
    throw;
  }
}

Database::~Database() { sqlite3_close(impl_->handle); }

std::vector<Row> Database::Run(std::string_view sql, const std::vector<Cell>& params) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->Run(sql, params);
}

int64_t Database::RunChange(std::string_view sql, const std::vector<Cell>& params) {
  const std::lock_guard lock(impl_->mutex);
  impl_->Run(sql, params);
  return sqlite3_changes64(impl_->handle);
}

void Database::InTransaction(const std::function<void()>& body) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->in_transaction) throw InvariantError("state: nested transaction");
  impl_->Execute("BEGIN IMMEDIATE", "beginning");
  impl_->in_transaction = true;
  try {
    body();
    impl_->Execute("COMMIT", "committing");
    impl_->in_transaction = false;
  } catch (...) {
    impl_->in_transaction = false;
    sqlite3_exec(impl_->handle, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

void Database::Checkpoint() {
  const std::lock_guard lock(impl_->mutex);
  sqlite3_wal_checkpoint_v2(impl_->handle, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

}  // namespace svodka::state
