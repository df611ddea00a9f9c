#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/time.hpp"
#include "crm/rows.hpp"
#include "sync/pause.hpp"
#include "sync/portal_sync.hpp"

namespace svodka::sync {

/// Rows and the cursors that cover them: one commit.
struct Round {
  crm::SourceBatch rows;
  std::map<std::string, std::string> cursors;
  std::optional<Instant> current_at;  ///< after this commit the copy is known to be whole up to here
  int64_t deleted = 0, returned = 0;
  /// Cards (entity, id) whose stage history this round brings whole: other events of theirs are dropped.
  std::vector<std::pair<std::string, std::string>> whole_history;
  /// What the CRM's own log tells of former values; see warehouse table change_log.
  struct PastChange {
    std::string entity, card_id, field;
    std::optional<std::string> old_value, new_value;
    Instant changed_at{};
  };
  std::vector<PastChange> past;
  std::vector<warehouse::Batch> tables;  ///< rows that only one CRM has, as table cells
  bool settles = false;       ///< ends a history: stored even when empty, so that the star catches up
  bool more_follows = false;  ///< a part of a history whose next part comes at once: see warehouse::Load

  int64_t size() const;
};

/// Takes a round to be stored. An error ends the run.
using Emit = std::function<Status(Round)>;

/// What every CRM's session shares: one thread fetches, one stores; the order of a first load; polls, hourly
/// dictionaries, nightly sweeps and waiting in Follow; progress. A CRM says how each part is fetched. The
/// Fetch functions run on one thread at a time, may read the warehouse and hand rounds to be stored.
class PullSession : public PortalSync {
 public:
  struct Pace {
    std::string portal_id, portal_name;
    std::chrono::seconds poll_every{5};
    std::chrono::seconds dictionaries_every{3600};
    int sweep_hour = 3;  ///< of the portal's day
    /// The pause after a poll is at least this many times the processor time that storing it took, up to
    /// pause_max: a lively portal must not keep the machine busy.
    int pause_per_storing = 16;
    std::chrono::seconds pause_max{30};
  };
  Result<RunSummary> RunFirstLoad(std::stop_token stop) override;
  Result<RunSummary> PollOnce(std::stop_token stop) override;
  Result<RunSummary> ReadRest(std::stop_token stop) override;
  Result<RunSummary> Sweep(std::stop_token stop) override { return Compare(true, stop); }
  Result<RunSummary> RereadCards(std::vector<CardRef> cards, std::stop_token stop) override;
  Status Follow(std::stop_token stop) override;
  Progress progress() const override;
  void RequestPoll() override;
  void TakeHints(const std::vector<crm::Hint>& hints) override;

 protected:
  PullSession(Pace pace, const Clock& clock, Pauser& pauser, warehouse::Warehouse& warehouse)
      : pace_(std::move(pace)), clock_(clock), pauser_(pauser), warehouse_(warehouse) {}

  /// Account facts, cursors, dictionaries: once per session and again after an error.
  virtual Status Prepare(const Emit& emit, std::stop_token stop) = 0;
  virtual Status FetchDictionaries(const Emit& emit, std::stop_token stop) = 0;
  virtual Status FetchHistory(const Emit& emit, std::stop_token stop) = 0;
  /// The first load's last part, begun when its history is stored.
  virtual Status FetchDetails(const Emit& emit, std::stop_token stop) = 0;
  /// A round of details concerns few cards: the star follows it sooner than it is built anew.
  virtual bool AreDetailsFew() const { return false; }
  virtual Status FetchPoll(const Emit& emit, std::stop_token stop) = 0;
  /// `whole`: rows of all ages, however long it takes; a night may leave old ones to another night.
  virtual Status FetchSweep(bool whole, const Emit& emit, std::stop_token stop) = 0;
  /// Cards by id; what is gone is buried.
  virtual Status FetchCards(const std::vector<CardRef>& cards, const Emit& emit, std::stop_token stop) = 0;
  /// Reads again what events tell of, and buries what is no longer there.
  virtual Status FetchHints(const std::vector<crm::Hint>& hints, const Emit& emit, std::stop_token stop) = 0;
  /// What may wait for the pauses of Follow, a few requests at a time. `left`: how many cards wait to be
  /// read, for the progress of ReadRest.
  struct IdleWork {
    std::string stage;
    std::optional<int64_t> left;
  };
  virtual bool HasIdleWork() const { return false; }
  virtual IdleWork DescribeIdleWork() const { return {}; }
  virtual Status FetchIdle(const Emit&, int /*requests_max*/, std::stop_token) { return Done{}; }
  virtual bool IsLoaded() const = 0;
  virtual std::optional<Instant> swept_at() const = 0;
  virtual std::optional<Instant> dictionaries_at() const = 0;
  /// After an error: what was fetched may not have been stored.
  virtual void Forget() = 0;
  virtual int64_t requests() const = 0;
  virtual Diagnostics TakeWarnings() = 0;

  /// Brings the warehouse's portal facts to what the CRM says.
  Status TakeFacts(const AccountFacts& facts);
  void StartEstimate(int64_t rows_before, std::optional<int64_t> expected);
  void Estimate(int64_t loaded_rows);
  void SetExpected(int64_t rows);
  void SetStage(Progress::State state, const std::string& stage);
  const Zone& zone() const { return zone_; }

  const Pace pace_;
  const Clock& clock_;
  Pauser& pauser_;
  warehouse::Warehouse& warehouse_;
  std::mutex run_mutex_;  ///< one run at a time

 private:
  using Fetch = std::function<Status(const Emit&, std::stop_token)>;
  /// Runs `fetch` on a thread of its own and stores what it emits here; the one waits for the other when a
  /// round waits already.
  Result<RunSummary> Compare(bool whole, std::stop_token stop);
  /// `settles_when_idle`: where the CRM is slower than storing, the star catches up meanwhile.
  Result<RunSummary> Pipe(const Fetch& fetch, std::stop_token stop, bool settles_when_idle = false);
  Status Store(Round round, RunSummary& summary);
  Status PrepareOnce(const Emit& emit, std::stop_token stop);
  /// Whether hints wait and their time has come.
  bool HintsDue();
  /// Reads what the waiting hints tell of; on an error they go on waiting.
  Result<RunSummary> ReadHints(std::stop_token stop);

  bool prepared_ = false;
  std::chrono::nanoseconds
      storing_{};  ///< processor time of the thread that stores, since Follow last looked
  Zone zone_ = Zone::Utc();
  int64_t loaded_before_ = 0;
  Instant load_started_{};

  mutable std::mutex progress_mutex_;
  Progress progress_;
  std::atomic<bool> poll_requested_{false};

  std::mutex hints_mutex_;
  std::set<crm::Hint> hints_;
  std::optional<Instant> hints_due_;  ///< when those that wait are read
  Instant hints_read_{};
  std::atomic<bool> resting_{false};  ///< Follow waits for its next poll: an event may wake it
};

}  // namespace svodka::sync
