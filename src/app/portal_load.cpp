#include "app/portal_load.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace svodka::app {
namespace {

constexpr std::chrono::milliseconds kShowEvery{200};

void Wait(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, kShowEvery, [] { return false; });
}

/// Shows how far a run has come until destroyed.
class ProgressShow {
 public:
  ProgressShow(const sync::PortalSync& session, Output& output)
      : thread_([&session, &output](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            Wait(stop);
            const sync::Progress progress = session.progress();
            if (progress.stage.empty()) continue;
            output.Show({.stage = progress.stage,
                         .done = progress.done,
                         .expected = progress.expected,
                         .seconds_left = progress.seconds_left});
          }
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace

Result<sync::RunSummary> LoadPortal(Services& services, const std::string& portal, bool sweep, Output& output,
                                    std::stop_token stop) {
  const auto host = services.portals.Host(portal);
  if (!host.ok()) return host.errors();
  const auto session = host.value()->Session();
  if (!session.ok()) return session.errors();
  auto summary = [&]() -> Result<sync::RunSummary> {
    const ProgressShow show(**session, output);
    auto loaded = session.value()->RunFirstLoad(stop);
    if (!loaded.ok()) return loaded;
    // Nobody follows afterwards: what would wait for a pause is read now.
    auto rest = session.value()->ReadRest(stop);
    if (!rest.ok()) return rest;
    loaded->Add(std::move(*rest));
    if (!sweep) return loaded;
    auto swept = session.value()->Sweep(stop);
    if (!swept.ok()) return swept;
    loaded->Add(std::move(*swept));
    return loaded;
  }();
  if (!summary.ok()) return summary.errors();
  if (const Status kept = host.value()->KeepFacts("local"); !kept.ok()) return kept.errors();
  return summary;
}

Status WaitForFirstLoad(PortalHost& host, Output& output, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const server::PortalStatus status = host.Describe();
    if (status.progress) {
      output.Show({.stage = status.progress->stage,
                   .done = status.progress->done,
                   .expected = status.progress->expected,
                   .seconds_left = status.progress->seconds_left});
    }
    if (status.state == "live") return Done{};
    if (status.state == "error") return Diagnostic{status.error_code, status.error, "portal", {}};
    if (status.state == "stopped")
      return Diagnostic{
          "portal_paused", "the source is paused; nothing is loaded until it goes on", "portal", {}};
    Wait(stop);
  }
  return Diagnostic{"cancelled", "stopped", "", {}};
}

}  // namespace svodka::app
