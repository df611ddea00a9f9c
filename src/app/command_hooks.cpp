#include "app/internal/command_list.hpp"
#include "app/portal_hooks.hpp"
#include "app/portal_link.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "crm/amocrm/hook.hpp"
#include "state/vault.hpp"

/// hooks: where a CRM posts its events, and what a person pastes there.
namespace svodka::app {
namespace {

constexpr const char* kBitrixEvents =
    "ONCRMLEADADD ONCRMLEADUPDATE ONCRMLEADDELETE ONCRMDEALADD ONCRMDEALUPDATE ONCRMDEALDELETE "
    "ONCRMCONTACTADD "
    "ONCRMCONTACTUPDATE ONCRMCONTACTDELETE ONCRMCOMPANYADD ONCRMCOMPANYUPDATE ONCRMCOMPANYDELETE "
    "ONCRMACTIVITYADD ONCRMACTIVITYUPDATE ONCRMACTIVITYDELETE ONCRMTIMELINECOMMENTADD "
    "ONCRMTIMELINECOMMENTUPDATE ONCRMTIMELINECOMMENTDELETE ONCRMDYNAMICITEMADD ONCRMDYNAMICITEMUPDATE "
    "ONCRMDYNAMICITEMDELETE ONTASKADD ONTASKUPDATE ONTASKDELETE ONVOXIMPLANTCALLEND";
/// An origin without a path; plain http is for this machine and for tests behind a proxy.
Result<std::string> ReadOrigin(const std::string& text) {
  std::string origin(Trim(text));
  while (origin.ends_with('/')) origin.pop_back();
  const size_t scheme = origin.starts_with("https://") ? 8 : origin.starts_with("http://") ? 7 : 0;
  const std::string rest = origin.substr(scheme);
  if (scheme == 0 || rest.empty() || rest.find_first_of("/?#@ \t\r\n\"") != std::string::npos) {
    return Diagnostic{"bad_address",
                      "the address of this server is https://NAME without a path; got '" + text +
                          "'. The CRM must reach it from the internet: a name, a certificate, an open port "
                          "(or a reverse proxy before svodka serve)",
                      "--url",
                      {}};
  }
  return origin;
}

bool IsSet(const json::object& command, std::string_view name) {
  const json::value* value = command.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string JoinedAmoEvents() {
  std::string text;
  for (const std::string_view code : crm::amocrm::HookEvents())
    text += (text.empty() ? "" : " ") + std::string(code);
  return text;
}

std::string Instructions(bool bitrix, const std::string& address, bool has_origin, bool token_known,
                         const PortalHooks::Standing& standing) {
  std::string text = "Address for events (a secret, like a password):\n  " + address + "\n";
  if (!has_origin)
    text += "Put this server's own address before it, or name it once: svodka hooks --url https://NAME\n";
  if (bitrix) {
    text +=
        "In Bitrix24 (as an administrator): Applications, Developer resources, Other, Outgoing webhook. "
        "Paste the "
        "address as\nthe handler and choose the events:\n  ";
    text += kBitrixEvents;
    text += token_known
                ? "\nThe application token is known.\n"
                : "\nThe application token of the first event is kept; to name it yourself: svodka hooks "
                  "--token-file FILE\n";
  } else if (standing.state == "subscribed") {
    text += "Svodka has subscribed itself to the account's webhooks; there is nothing to do in amoCRM.\n";
  } else {
    if (standing.why)
      text += "Svodka could not subscribe itself: " + standing.why->message + ".\n";
    else if (!has_origin)
      text += "Then Svodka subscribes itself. By hand:\n";
    text +=
        "In amoCRM (as an administrator): Settings, Integrations, WebHooks. Paste the address and choose the "
        "events:\n  ";
    text += JoinedAmoEvents();
    text += "\n";
  }
  return text + "Polling goes on: an event that is lost costs seconds, no figures.\n";
}

}  // namespace

Status RunHooks(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const auto id = ChoosePortal(services, command);
  if (!id.ok()) return id.errors();
  auto& portals = services.state.portals();
  const auto portal = portals.Get(*id);
  if (!portal.ok()) return portal.errors();
  if (portal->kind == "file") {
    return Diagnostic{"not_connected",
                      "the portal '" + *id + "' was imported from files: nobody sends events of it",
                      "--portal",
                      {}};
  }
  auto key = portals.GetSecret(*id, kHookKeySecret);
  if (!key.ok() && key.error().code != "secret_missing") return key.errors();
  const bool renew = IsSet(command, "renew");
  const bool off = IsSet(command, "off");
  std::string secret = key.ok() ? *key : std::string();
  if (off) {
    secret.clear();
  } else if (secret.empty() || renew) {
    secret = state::RandomToken();
  }
  if (!key.ok() || secret != *key) {
    if (const Status saved = portals.SaveSecret(*id, kHookKeySecret, secret, "local"); !saved.ok())
      return saved.errors();
  }
  if (renew || off) {
    if (const Status saved = portals.SaveSecret(*id, kHookTokenSecret, "", "local"); !saved.ok())
      return saved.errors();
  }
  const bool bitrix = portal->kind == "bitrix24";
  const auto host = services.portals.Host(*id);
  if (!host.ok()) return host.errors();
  if (off) {
    const auto dropped = bitrix ? PortalHooks::Standing{} : host.value()->hooks().Run(stop);
    output.Out("No events are taken any more; " +
               (bitrix ? std::string("remove the webhook in the CRM as well.\n")
                : dropped.why
                    ? "the account still has the webhook, remove it there: " + dropped.why->message + "\n"
                    : std::string("a webhook that a person made in amoCRM is removed there.\n")));
    return Done{};
  }
  if (const std::string text = TextOf(command, "token"); !text.empty()) {
    std::string tokens;
    for (const std::string& line : Split(text, '\n')) {
      if (const auto token = Trim(line); !token.empty())
        tokens += (tokens.empty() ? "" : "\n") + std::string(token);
    }
    if (const Status saved = portals.SaveSecret(*id, kHookTokenSecret, tokens, "local"); !saved.ok())
      return saved.errors();
  }
  if (const std::string text = TextOf(command, "url"); !text.empty()) {
    const auto origin = ReadOrigin(text);
    if (!origin.ok()) return origin.errors();
    const Status set =
        services.state.settings().Set(*id, "events_url", std::nullopt, json::value(*origin), "local");
    if (!set.ok()) return set.errors();
  }
  const auto zone = Zone::Find(portal->zone);
  const Day today = (zone.ok() ? zone.value() : Zone::Utc()).LocalDay(services.clock.Now());
  const auto origin = services.state.settings().Get(*id, "events_url", today);
  if (!origin.ok()) return origin.errors();
  const std::string base = origin->is_string() ? std::string(origin->get_string()) : std::string();
  const std::string address = base + "/hooks/" + *id + "/" + secret;
  const auto token = portals.GetSecret(*id, kHookTokenSecret);
  const bool token_known = token.ok() && !token->empty();
  const bool changed = renew || !key.ok() || secret != *key || !TextOf(command, "url").empty();
  auto& hooks = host.value()->hooks();
  const auto standing = bitrix || base.empty() || !changed ? hooks.standing() : hooks.Run(stop);
  if (output.terminal()) {
    output.Out(Instructions(bitrix, address, !base.empty(), token_known, standing));
    return Done{};
  }
  const auto counts = host.value()->hook_counts();
  json::array events;
  for (const std::string& name : Split(bitrix ? kBitrixEvents : JoinedAmoEvents(), ' '))
    events.emplace_back(name);
  json::object out{
      {"address", address},
      {"complete", !base.empty()},
      {"events", std::move(events)},
      {"taken", counts.taken},
      {"unknown", counts.unknown},
      {"last_at", counts.last_at ? json::value(ToString(*counts.last_at)) : json::value(nullptr)}};
  if (bitrix) {
    out["token_known"] = token_known;
  } else {
    out["subscription"] = ToJson(standing);
  }
  output.Out(JsonText(out) + "\n");
  return Done{};
}

}  // namespace svodka::app
