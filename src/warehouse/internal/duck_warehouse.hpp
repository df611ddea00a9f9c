#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "warehouse/internal/derive.hpp"
#include "warehouse/internal/memory_ceiling.hpp"
#include "warehouse/internal/merge.hpp"
#include "warehouse/internal/reader_pool.hpp"
#include "warehouse/internal/watchdog.hpp"

namespace svodka::warehouse {

/// What is open on the file at present; replaced as a whole when DuckDB gives the file up after a failed
/// write.
struct OpenFile {
  explicit OpenFile(const Settings& settings);
  Database database;
  Connection control;  ///< short statements of our own; under commit_mutex_
  MemoryCeiling ceiling;
  ReaderPool readers;
};

/// When a history that is being loaded is worth deriving anew: what has come since must have grown to four
/// times what there was (or a minute has passed), and derivation must not take more than a ninth of the time.
struct DerivePace {
  using Time = std::chrono::steady_clock::time_point;
  int64_t rows_derived = 0, rows_waiting = 0;
  std::chrono::steady_clock::duration cost{};
  Time derived_at{};

  bool IsDue(Time now) const {
    const auto passed = now - derived_at;
    if (rows_derived == 0) return rows_waiting > 0;
    if (passed >= std::chrono::minutes{1}) return passed >= 8 * cost;
    // What it will cost now, by the rows there are.
    return rows_waiting >= 4 * rows_derived &&
           passed / 8 >= cost * (rows_derived + rows_waiting) / rows_derived;
  }
  void Note(Time start, Time end) {
    rows_derived += rows_waiting;
    rows_waiting = 0;
    cost = end - start;
    derived_at = end;
  }
};

class DuckWarehouse final : public Warehouse {
 public:
  explicit DuckWarehouse(const Settings& settings);
  ~DuckWarehouse() override;

  Status Configure(const PortalSettings& settings) override;
  PortalSettings portal() const override;
  Result<std::unique_ptr<Load>> Begin(Instant now) override;
  Status TouchCurrent(Instant at) override;
  Result<ResultSet> Query(std::string_view sql, std::span<const Value> params,
                          const QueryOptions& options) const override;
  Result<std::optional<std::string>> FindCursor(std::string_view stream) const override;
  DataState state() const override;
  std::shared_ptr<void> OnChange(std::function<void(int64_t)> callback) override;
  void Checkpoint() override;

  /// As Query, column by column; see columns.hpp.
  Result<ColumnSet> ReadColumns(std::string_view sql, std::span<const Value> params,
                                const QueryOptions& options) const;
  /// As Query, but writes; see testing.hpp.
  void Execute(const std::string& sql);
  void Rederive(int64_t cards_per_slice);
  /// See Tidy.
  void PutInOrder(int64_t few);

 private:
  friend class DuckLoad;
  using Callbacks = std::map<uint64_t, std::function<void(int64_t)>>;

  /// Runs `read` on a connection of the pool, under the deadline, and maps what it throws.
  template <class T, class Read>
  Result<T> ReadWith(const QueryOptions& options, const Read& read) const;
  void ReadPortal();
  void ReadState();
  DeriveContext Context(Instant now) const;
  /// Before everything is derived anew the memory ceiling is lowered; it stays so until it is raised.
  DeriveContext ContextOf(PortalSettings portal, std::string local_day_function, Instant now) const;
  /// Runs `work` in a transaction of `connection`; rolls back and rethrows on error.
  static void Transact(Connection& connection, const std::function<void()>& work);
  /// Runs `work` and maps what it throws; opens the file anew when DuckDB has given it up.
  Status Guarded(const std::function<void()>& work);
  void ReopenIfInvalid();
  void Announce(int64_t data_version);

  Settings settings_;
  mutable std::shared_mutex file_mutex_;  ///< shared by whoever uses file_, exclusive to replace it
  std::unique_ptr<OpenFile> file_;
  mutable Watchdog watchdog_;
  std::unique_ptr<TableCatalog> catalog_;

  std::mutex gate_mutex_;  ///< one load at a time
  std::condition_variable gate_opened_;
  bool loading_ = false;
  std::mutex commit_mutex_;
  DerivePace pace_;  ///< under commit_mutex_

  mutable std::mutex state_mutex_;
  PortalSettings portal_;
  std::string local_day_function_;
  DataState state_;

  std::shared_ptr<std::mutex> callbacks_mutex_ = std::make_shared<std::mutex>();
  std::shared_ptr<Callbacks> callbacks_ = std::make_shared<Callbacks>();
  uint64_t next_callback_ = 0;
};

}  // namespace svodka::warehouse
