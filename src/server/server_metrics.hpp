#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/message.hpp"
#include "server/portal_directory.hpp"

namespace svodka::server {

/// What /metrics tells Prometheus: requests by route and status, their times, freshness and size of each
/// portal.
class ServerMetrics {
 public:
  ServerMetrics();
  ~ServerMetrics();
  void Note(const FinishedRequest& request);
  /// Events of a portal's CRM, proven to be its own.
  void NoteHook(const std::string& portal, const HookOutcome& outcome);
  /// The text exposition format. `now`: for the lag behind the CRM.
  std::string Render(const std::vector<PortalStatus>& portals, Instant now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace svodka::server
