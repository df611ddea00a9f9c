#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "app/model_files.hpp"
#include "app/places.hpp"
#include "app/portal_host.hpp"
#include "server/portal_directory.hpp"

namespace svodka::app {

class JointHost;

/// All portals of the data folder, opened when first asked for. The caller holds the folder's lock.
/// Thread-safe.
class Portals final : public server::PortalDirectory {
 public:
  Portals(const Places& places, state::State& state, ModelFiles& models, const Clock& clock)
      : places_(places), state_(state), models_(models), clock_(clock) {}
  ~Portals() override;

  /// Errors: `unknown_portal`; `one_portal_only` where several are named.
  Result<std::shared_ptr<PortalHost>> Host(const std::string& portal);
  /// Of several, named with a comma between: `acme,shop`.
  Result<std::shared_ptr<JointHost>> Joint(const std::string& portals);
  /// Opens and follows every connected portal, those that are connected later included.
  void FollowAll();
  void Follow(const std::string& portal);
  bool follows() const { return follows_; }
  /// Ends following, flushes every warehouse.
  void Close();
  void SetModels(const ModelSnapshot& models);
  /// Closes a portal and removes its warehouse file.
  void Forget(const std::string& portal);

  std::vector<server::PortalStatus> List() override;
  Result<server::PortalStatus> Get(const std::string& portal) override;
  Result<json::value> Query(const std::string& portal, const json::value& request,
                            const server::Caller& caller) override;
  Result<json::value> Records(const std::string& portal, const json::value& request,
                              const server::Caller& caller) override;
  Result<json::value> Members(const std::string& portal, const std::string& dimension,
                              const std::string& search, size_t limit, const server::Caller& caller) override;
  Result<json::value> Model(const std::string& portal, engine::Language language) override;
  json::array Reports(engine::Language language) override;
  Status BuildReport(const std::string& portal, const std::string& report, const json::value& state,
                     const server::Caller& caller, const reports::DocumentSink& sink) override;
  Result<json::object> BuildDocument(const std::string& portal, const std::string& report,
                                     const json::value& state, const server::Caller& caller) override;
  Status Refresh(const std::string& portal) override;
  Result<server::HookOutcome> TakeHook(const std::string& portal, const std::string& key,
                                       const std::string& body) override;
  Result<json::value> FindCheck(const std::string& portal) override;
  Status StartCheck(const std::string& portal, const json::object& request, const std::string& user) override;
  Result<server::Photo> FindPhoto(const std::string& portal, const std::string& user) override;
  Result<std::shared_ptr<void>> OnChange(const std::string& portal, std::function<void()> changed) override;

 private:
  template <class Use>
  auto With(const std::string& portal, const Use& use) -> decltype(use(std::declval<PortalHost&>()));

  const Places& places_;
  state::State& state_;
  ModelFiles& models_;
  const Clock& clock_;
  /// There is one process and one memory.
  const std::shared_ptr<engine::ExtractBudget> extract_budget_ = engine::MakeExtractBudget();
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<PortalHost>> hosts_;
  std::map<std::string, std::shared_ptr<JointHost>> joints_;  ///< by their names as asked for
  std::atomic<bool> follows_ = false;
};

}  // namespace svodka::app
