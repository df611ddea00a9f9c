#include "warehouse/internal/migrations.hpp"

#include <charconv>
#include <string>

#include "base/log.hpp"

namespace svodka {
std::span<const EmbeddedFile> WarehouseMigrations();
}

namespace svodka::warehouse {
namespace {

int64_t NumberOf(std::string_view name) {
  int64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

}  // namespace

std::span<const EmbeddedFile> Migrations() { return WarehouseMigrations(); }

void Migrate(Connection& connection, std::span<const EmbeddedFile> migrations) {
  connection.Run("CREATE TABLE IF NOT EXISTS schema_migration (version INTEGER NOT NULL, name TEXT NOT NULL)",
                 "schema_migration");
  const int64_t present = connection.Integer("SELECT max(version)::BIGINT FROM schema_migration");
  const int64_t newest = migrations.empty() ? 0 : NumberOf(migrations.back().name);
  if (present > newest) {
    throw DiagnosticError({"newer_version",
                           "the warehouse file has schema version " + std::to_string(present) +
                               ", this program knows up to " + std::to_string(newest) +
                               ": run a newer svodka, or rebuild the warehouse from the CRM",
                           "",
                           {}});
  }
  for (const EmbeddedFile& migration : migrations) {
    const int64_t number = NumberOf(migration.name);
    if (number <= present) continue;
    connection.Run("BEGIN");
    try {
      connection.Run(std::string(migration.text), migration.name);
      connection.Run("INSERT INTO schema_migration VALUES (" + std::to_string(number) + ", " +
                     Quote(migration.name) + ")");
      connection.Run("COMMIT");
    } catch (...) {
      connection.Run("ROLLBACK");
      throw;
    }
    log::Debug("warehouse.migrated", {{"file", std::string(migration.name)}});
  }
  // A log that adds a column to a table whose keys come from a sequence cannot be replayed after a crash:
  // changes of the schema are in the file itself before anything else happens.
  if (present < newest) connection.Run("CHECKPOINT", "migrations.checkpoint");
}

}  // namespace svodka::warehouse
