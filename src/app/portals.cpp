#include "app/portals.hpp"

#include <filesystem>

#include "app/joint_host.hpp"
#include "app/portal_link.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "crm/amocrm/hook.hpp"
#include "crm/bitrix24/hook.hpp"
#include "server/table_json.hpp"
#include "state/vault.hpp"

namespace svodka::app {

using server::Caller;

namespace {

/// Combinations of portals that are held: each holds little, and a page asks for one.
constexpr size_t kJointsMax = 64;

/// Whether an event carries a token of this portal's outgoing webhooks. The first one that comes to the
/// unguessable address is kept, unless a person has named them.
Status ProveHook(state::PortalStore& portals, const std::string& portal, const std::string& token) {
  const Diagnostic forbidden{"forbidden", "the event does not carry this portal's application token", "", {}};
  if (token.empty() || token.size() > 200) return forbidden;
  const auto kept = portals.GetSecret(portal, kHookTokenSecret);
  if (!kept.ok() && kept.error().code != "secret_missing") return kept.errors();
  if (!kept.ok() || kept->empty()) {
    log::Info("event_token_kept", {{"portal", portal}});
    return portals.SaveSecret(portal, kHookTokenSecret, token, "system");
  }
  bool same = false;
  for (const std::string& one : Split(*kept, '\n')) same |= state::SameSecret(one, token);
  return same ? Status(Done{}) : Status(forbidden);
}

}  // namespace

Portals::~Portals() { Close(); }

Result<std::shared_ptr<JointHost>> Portals::Joint(const std::string& portals) {
  const auto ids = SplitPortals(portals);
  if (!ids.ok()) return ids.errors();
  std::vector<std::shared_ptr<PortalHost>> hosts;
  for (const std::string& id : ids.value()) {
    const auto host = Host(id);
    if (!host.ok()) return host.errors();
    hosts.push_back(host.value());
  }
  const std::lock_guard lock(mutex_);
  auto& joint = joints_[portals];
  if (joint && joint->hosts() == hosts) return joint;
  if (joints_.size() > kJointsMax) {
    joints_.clear();
    return joints_[portals] =
               std::make_shared<JointHost>(portals, std::move(hosts), models_.snapshot(), clock_);
  }
  return joint = std::make_shared<JointHost>(portals, std::move(hosts), models_.snapshot(), clock_);
}

Result<std::shared_ptr<PortalHost>> Portals::Host(const std::string& portal) {
  if (NamesSeveral(portal)) return OnePortalOnly(portal);
  const auto known = state_.portals().Get(portal);
  if (!known.ok()) return known.errors();
  const std::lock_guard lock(mutex_);
  auto& host = hosts_[portal];
  if (host) return host;
  auto opened = PortalHost::Open(known.value(), places_, state_, models_.snapshot(), clock_,
                                 {.extract_budget = extract_budget_});
  if (!opened.ok()) {
    hosts_.erase(portal);
    return opened.errors();
  }
  host = std::move(opened).value();
  return host;
}

/// `use` with what answers for the portal, or for the portals that are named.
template <class Use>
auto Portals::With(const std::string& portal, const Use& use) -> decltype(use(std::declval<PortalHost&>())) {
  if (NamesSeveral(portal)) {
    const auto joint = Joint(portal);
    if (!joint.ok()) return joint.errors();
    return use(*joint.value());
  }
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  return use(*host.value());
}

void Portals::FollowAll() {
  follows_ = true;
  const auto portals = state_.portals().List();
  if (!portals.ok()) {
    log::Error("portals_unreadable", {{"why", portals.error().message}});
    return;
  }
  for (const state::Portal& portal : portals.value()) Follow(portal.id);
}

void Portals::Follow(const std::string& portal) {
  const auto host = Host(portal);
  if (!host.ok()) {
    log::Error("portal_unusable",
               {{"portal", portal}, {"code", host.error().code}, {"why", host.error().message}});
    return;
  }
  host.value()->StartFollowing();
}

void Portals::Close() {
  std::map<std::string, std::shared_ptr<PortalHost>> hosts;
  {
    const std::lock_guard lock(mutex_);
    joints_.clear();
    hosts.swap(hosts_);
  }
  for (const auto& [id, host] : hosts) {
    host->check().Stop();
    host->actions().Stop();
  }
  for (const auto& [id, host] : hosts) host->StopFollowing();
  for (const auto& [id, host] : hosts) host->warehouse().Checkpoint();
}

void Portals::SetModels(const ModelSnapshot& models) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, host] : hosts_) host->SetModels(models);
  for (const auto& [id, joint] : joints_) joint->SetModels(models);
}

void Portals::Forget(const std::string& portal) {
  {
    const std::lock_guard lock(mutex_);
    joints_.clear();
    hosts_.erase(portal);
  }
  for (const char* suffix : {"", ".wal"}) {
    std::error_code error;
    std::filesystem::remove(places_.warehouse(portal) + suffix, error);
  }
}

std::vector<server::PortalStatus> Portals::List() {
  std::vector<server::PortalStatus> list;
  const auto portals = state_.portals().List();
  if (!portals.ok()) {
    log::Error("portals_unreadable", {{"why", portals.error().message}});
    return list;
  }
  for (const state::Portal& portal : portals.value()) {
    const auto host = Host(portal.id);
    if (host.ok()) {
      list.push_back(host.value()->Describe());
      continue;
    }
    server::PortalStatus status;
    status.id = portal.id;
    status.name = portal.name;
    status.kind = portal.kind;
    status.zone = portal.zone;
    status.currency = portal.currency;
    status.has_leads = portal.has_leads;
    status.state = "error";
    status.error = host.error().message;
    list.push_back(std::move(status));
  }
  return list;
}

Result<server::PortalStatus> Portals::Get(const std::string& portal) {
  if (NamesSeveral(portal)) {
    const auto joint = Joint(portal);
    if (!joint.ok()) return joint.errors();
    return joint.value()->Describe();
  }
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  return host.value()->Describe();
}

Result<json::value> Portals::Query(const std::string& portal, const json::value& request,
                                   const Caller& caller) {
  const auto table = With(portal, [&](auto& host) {
    return host.queries().Query(request, caller.scope, caller.language, caller.stop);
  });
  if (!table.ok()) return table.errors();
  return json::value(server::ToJson(table.value()));
}

Result<json::value> Portals::Records(const std::string& portal, const json::value& request,
                                     const Caller& caller) {
  const auto page = With(portal, [&](auto& host) {
    return host.queries().Records(request, caller.scope, caller.language, caller.stop);
  });
  if (!page.ok()) return page.errors();
  return json::value(server::ToJson(page.value()));
}

Result<json::value> Portals::Members(const std::string& portal, const std::string& dimension,
                                     const std::string& search, size_t limit, const Caller& caller) {
  const auto members = With(portal, [&](auto& host) {
    return host.queries().Members(dimension, search, limit, caller.scope, caller.language, caller.stop);
  });
  if (!members.ok()) return members.errors();
  json::array list;
  for (const auto& member : members.value()) list.push_back(server::ToJson(member));
  return json::value(std::move(list));
}

Result<json::value> Portals::Model(const std::string& portal, engine::Language language) {
  return With(portal,
              [&](auto& host) { return Result<json::value>(host.queries().DescribeModel(language)); });
}

json::array Portals::Reports(engine::Language language) {
  json::array list;
  for (const auto& report : models_.snapshot().reports->reports()) {
    list.push_back({{"id", report.id},
                    {"title", report.title.In(language)},
                    {"description", report.description.In(language)}});
  }
  return list;
}

Status Portals::BuildReport(const std::string& portal, const std::string& report, const json::value& state,
                            const Caller& caller, const reports::DocumentSink& sink) {
  if (NamesSeveral(portal)) {
    const auto joint = Joint(portal);
    if (!joint.ok()) return joint.errors();
    return joint.value()->Build(report, state, caller.scope, sink, caller.stop);
  }
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  return host.value()->reports().Build(report, state, host.value()->Facts(), caller.scope, sink, caller.stop);
}

Result<json::object> Portals::BuildDocument(const std::string& portal, const std::string& report,
                                            const json::value& state, const Caller& caller) {
  if (NamesSeveral(portal)) {
    const auto joint = Joint(portal);
    if (!joint.ok()) return joint.errors();
    return joint.value()->BuildDocument(report, state, caller.scope, caller.stop);
  }
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  return host.value()->reports().BuildDocument(report, state, host.value()->Facts(), caller.scope,
                                               caller.stop);
}

Status Portals::Refresh(const std::string& portal) {
  if (NamesSeveral(portal)) {
    const auto joint = Joint(portal);
    if (!joint.ok()) return joint.errors();
    Status asked = Done{};
    bool any = false;
    for (const auto& host : joint.value()->hosts()) {
      asked = host->Refresh();
      any = any || asked.ok();
    }
    return any ? Status(Done{}) : asked;
  }
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  return host.value()->Refresh();
}

Result<server::HookOutcome> Portals::TakeHook(const std::string& portal, const std::string& key,
                                              const std::string& body) {
  const Diagnostic unknown{"unknown_address", "there is no such address", "", {}};
  const auto secret = state_.portals().GetSecret(portal, kHookKeySecret);
  if (!secret.ok() || secret->empty() || !state::SameSecret(*secret, key)) return unknown;
  const auto known = state_.portals().Get(portal);
  if (!known.ok()) return unknown;
  const auto form = crm::ParseForm(body);
  if (!form.ok()) return form.errors();
  const bool bitrix = known->kind == "bitrix24";
  const crm::Hook hook = bitrix ? crm::bitrix24::ReadHook(*form) : crm::amocrm::ReadHook(*form);
  if (bitrix) {
    if (const Status proven = ProveHook(state_.portals(), portal, hook.token); !proven.ok())
      return proven.errors();
  }
  for (const std::string& name : hook.unknown)
    log::Debug("event_unknown", {{"portal", portal}, {"name", name}});
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  host.value()->TakeHook(hook);
  return server::HookOutcome{hook.hints.size(), hook.unknown.size()};
}

Result<json::value> Portals::FindCheck(const std::string& portal) {
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  auto check = host.value()->check().Describe();
  if (!check.ok()) return check.errors();
  return json::value(std::move(*check));
}

Status Portals::StartCheck(const std::string& portal, const json::object& request, const std::string& user) {
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  const reports::PortalFacts facts = host.value()->Facts();
  if (facts.kind == "file") {
    return Diagnostic{"not_connected",
                      "this portal was imported from files and has no CRM to be compared with",
                      "portal",
                      {}};
  }
  const auto read = CheckRequest::Read(request, facts.zone.LocalDay(clock_.Now()), user);
  if (!read.ok()) return read.errors();
  return host.value()->check().Start(*read);
}

Result<server::Photo> Portals::FindPhoto(const std::string& portal, const std::string& user) {
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  return Diagnostic{"unknown_photo", "no photo is kept of the employee '" + user + "'", "user", {}};
}

Result<std::shared_ptr<void>> Portals::OnChange(const std::string& portal, std::function<void()> changed) {
  if (NamesSeveral(portal)) {
    const auto joint = Joint(portal);
    if (!joint.ok()) return joint.errors();
    return joint.value()->OnChange(changed);
  }
  const auto host = Host(portal);
  if (!host.ok()) return host.errors();
  return host.value()->OnChange(std::move(changed));
}

}  // namespace svodka::app
