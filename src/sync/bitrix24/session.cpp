#include "sync/bitrix24/session.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <thread>

#include "base/log.hpp"
#include "sync/bitrix24/account.hpp"
#include "sync/stage_rows.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;

/// Hands rounds from the fetching thread to the storing one; at most two wait.
class RoundQueue {
 public:
  /// False when the other side has closed.
  bool Push(Round round) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || rounds_.size() < 2; });
    if (closed_) return false;
    rounds_.push_back(std::move(round));
    changed_.notify_all();
    return true;
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

/// Troubles that pass by themselves: Follow waits for them.
bool Passes(const std::string& code) {
  static const std::vector<std::string> kPassing = {
      "portal_unreachable", "portal_timeout",   "portal_busy", "portal_blocked", "bad_answer",
      "operation_limit",    "answer_too_large", "disk_full",   "storage_error",  "tls_failed"};
  return std::find(kPassing.begin(), kPassing.end(), code) != kPassing.end();
}

}  // namespace

void RunSummary::Add(RunSummary other) {
  rows_read += other.rows_read;
  rows_stored += other.rows_stored;
  rows_unchanged += other.rows_unchanged;
  requests += other.requests;
  deleted += other.deleted;
  returned += other.returned;
  data_version = std::max(data_version, other.data_version);
  for (Diagnostic& warning : other.warnings) {
    const bool known = std::find(warnings.begin(), warnings.end(), warning) != warnings.end();
    if (!known) warnings.push_back(std::move(warning));
  }
}

int64_t Round::size() const {
  return static_cast<int64_t>(rows.users.size() + rows.departments.size() + rows.pipelines.size() +
                              rows.stages.size() + rows.dictionary.size() + rows.rates.size() +
                              rows.custom_fields.size() + rows.clients.size() + rows.leads.size() +
                              rows.deals.size() + rows.stage_events.size() + rows.activities.size() +
                              rows.tombstones.size());
}

std::string_view NameOf(Progress::State state) {
  switch (state) {
    case Progress::State::kIdle:
      return "idle";
    case Progress::State::kLoading:
      return "loading";
    case Progress::State::kLive:
      return "live";
    case Progress::State::kWaiting:
      return "error";
    case Progress::State::kStopped:
      return "stopped";
  }
  return "";
}

Session::Session(BitrixSettings settings, b24::Client client, const Clock& clock, Pauser& pauser,
                 std::shared_ptr<RateLimiter> limiter, warehouse::Warehouse& warehouse)
    : settings_(std::move(settings)),
      clock_(clock),
      pauser_(pauser),
      warehouse_(warehouse),
      caller_(std::move(client),
              {.attempts_max = settings_.attempts_max,
               .commands_max = std::clamp<size_t>(settings_.commands_per_request, 1, 50)},
              std::move(limiter), clock, pauser),
      reader_(caller_, clock, settings_.loss_reason) {}

Result<std::unique_ptr<BitrixSync>> BitrixSync::Make(BitrixSettings settings, crm::HttpTransport& transport,
                                                     const Clock& clock, Pauser& pauser,
                                                     std::shared_ptr<RateLimiter> limiter,
                                                     warehouse::Warehouse& warehouse) {
  auto webhook = b24::Webhook::Parse(settings.webhook);
  if (!webhook.ok()) return webhook.errors();
  settings.webhook.clear();  // held by the client alone
  return std::unique_ptr<BitrixSync>(std::make_unique<Session>(
      std::move(settings), b24::Client(*webhook, transport), clock, pauser, std::move(limiter), warehouse));
}

Result<AccountFacts> Session::Connect(std::stop_token stop) {
  const std::lock_guard lock(run_mutex_);
  return ReadAccount(caller_, clock_, true, stop);
}

Progress Session::progress() const {
  const std::lock_guard lock(progress_mutex_);
  return progress_;
}

void Session::RequestPoll() {
  poll_requested_ = true;
  pauser_.Wake();
}

void Session::SetStage(Progress::State state, const std::string& stage) {
  const std::lock_guard lock(progress_mutex_);
  progress_.state = state;
  progress_.stage = stage;
  if (state != Progress::State::kWaiting && state != Progress::State::kStopped) progress_.error.reset();
}

void Session::Forget() {
  // What was fetched may not have been stored: begin again from what is.
  prepared_ = false;
  recent_.clear();
  last_activity_.clear();
}

bool Session::IsLoaded() const {
  for (const auto stream : b24::kStreams) {
    const auto at = cursors_.streams.find(stream);
    if ((at == cursors_.streams.end() || !at->second.loaded) && !reader_.IsRefused(stream)) return false;
  }
  return true;
}

Status Session::Store(Round round, RunSummary& summary) {
  const int64_t size = round.size();
  if (size > 0 || !round.cursors.empty() || !round.rows.complete.empty()) {
    const auto started = std::chrono::steady_clock::now();
    auto load = warehouse_.Begin(clock_.Now());
    if (!load.ok()) return load.errors();
    if (auto status = StoreBatch(**load, round.rows); !status.ok()) return status;
    for (auto& [stream, value] : round.cursors) (*load)->SetCursor(stream, std::move(value));
    auto committed = (*load)->Commit();
    if (!committed.ok()) return committed.errors();
    log::Debug("sync_stored", {{"rows", std::to_string(size)},
                               {"stored", std::to_string(committed->rows_stored)},
                               {"ms", std::to_string(Elapsed(started))}});
    summary.rows_read += size;
    summary.rows_stored += committed->rows_stored;
    summary.rows_unchanged += committed->rows_unchanged;
    summary.data_version = committed->data_version;
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

Result<RunSummary> Session::Pipe(const Fetch& fetch, std::stop_token stop) {
  const std::lock_guard lock(run_mutex_);
  RunSummary summary;
  const int64_t requests_before = caller_.requests();
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
    while (auto round = queue.Pop()) {
      stored = Store(std::move(*round), summary);
      if (!stored.ok()) {
        queue.Close();
        stop_fetch.request_stop();
        break;
      }
    }
  }
  summary.requests = caller_.requests() - requests_before;
  summary.warnings = reader_.TakeWarnings();
  const Status& outcome = stored.ok() ? fetched : stored;
  if (!outcome.ok()) {
    Forget();
    return outcome.errors();
  }
  return summary;
}

Status Session::Prepare(const Emit& emit, std::stop_token stop) {
  if (prepared_) return Done{};
  auto cursors = Cursors::Load(warehouse_);
  if (!cursors.ok()) return cursors.errors();
  cursors_ = std::move(*cursors);
  auto facts = ReadAccount(caller_, clock_, false, stop);
  if (!facts.ok()) return facts.errors();
  warehouse::PortalSettings settings = warehouse_.portal();
  const warehouse::PortalSettings before = settings;
  facts->ApplyTo(settings);
  if (settings.id.empty()) settings.id = settings_.portal_id;
  if (settings.name.empty())
    settings.name = settings_.portal_name.empty() ? facts->address : settings_.portal_name;
  if (settings != before) {
    if (auto status = warehouse_.Configure(settings); !status.ok()) return status;
  }
  auto zone = Zone::Find(settings.zone);
  if (!zone.ok()) return zone.errors();
  zone_ = *zone;
  if (auto status = FetchDictionaries(emit, stop); !status.ok()) return status;
  prepared_ = true;
  return Done{};
}

Status Session::FetchDictionaries(const Emit& emit, std::stop_token stop) {
  Round round;
  if (auto status = reader_.ReadDictionaries(round.rows, zone_, stop); !status.ok()) return status;
  cursors_.dictionaries_at = clock_.Now();
  round.cursors[kDictionaryCursorName] = MomentJson(*cursors_.dictionaries_at);
  return emit(std::move(round));
}

Result<RunSummary> Session::RunFirstLoad(std::stop_token stop) {
  RunSummary whole;
  bool was_loaded = false;
  // Each part is stored before the next begins: comments are asked for the cards that the warehouse holds.
  const std::array<Fetch, 3> parts = {
      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
        if (!prepared_) SetStage(Progress::State::kLoading, "dictionaries");
        if (auto status = Prepare(emit, fetch_stop); !status.ok()) return status;
        was_loaded = IsLoaded();
        if (was_loaded) return Done{};
        SetStage(Progress::State::kLoading, "cards");
        return FetchHistory(emit, fetch_stop);
      },
      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
        if (was_loaded || cursors_.comments.loaded) return Done{};
        SetStage(Progress::State::kLoading, "comments");
        return FetchComments(emit, fetch_stop, 1'000'000, true);
      },
      [&](const Emit& emit, std::stop_token fetch_stop) { return FetchPoll(emit, fetch_stop); }};
  for (const Fetch& part : parts) {
    auto summary = Pipe(part, stop);
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

Result<RunSummary> Session::PollOnce(std::stop_token stop) {
  bool loaded = false;
  auto summary = Pipe(
      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
        if (auto status = Prepare(emit, fetch_stop); !status.ok()) return status;
        loaded = IsLoaded();
        return loaded ? FetchPoll(emit, fetch_stop) : Status(Done{});
      },
      stop);
  if (summary.ok() && !loaded) return RunFirstLoad(stop);
  if (summary.ok()) SetStage(Progress::State::kLive, "");
  return summary;
}

Result<RunSummary> Session::Sweep(std::stop_token stop) {
  return Pipe(
      [&](const Emit& emit, std::stop_token fetch_stop) -> Status {
        if (auto status = Prepare(emit, fetch_stop); !status.ok()) return status;
        if (!IsLoaded())
          return Diagnostic{"not_loaded", "the first load has not ended yet; sweep afterwards", "", {}};
        return FetchSweep(emit, fetch_stop);
      },
      stop);
}

Status Session::Follow(std::stop_token stop) {
  int failures = 0;
  while (!stop.stop_requested()) {
    poll_requested_ = false;
    auto run = PollOnce(stop);  // or the rest of the first load
    bool busy = false;
    if (run.ok()) {
      const Instant now = clock_.Now();
      const Day today = zone_.LocalDay(now);
      const bool night = now >= zone_.FromLocal(today, std::chrono::hours{settings_.sweep_hour});
      // The first sweep comes right after the first load: it finds the rows that a page has lost.
      const bool sweep_due = !cursors_.swept_at || (night && zone_.LocalDay(*cursors_.swept_at) < today);
      if (sweep_due) {
        run = Sweep(stop);
      } else if (cursors_.dictionaries_at &&
                 now - *cursors_.dictionaries_at >= settings_.dictionaries_every) {
        run = Pipe(
            [&](const Emit& emit, std::stop_token fetch_stop) { return FetchDictionaries(emit, fetch_stop); },
            stop);
      } else if (!cursors_.comments.loaded) {
        // Old comments fill the pauses, a few requests at a time.
        busy = true;
        run = Pipe([&](const Emit& emit,
                       std::stop_token fetch_stop) { return FetchComments(emit, fetch_stop, 4, false); },
                   stop);
      }
    }
    if (stop.stop_requested()) break;
    std::chrono::milliseconds wait = busy ? std::chrono::seconds{2} : settings_.poll_every;
    if (run.ok()) {
      failures = 0;
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
    while (!poll_requested_ && clock_.Now() < until) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.Now());
      if (!pauser_.Pause(left, stop)) break;
    }
  }
  SetStage(Progress::State::kIdle, "");
  return Done{};
}

}  // namespace svodka::sync
