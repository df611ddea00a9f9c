#include "app/portal_link.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "actions/amocrm/account_writer.hpp"
#include "actions/bitrix24/portal_writer.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "check/amocrm/account_reader.hpp"
#include "check/bitrix24/portal_reader.hpp"
#include "crm/amocrm/address.hpp"
#include "crm/bitrix24/webhook.hpp"
#include "crm/http.hpp"
#include "sync/amo_sync.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::app {
namespace {

/// A CRM that is asked by ten lists a poll is not asked every five seconds: its makers block who asks the
/// same too often.
constexpr std::chrono::seconds kAmoPollMin{20};

struct Link {
  std::unique_ptr<crm::HttpTransport> transport;
  std::shared_ptr<sync::AmoTokens> tokens;
  std::unique_ptr<sync::PortalSync> session;
};

struct CheckLink {
  std::unique_ptr<crm::HttpTransport> transport;
  std::unique_ptr<check::CrmReader> reader;
};

struct WriteLink {
  std::unique_ptr<crm::HttpTransport> transport;
  std::unique_ptr<actions::CrmWriter> writer;
};

struct TokenLink {
  std::unique_ptr<crm::HttpTransport> transport;
  std::shared_ptr<sync::AmoTokens> tokens;
};

Diagnostic NotConnected(const std::string& portal) {
  return {
      "not_connected",
      "the portal '" + portal + "' was imported from files and has no CRM to ask; import newer files instead",
      "portal",
      {}};
}

Result<std::string> TextSetting(state::State& state, const std::string& portal, const char* name, Day day) {
  auto value = state.settings().Get(portal, name, day);
  if (!value.ok()) return value.errors();
  return value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

Result<std::shared_ptr<sync::AmoTokens>> MakeTokens(const state::Portal& portal, state::State& state,
                                                    const Clock& clock) {
  if (portal.kind != "amocrm") return std::shared_ptr<sync::AmoTokens>();
  auto token = state.portals().GetSecret(portal.id, kAmoTokenSecret);
  if (token.ok() && !token->empty())
    return std::shared_ptr<sync::AmoTokens>(sync::MakeFixedToken(std::move(*token)));
  const auto grant = state.portals().GetSecret(portal.id, kAmoGrantSecret);
  if (!grant.ok()) return grant.errors();
  sync::GrantStore store{
      .load = [&state, id = portal.id] { return state.portals().GetSecret(id, kAmoGrantSecret); },
      .save =
          [&state, id = portal.id](const std::string& text) {
            return state.portals().SaveSecret(id, kAmoGrantSecret, text, "system");
          }};
  auto link = std::make_shared<TokenLink>();
  link->transport = crm::MakeCurlTransport();
  link->tokens = sync::MakeOAuthTokens(portal.address, std::move(store), *link->transport, clock);
  return std::shared_ptr<sync::AmoTokens>(link, link->tokens.get());
}

std::shared_ptr<sync::RateLimiter> MakeLimiter(const state::Portal& portal, const std::string& data_folder,
                                               const Clock& clock) {
  auto settings = portal.kind == "amocrm" ? sync::kAmoRate : sync::RateLimiter::Settings{};
  // The CRM counts by its address and ours, whatever portals we have made of it.
  std::string host = FoldCase(portal.address.substr(
      portal.address.find("//") == std::string::npos ? 0 : portal.address.find("//") + 2));
  host.resize(std::min(host.find('/'), host.size()));
  for (char& letter : host) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '.' && letter != '-') letter = '_';
  }
  if (!host.empty()) {
    std::error_code error;  // a folder that cannot be made is told by the limiter
    std::filesystem::create_directories(data_folder + "/pace", error);
    settings.file = data_folder + "/pace/" + portal.kind + "_" + host;
  }
  // A box of one's own may have its limits switched off: so many requests a second, 0 for no limit.
  if (const char* pace = std::getenv("SVODKA_CRM_PACE"); pace != nullptr && *pace != '\0') {
    char* end = nullptr;
    const double per_second = std::strtod(pace, &end);
    if (*end == '\0' && per_second >= 0) {
      settings.per_second = per_second;
    } else {
      log::Warning("bad_pace",
                   {{"SVODKA_CRM_PACE", pace}, {"rule", "requests a second, such as 10; 0 for no limit"}});
    }
  }
  return std::make_shared<sync::RateLimiter>(std::move(settings), clock);
}

Result<std::shared_ptr<sync::PortalSync>> MakeSession(const state::Portal& portal, state::State& state,
                                                      const Clock& clock, sync::Pauser& pauser,
                                                      std::shared_ptr<sync::RateLimiter> limiter,
                                                      std::shared_ptr<sync::AmoTokens> tokens,
                                                      warehouse::Warehouse& warehouse) {
  if (portal.kind != "bitrix24" && portal.kind != "amocrm") return NotConnected(portal.id);
  const auto zone = Zone::Find(portal.zone);
  const Day today = (zone.ok() ? zone.value() : Zone::Utc()).LocalDay(clock.Now());
  const auto poll = state.settings().Get(portal.id, "poll_seconds", today);
  const auto sweep = state.settings().Get(portal.id, "sweep_hour", today);
  if (!poll.ok()) return poll.errors();
  if (!sweep.ok()) return sweep.errors();
  const std::chrono::seconds poll_every(poll->as_int64());
  // Kept together: a command may still use the session when following has stopped and made a new one.
  auto link = std::make_shared<Link>();
  link->transport = crm::MakeCurlTransport();
  Result<std::unique_ptr<sync::PortalSync>> made = Diagnostic{"not_connected", "", "", {}};
  if (portal.kind == "bitrix24") {
    auto webhook = state.portals().GetSecret(portal.id, kWebhookSecret);
    if (!webhook.ok()) return webhook.errors();
    sync::BitrixSettings settings;
    settings.webhook = std::move(webhook).value();
    settings.portal_id = portal.id;
    settings.portal_name = portal.name;
    settings.poll_every = poll_every;
    settings.sweep_hour = static_cast<int>(sweep->as_int64());
    const auto processes = state.settings().Get(portal.id, "smart_processes", today);
    if (!processes.ok()) return processes.errors();
    for (const auto& id : processes->as_array()) settings.smart_types.emplace_back(id.as_string());
    made = sync::MakeBitrixSync(std::move(settings), *link->transport, clock, pauser, std::move(limiter),
                                warehouse);
  } else {
    link->tokens = tokens;
    sync::AmoSettings settings;
    settings.address = portal.address;
    settings.portal_id = portal.id;
    settings.portal_name = portal.name;
    settings.poll_every = std::max(poll_every, kAmoPollMin);
    settings.sweep_hour = static_cast<int>(sweep->as_int64());
    const auto pipelines = state.settings().Get(portal.id, "lead_pipelines", today);
    if (!pipelines.ok()) return pipelines.errors();
    for (const auto& id : pipelines->as_array()) settings.lead_pipelines.emplace(id.as_string());
    for (const auto& [name, place] : {std::pair{"planned_close_field", &settings.planned_close_field},
                                      std::pair{"source_field", &settings.source_field},
                                      std::pair{"deal_type_field", &settings.deal_type_field}}) {
      auto text = TextSetting(state, portal.id, name, today);
      if (!text.ok()) return text.errors();
      *place = std::move(*text);
    }
    made = sync::MakeAmoSync(std::move(settings), std::move(tokens), *link->transport, clock, pauser,
                             std::move(limiter), warehouse);
  }
  if (!made.ok()) return made.errors();
  link->session = std::move(made).value();
  return std::shared_ptr<sync::PortalSync>(link, link->session.get());
}

Result<std::shared_ptr<check::CrmReader>> MakeCheckReader(const state::Portal& portal, state::State& state,
                                                          const Clock& clock, sync::Pauser& pauser,
                                                          std::shared_ptr<sync::RateLimiter> limiter,
                                                          std::shared_ptr<sync::AmoTokens> tokens,
                                                          std::chrono::milliseconds gap) {
  auto link = std::make_shared<CheckLink>();
  link->transport = crm::MakeCurlTransport();
  if (portal.kind == "bitrix24") {
    const auto secret = state.portals().GetSecret(portal.id, kWebhookSecret);
    if (!secret.ok()) return secret.errors();
    const auto webhook = crm::bitrix24::Webhook::Parse(*secret);
    if (!webhook.ok()) return webhook.errors();
    const auto zone = Zone::Find(portal.zone);
    link->reader = check::bitrix24::MakeReader({.address = webhook->MethodUrl(""),
                                                .zone = zone.ok() ? *zone : Zone::Utc(),
                                                .base_currency = portal.currency,
                                                .gap = gap},
                                               *link->transport, clock, pauser, std::move(limiter));
  } else if (portal.kind == "amocrm") {
    link->reader = check::amocrm::MakeReader(
        {.address = portal.address,
         .token =
             [tokens = std::move(tokens)](const std::string& refused, std::stop_token stop) {
               return refused.empty() ? tokens->Current(stop) : tokens->Renew(refused, stop);
             },
         .has_cents = crm::amocrm::HasCents(portal.address),
         .gap = gap},
        *link->transport, pauser, std::move(limiter));
  } else {
    return NotConnected(portal.id);
  }
  return std::shared_ptr<check::CrmReader>(link, link->reader.get());
}

Result<std::shared_ptr<actions::CrmWriter>> MakeCrmWriter(const state::Portal& portal, state::State& state,
                                                          sync::Pauser& pauser,
                                                          std::shared_ptr<sync::RateLimiter> limiter,
                                                          std::shared_ptr<sync::AmoTokens> tokens) {
  auto link = std::make_shared<WriteLink>();
  link->transport = crm::MakeCurlTransport();
  if (portal.kind == "bitrix24") {
    const auto secret = state.portals().GetSecret(portal.id, kWebhookSecret);
    if (!secret.ok()) return secret.errors();
    auto webhook = crm::bitrix24::Webhook::Parse(*secret);
    if (!webhook.ok()) return webhook.errors();
    const auto zone = Zone::Find(portal.zone);
    link->writer = actions::bitrix24::MakeWriter(std::move(*webhook), zone.ok() ? *zone : Zone::Utc(),
                                                 *link->transport, pauser, std::move(limiter));
  } else if (portal.kind == "amocrm") {
    link->writer = actions::amocrm::MakeWriter(
        {.address = portal.address,
         .token =
             [tokens = std::move(tokens)](const std::string& refused, std::stop_token stop) {
               return refused.empty() ? tokens->Current(stop) : tokens->Renew(refused, stop);
             }},
        *link->transport, pauser, std::move(limiter));
  } else {
    return NotConnected(portal.id);
  }
  return std::shared_ptr<actions::CrmWriter>(link, link->writer.get());
}

}  // namespace svodka::app
