#include "app/setup/desk.hpp"

#include "app/internal/command_list.hpp"
#include "app/portal_link.hpp"
#include "app/setup/guide.hpp"
#include "app/setup/opening.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace svodka::app {
namespace {

using State = CheckItem::State;

std::string_view VerdictOf(const ProbeResult& result) {
  if (!result.usable) return "fail";
  for (const CheckItem& item : result.items) {
    if (item.state != State::kOk) return "warn";
  }
  return "ok";
}

json::value NumberOrNull(const std::optional<int64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::value AccountJson(const ProbeResult& result, const Connection& connection) {
  if (!result.usable) return nullptr;
  const sync::AccountFacts& facts = result.facts;
  return {{"name", result.name},
          {"address", facts.address.empty() ? connection.address : facts.address},
          {"currency", facts.base_currency},
          {"zone", facts.zone},
          {"users", NumberOrNull(result.users)},
          {"owner", facts.user_name},
          {"is_admin", facts.is_admin},
          {"has_leads", facts.has_leads}};
}

json::array PipelinesJson(const ProbeResult& result) {
  json::array list;
  for (const PipelineChoice& choice : result.pipelines) {
    json::array stages;
    for (const std::string& stage : choice.stages) stages.emplace_back(stage);
    list.push_back({{"id", choice.id},
                    {"name", choice.name},
                    {"stages", std::move(stages)},
                    {"suggested", choice.suggested},
                    {"evidence", choice.evidence}});
  }
  return list;
}

std::string_view HostOf(std::string_view address) {
  const size_t at = address.find("//");
  return at == std::string_view::npos ? address : address.substr(at + 2);
}

bool IsMistyped(const std::string& code) {
  return code == "bad_webhook" || code == "bad_address" || code == "token_missing" ||
         code == "bad_integration";
}

/// The pace of the CRM's address, shared with the portals that are followed.
std::shared_ptr<sync::RateLimiter> LimiterOf(const Services& services, const Connection& connection) {
  state::Portal portal;
  portal.kind = connection.kind;
  portal.address = connection.address;
  return MakeLimiter(portal, services.places.data, services.clock);
}

}  // namespace

json::value SetupDesk::Guide(engine::Language language) { return SetupGuide(Say(language)); }

Result<json::value> SetupDesk::Check(const json::object& request, const server::Caller& caller) {
  const Say say(caller.language);
  const std::string portal = TextOf(request, "portal");
  const std::string kind = TextOf(request, "kind");
  if (!portal.empty()) {
    const auto known = services_.state.portals().Get(portal);
    if (!known.ok()) return known.errors();
    if (known->kind != kind) {
      return Diagnostic{"portal_kind_differs",
                        "the portal '" + portal + "' is of kind " + known->kind + ", not " + kind,
                        "kind",
                        {}};
    }
  }
  auto connection = Connection::Read(request);
  if (!connection.ok()) {
    if (!IsMistyped(connection.error().code)) return connection.errors();
    return json::value{{"draft", nullptr},
                       {"kind", kind},
                       {"portal", portal.empty() ? json::value(nullptr) : json::value(portal)},
                       {"usable", false},
                       {"verdict", "fail"},
                       {"checks", {ToJson(ItemOf(connection.error(), kind, say))}},
                       {"account", nullptr},
                       {"pipelines", json::array()},
                       {"suggested", nullptr}};
  }
  state::SetupDraft draft{"",     connection->kind,       connection->address,
                          portal, connection->ToSecret(), caller.scope.user_id};
  // Sealed at once, whatever the CRM will say: it need not be pasted twice.
  auto id = services_.state.setup().AddDraft(draft);
  if (!id.ok()) return id.errors();
  draft.id = std::move(*id);
  return CheckDraft(std::move(draft), std::move(*connection), caller);
}

Result<json::value> SetupDesk::CheckAgain(const std::string& id, const server::Caller& caller) {
  auto draft = services_.state.setup().GetDraft(id, caller.scope.user_id);
  if (!draft.ok()) return draft.errors();
  auto connection = Connection::FromSecret(draft->kind, draft->address, draft->secret);
  if (!connection.ok()) return connection.errors();
  return CheckDraft(std::move(*draft), std::move(*connection), caller);
}

Result<json::value> SetupDesk::CheckDraft(state::SetupDraft draft, Connection connection,
                                          const server::Caller& caller) {
  const Say say(caller.language);
  const auto limiter = LimiterOf(services_, connection);
  ProbeResult result = draft.kind == "amocrm"
                           ? ProbeAmo(connection, limiter, services_.clock, say, caller.stop)
                           : ProbeBitrix(connection, limiter, services_.clock, say, caller.stop);
  if (result.exchanged) {
    connection.secret = *result.exchanged;
    const Status kept = services_.state.setup().SetSecret(draft.id, connection.ToSecret());
    if (!kept.ok()) return kept.errors();
  }
  const std::string& address = result.facts.address.empty() ? connection.address : result.facts.address;
  const auto portals = services_.state.portals().List();
  if (!portals.ok()) return portals.errors();
  for (const state::Portal& portal : *portals) {
    const bool same = portal.kind == draft.kind && HostOf(portal.address) == HostOf(address);
    CheckItem item;
    if (result.usable && draft.portal.empty() && same) {
      item.id = "duplicate";
      item.state = State::kWarn;
      item.title = say("Уже подключено", "Already connected");
      item.detail = say("Эта CRM уже есть среди источников: «" + portal.name + "».",
                        "This CRM is a source already: “" + portal.name + "”.");
      item.fix =
          say("Чтобы сменить ключ, переподключите её на странице «Источники», а не добавляйте второй раз.",
              "To change its secret, re-connect it on the page “Sources” instead of adding it twice.");
    } else if (result.usable && portal.id == draft.portal && !same) {
      item.id = "other_account";
      item.state = State::kFail;
      item.title = say("Другой портал", "Another portal");
      item.detail =
          say("Источник «" + portal.name + "» — копия " + std::string(HostOf(portal.address)) +
                  ", а этот ключ от " + std::string(HostOf(address)) + ": данные двух CRM смешались бы.",
              "The source “" + portal.name + "” is a copy of " + std::string(HostOf(portal.address)) +
                  ", and this secret is of " + std::string(HostOf(address)) +
                  ": the data of two CRMs would mix.");
      item.fix = say("Вставьте ключ от той же CRM или добавьте эту как новый источник.",
                     "Paste a secret of the same CRM, or add this one as a new source.");
      result.usable = false;
    } else {
      continue;
    }
    result.items.push_back(std::move(item));
    break;
  }
  json::array checks;
  for (const CheckItem& item : result.items) checks.push_back(ToJson(item));
  log::Info("connection_checked", {{"kind", draft.kind},
                                   {"host", std::string(HostOf(address))},
                                   {"verdict", std::string(VerdictOf(result))}});
  json::value suggested;
  if (result.usable && draft.portal.empty()) {
    const auto id = SuggestPortalId(services_.state, address);
    if (!id.ok()) return id.errors();
    suggested = {{"id", *id}, {"name", result.name}};
  }
  return json::value{{"draft", draft.id},
                     {"kind", draft.kind},
                     {"portal", draft.portal.empty() ? json::value(nullptr) : json::value(draft.portal)},
                     {"usable", result.usable},
                     {"verdict", VerdictOf(result)},
                     {"checks", std::move(checks)},
                     {"account", AccountJson(result, connection)},
                     {"pipelines", PipelinesJson(result)},
                     {"suggested", std::move(suggested)}};
}

Result<json::value> SetupDesk::Measure(const std::string& id, const server::Caller& caller) {
  const auto draft = services_.state.setup().GetDraft(id, caller.scope.user_id);
  if (!draft.ok()) return draft.errors();
  const auto connection = Connection::FromSecret(draft->kind, draft->address, draft->secret);
  if (!connection.ok()) return connection.errors();
  const bool amo = draft->kind == "amocrm";
  const auto limiter = LimiterOf(services_, *connection);
  const auto volumes = amo ? MeasureAmo(*connection, limiter, services_.clock, caller.stop)
                           : MeasureBitrix(*connection, limiter, services_.clock, caller.stop);
  if (!volumes.ok()) return Diagnostic{"setup_failed", volumes.error().message, "draft", {}};
  const Estimate estimate = amo ? EstimateAmo(*volumes) : EstimateBitrix(*volumes);
  json::array list;
  for (const Volume& volume : *volumes) {
    list.push_back({{"entity", volume.entity},
                    {"rows", NumberOrNull(volume.rows)},
                    {"approximate", volume.approximate}});
  }
  return json::value{{"volumes", std::move(list)},
                     {"rows", estimate.rows},
                     {"requests", estimate.requests},
                     {"seconds", estimate.seconds}};
}

Status SetupDesk::Discard(const std::string& id, const server::Caller& caller) {
  const auto draft = services_.state.setup().GetDraft(id, caller.scope.user_id);
  if (!draft.ok()) return draft.errors();
  return services_.state.setup().RemoveDraft(id);
}

Result<json::value> SetupDesk::Start(const std::string& id, const json::object& request,
                                     const server::Caller& caller) {
  const Say say(caller.language);
  const auto draft = services_.state.setup().GetDraft(id, caller.scope.user_id);
  if (!draft.ok()) return draft.errors();
  const auto connection = Connection::FromSecret(draft->kind, draft->address, draft->secret);
  if (!connection.ok()) return connection.errors();
  state::Portal portal;
  if (draft->portal.empty()) {
    auto wanted = TextOf(request, "id");
    if (wanted.empty()) {
      auto suggested = SuggestPortalId(services_.state, draft->address);
      if (!suggested.ok()) return suggested.errors();
      wanted = std::move(*suggested);
    }
    const auto taken = services_.state.portals().Find(wanted);
    if (!taken.ok()) return taken.errors();
    if (*taken) {
      return Diagnostic{
          "portal_exists", "there is a source '" + wanted + "' already; choose another short name", "id", {}};
    }
    portal.id = std::move(wanted);
  } else {
    auto known = services_.state.portals().Get(draft->portal);
    if (!known.ok()) return known.errors();
    if (HostOf(known->address) != HostOf(draft->address)) {
      return Diagnostic{"setup_failed", "this secret is of another CRM; add it as a new source", "draft", {}};
    }
    portal = std::move(*known);
  }
  if (const std::string name(Trim(TextOf(request, "name"))); !name.empty()) portal.name = name.substr(0, 200);
  std::optional<json::value> lead_pipelines;
  if (const json::value* chosen = request.if_contains("lead_pipelines");
      chosen != nullptr && !chosen->is_null()) {
    auto parsed = state::ParseSetting("lead_pipelines", json::serialize(*chosen));
    if (!parsed.ok()) return parsed.errors();
    lead_pipelines = std::move(*parsed);
  }
  const auto facts =
      OpenPortal(services_, *connection, portal, lead_pipelines, caller.scope.user_id, caller.stop);
  if (!facts.ok()) {
    const std::string& code = facts.error().code;
    if (code == "bad_portal_id" || code == "bad_setting" || code == "cancelled") return facts.errors();
    const CheckItem item = ItemOf(facts.error(), draft->kind, say);
    return Diagnostic{"setup_failed", item.detail + " " + item.fix, "draft", {}};
  }
  if (const Status done = services_.state.setup().RemoveDraft(id); !done.ok()) return done.errors();
  const auto status = services_.portals.Get(portal.id);
  if (!status.ok()) return status.errors();
  log::Info("portal_connected", {{"portal", portal.id}, {"kind", draft->kind}});
  return json::value{{"portal", portal.id}, {"name", status->name}, {"state", status->state}};
}

}  // namespace svodka::app
