#include "app/setup/opening.hpp"

#include <cctype>
#include <set>

#include "app/portal_link.hpp"
#include "crm/amocrm/oauth.hpp"
#include "crm/http.hpp"
#include "sync/amo_sync.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::app {
namespace {

/// A person waits for the answer: a mistyped address is told within seconds, not after the patience of a
/// load.
constexpr int kAttemptsMax = 3;

struct Probe {
  std::unique_ptr<crm::HttpTransport> transport = crm::MakeCurlTransport();
  std::unique_ptr<crm::HttpTransport> token_transport = crm::MakeCurlTransport();
  sync::SystemPauser pauser;
  std::unique_ptr<warehouse::Warehouse> scratch;
  std::shared_ptr<sync::RateLimiter> limiter;
};

Result<sync::AccountFacts> TryBitrix(const Connection& connection, const state::Portal& portal, Probe& probe,
                                     const Clock& clock, std::stop_token stop) {
  sync::BitrixSettings settings;
  settings.webhook = connection.secret;
  settings.portal_id = portal.id;
  settings.portal_name = portal.name;
  settings.attempts_max = kAttemptsMax;
  auto session =
      sync::MakeBitrixSync(settings, *probe.transport, clock, probe.pauser, probe.limiter, *probe.scratch);
  if (!session.ok()) return session.errors();
  return session.value()->Connect(stop);
}

/// Exchanges a one-time code if there is one; `secret` becomes what is to be kept.
Result<std::string> TakeToken(Services& services, const Connection& connection, const state::Portal& portal,
                              Probe& probe, std::string& secret, const std::string& writer,
                              std::stop_token stop) {
  if (connection.secret_name != kAmoGrantSecret) return connection.secret;
  auto grant = crm::amocrm::OAuthGrant::FromJson(connection.secret);
  if (!grant.ok()) return grant.errors();
  const auto parsed = ParseJson(connection.secret);
  const std::string code = parsed.ok() ? FindString(*parsed, "code").value_or("") : "";
  if (code.empty()) {
    if (!grant->access_token.empty()) return grant->access_token;
    return Diagnostic{"bad_integration", "the integration lacks code", "--oauth-file", {}};
  }
  auto exchanged = crm::amocrm::ExchangeCode(*probe.token_transport, portal.address, std::move(*grant), code,
                                             services.clock.Now(), stop);
  if (!exchanged.ok()) return exchanged.errors();
  secret = exchanged->ToJson();
  // The code works once: what it gave is kept before it is used.
  auto& portals = services.state.portals();
  if (auto saved = portals.Save(portal, writer); !saved.ok()) return saved.errors();
  if (auto sealed = portals.SaveSecret(portal.id, kAmoGrantSecret, secret, writer); !sealed.ok())
    return sealed.errors();
  return exchanged->access_token;
}

Result<sync::AccountFacts> TryAmo(const std::string& access, const state::Portal& portal,
                                  const std::optional<json::value>& lead_pipelines, Probe& probe,
                                  const Clock& clock, std::stop_token stop) {
  sync::AmoSettings settings;
  settings.address = portal.address;
  settings.portal_id = portal.id;
  settings.attempts_max = kAttemptsMax;
  if (lead_pipelines) {
    for (const auto& pipeline : lead_pipelines->as_array())
      settings.lead_pipelines.emplace(pipeline.as_string());
  }
  auto session = sync::MakeAmoSync(settings, sync::MakeFixedToken(access), *probe.transport, clock,
                                   probe.pauser, probe.limiter, *probe.scratch);
  if (!session.ok()) return session.errors();
  return session.value()->Connect(stop);
}

}  // namespace

Result<sync::AccountFacts> OpenPortal(Services& services, const Connection& connection, state::Portal portal,
                                      const std::optional<json::value>& lead_pipelines,
                                      const std::string& writer, std::stop_token stop) {
  const bool amo = connection.kind == "amocrm";
  portal.kind = connection.kind;
  portal.address = connection.address;
  if (portal.name.empty()) portal.name = portal.id;

  // Asked before anything is kept: a wrong secret changes nothing.
  Probe probe;
  probe.limiter = MakeLimiter(portal, services.places.data, services.clock);
  auto scratch = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""});
  if (!scratch.ok()) return scratch.errors();
  probe.scratch = std::move(*scratch);
  std::string secret = connection.secret;
  Result<sync::AccountFacts> facts = Diagnostic{"not_connected", "", "", {}};
  if (amo) {
    const auto access = TakeToken(services, connection, portal, probe, secret, writer, stop);
    if (!access.ok()) return access.errors();
    facts = TryAmo(*access, portal, lead_pipelines, probe, services.clock, stop);
  } else {
    facts = TryBitrix(connection, portal, probe, services.clock, stop);
  }
  if (!facts.ok()) return facts.errors();
  if (!facts->address.empty()) portal.address = facts->address;
  if (!facts->zone.empty()) portal.zone = facts->zone;
  portal.currency = facts->base_currency;
  portal.has_leads = facts->has_leads;

  auto& portals = services.state.portals();
  if (const Status saved = portals.Save(portal, writer); !saved.ok()) return saved.errors();
  const Status sealed = portals.SaveSecret(portal.id, connection.secret_name, secret, writer);
  if (!sealed.ok()) return sealed.errors();
  if (lead_pipelines) {
    const Status set =
        services.state.settings().Set(portal.id, "lead_pipelines", std::nullopt, *lead_pipelines, writer);
    if (!set.ok()) return set.errors();
  }
  if (amo) {
    // The other way of signing in, if there was one, is over.
    const char* other = connection.secret_name == kAmoTokenSecret ? kAmoGrantSecret : kAmoTokenSecret;
    if (portals.GetSecret(portal.id, other).ok()) {
      if (const Status cleared = portals.SaveSecret(portal.id, other, "", writer); !cleared.ok())
        return cleared.errors();
    }
  }
  const auto host = services.portals.Host(portal.id);
  if (!host.ok()) return host.errors();
  warehouse::PortalSettings merged = host.value()->warehouse().portal();
  facts->ApplyTo(merged);
  merged.name = portal.name;
  if (const Status configured = host.value()->warehouse().Configure(merged); !configured.ok())
    return configured.errors();
  if (const Status applied = host.value()->ApplySettings(); !applied.ok()) return applied.errors();
  if (services.portals.follows()) {
    host.value()->StopFollowing();
    host.value()->StartFollowing();
  }
  return facts;
}

Result<std::string> SuggestPortalId(state::State& state, const std::string& address) {
  const size_t begin = address.find("//");
  std::string host = begin == std::string::npos ? address : address.substr(begin + 2);
  host = host.substr(0, host.find_first_of(":/"));
  const bool is_name = host.find_first_not_of("0123456789.") != std::string::npos && host != "localhost";
  std::string base;
  for (const char c : is_name ? host.substr(0, host.find('.')) : std::string("crm")) {
    const auto letter = static_cast<unsigned char>(c);
    base += std::isalnum(letter) != 0 ? static_cast<char>(std::tolower(letter)) : '-';
  }
  if (base.empty() || base.front() == '-') base = "crm" + base;
  base.resize(std::min<size_t>(base.size(), 32));
  const auto all = state.portals().List();
  if (!all.ok()) return all.errors();
  std::set<std::string> taken;
  for (const auto& portal : *all) taken.insert(portal.id);
  std::string id = base;
  for (int n = 2; taken.contains(id); ++n) id = base + "-" + std::to_string(n);
  return id;
}

}  // namespace svodka::app
