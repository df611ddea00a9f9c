#include "warehouse/internal/load.hpp"

#include "base/log.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"
#include "warehouse/internal/tidy.hpp"

namespace svodka::warehouse {

DuckLoad::DuckLoad(DuckWarehouse& warehouse, Instant now) : warehouse_(warehouse), now_(now) {
  try {
    const std::shared_lock file(warehouse_.file_mutex_);
    connection_ = std::make_unique<Connection>(warehouse_.file_->database);
  } catch (...) {
    OpenGate();
    throw;
  }
}

DuckLoad::~DuckLoad() {
  staged_.clear();
  connection_.reset();
  OpenGate();
}

void DuckLoad::OpenGate() {
  {
    const std::lock_guard lock(warehouse_.gate_mutex_);
    warehouse_.loading_ = false;
  }
  warehouse_.gate_opened_.notify_one();
}

Status DuckLoad::Append(Batch batch) {
  if (failure_) return *failure_;
  const TableSpec* spec = warehouse_.catalog_->Find(batch.table);
  if (spec == nullptr) {
    failure_ = Diagnostic{"bad_row", "there is no table \"" + batch.table + "\" to load", batch.table,
                          NearestNames(batch.table, warehouse_.catalog_->names())};
    return *failure_;
  }
  try {
    auto& table = staged_[spec->name];
    if (table == nullptr) table = std::make_unique<StagingTable>(*connection_, *spec);
    table->Append(batch, rows_);
    rows_ += static_cast<int64_t>(batch.rows.size());
    return Done{};
  } catch (const DiagnosticError& error) {
    failure_ = error.diagnostic();
    return *failure_;
  }
}

void DuckLoad::MarkComplete(std::string list) { complete_.push_back(std::move(list)); }

Status DuckLoad::Bury(std::string_view entity, std::span<const std::string> ids, std::string_view cause) {
  if (failure_) return *failure_;
  burials_.push_back({std::string(entity), std::string(cause), {ids.begin(), ids.end()}});
  return Done{};
}

void DuckLoad::SetCursor(std::string stream, std::string value) {
  cursors_[std::move(stream)] = std::move(value);
}

bool DuckLoad::Derive(const MergeOutcome& outcome) {
  DerivePace& pace = warehouse_.pace_;
  const bool behind = connection_->Integer("SELECT star_behind::BIGINT FROM data_state") != 0;
  if (more_follows_) {
    if (!outcome.anything() && !behind) return false;
    pace.rows_waiting += outcome.rows_stored;
    if (!pace.IsDue(std::chrono::steady_clock::now())) {
      if (!behind) connection_->Run("UPDATE data_state SET star_behind = TRUE");
      return false;
    }
  } else if (!behind) {
    if (!outcome.anything()) return false;
    DeriveChanged(*connection_, warehouse_.Context(now_), outcome);
    return true;
  }
  const auto start = std::chrono::steady_clock::now();
  DeriveAll(*connection_, warehouse_.Context(now_));
  derived_all_ = true;
  if (behind) connection_->Run("UPDATE data_state SET star_behind = FALSE");
  pace.Note(start, std::chrono::steady_clock::now());
  return true;
}

void DuckLoad::Merge(LoadSummary& summary) {
  class Merge merge(*connection_, *warehouse_.catalog_, now_, TodayOf(warehouse_.Context(now_)), staged_);
  const MergeOutcome outcome = merge.Run(complete_, burials_);
  for (const auto& [name, table] : staged_) connection_->Run("DROP TABLE temp." + table->name());
  summary = {outcome.rows_read,       outcome.rows_stored, outcome.rows_unchanged,
             outcome.rows_superseded, outcome.dangling,    warehouse_.state().data_version,
             outcome.stored_by_table};
  const std::string now = Literal(now_);
  const bool changed = outcome.anything();
  if (Derive(outcome)) {
    connection_->Run("UPDATE data_state SET data_version = data_version + 1, changed_at = " + now);
    ++summary.data_version;
  }
  std::string streams, values;
  for (const auto& [stream, value] : cursors_) {
    streams += (streams.empty() ? "" : ", ") + Quote(stream);
    values += (values.empty() ? "(" : ", (") + Quote(stream) + ", " + Quote(value) + ", " + now + ")";
  }
  if (!cursors_.empty()) {
    connection_->Run("DELETE FROM sync_cursor WHERE stream IN (" + streams + ")", "sync_cursor");
    connection_->Run("INSERT INTO sync_cursor VALUES " + values, "sync_cursor");
  }
  if (changed) {
    connection_->Run(
        "INSERT INTO sync_run (kind, started_at, finished_at, rows_read, rows_stored, rows_unchanged, "
        "outcome) "
        "VALUES ('load', " +
        now + ", " + now + ", " + std::to_string(summary.rows_read) + ", " +
        std::to_string(summary.rows_stored) + ", " + std::to_string(summary.rows_unchanged) + ", 'ok')");
  }
}

bool DuckLoad::IsTidyDue(const LoadSummary& summary) const {
  return derived_all_ || summary.rows_stored >= 10'000 || summary.data_version % 256 == 255;
}

/// What is stored is stored: tables that stay as they are only make the next loads slower.
void DuckLoad::PutInOrder() {
  try {
    DuckWarehouse::Transact(*connection_, [&] { Tidy(*connection_); });
  } catch (const DiagnosticError& error) {
    log::Warning("warehouse.tidy", {{"message", error.what()}});
  }
}

Result<LoadSummary> DuckLoad::Commit() {
  if (failure_) return *failure_;
  if (finished_) throw InvariantError("a load is committed once");
  finished_ = true;
  LoadSummary summary;
  const int64_t before = warehouse_.state().data_version;
  {
    const std::lock_guard commit(warehouse_.commit_mutex_);
    const Status status = warehouse_.Guarded([&] {
      const std::shared_lock file(warehouse_.file_mutex_);
      if (more_follows_) warehouse_.file_->ceiling.Lower();
      try {
        for (auto& [name, table] : staged_) table->Flush();
        // Of a history the rows were let go by now: the peaks of reading and of storing must not add up.
        if (more_follows_) GiveBackMemory();
        RunUnder(warehouse_.file_->ceiling, [&, pace = warehouse_.pace_] {
          warehouse_.pace_ = pace;  // a second attempt stores the same rows
          DuckWarehouse::Transact(*connection_, [&] { Merge(summary); });
        });
      } catch (...) {
        warehouse_.file_->ceiling.Raise();  // writing the last rows down may have failed as well
        staged_.clear();                    // before the file may be opened anew
        connection_.reset();
        throw;
      }
      staged_.clear();
      if (more_follows_ || derived_all_) GiveBackMemory();
      if (!more_follows_ && IsTidyDue(summary)) PutInOrder();
      connection_.reset();
      if (!more_follows_) warehouse_.file_->ceiling.Raise();
      warehouse_.ReadState();
    });
    if (!status.ok()) {
      failure_ = status.error();
      return *failure_;
    }
  }
  if (summary.data_version != before) warehouse_.Announce(summary.data_version);
  return summary;
}

}  // namespace svodka::warehouse
