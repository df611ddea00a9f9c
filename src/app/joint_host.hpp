#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/portal_host.hpp"
#include "engine/joint_service.hpp"

namespace svodka::app {

/// Names of several portals in one: `acme,shop`. Portals' own names hold no comma.
bool NamesSeveral(const std::string& portals);
/// Errors: `bad_request` for an empty name or one that stands twice.
Result<std::vector<std::string>> SplitPortals(const std::string& portals);
/// What is done for one portal at a time was asked for several.
Diagnostic OnePortalOnly(const std::string& portals);

/// Several opened portals that answer as one. Thread-safe.
class JointHost {
 public:
  JointHost(std::string id, std::vector<std::shared_ptr<PortalHost>> hosts, const ModelSnapshot& models,
            const Clock& clock);

  engine::JointService& queries() { return *queries_; }
  /// As reports::ReportService's; the head's portal tells of each of them in `parts`.
  Status Build(const std::string& report, const json::value& state, const engine::Scope& scope,
               reports::DocumentSink sink, std::stop_token stop) const;
  Result<json::object> BuildDocument(const std::string& report, const json::value& state,
                                     const engine::Scope& scope, std::stop_token stop) const;
  const std::vector<std::shared_ptr<PortalHost>>& hosts() const { return hosts_; }
  void SetModels(const ModelSnapshot& models);
  /// As fresh as the portal that is furthest behind; in trouble when one is.
  server::PortalStatus Describe() const;
  std::shared_ptr<void> OnChange(const std::function<void()>& changed);

 private:
  /// Of all, and of each as the head tells it.
  struct Facts {
    reports::PortalFacts all;
    json::array parts;
    json::array currencies;  ///< that amounts of portals with different base currencies can be told in
  };
  Facts Read() const;
  /// Base currencies of the portals in which all of them can tell their amounts, in the portals' order.
  std::vector<std::string> Currencies() const;
  /// The state without `currency`; facts.all gets the common currency: the one named, else the first that
  /// serves.
  Result<json::value> TakeCurrency(const json::value& state, Facts& facts) const;
  static void Tell(const Facts& facts, json::object& head);

  const std::string id_;
  const std::vector<std::shared_ptr<PortalHost>> hosts_;
  const Clock& clock_;
  std::unique_ptr<engine::JointService> queries_;
  std::unique_ptr<reports::QuerySource> source_;
  std::unique_ptr<reports::ReportService> reports_;
};

}  // namespace svodka::app
