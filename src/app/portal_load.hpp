#pragma once

#include <stop_token>
#include <string>

#include "app/commands.hpp"
#include "sync/portal_sync.hpp"

namespace svodka::app {

/// Brings the copy of a CRM up to date and shows how far it has come. Errors: those of PortalSync.
Result<sync::RunSummary> LoadPortal(Services& services, const std::string& portal, bool sweep, Output& output,
                                    std::stop_token stop);

/// Waits until the follower of a portal has read everything once, and shows how far it has come.
/// Errors: the follower's trouble (it goes on trying), `portal_paused`, `cancelled`.
Status WaitForFirstLoad(PortalHost& host, Output& output, const std::stop_token& stop);

}  // namespace svodka::app
