#include "app/internal/command_list.hpp"
#include "app/portal_link.hpp"
#include "base/text.hpp"
#include "crm/amocrm/address.hpp"
#include "crm/amocrm/oauth.hpp"
#include "crm/bitrix24/webhook.hpp"
#include "crm/http.hpp"
#include "sync/amo_sync.hpp"
#include "sync/bitrix_sync.hpp"

/// connect: asks a CRM before anything is kept, then keeps its address and its secret.
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

/// What is kept of a CRM that answered.
struct Connected {
  sync::AccountFacts facts;
  std::string secret_name, secret;
};

Result<Connected> TryBitrix(Services&, const json::object& command, const state::Portal& portal, Probe& probe,
                            const Clock& clock, std::stop_token stop) {
  sync::BitrixSettings settings;
  settings.webhook = TextOf(command, "webhook");
  settings.portal_id = portal.id;
  settings.portal_name = portal.name;
  settings.attempts_max = kAttemptsMax;
  auto session =
      sync::MakeBitrixSync(settings, *probe.transport, clock, probe.pauser, probe.limiter, *probe.scratch);
  if (!session.ok()) return session.errors();
  auto facts = session.value()->Connect(stop);
  if (!facts.ok()) return facts.errors();
  return Connected{std::move(*facts), kWebhookSecret, TextOf(command, "webhook")};
}

Result<Connected> TryAmo(Services& services, const json::object& command, const state::Portal& portal,
                         Probe& probe, const Clock& clock, std::stop_token stop) {
  Connected connected;
  std::string access;
  if (const std::string text = TextOf(command, "grant"); !text.empty()) {
    auto grant = crm::amocrm::OAuthGrant::FromJson(text);
    if (!grant.ok()) return grant.errors();
    const auto parsed = ParseJson(text);
    const std::string code = parsed.ok() ? FindString(*parsed, "code").value_or("") : "";
    if (code.empty()) return Diagnostic{"bad_integration", "the integration lacks code", "--oauth-file", {}};
    auto exchanged = crm::amocrm::ExchangeCode(*probe.token_transport, portal.address, std::move(*grant),
                                               code, clock.Now(), stop);
    if (!exchanged.ok()) return exchanged.errors();
    access = exchanged->access_token;
    connected.secret_name = kAmoGrantSecret;
    connected.secret = exchanged->ToJson();
    // The code works once: what it gave is kept before it is used.
    if (auto saved = services.state.portals().Save(portal, "local"); !saved.ok()) return saved.errors();
    if (auto sealed =
            services.state.portals().SaveSecret(portal.id, connected.secret_name, connected.secret, "local");
        !sealed.ok()) {
      return sealed.errors();
    }
  } else {
    access = std::string(Trim(TextOf(command, "token")));
    connected.secret_name = kAmoTokenSecret;
    connected.secret = access;
  }
  sync::AmoSettings settings;
  settings.address = portal.address;
  settings.portal_id = portal.id;
  settings.attempts_max = kAttemptsMax;
  for (const std::string& pipeline : Split(TextOf(command, "lead_pipelines"), ',')) {
    if (!Trim(pipeline).empty()) settings.lead_pipelines.emplace(Trim(pipeline));
  }
  auto session = sync::MakeAmoSync(settings, sync::MakeFixedToken(access), *probe.transport, clock,
                                   probe.pauser, probe.limiter, *probe.scratch);
  if (!session.ok()) return session.errors();
  auto facts = session.value()->Connect(stop);
  if (!facts.ok()) return facts.errors();
  connected.facts = std::move(*facts);
  return connected;
}

}  // namespace

Status RunConnect(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const std::string id = TextOf(command, "portal");
  const std::string kind = TextOf(command, "crm");
  const bool amo = kind == "amocrm";
  std::string address;
  if (amo) {
    auto origin = crm::amocrm::ParseAddress(TextOf(command, "url"));
    if (!origin.ok()) return origin.errors();
    address = std::move(*origin);
  } else {
    const auto webhook = crm::bitrix24::Webhook::Parse(TextOf(command, "webhook"));
    if (!webhook.ok()) return webhook.errors();
    address = webhook->origin();
  }
  const auto before = services.state.portals().Find(id);
  if (!before.ok()) return before.errors();
  const bool is_new = !before->has_value();
  state::Portal portal = is_new ? state::Portal{} : **before;
  portal.id = id;
  portal.kind = amo ? "amocrm" : "bitrix24";
  if (const std::string name = TextOf(command, "name"); !name.empty()) portal.name = name;
  if (portal.name.empty()) portal.name = id;
  portal.address = address;

  // Asked before anything is kept: a wrong secret changes nothing.
  Probe probe;
  probe.limiter = MakeLimiter(portal, services.clock);
  auto scratch = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""});
  if (!scratch.ok()) return scratch.errors();
  probe.scratch = std::move(*scratch);
  auto connected = amo ? TryAmo(services, command, portal, probe, services.clock, stop)
                       : TryBitrix(services, command, portal, probe, services.clock, stop);
  if (!connected.ok()) return connected.errors();
  const sync::AccountFacts& facts = connected->facts;
  if (!facts.address.empty()) portal.address = facts.address;
  if (!facts.zone.empty()) portal.zone = facts.zone;
  portal.currency = facts.base_currency;
  portal.has_leads = facts.has_leads;

  auto& portals = services.state.portals();
  if (const Status saved = portals.Save(portal, "local"); !saved.ok()) return saved.errors();
  const Status sealed = portals.SaveSecret(id, connected->secret_name, connected->secret, "local");
  if (!sealed.ok()) return sealed.errors();
  if (const std::string text = TextOf(command, "lead_pipelines"); amo && !text.empty()) {
    auto pipelines = state::ParseSetting("lead_pipelines", text);
    if (!pipelines.ok()) return pipelines.errors();
    const Status set = services.state.settings().Set(id, "lead_pipelines", std::nullopt, *pipelines, "local");
    if (!set.ok()) return set.errors();
  }
  if (amo) {
    // The other way of signing in, if there was one, is over.
    const char* other = connected->secret_name == kAmoTokenSecret ? kAmoGrantSecret : kAmoTokenSecret;
    if (portals.GetSecret(id, other).ok()) {
      if (const Status cleared = portals.SaveSecret(id, other, "", "local"); !cleared.ok())
        return cleared.errors();
    }
  }
  const auto host = services.portals.Host(id);
  if (!host.ok()) return host.errors();
  warehouse::PortalSettings merged = host.value()->warehouse().portal();
  facts.ApplyTo(merged);
  merged.name = portal.name;
  if (const Status configured = host.value()->warehouse().Configure(merged); !configured.ok())
    return configured.errors();
  if (const Status applied = host.value()->ApplySettings(); !applied.ok()) return applied.errors();
  if (services.portals.follows()) {
    host.value()->StopFollowing();
    host.value()->StartFollowing();
  }
  std::string text;
  for (const std::string& line : facts.ToLines()) text += line + "\n";
  text += services.portals.follows() ? "Connected; the first load has begun.\n"
                                     : "Connected. Now load it: svodka sync --portal " + id + "\n";
  output.Out(text);
  return Done{};
}

}  // namespace svodka::app
