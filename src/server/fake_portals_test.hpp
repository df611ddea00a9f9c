#pragma once

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

#include "server/portal_directory.hpp"

namespace svodka::server {

/// One portal, `demo`, that answers from memory and remembers who asked.
class FakePortals final : public PortalDirectory {
 public:
  std::vector<PortalStatus> List() override { return {Status()}; }
  Result<PortalStatus> Get(const std::string& portal) override {
    if (portal != "demo") return Unknown(portal);
    return Status();
  }
  Result<json::value> Query(const std::string& portal, const json::value& request,
                            const Caller& caller) override {
    if (portal != "demo") return Unknown(portal);
    if (!caller.scope.everything) return Diagnostic{"forbidden_scope", "no scope", "", {}};
    if (wait_for_stop) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any never;
      began.set_value();
      never.wait(lock, caller.stop, [] { return false; });
      stopped.set_value();
      return Diagnostic{"cancelled", "the caller has gone", "", {}};
    }
    const json::value* measures = FindMember(request, "measures");
    if (measures == nullptr || !measures->is_array())
      return Diagnostic{"bad_request", "measures must be a list", "measures", {}};
    for (const auto& measure : measures->get_array()) {
      if (measure == "broken") return Diagnostic{"never_heard_of", "secret inside", "", {}};
      if (measure == "throws") throw std::runtime_error("secret inside");
      if (measure != "deals_won")
        return Diagnostic{"unknown_measure", "no such measure", "measures[0]", {"deals_won"}};
    }
    return json::value{{"columns", json::array()}, {"rows", json::array()}, {"notes", json::object()}};
  }
  Result<json::value> Records(const std::string& portal, const json::value& request,
                              const Caller& caller) override {
    return Query(portal, request, caller);
  }
  Result<json::value> Members(const std::string& portal, const std::string& dimension,
                              const std::string& search, size_t, const Caller&) override {
    if (portal != "demo") return Unknown(portal);
    return json::value(json::array{{{"id", dimension}, {"label", search}}});
  }
  Result<json::value> Model(const std::string&, engine::Language) override {
    return json::value{{"measures", json::array()}, {"dimensions", json::array()}};
  }
  json::array Reports(engine::Language) override { return {}; }
  svodka::Status BuildReport(const std::string& portal, const std::string& report, const json::value&,
                             const Caller&, const reports::DocumentSink& sink) override {
    if (portal != "demo") return Unknown(portal);
    if (report != "sales") return Diagnostic{"unknown_report", "no such report", "", {"sales"}};
    sink.head({{"report", "sales"}});
    sink.widget("a", {{"text", std::string(5000, 'x')}});
    sink.failed("b", {{"deadline", "too slow", "", {}}});
    return Done{};
  }
  Result<json::object> BuildDocument(const std::string&, const std::string& report, const json::value&,
                                     const Caller&) override {
    return json::object{{"report", report}};
  }
  svodka::Status Refresh(const std::string&) override {
    return Diagnostic{"not_syncing", "nothing runs", "", {}};
  }
  Result<HookOutcome> TakeHook(const std::string& portal, const std::string& key,
                               const std::string& body) override {
    if (portal != "demo" || key != "key") return Diagnostic{"unknown_address", "no such address", "", {}};
    hooks.push_back(body);
    return HookOutcome{2, 1};
  }
  std::vector<std::string> hooks;
  Result<json::value> FindCheck(const std::string& portal) override {
    if (portal != "demo") return Unknown(portal);
    return json::value{{"running", nullptr}, {"failed", nullptr}, {"last", nullptr}, {"report", nullptr}};
  }
  svodka::Status StartCheck(const std::string&, const json::object&, const std::string&) override {
    return Diagnostic{"check_running", "already", "portal", {}};
  }
  Result<Photo> FindPhoto(const std::string&, const std::string&) override {
    return Photo{"image/png", "\x89PNG"};
  }
  Result<std::shared_ptr<void>> OnChange(const std::string&, std::function<void()> callback) override {
    const std::lock_guard lock(mutex_);
    changed_ = std::move(callback);
    return std::shared_ptr<void>(nullptr, [this](void*) {
      const std::lock_guard inner(mutex_);
      changed_ = nullptr;
    });
  }
  void Change() {
    const std::lock_guard lock(mutex_);
    ++version_;
    if (changed_) changed_();
  }

  std::atomic<bool> wait_for_stop = false;
  std::promise<void> began, stopped;

 private:
  static Diagnostic Unknown(const std::string& portal) {
    return {"unknown_portal", "no portal '" + portal + "'", "portal", {"demo"}};
  }
  PortalStatus Status() {
    PortalStatus status;
    status.id = "demo";
    status.name = "Demo";
    status.kind = "bitrix24";
    status.zone = "Europe/Moscow";
    status.currency = "RUB";
    status.state = "live";
    status.data_version = version_;
    return status;
  }
  std::mutex mutex_;
  std::function<void()> changed_;
  std::atomic<int64_t> version_{1};
};

}  // namespace svodka::server
