#include "sync/pull_session.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <thread>

#include <time.h>

#include "base/log.hpp"
#include "sync/listed_calls.hpp"
#include "sync/stage_rows.hpp"

namespace svodka::sync {
namespace {

/// Of the work that waits for pauses: between two polls, and when nothing else is to be done.
constexpr int kIdleRequests = 4;
constexpr int kRestRequests = 20;

/// Hands rounds from the fetching thread to the storing one; at most one waits: each is tens of megabytes.
class RoundQueue {
 public:
  /// False when the other side has closed.
  bool Push(Round round) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || rounds_.empty(); });
    if (closed_) return false;
    rounds_.push_back(std::move(round));
    changed_.notify_all();
    return true;
  }
  /// Waits for a round, or until all was handed over, but not longer than this. True when it need wait no
  /// more.
  bool WaitFor(std::chrono::milliseconds length) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, length, [&] { return finished_ || !rounds_.empty(); });
  }
  /// Nothing when all was handed over.
  std::optional<Round> Pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return finished_ || !rounds_.empty(); });
    if (rounds_.empty()) return std::nullopt;
    Round round = std::move(rounds_.front());
    rounds_.pop_front();
    changed_.notify_all();
    return round;
  }
  void Finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    rounds_.clear();
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Round> rounds_;
  bool finished_ = false;
  bool closed_ = false;
};

int64_t Elapsed(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - since)
      .count();
}

/// Processor time of this thread: what a busy machine does not stretch.
std::chrono::nanoseconds ThreadTime() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds{spent.tv_sec} + std::chrono::nanoseconds{spent.tv_nsec};
}

/// Troubles that pass by themselves: Follow waits for them.
bool Passes(const std::string& code) {
  static const std::vector<std::string> kPassing = {
      "portal_unreachable", "portal_timeout",  "portal_busy",        "portal_blocked",
      "bad_answer",         "operation_limit", "answer_too_large",   "disk_full",
      "storage_error",      "tls_failed",      "storage_unwritable", "proxy_failed"};
  return std::find(kPassing.begin(), kPassing.end(), code) != kPassing.end();
}

constexpr size_t kHintsMax = 50'000;
/// One read holds so many hints; a burst beyond it takes several.
constexpr size_t kHintsPerRead = 2'000;
/// Events of one click come within a fraction of a second; bursts are read every other second.
constexpr std::chrono::milliseconds kGather{400};
constexpr std::chrono::seconds kHintsEvery{2};
/// How long an event may stay unnoticed that comes in the moment when Follow lies down.
constexpr std::chrono::milliseconds kRestMax{500};

/// The star of the round that ends or begins a part: built while the CRM is asked on.
Round Settled() {
  Round round;
  round.settles = true;
  return round;
}

/// For so long nothing comes to be stored: the CRM is what is waited for.
constexpr std::chrono::milliseconds kIdle{300};

/// Rounds of a history: the star need not follow each of them.
Emit MoreFollows(const Emit& emit) {
  return [&emit](Round round) {
    round.more_follows = true;
    return emit(std::move(round));
  };
}

}  // namespace

int64_t Round::size() const {
  size_t cells = 0;
  for (const warehouse::Batch& batch : tables) cells += batch.rows.size();
  return static_cast<int64_t>(cells + rows.users.size() + rows.departments.size() + rows.pipelines.size() +
                              rows.stages.size() + rows.dictionary.size() + rows.rates.size() +
                              rows.custom_fields.size() + rows.clients.size() + rows.leads.size() +
                              rows.deals.size() + rows.stage_events.size() + rows.activities.size() +
                              rows.calls.size() + rows.payments.size() + rows.customers.size() +
                              rows.products.size() + rows.tombstones.size());
}

Progress PullSession::progress() const {
  const std::lock_guard lock(progress_mutex_);
  return progress_;
}

void PullSession::RequestPoll() {
  poll_requested_ = true;
  pauser_.Wake();
}

void PullSession::TakeHints(const std::vector<crm::Hint>& hints) {
  if (hints.empty()) return;
  {
    const std::lock_guard lock(hints_mutex_);
    for (const crm::Hint& hint : hints) {
      if (hints_.size() >= kHintsMax) break;
      hints_.insert(hint);
    }
    if (!hints_due_) hints_due_ = std::max(clock_.Now() + kGather, hints_read_ + kHintsEvery);
  }
  // A pause after a refusal of the CRM is not cut short by events.
  if (resting_) pauser_.Wake();
}

bool PullSession::HintsDue() {
  const std::lock_guard lock(hints_mutex_);
  return hints_due_ && clock_.Now() >= *hints_due_;
}

Result<RunSummary> PullSession::ReadHints(std::stop_token stop) {
  std::vector<crm::Hint> hints;
  {
    const std::lock_guard lock(hints_mutex_);
    for (auto at = hints_.begin(); at != hints_.end() && hints.size() < kHintsPerRead;) {
      hints.push_back(*at);
      at = hints_.erase(at);
    }
    hints_read_ = clock_.Now();
    hints_due_.reset();
    if (!hints_.empty()) hints_due_ = hints_read_ + kHintsEvery;
  }
  auto run = Pipe(
      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
        if (auto status = PrepareOnce(emit, fetch_stop); !status.ok()) return status;
        // The first load is under way: it reads these cards anyway, and the sweep after it what has gone.
        return IsLoaded() ? FetchHints(hints, emit, fetch_stop) : Status(Done{});
      },
      stop);
  if (!run.ok()) TakeHints(hints);
  if (run.ok()) {
    log::Debug("events_read",
               {{"hints", std::to_string(hints.size())}, {"requests", std::to_string(run->requests)}});
  }
  return run;
}

void PullSession::SetStage(Progress::State state, const std::string& stage) {
  const std::lock_guard lock(progress_mutex_);
  progress_.state = state;
  progress_.stage = stage;
  if (state != Progress::State::kWaiting && state != Progress::State::kStopped) progress_.error.reset();
}

Status PullSession::TakeFacts(const AccountFacts& facts) {
  warehouse::PortalSettings settings = warehouse_.portal();
  const warehouse::PortalSettings before = settings;
  facts.ApplyTo(settings);
  if (settings.id.empty()) settings.id = pace_.portal_id;
  if (settings.name.empty()) settings.name = pace_.portal_name.empty() ? facts.address : pace_.portal_name;
  if (settings != before) {
    if (auto status = warehouse_.Configure(settings); !status.ok()) return status;
  }
  auto zone = Zone::Find(settings.zone);
  if (!zone.ok()) return zone.errors();
  zone_ = *zone;
  return Done{};
}

Status PullSession::PrepareOnce(const Emit& emit, std::stop_token stop) {
  if (prepared_) return Done{};
  if (auto status = Prepare(emit, stop); !status.ok()) return status;
  prepared_ = true;
  return Done{};
}

void PullSession::StartEstimate(int64_t rows_before, std::optional<int64_t> expected) {
  load_started_ = clock_.Now();
  loaded_before_ = rows_before;
  const std::lock_guard lock(progress_mutex_);
  if (expected) progress_.expected = expected;
}

void PullSession::Estimate(int64_t loaded_rows) {
  const Instant now = clock_.Now();
  const std::lock_guard lock(progress_mutex_);
  progress_.done = loaded_before_ + loaded_rows;
  progress_.seconds_left.reset();
  const double passed_s = std::chrono::duration<double>(now - load_started_).count();
  if (progress_.expected && loaded_rows > 0 && passed_s > 0.5) {
    const double left = static_cast<double>(std::max<int64_t>(0, *progress_.expected - progress_.done));
    progress_.seconds_left = static_cast<int64_t>(left * passed_s / static_cast<double>(loaded_rows));
  }
}

void PullSession::SetExpected(int64_t rows) {
  const std::lock_guard lock(progress_mutex_);
  progress_.expected = rows;
}

Status PullSession::Store(Round round, RunSummary& summary) {
  const int64_t size = round.size();
  if (size > 0 || !round.whole_history.empty() || !round.past.empty() || !round.cursors.empty() ||
      !round.rows.complete.empty() || round.settles) {
    const auto started = std::chrono::steady_clock::now();
    auto load = warehouse_.Begin(clock_.Now());
    if (!load.ok()) return load.errors();
    if (!round.whole_history.empty()) {
      warehouse::Batch whole{"whole_history", {"entity", "card_id", "dated"}, {}};
      for (auto& [entity, id] : round.whole_history) whole.rows.push_back({entity, std::move(id), false});
      if (auto status = (*load)->Append(std::move(whole)); !status.ok()) return status;
    }
    if (!round.past.empty()) {
      const auto cell = [](std::optional<std::string>& text) {
        return text ? Value(std::move(*text)) : Value(std::monostate{});
      };
      warehouse::Batch past{
          "past_change", {"entity", "card_id", "field", "old_value", "new_value", "changed_at"}, {}};
      for (auto& row : round.past) {
        past.rows.push_back({std::move(row.entity), std::move(row.card_id), std::move(row.field),
                             cell(row.old_value), cell(row.new_value), row.changed_at});
      }
      if (auto status = (*load)->Append(std::move(past)); !status.ok()) return status;
    }
    for (warehouse::Batch& batch : round.tables) {
      if (auto status = (*load)->Append(std::move(batch)); !status.ok()) return status;
    }
    round.tables.clear();
    if (auto status = StoreBatch(**load, round.rows); !status.ok()) return status;
    round.rows = {};  // the warehouse has them: committing takes longer than all before
    for (auto& [stream, value] : round.cursors) (*load)->SetCursor(stream, std::move(value));
    if (round.more_follows) (*load)->MoreFollows();
    auto committed = (*load)->Commit();
    if (!committed.ok()) return committed.errors();
    log::Debug("sync_stored", {{"rows", std::to_string(size)},
                               {"stored", std::to_string(committed->rows_stored)},
                               {"ms", std::to_string(Elapsed(started))}});
    summary.rows_read += size;
    summary.rows_stored += committed->rows_stored;
    summary.rows_unchanged += committed->rows_unchanged;
    summary.data_version = committed->data_version;
    load->reset();  // the next one waits for its end
    if (!round.more_follows && (round.settles || ConcernsListedCalls(*committed))) {
      if (auto matched = MatchListedCalls(warehouse_, clock_); !matched.ok()) return matched.errors();
      summary.data_version = warehouse_.state().data_version;
    }
  }
  summary.deleted += round.deleted;
  summary.returned += round.returned;
  if (round.current_at) {
    if (auto status = warehouse_.TouchCurrent(*round.current_at); !status.ok()) return status;
    const std::lock_guard lock(progress_mutex_);
    progress_.read_at = round.current_at;
  }
  return Done{};
}

Result<RunSummary> PullSession::Pipe(const Fetch& fetch, std::stop_token stop, bool settles_when_idle) {
  const std::lock_guard lock(run_mutex_);
  RunSummary summary;
  const int64_t requests_before = requests();
  RoundQueue queue;
  Status fetched = Done{};
  Status stored = Done{};
  std::stop_source stop_fetch;
  const std::stop_callback pass_on(stop, [&] { stop_fetch.request_stop(); });
  {
    std::jthread fetcher([&] {
      try {
        fetched = fetch(
            [&](Round round) -> Status {
              if (queue.Push(std::move(round))) return Done{};
              return Diagnostic{"cancelled", "storing has ended", "", {}};
            },
            stop_fetch.get_token());
      } catch (const DiagnosticError& error) {
        fetched = error.diagnostic();
      } catch (const std::exception& error) {
        fetched = Diagnostic{
            "internal_error", std::string("reading the portal broke off: ") + error.what(), "", {}};
      }
      queue.Finish();
    });
    bool waits = false;
    for (;;) {
      // Whoever waits for the CRM has the time to let the star follow each round from now on.
      const bool first_wait = settles_when_idle && !waits && !queue.WaitFor(kIdle);
      waits = waits || first_wait;
      std::optional<Round> round = first_wait ? Settled() : queue.Pop();
      if (!round) break;
      if (waits) round->more_follows = false;
      const auto before = ThreadTime();
      stored = Store(std::move(*round), summary);
      storing_ += ThreadTime() - before;
      if (!stored.ok()) {
        queue.Close();
        stop_fetch.request_stop();
        break;
      }
    }
  }
  summary.requests = requests() - requests_before;
  summary.warnings = TakeWarnings();
  const Status& outcome = stored.ok() ? fetched : stored;
  if (!outcome.ok()) {
    // What was fetched may not have been stored: begin again from what is.
    prepared_ = false;
    Forget();
    return outcome.errors();
  }
  return summary;
}

Result<RunSummary> PullSession::RunFirstLoad(std::stop_token stop) {
  RunSummary whole;
  bool was_loaded = false;
  // Each part is stored before the next begins: details are asked for the cards that the warehouse holds.
  const std::array<Fetch, 3> parts = {[&](const Emit& emit, std::stop_token fetch_stop) -> Status {
                                        if (!prepared_) SetStage(Progress::State::kLoading, "dictionaries");
                                        if (auto status = PrepareOnce(emit, fetch_stop); !status.ok())
                                          return status;
                                        was_loaded = IsLoaded();
                                        if (was_loaded) return Done{};
                                        SetStage(Progress::State::kLoading, "cards");
                                        return FetchHistory(MoreFollows(emit), fetch_stop);
                                      },
                                      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
                                        return was_loaded ? Status(Done{})
                                                          : FetchDetails(MoreFollows(emit), fetch_stop);
                                      },
                                      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
                                        if (auto status = emit(Settled()); !status.ok()) return status;
                                        if (auto status = FetchPoll(emit, fetch_stop); !status.ok())
                                          return status;
                                        return emit(Settled());
                                      }};
  for (const Fetch& part : parts) {
    auto summary = Pipe(part, stop, &part == &parts[1] && AreDetailsFew());
    if (!summary.ok()) {
      SetStage(Progress::State::kStopped, "");
      const std::lock_guard lock(progress_mutex_);
      progress_.error = summary.error();
      return summary;
    }
    whole.Add(std::move(*summary));
  }
  SetStage(Progress::State::kLive, "");
  return whole;
}

Result<RunSummary> PullSession::PollOnce(std::stop_token stop) {
  bool loaded = false;
  auto summary = Pipe(
      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
        if (auto status = PrepareOnce(emit, fetch_stop); !status.ok()) return status;
        loaded = IsLoaded();
        return loaded ? FetchPoll(emit, fetch_stop) : Status(Done{});
      },
      stop);
  if (summary.ok() && !loaded) return RunFirstLoad(stop);
  if (summary.ok()) SetStage(Progress::State::kLive, "");
  return summary;
}

Result<RunSummary> PullSession::ReadRest(std::stop_token stop) {
  RunSummary whole;
  if (!IsLoaded() || !HasIdleWork()) return whole;
  const IdleWork work = DescribeIdleWork();
  SetStage(Progress::State::kLoading, work.stage);
  StartEstimate(0, work.left);
  while (HasIdleWork()) {
    if (stop.stop_requested()) return Diagnostic{"cancelled", "the synchronisation was stopped", "", {}};
    auto summary =
        Pipe([&](const Emit& emit,
                 std::stop_token fetch_stop) { return FetchIdle(emit, kRestRequests, fetch_stop); },
             stop);
    if (!summary.ok()) return summary;
    whole.Add(std::move(*summary));
    if (work.left) Estimate(*work.left - DescribeIdleWork().left.value_or(0));
  }
  SetStage(Progress::State::kLive, "");
  return whole;
}

Result<RunSummary> PullSession::Compare(bool whole, std::stop_token stop) {
  return Pipe(
      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
        if (auto status = PrepareOnce(emit, fetch_stop); !status.ok()) return status;
        if (!IsLoaded())
          return Diagnostic{"not_loaded", "the first load has not ended yet; sweep afterwards", "", {}};
        return FetchSweep(whole, emit, fetch_stop);
      },
      stop);
}

Result<RunSummary> PullSession::RereadCards(std::vector<CardRef> cards, std::stop_token stop) {
  std::sort(cards.begin(), cards.end());
  cards.erase(std::unique(cards.begin(), cards.end()), cards.end());
  return Pipe(
      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
        if (auto status = PrepareOnce(emit, fetch_stop); !status.ok()) return status;
        return FetchCards(cards, emit, fetch_stop);
      },
      stop);
}

Status PullSession::Follow(std::stop_token stop) {
  int failures = 0;
  while (!stop.stop_requested()) {
    poll_requested_ = false;
    storing_ = {};
    auto run = PollOnce(stop);  // or the rest of the first load
    const auto rest = std::min<std::chrono::milliseconds>(
        std::chrono::ceil<std::chrono::milliseconds>(storing_ * pace_.pause_per_storing), pace_.pause_max);
    bool busy = false;
    if (run.ok()) {
      const Instant now = clock_.Now();
      const Day today = zone_.LocalDay(now);
      const bool night = now >= zone_.FromLocal(today, std::chrono::hours{pace_.sweep_hour});
      // The first sweep comes right after the first load: it finds the rows that a page has lost.
      const bool sweep_due = !swept_at() || (night && zone_.LocalDay(*swept_at()) < today);
      if (sweep_due) {
        run = Compare(false, stop);
      } else if (dictionaries_at() && now - *dictionaries_at() >= pace_.dictionaries_every) {
        run = Pipe(
            [&](const Emit& emit, std::stop_token fetch_stop) { return FetchDictionaries(emit, fetch_stop); },
            stop);
      } else if (HasIdleWork()) {
        busy = true;
        run = Pipe([&](const Emit& emit,
                       std::stop_token fetch_stop) { return FetchIdle(emit, kIdleRequests, fetch_stop); },
                   stop);
      }
    }
    if (stop.stop_requested()) break;
    if (run.ok() && HintsDue()) run = ReadHints(stop);
    if (stop.stop_requested()) break;
    std::chrono::milliseconds wait = busy ? std::chrono::seconds{2} : pace_.poll_every;
    if (run.ok()) {
      failures = 0;
      wait = std::max(wait, rest);
      SetStage(Progress::State::kLive, "");
      for (const Diagnostic& warning : run->warnings)
        log::Debug("sync_warning", {{"code", warning.code}, {"what", warning.message}});
    } else {
      const Diagnostic& error = run.error();
      const bool passes = Passes(error.code);
      {
        const std::lock_guard lock(progress_mutex_);
        progress_.state = passes ? Progress::State::kWaiting : Progress::State::kStopped;
        progress_.error = error;
      }
      log::Error("sync_failed",
                 {{"code", error.code}, {"message", error.message}, {"again", passes ? "yes" : "no"}});
      if (!passes) return run.errors();
      wait = std::min<std::chrono::milliseconds>(std::chrono::seconds{5} * (1 << std::min(failures, 6)),
                                                 std::chrono::minutes{5});
      ++failures;
    }
    const Instant until = clock_.Now() + wait;
    const bool healthy = run.ok();
    while (!poll_requested_ && !stop.stop_requested() && clock_.Now() < until) {
      // After a trouble events wait like everything else: the next poll shows whether it has passed.
      if (healthy && HintsDue()) {
        if (auto read = ReadHints(stop); !read.ok()) break;
        SetStage(Progress::State::kLive, "");
        continue;
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.Now());
      resting_ = true;
      const bool on = pauser_.Pause(std::min<std::chrono::milliseconds>(left, kRestMax), stop);
      resting_ = false;
      if (!on) break;
    }
  }
  SetStage(Progress::State::kIdle, "");
  return Done{};
}

}  // namespace svodka::sync
