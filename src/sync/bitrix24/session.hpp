#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/bitrix24/cursors.hpp"
#include "sync/bitrix24/reader.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::sync {

/// Rows and the cursors that cover them: one commit.
struct Round {
  crm::SourceBatch rows;
  std::map<std::string, std::string> cursors;
  std::optional<Instant> current_at;  ///< after this commit the copy is known to be whole up to here
  int64_t deleted = 0, returned = 0;

  int64_t size() const;
};

/// Takes a round to be stored. An error ends the run.
using Emit = std::function<Status(Round)>;

/// BitrixSync's state: the fetching side (runs on one thread at a time) and the storing side.
class Session final : public BitrixSync {
 public:
  Session(BitrixSettings settings, crm::bitrix24::Client client, const Clock& clock, Pauser& pauser,
          std::shared_ptr<RateLimiter> limiter, warehouse::Warehouse& warehouse);

  Result<AccountFacts> Connect(std::stop_token stop) override;
  Result<RunSummary> RunFirstLoad(std::stop_token stop) override;
  Result<RunSummary> PollOnce(std::stop_token stop) override;
  Result<RunSummary> Sweep(std::stop_token stop) override;
  Status Follow(std::stop_token stop) override;
  Progress progress() const override;
  void RequestPoll() override;

 private:
  using Fetch = std::function<Status(const Emit&, std::stop_token)>;
  /// Runs `fetch` on a thread of its own and stores what it emits here; the one waits for the other when it
  /// is two rounds ahead. `fetch` may read the warehouse.
  Result<RunSummary> Pipe(const Fetch& fetch, std::stop_token stop);
  Status Store(Round round, RunSummary& summary);

  /// Account facts, cursors, dictionaries: once per session and again after an error.
  Status Prepare(const Emit& emit, std::stop_token stop);
  Status FetchDictionaries(const Emit& emit, std::stop_token stop);
  Status FetchHistory(const Emit& emit, std::stop_token stop);  // first_load.cpp
  Status FetchComments(const Emit& emit, std::stop_token stop, int requests_max, bool recent_only);
  Status FetchPoll(const Emit& emit, std::stop_token stop);   // poll.cpp
  Status FetchSweep(const Emit& emit, std::stop_token stop);  // sweep.cpp
  Status SweepCards(crm::bitrix24::Stream stream, const Emit& emit, std::stop_token stop);
  Status SweepOpenSteps(crm::bitrix24::Stream stream, const Emit& emit, std::stop_token stop);
  bool IsLoaded() const;
  bool IsFresh(crm::bitrix24::Stream stream, const std::string& field, const json::value& row);
  void Estimate();
  void SetStage(Progress::State state, const std::string& stage);
  void Forget();

  const BitrixSettings settings_;
  const Clock& clock_;
  Pauser& pauser_;
  warehouse::Warehouse& warehouse_;
  Caller caller_;
  Reader reader_;

  std::mutex run_mutex_;  ///< one run at a time
  // The fetching side's.
  bool prepared_ = false;
  Cursors cursors_;
  Zone zone_ = Zone::Utc();
  struct Seen {
    size_t hash = 0;
    uint64_t poll = 0;
  };
  std::unordered_map<std::string, Seen> recent_;  ///< rows of the overlap that the last polls have stored
  std::unordered_map<std::string, Instant> last_activity_;
  uint64_t polls_ = 0;
  int64_t loaded_rows_ = 0;
  int64_t loaded_before_ = 0;
  Instant load_started_{};

  mutable std::mutex progress_mutex_;
  Progress progress_;
  std::atomic<bool> poll_requested_{false};
};

}  // namespace svodka::sync
