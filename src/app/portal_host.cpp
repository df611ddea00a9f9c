#include "app/portal_host.hpp"

#include <algorithm>
#include <condition_variable>
#include <filesystem>

#include <unistd.h>

#include "app/portal_link.hpp"
#include "app/portal_rules.hpp"
#include "base/log.hpp"
#include "sync/call_list_copy.hpp"

namespace svodka::app {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::milliseconds kProgressEvery{500};
constexpr std::chrono::minutes kRetryAfterTrouble{5};
/// Between two requests of the weekly check: polls come first.
constexpr std::chrono::milliseconds kCheckGap{1'000};
constexpr std::chrono::minutes kLookForDue{1};

/// What one portal's database may hold in memory: enough for a page over a million deals (bench/), and never
/// more than half the machine. More waits in temporary files.
std::string MemoryLimit() {
  const int64_t machine_mib =
      static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) / 1024 * (sysconf(_SC_PAGE_SIZE) / 1024);
  return std::to_string(std::clamp<int64_t>(machine_mib / 2, 128, 1024)) + "MiB";
}

}  // namespace

// ---- listeners

struct Listeners::Entry {
  std::mutex mutex;
  std::function<void()> callback;
};

std::shared_ptr<void> Listeners::Add(std::function<void()> callback) {
  auto entry = std::make_shared<Entry>();
  entry->callback = std::move(callback);
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [](const auto& weak) { return weak.expired(); });
    entries_.push_back(entry);
  }
  return std::shared_ptr<void>(nullptr, [entry](void*) {
    const std::lock_guard lock(entry->mutex);
    entry->callback = nullptr;
  });
}

void Listeners::Call() {
  std::vector<std::shared_ptr<Entry>> alive;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& weak : entries_) {
      if (auto entry = weak.lock()) alive.push_back(std::move(entry));
    }
  }
  for (const auto& entry : alive) {
    const std::lock_guard lock(entry->mutex);
    if (entry->callback) entry->callback();
  }
}

// ---- opening

Result<std::shared_ptr<PortalHost>> PortalHost::Open(const state::Portal& portal, const Places& places,
                                                     state::State& state, const ModelSnapshot& models,
                                                     const Clock& clock,
                                                     engine::QueryService::Settings queries) {
  std::shared_ptr<PortalHost> host(new PortalHost(portal.id, state, clock));
  host->data_folder_ = places.data;
  std::error_code error;
  fs::create_directories(places.data + "/portals", error);
  auto opened =
      warehouse::Warehouse::Open({.path = places.warehouse(portal.id), .memory_limit = MemoryLimit()});
  if (!opened.ok()) return opened.errors();
  host->warehouse_ = std::move(opened).value();
  if (host->warehouse_->portal().id.empty()) {
    warehouse::PortalSettings first;
    first.id = portal.id;
    first.kind = portal.kind;
    first.name = portal.name;
    first.zone = portal.zone;
    first.base_currency = portal.currency;
    first.address = portal.address;
    first.has_leads = portal.has_leads;
    if (const Status made = host->warehouse_->Configure(first); !made.ok()) return made.errors();
  }
  if (const Status applied = host->ApplySettings(); !applied.ok()) return applied.errors();
  if (const Status restored = host->RestoreCallLists(); !restored.ok()) return restored.errors();
  host->queries_ =
      std::make_unique<engine::QueryService>(host->warehouse_, models.model, clock, std::move(queries));
  host->queries_->SetPortalSettings(host->argument_settings_);
  host->source_ = reports::MakeQuerySource(*host->queries_);
  host->reports_ = std::make_unique<reports::ReportService>(*host->source_, models.reports, clock);
  host->check_ = std::make_unique<PortalCheck>(
      portal.id, host->warehouse_, state, clock,
      [raw = host.get()](sync::Pauser& pauser, bool weekly) { return raw->MakeCheckParts(pauser, weekly); },
      [raw = host.get()] { raw->listeners_.Call(); });
  host->actions_ = std::make_unique<PortalActions>(
      portal.id, host->warehouse_, state, clock,
      PortalActions::Parts{
          .make_writer = [raw = host.get()](sync::Pauser& pauser) { return raw->MakeWriter(pauser); },
          .hint = [raw = host.get()](const std::vector<crm::Hint>& hints) { raw->ReadWritten(hints); },
          .changed = [raw = host.get()] { raw->listeners_.Call(); },
          .queries = host->queries_.get()});
  host->hooks_ = std::make_unique<PortalHooks>(portal.id, state, clock,
                                               [raw = host.get()] { return raw->MakeHookLink(); });
  host->on_commit_ = host->warehouse_->OnChange([raw = host.get()](int64_t) { raw->listeners_.Call(); });
  return host;
}

PortalHost::~PortalHost() {
  if (check_) check_->Stop();
  if (actions_) actions_->Stop();
  if (hooks_) hooks_->Stop();
  StopFollowing();
  on_commit_.reset();
}

void PortalHost::SetModels(const ModelSnapshot& models) {
  queries_->SetModel(models.model);
  reports_->SetModel(models.reports);
  listeners_.Call();
}

Status PortalHost::KeepCallLists() {
  const auto copies = sync::CopyCallLists(*warehouse_);
  if (!copies.ok()) return copies.errors();
  std::vector<state::CallListStore::CallList> lists;
  for (const auto& [list, calls] : *copies) lists.push_back({list, calls});
  return state_.call_lists().Replace(id_, lists);
}

Status PortalHost::RestoreCallLists() {
  const auto lists = state_.call_lists().List(id_);
  if (!lists.ok()) return lists.errors();
  sync::CallListCopies copies;
  for (const auto& list : *lists) copies[list.id] = list.calls;
  const auto restored = sync::RestoreCallLists(*warehouse_, clock_, copies);
  if (!restored.ok()) return restored.errors();
  if (*restored > 0)
    log::Info("call_lists_restored", {{"portal", id_}, {"calls", std::to_string(*restored)}});
  return Done{};
}

Status PortalHost::ApplySettings() {
  const warehouse::PortalSettings facts = warehouse_->portal();
  const auto zone = Zone::Find(facts.zone);
  const Day today = (zone.ok() ? zone.value() : Zone::Utc()).LocalDay(clock_.Now());
  const auto settings = WithStoredSettings(facts, state_.settings(), id_, today);
  if (!settings.ok()) return settings.errors();
  const auto portal = state_.portals().Get(id_);
  // A session works with the settings it was made with: how often it asks, and what the cards of amoCRM are.
  json::array session;
  for (const char* name : {"poll_seconds", "sweep_hour", "smart_processes", "lead_pipelines",
                           "planned_close_field", "source_field", "deal_type_field"}) {
    const auto value = state_.settings().Get(id_, name, today);
    if (!value.ok()) return value.errors();
    const bool of_pace = session.size() < 3;
    session.push_back(of_pace || (portal.ok() && portal->kind == "amocrm") ? *value : json::value(nullptr));
  }
  if (const std::string text = json::serialize(session); text != reading_) {
    const bool changed = !reading_.empty();
    reading_ = text;
    if (changed) Restart();
  }
  ApplyPause();
  if (hooks_) hooks_->Wake();
  // Those that the model's arguments name (`setting`).
  for (const char* name : {"forgotten_days", "forgotten_despite_steps", "call_seconds_min"}) {
    const auto value = state_.settings().Get(id_, name, today);
    if (!value.ok()) return value.errors();
    argument_settings_[name] = *value;
  }
  if (queries_) queries_->SetPortalSettings(argument_settings_);
  if (*settings == facts) return Done{};
  return warehouse_->Configure(*settings);
}

Status PortalHost::KeepFacts(std::string_view writer) {
  const warehouse::PortalSettings facts = warehouse_->portal();
  auto known = state_.portals().Get(id_);
  if (!known.ok()) return known.errors();
  state::Portal portal = std::move(known).value();
  portal.name = facts.name;
  portal.zone = facts.zone;
  portal.currency = facts.base_currency;
  portal.address = facts.address;
  portal.has_leads = facts.has_leads;
  if (portal == state_.portals().Get(id_).value()) return Done{};
  return state_.portals().Save(portal, writer);
}

reports::PortalFacts PortalHost::Facts() const {
  const warehouse::PortalSettings settings = warehouse_->portal();
  const warehouse::DataState data = warehouse_->state();
  const auto zone = Zone::Find(settings.zone);
  std::set<std::string> after_sale = settings.after_sale_pipelines;
  for (const auto& [day, rules] : settings.changes) {
    if (rules.after_sale_pipelines)
      after_sale.insert(rules.after_sale_pipelines->begin(), rules.after_sale_pipelines->end());
  }
  return {.id = id_,
          .name = settings.name,
          .kind = settings.kind,
          .zone = zone.ok() ? zone.value() : Zone::Utc(),
          .currency = settings.base_currency,
          .has_leads = settings.has_leads,
          .after_sale = std::move(after_sale),
          .data_version = data.data_version,
          .current_at = data.current_at,
          .unconverted = Unconverted(data.data_version)};
}

std::vector<reports::Unconverted> PortalHost::Unconverted(int64_t data_version) const {
  const std::lock_guard lock(unconverted_mutex_);
  if (unconverted_version_ == data_version) return unconverted_;
  unconverted_.clear();
  // The list of currencies is short; cards are read only where one has no rate. A lead that became a deal is
  // that deal.
  const auto without = warehouse_->Query(
      "SELECT c.id FROM d_code c WHERE c.kind = 'currency' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM "
      "d_rate r "
      "WHERE r.currency_key = c.key) LIMIT 1");
  if (!without.ok()) return {};
  if (!without->rows.empty()) {
    const auto counted = warehouse_->Query(
        "WITH none AS (SELECT c.id FROM d_code c WHERE c.kind = 'currency' AND NOT EXISTS (SELECT 1 FROM "
        "d_rate r "
        "WHERE r.currency_key = c.key)), card AS (SELECT currency, amount FROM deal WHERE deleted_at IS NULL "
        "UNION ALL SELECT currency, amount FROM lead l WHERE deleted_at IS NULL AND NOT EXISTS (SELECT 1 "
        "FROM "
        "deal d WHERE d.lead_id = l.id AND d.deleted_at IS NULL)) "
        "SELECT currency, count(*) FROM card WHERE amount <> 0 AND currency IN (SELECT id FROM none) "
        "GROUP BY currency ORDER BY count(*) DESC, currency");
    if (!counted.ok()) return {};
    for (const auto& row : counted->rows)
      unconverted_.push_back({std::get<std::string>(row[0]), std::get<int64_t>(row[1])});
  }
  unconverted_version_ = data_version;
  return unconverted_;
}

// ---- following

Result<std::shared_ptr<sync::PortalSync>> PortalHost::Session() {
  const std::lock_guard lock(mutex_);
  if (session_) return session_;
  const auto portal = state_.portals().Get(id_);
  if (!portal.ok()) return portal.errors();
  if (const Status linked = Link(*portal); !linked.ok()) return linked.errors();
  auto made = MakeSession(*portal, state_, clock_, pauser_, limiter_, tokens_, *warehouse_);
  if (!made.ok()) return made.errors();
  session_ = std::move(made).value();
  return session_;
}

Status PortalHost::Link(const state::Portal& portal) {
  if (!limiter_) limiter_ = MakeLimiter(portal, data_folder_, clock_);
  if (tokens_) return Done{};
  auto tokens = MakeTokens(portal, state_, clock_);
  if (!tokens.ok()) return tokens.errors();
  tokens_ = std::move(*tokens);
  return Done{};
}

Result<PortalCheck::Parts> PortalHost::MakeCheckParts(sync::Pauser& pauser, bool weekly) {
  auto session = Session();
  if (!session.ok()) return session.errors();
  const auto portal = state_.portals().Get(id_);
  if (!portal.ok()) return portal.errors();
  const std::lock_guard lock(mutex_);
  if (const Status linked = Link(*portal); !linked.ok()) return linked.errors();
  auto reader = MakeCheckReader(*portal, state_, clock_, pauser, limiter_, tokens_,
                                weekly ? kCheckGap : std::chrono::milliseconds{0});
  if (!reader.ok()) return reader.errors();
  return PortalCheck::Parts{std::move(*reader), std::move(*session)};
}

Result<std::shared_ptr<actions::CrmWriter>> PortalHost::MakeWriter(sync::Pauser& pauser) {
  const auto portal = state_.portals().Get(id_);
  if (!portal.ok()) return portal.errors();
  const std::lock_guard lock(mutex_);
  if (const Status linked = Link(*portal); !linked.ok()) return linked.errors();
  return MakeCrmWriter(*portal, state_, pauser, limiter_, tokens_);
}

Result<PortalHooks::Link> PortalHost::MakeHookLink() {
  const auto portal = state_.portals().Get(id_);
  if (!portal.ok()) return portal.errors();
  const std::lock_guard lock(mutex_);
  if (const Status linked = Link(*portal); !linked.ok()) return linked.errors();
  return PortalHooks::Link{portal->address, tokens_, limiter_};
}

void PortalHost::ReadWritten(const std::vector<crm::Hint>& hints) {
  const std::lock_guard lock(mutex_);
  if (following_ && session_) session_->TakeHints(hints);
}

void PortalHost::StartFollowing() {
  const auto portal = state_.portals().Get(id_);
  if (!portal.ok() || portal->kind == "file") return;
  const bool paused = IsPaused();
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  if (following_ || paused) return;
  following_ = true;
  follower_ = std::jthread([this](const std::stop_token& stop) { Follow(stop); });
  hooks_->Wake();  // another token or another start: the subscription is looked at anew
  progress_watcher_ = std::jthread([this](const std::stop_token& stop) { WatchProgress(stop); });
  actions_->Start();
}

bool PortalHost::IsPaused() const {
  const auto paused = state_.settings().Get(id_, "paused", Zone::Utc().LocalDay(clock_.Now()));
  return paused.ok() && paused->as_bool();
}

void PortalHost::ApplyPause() {
  const bool paused = IsPaused();
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    wanted = wanted_;
  }
  if (paused && following()) StopFollowing();
  if (!paused && wanted && !following()) StartFollowing();
}

void PortalHost::Restart() {
  const bool was_following = following();
  StopFollowing();
  if (was_following) StartFollowing();
}

void PortalHost::StopFollowing() {
  std::jthread follower, watcher;
  {
    const std::lock_guard lock(mutex_);
    follower = std::move(follower_);
    watcher = std::move(progress_watcher_);
  }
  follower.request_stop();
  watcher.request_stop();
  pauser_.Wake();
  if (follower.joinable()) follower.join();
  if (watcher.joinable()) watcher.join();
  if (hooks_) hooks_->Stop();
  const std::lock_guard lock(mutex_);
  following_ = false;
  session_.reset();  // made anew with what is stored then
  tokens_.reset();
}

bool PortalHost::following() const {
  const std::lock_guard lock(mutex_);
  return following_;
}

void PortalHost::Follow(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto session = Session();
    const Status ended = session.ok() ? session.value()->Follow(stop) : Status(session.errors());
    if (stop.stop_requested()) break;
    if (!ended.ok()) {
      log::Error("sync_stopped",
                 {{"portal", id_}, {"code", ended.error().code}, {"why", ended.error().message}});
      const std::lock_guard lock(mutex_);
      trouble_ = ended.error();
    }
    listeners_.Call();
    // Somebody may repair it without telling us.
    pauser_.Pause(kRetryAfterTrouble, stop);
    const std::lock_guard lock(mutex_);
    trouble_.reset();
  }
}

void PortalHost::WatchProgress(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::string seen;
  bool kept = false;
  const Instant followed_since = clock_.Now();
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex);
      never.wait_for(lock, stop, kProgressEvery, [] { return false; });
    }
    const server::PortalStatus status = Describe();
    if (status.state == "live") {
      hooks_->RunIfDue();
      RunWhenDue(followed_since);
    }
    std::string now = status.state + status.error;
    if (status.progress) now += status.progress->stage + std::to_string(status.progress->done);
    if (now == seen) continue;
    seen = std::move(now);
    if (status.state == "live" && !kept) {
      kept = true;
      const Status saved = KeepFacts("system");
      if (!saved.ok()) log::Warning("facts_not_kept", {{"portal", id_}, {"why", saved.error().message}});
    }
    listeners_.Call();
  }
}

void PortalHost::RunWhenDue(Instant followed_since) {
  const Instant now = clock_.Now();
  if (now < next_look_) return;
  next_look_ = now + kLookForDue;
  actions_->RunDueRules();
  CheckWhenDue(followed_since, now);
}

void PortalHost::CheckWhenDue(Instant followed_since, Instant now) {
  const auto zone = Zone::Find(warehouse_->portal().zone);
  const Day today = (zone.ok() ? *zone : Zone::Utc()).LocalDay(now);
  const auto weekday = state_.settings().Get(id_, "check_weekday", today);
  const auto hour = state_.settings().Get(id_, "check_hour", today);
  const auto months = state_.settings().Get(id_, "check_months", today);
  const auto last = state_.checks().FindLastBy(id_, kWeekly);
  if (!zone.ok() || !weekday.ok() || !hour.ok() || !months.ok() || !last.ok()) {
    log::Warning("check_not_planned", {{"portal", id_}});
    return;
  }
  std::optional<Instant> last_end;
  if (*last) last_end = (*last)->finished_at;
  if (!IsCheckDue({.weekday = static_cast<int>(weekday->as_int64()),
                   .hour = static_cast<int>(hour->as_int64()),
                   .followed_since = followed_since,
                   .last_end = last_end,
                   .last_failed = *last && (*last)->error.has_value()},
                  *zone, now))
    return;
  const auto request =
      CheckRequest::Read({{"months", months->as_int64()}, {"repair", true}}, today, std::string(kWeekly));
  const Status started = request.ok() ? check_->Start(*request) : Status(request.errors());
  if (!started.ok() && started.error().code != "check_running")
    log::Warning("check_not_started", {{"portal", id_}, {"why", started.error().message}});
}

Status PortalHost::Refresh() {
  const std::lock_guard lock(mutex_);
  if (!following_) {
    return Diagnostic{"not_syncing",
                      "this portal is not followed; import newer files, or start svodka serve",
                      "portal",
                      {}};
  }
  if (trouble_) pauser_.Wake();
  if (session_) session_->RequestPoll();
  return Done{};
}

void PortalHost::TakeHook(const crm::Hook& hook) {
  const std::lock_guard lock(mutex_);
  hook_counts_.taken += static_cast<int64_t>(hook.hints.size());
  hook_counts_.unknown += static_cast<int64_t>(hook.unknown.size());
  hook_counts_.last_at = clock_.Now();
  if (following_ && session_) session_->TakeHints(hook.hints);
}

PortalHost::HookCounts PortalHost::hook_counts() const {
  const std::lock_guard lock(mutex_);
  return hook_counts_;
}

server::PortalStatus PortalHost::Describe() const {
  const warehouse::PortalSettings settings = warehouse_->portal();
  const warehouse::DataState data = warehouse_->state();
  server::PortalStatus status;
  status.id = id_;
  status.name = settings.name.empty() ? id_ : settings.name;
  status.kind = settings.kind;
  status.zone = settings.zone;
  status.currency = settings.base_currency;
  status.has_leads = settings.has_leads;
  status.data_version = data.data_version;
  status.current_at = data.current_at;
  // An imported set is complete as it is.
  status.state = settings.kind == "file" ? "live" : "stopped";
  status.check = check_->Verdict();
  status.checking = check_->running();
  const std::lock_guard lock(mutex_);
  if (trouble_) {
    status.state = "error";
    status.error = trouble_->message;
    status.error_code = trouble_->code;
    return status;
  }
  if (!following_) return status;
  status.state = "loading";
  if (!session_) return status;
  const sync::Progress progress = session_->progress();
  switch (progress.state) {
    case sync::Progress::State::kIdle:
    case sync::Progress::State::kLoading:
      status.state = "loading";
      break;
    case sync::Progress::State::kLive:
      status.state = "live";
      break;
    case sync::Progress::State::kWaiting:
      status.state = progress.error ? "error" : "live";
      break;
    case sync::Progress::State::kStopped:
      status.state = progress.error ? "error" : "stopped";
      break;
  }
  if (progress.error) {
    status.error = progress.error->message;
    status.error_code = progress.error->code;
  }
  if (status.state == "loading") {
    status.progress =
        server::Progress{progress.done, progress.expected, progress.stage, progress.seconds_left};
  }
  return status;
}

}  // namespace svodka::app
