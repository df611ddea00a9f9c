#include "sync/bitrix24/session.hpp"

#include <algorithm>

#include "sync/bitrix24/account.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;

}  // namespace

Session::Session(BitrixSettings settings, b24::Client client, const Clock& clock, Pauser& pauser,
                 std::shared_ptr<RateLimiter> limiter, warehouse::Warehouse& warehouse)
    : PullSession({.portal_id = settings.portal_id,
                   .portal_name = settings.portal_name,
                   .poll_every = settings.poll_every,
                   .dictionaries_every = settings.dictionaries_every,
                   .sweep_hour = settings.sweep_hour},
                  clock, pauser, warehouse),
      settings_(std::move(settings)),
      caller_(std::move(client),
              {.attempts_max = settings_.attempts_max,
               .commands_max = std::clamp<size_t>(settings_.commands_per_request, 1, 50)},
              std::move(limiter), clock, pauser),
      reader_(caller_, clock, settings_.loss_reason),
      smart_(caller_, warehouse, settings_.smart_types) {
  reader_.ChooseSmartTypes({settings_.smart_types.begin(), settings_.smart_types.end()});
}

Diagnostics Session::TakeWarnings() {
  Diagnostics warnings = reader_.TakeWarnings();
  for (Diagnostic& warning : smart_.TakeWarnings()) warnings.push_back(std::move(warning));
  return warnings;
}

Result<std::unique_ptr<PortalSync>> MakeBitrixSync(BitrixSettings settings, crm::HttpTransport& transport,
                                                   const Clock& clock, Pauser& pauser,
                                                   std::shared_ptr<RateLimiter> limiter,
                                                   warehouse::Warehouse& warehouse) {
  auto webhook = b24::Webhook::Parse(settings.webhook);
  if (!webhook.ok()) return webhook.errors();
  settings.webhook.clear();  // held by the client alone
  return std::unique_ptr<PortalSync>(std::make_unique<Session>(
      std::move(settings), b24::Client(*webhook, transport), clock, pauser, std::move(limiter), warehouse));
}

Result<AccountFacts> Session::Connect(std::stop_token stop) {
  const std::lock_guard lock(run_mutex_);
  return ReadAccount(caller_, clock_, true, stop);
}

void Session::Forget() {
  recent_.Clear();
  last_activity_.clear();
  hinted_.clear();
  hinted_comments_.clear();
  smart_.Forget();
}

Status Session::FetchDetails(const Emit& emit, std::stop_token stop) {
  if (cursors_.comments.loaded) return Done{};
  SetStage(Progress::State::kLoading, "comments");
  return FetchComments(emit, stop, 1'000'000, true);
}

/// Old comments fill the pauses, a few requests at a time.
Status Session::FetchIdle(const Emit& emit, int requests_max, std::stop_token stop) {
  return FetchComments(emit, stop, requests_max, false);
}

Session::IdleWork Session::DescribeIdleWork() const {
  const auto left = CountCardsOfComments();
  return {"comments", left.ok() ? std::optional(left.value()) : std::nullopt};
}

bool Session::IsLoaded() const {
  for (const auto stream : b24::kStreams) {
    const auto at = cursors_.streams.find(stream);
    if ((at == cursors_.streams.end() || !at->second.loaded) && !reader_.IsRefused(stream)) return false;
  }
  return true;
}

Status Session::Prepare(const Emit& emit, std::stop_token stop) {
  auto cursors = Cursors::Load(warehouse_);
  if (!cursors.ok()) return cursors.errors();
  cursors_ = std::move(*cursors);
  auto choice = warehouse_.FindCursor(kDialectCursorName);
  if (!choice.ok()) return choice.errors();
  if (*choice) reader_.Remember(DialectChoice::FromJson(**choice));
  auto facts = ReadAccount(caller_, clock_, false, stop);
  if (!facts.ok()) return facts.errors();
  if (auto status = TakeFacts(*facts); !status.ok()) return status;
  return FetchDictionaries(emit, stop);
}

Status Session::FetchDictionaries(const Emit& emit, std::stop_token stop) {
  Round round;
  if (auto status = reader_.ReadDictionaries(round.rows, zone(), stop); !status.ok()) return status;
  cursors_.dictionaries_at = clock_.Now();
  round.cursors[kDialectCursorName] = reader_.choice().ToJson();
  round.cursors[kDictionaryCursorName] = MomentJson(*cursors_.dictionaries_at);
  return emit(std::move(round));
}

}  // namespace svodka::sync
