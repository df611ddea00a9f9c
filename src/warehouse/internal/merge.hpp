#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "warehouse/internal/staging.hpp"

namespace svodka::warehouse {

/// A card list to mark as deleted.
struct Burial {
  std::string entity;
  std::string cause;
  std::vector<std::string> ids;
};

/// What a merge did, for the summary and for derivation.
struct MergeOutcome {
  int64_t rows_read = 0;
  int64_t rows_stored = 0;
  int64_t rows_unchanged = 0;
  int64_t rows_superseded = 0;
  int64_t dangling = 0;
  std::map<std::string, int64_t> stored_by_table;
  std::set<std::string> changed;         ///< tables with stored rows; each has a temporary table delta_TABLE
  std::map<std::string, int64_t> fresh;  ///< rows by parent table whose key is new; absent: none
  /// new_activity_binding holds the bindings of every activity of the load that was stored.
  bool bindings_told = false;
  bool AnyFresh(const std::string& table) const { return fresh.contains(table); }
  bool anything() const { return rows_stored > 0 || !changed.empty(); }
};

/// Merges the staged tables of one load into the canonical ones, inside the caller's transaction.
class Merge {
 public:
  Merge(Connection& connection, const TableCatalog& catalog, Instant now, std::string today,
        const std::map<std::string, std::unique_ptr<StagingTable>>& staged);
  MergeOutcome Run(const std::vector<std::string>& complete, const std::vector<Burial>& burials);

 private:
  bool Staged(const std::string& table) const { return staged_.contains(table); }
  void DropDuplicates(const TableSpec& spec);
  void MergeParent(const TableSpec& spec);
  void LogChanges(const std::string& entity);
  /// Keeps what changed stages were until today (`stage_past`).
  void KeepPastStages();
  void ReplaceChildren(const TableSpec& spec);
  void DropBindings();
  void MergeEvents(const TableSpec& spec);
  void DropOutdatedEvents();
  void MergeRates();
  /// Changes that the CRM's own log tells of go to the change log, once.
  void LogPast();
  /// A card that was closed before we first saw it belongs to whoever had it then, as far as a log tells.
  void GiveBackSellers();
  void AddPlaceholderStages();
  void AddPlaceholderUsers();
  void MarkRemoved(const std::string& list);
  void Bury(const Burial& burial);
  void CountDangling();
  void ResolveDangling();
  /// Runs one statement of ours, named for logs.
  int64_t Do(const std::string& sql, const std::string& what);

  Connection& connection_;
  const TableCatalog& catalog_;
  std::string now_;
  std::string today_;  ///< SQL of the portal's day
  const std::map<std::string, std::unique_ptr<StagingTable>>& staged_;
  MergeOutcome outcome_;
  std::map<std::string, int64_t> given_;  ///< staged rows by table, without those that came again later
};

}  // namespace svodka::warehouse
