#include "app/portal_hooks.hpp"

#include <algorithm>
#include <set>

#include "app/portal_link.hpp"
#include "app/setup/short_pauser.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "crm/amocrm/hook.hpp"
#include "state/vault.hpp"
#include "sync/amocrm/subscription.hpp"

namespace svodka::app {
namespace {

/// Addresses that we subscribed, or were about to, one a line. They hold the key: kept like it.
constexpr const char* kSubscribedSecret = "hook_subscribed";
constexpr std::chrono::hours kLookAgain{1};
constexpr std::chrono::minutes kTryAgain{10};

}  // namespace

Result<std::string> AddressForEvents(const std::string& portal, state::State& state, const Clock& clock) {
  const auto known = state.portals().Get(portal);
  if (!known.ok()) return known.errors();
  const auto zone = Zone::Find(known->zone);
  const Day today = (zone.ok() ? *zone : Zone::Utc()).LocalDay(clock.Now());
  const auto origin = state.settings().Get(portal, "events_url", today);
  if (!origin.ok()) return origin.errors();
  if (!origin->is_string() || origin->get_string().empty()) return std::string();
  auto key = state.portals().GetSecret(portal, kHookKeySecret);
  if (!key.ok()) {
    if (key.error().code != "secret_missing") return key.errors();
    key = state::RandomToken();
    if (const Status saved = state.portals().SaveSecret(portal, kHookKeySecret, *key, "system"); !saved.ok())
      return saved.errors();
  }
  if (key->empty()) return std::string();  // switched off by a person
  return std::string(origin->get_string()) + "/hooks/" + portal + "/" + *key;
}

json::object ToJson(const PortalHooks::Standing& standing) {
  json::object out{{"state", standing.state}, {"code", nullptr}, {"why", nullptr}};
  if (standing.why) {
    out["code"] = standing.why->code;
    out["why"] = standing.why->message;
  }
  return out;
}

bool PortalHooks::IsAmo() const {
  const auto portal = state_.portals().Get(portal_);
  return portal.ok() && portal->kind == "amocrm";
}

Result<std::set<std::string>> PortalHooks::LoadOurs() const {
  std::set<std::string> ours;
  const auto kept = state_.portals().GetSecret(portal_, kSubscribedSecret);
  if (!kept.ok()) {
    if (kept.error().code == "secret_missing") return ours;
    return kept.errors();
  }
  for (std::string& one : Split(*kept, '\n')) {
    if (!one.empty()) ours.insert(std::move(one));
  }
  return ours;
}

Status PortalHooks::SaveOurs(const std::set<std::string>& ours) {
  std::string text;
  for (const std::string& one : ours) text += (text.empty() ? "" : "\n") + one;
  return state_.portals().SaveSecret(portal_, kSubscribedSecret, text, "system");
}

PortalHooks::Standing PortalHooks::standing() const {
  {
    const std::lock_guard lock(mutex_);
    if (standing_.state != "unknown") return standing_;
  }
  // Another process may have subscribed: what is noted tells.
  const auto wanted = IsAmo() ? AddressForEvents(portal_, state_, clock_) : Result<std::string>("");
  if (!wanted.ok() || wanted->empty()) return {};
  const auto ours = LoadOurs();
  return {ours.ok() && ours->contains(*wanted) ? "subscribed" : "unknown", {}};
}

void PortalHooks::Keep(Standing standing) {
  const bool good = !standing.why;
  const std::lock_guard lock(mutex_);
  if (standing.state != standing_.state || standing.why != standing_.why) {
    if (standing.why) {
      log::Warning("events_not_subscribed",
                   {{"portal", portal_}, {"code", standing.why->code}, {"why", standing.why->message}});
    } else {
      log::Info("events_subscription", {{"portal", portal_}, {"state", standing.state}});
    }
  }
  standing_ = std::move(standing);
  if (next_ != Instant{}) next_ = clock_.Now() + (good ? std::chrono::minutes(kLookAgain) : kTryAgain);
}

PortalHooks::Standing PortalHooks::Run(std::stop_token stop) {
  const std::lock_guard run(run_mutex_);
  {
    // A Wake during the run sets it back: then once more.
    const std::lock_guard lock(mutex_);
    next_ = clock_.Now() + kTryAgain;
  }
  if (!IsAmo()) {
    Keep({});
    return {};
  }
  const auto wanted = AddressForEvents(portal_, state_, clock_);
  auto ours = LoadOurs();
  Status done = !wanted.ok() ? Status(wanted.errors()) : !ours.ok() ? Status(ours.errors()) : Status(Done{});
  if (done.ok() && wanted->empty() && ours->empty()) {
    Keep({});
    return {};
  }
  if (done.ok()) done = Bring(std::move(*ours), *wanted, stop);
  Standing standing;
  if (!done.ok()) {
    standing = {"refused", done.error()};
  } else if (!wanted->empty()) {
    standing.state = "subscribed";
  }
  if (!stop.stop_requested()) Keep(standing);
  return standing;
}

Status PortalHooks::Bring(std::set<std::string> ours, const std::string& wanted,
                          const std::stop_token& stop) {
  auto link = link_();
  if (!link.ok()) return link.errors();
  const auto transport = MakeQuickTransport();
  sync::amocrm::Subscriptions account(link->address, link->tokens, *transport, pauser_, link->limiter);
  std::set<std::string> old = ours;
  old.erase(wanted);
  for (const std::string& address : old) {
    if (const Status dropped = account.Drop(address, stop); !dropped.ok()) return dropped;
    ours.erase(address);
    if (const Status saved = SaveOurs(ours); !saved.ok()) return saved;
  }
  if (wanted.empty()) return Done{};
  if (std::any_of(wanted.begin(), wanted.end(), [](unsigned char letter) { return letter >= 0x80; })) {
    return Diagnostic{
        "bad_address",
        "amoCRM takes no addresses with letters beyond Latin; name this server's address in its "
        "xn--… form: svodka hooks --url https://xn--…",
        "events_url",
        {}};
  }
  const auto found = account.Find(wanted, stop);
  if (!found.ok()) return found.errors();
  if (ours.insert(wanted).second) {
    // Before it is sent: what a lost answer has made is still known as ours.
    if (const Status saved = SaveOurs(ours); !saved.ok()) return saved;
  }
  const auto events = crm::amocrm::HookEvents(true);
  if (*found && !(*found)->disabled && std::all_of(events.begin(), events.end(), [&](std::string_view code) {
        return (*found)->settings.contains(std::string(code));
      }))
    return Done{};
  // A stopped one may stay stopped when it is replaced: it goes first.
  if (*found && (*found)->disabled) {
    if (const Status dropped = account.Drop(wanted, stop); !dropped.ok()) return dropped;
  }
  const Status put = account.Put(wanted, crm::amocrm::HookEvents(), stop);
  if (put.ok() || put.error().code != "request_rejected") return put;
  return account.Put(wanted, events, stop);
}

Status PortalHooks::Drop(std::stop_token stop) {
  Stop();
  if (!IsAmo()) return Done{};
  const std::lock_guard run(run_mutex_);
  auto ours = LoadOurs();
  if (!ours.ok()) return ours.errors();
  if (ours->empty()) return Done{};
  return Bring(std::move(*ours), "", stop);
}

void PortalHooks::RunIfDue() {
  const std::lock_guard lock(mutex_);
  if (running_ || clock_.Now() < next_) return;
  running_ = true;
  if (worker_.joinable()) worker_.join();  // it has ended
  worker_ = std::jthread([this](const std::stop_token& stop) {
    Run(stop);
    const std::lock_guard inner(mutex_);
    running_ = false;
  });
}

void PortalHooks::Wake() {
  {
    const std::lock_guard lock(mutex_);
    next_ = {};
  }
  pauser_.Wake();
}

void PortalHooks::Stop() {
  std::jthread worker;
  {
    const std::lock_guard lock(mutex_);
    worker = std::move(worker_);
  }
  worker.request_stop();
  pauser_.Wake();
}

}  // namespace svodka::app
