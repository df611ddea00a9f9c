#include "app/joint_host.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "reports/joint_source.hpp"

namespace svodka::app {
namespace {

/// The worst first: what several portals together are.
constexpr std::array<std::string_view, 4> kStates = {"error", "loading", "stopped", "live"};

template <class Part>
bool AllFiles(const std::vector<Part>& parts) {
  return std::all_of(parts.begin(), parts.end(), [](const Part& part) { return part.kind == "file"; });
}

/// Up to when all of them are known to be read; nothing where one is not.
template <class Part>
std::optional<Instant> Earliest(const std::vector<Part>& parts) {
  std::optional<Instant> earliest;
  const bool files = AllFiles(parts);
  for (const Part& part : parts) {
    if (part.kind == "file" && !files) continue;  // complete as they are
    if (!part.current_at) return {};
    earliest = std::min(earliest.value_or(*part.current_at), *part.current_at);
  }
  return earliest;
}

std::string Together(const std::string& name, const std::string& another) {
  return name.empty() ? another : name + " + " + another;
}

}  // namespace

bool NamesSeveral(const std::string& portals) { return portals.find(',') != std::string::npos; }

Result<std::vector<std::string>> SplitPortals(const std::string& portals) {
  std::vector<std::string> ids = Split(portals, ',');
  for (size_t i = 0; i < ids.size(); ++i) {
    const bool again = std::find(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i), ids[i]) !=
                       ids.begin() + static_cast<std::ptrdiff_t>(i);
    if (ids[i].empty() || again) {
      return Diagnostic{"bad_request",
                        again ? "the portal '" + ids[i] + "' is named twice"
                              : "several portals are named with a comma between: acme,shop",
                        "portal",
                        {}};
    }
  }
  return ids;
}

Diagnostic OnePortalOnly(const std::string& portals) {
  return {"one_portal_only", "this is done for one portal at a time; choose one of " + portals, "portal", {}};
}

JointHost::JointHost(std::string id, std::vector<std::shared_ptr<PortalHost>> hosts,
                     const ModelSnapshot& models, const Clock& clock)
    : id_(std::move(id)), hosts_(std::move(hosts)), clock_(clock) {
  std::vector<engine::QueryService*> services;
  for (const auto& host : hosts_) services.push_back(&host->queries());
  queries_ = std::make_unique<engine::JointService>(std::move(services));
  source_ = reports::MakeQuerySource(*queries_);
  reports_ = std::make_unique<reports::ReportService>(*source_, reports::ForSeveral(*models.reports), clock);
}

void JointHost::SetModels(const ModelSnapshot& models) {
  reports_->SetModel(reports::ForSeveral(*models.reports));
}

JointHost::Facts JointHost::Read() const {
  Facts facts;
  reports::PortalFacts& all = facts.all;
  all.id = id_;
  all.has_leads = false;
  std::vector<reports::PortalFacts> parts;
  bool one_currency = true;
  for (const auto& host : hosts_) {
    reports::PortalFacts part = host->Facts();
    all.name = Together(all.name, part.name.empty() ? part.id : part.name);
    // The days of the one whose day is the furthest.
    if (parts.empty() || all.zone.LocalDay(clock_.Now()) < part.zone.LocalDay(clock_.Now()))
      all.zone = part.zone;
    one_currency = one_currency && (parts.empty() || part.currency == all.currency);
    all.currency = part.currency;
    all.has_leads = all.has_leads || part.has_leads;
    for (const std::string& pipeline : part.after_sale)
      all.after_sale.insert(engine::QualifiedId(pipeline, part.id));
    all.data_version += part.data_version;
    for (const reports::Unconverted& one : part.unconverted) {
      const auto known = std::find_if(all.unconverted.begin(), all.unconverted.end(),
                                      [&](const auto& other) { return other.currency == one.currency; });
      if (known == all.unconverted.end()) {
        all.unconverted.push_back(one);
      } else {
        known->cards += one.cards;
      }
    }
    json::value current;
    if (part.current_at) current = ToString(*part.current_at);
    facts.parts.push_back(json::object{{"id", part.id},
                                       {"name", part.name.empty() ? part.id : part.name},
                                       {"kind", part.kind},
                                       {"zone", part.zone.name()},
                                       {"currency", part.currency},
                                       {"has_leads", part.has_leads},
                                       {"current_at", std::move(current)}});
    parts.push_back(std::move(part));
  }
  if (!one_currency) all.currency.clear();
  all.kind = AllFiles(parts) ? "file" : "several";
  all.current_at = Earliest(parts);
  return facts;
}

std::vector<std::string> JointHost::Currencies() const {
  std::vector<std::string> currencies;
  for (const auto& host : hosts_) {
    const std::string currency = host->Facts().currency;
    if (currency.empty() || std::find(currencies.begin(), currencies.end(), currency) != currencies.end())
      continue;
    if (queries_->CanTell(currency)) currencies.push_back(currency);
  }
  return currencies;
}

Result<json::value> JointHost::TakeCurrency(const json::value& state, Facts& facts) const {
  json::value rest = state;
  json::object* object = rest.if_object();
  const json::value* named = object == nullptr ? nullptr : object->if_contains("currency");
  if (named != nullptr && !named->is_null()) {
    if (!named->is_string()) return Diagnostic{"bad_state", "'currency' is a text", "currency", {}};
    facts.all.common_currency = std::string(named->get_string());
  }
  if (object != nullptr) object->erase("currency");
  if (facts.all.currency.empty()) {
    for (const std::string& currency : Currencies()) {
      if (facts.all.common_currency.empty()) facts.all.common_currency = currency;
      facts.currencies.emplace_back(currency);
    }
  }
  if (!facts.all.common_currency.empty()) facts.all.currency = facts.all.common_currency;
  return rest;
}

void JointHost::Tell(const Facts& facts, json::object& head) {
  json::object& portal = head.at("portal").get_object();
  portal["parts"] = facts.parts;
  if (!facts.currencies.empty()) portal["currencies"] = facts.currencies;
}

Status JointHost::Build(const std::string& report, const json::value& state, const engine::Scope& scope,
                        reports::DocumentSink sink, std::stop_token stop) const {
  Facts facts = Read();
  const Result<json::value> rest = TakeCurrency(state, facts);
  if (!rest.ok()) return rest.errors();
  if (sink.head) {
    sink.head = [&facts, head = std::move(sink.head)](json::object object) {
      Tell(facts, object);
      head(std::move(object));
    };
  }
  return reports_->Build(report, *rest, facts.all, scope, sink, std::move(stop));
}

Result<json::object> JointHost::BuildDocument(const std::string& report, const json::value& state,
                                              const engine::Scope& scope, std::stop_token stop) const {
  Facts facts = Read();
  const Result<json::value> rest = TakeCurrency(state, facts);
  if (!rest.ok()) return rest.errors();
  auto document = reports_->BuildDocument(report, *rest, facts.all, scope, std::move(stop));
  if (!document.ok()) return document.errors();
  Tell(facts, *document);
  return document;
}

server::PortalStatus JointHost::Describe() const {
  std::vector<server::PortalStatus> parts;
  for (const auto& host : hosts_) parts.push_back(host->Describe());
  server::PortalStatus all;
  all.id = id_;
  all.has_leads = false;
  all.zone = parts.front().zone;
  all.currency = parts.front().currency;
  size_t worst = kStates.size() - 1;
  for (const server::PortalStatus& part : parts) {
    all.name = Together(all.name, part.name);
    if (part.zone != all.zone) all.zone.clear();
    if (part.currency != all.currency) all.currency.clear();
    all.has_leads = all.has_leads || part.has_leads;
    all.data_version += part.data_version;
    const auto rank =
        static_cast<size_t>(std::find(kStates.begin(), kStates.end(), part.state) - kStates.begin());
    if (rank < worst) {
      worst = rank;
      all.progress = part.progress;
    }
    if (all.error.empty() && !part.error.empty()) {
      all.error = part.name + ": " + part.error;
      all.error_code = part.error_code;
    }
    all.checking = all.checking || part.checking;
  }
  all.state = kStates[worst];
  all.kind = AllFiles(parts) ? "file" : "several";
  all.current_at = Earliest(parts);
  return all;
}

std::shared_ptr<void> JointHost::OnChange(const std::function<void()>& changed) {
  auto tokens = std::make_shared<std::vector<std::shared_ptr<void>>>();
  for (const auto& host : hosts_) tokens->push_back(host->OnChange(changed));
  return tokens;
}

}  // namespace svodka::app
