#pragma once

#include <string>

#include "base/clock.hpp"
#include "server/internal/session_handlers.hpp"
#include "server/message.hpp"
#include "server/portal_directory.hpp"

namespace svodka::server {

/// What is asked of portals: thin, all work is the directory's.
class PortalHandlers {
 public:
  PortalHandlers(PortalDirectory& portals, const Clock& clock) : portals_(portals), clock_(clock) {}

  Response List(const Request& request);
  Response Reports(const Request& request);
  Response Model(const Request& request, const std::string& portal);
  Response Query(const Request& request, const Visitor& visitor, const std::string& portal);
  Response Records(const Request& request, const Visitor& visitor, const std::string& portal);
  Response Members(const Request& request, const Visitor& visitor, const std::string& portal,
                   const std::string& dimension);
  Response Report(const Request& request, const Visitor& visitor, const std::string& portal,
                  const std::string& report);
  Response Events(const Request& request, const std::string& portal);
  Response Refresh(const Request& request, const std::string& portal);
  Response Check(const Request& request, const std::string& portal);
  Response StartCheck(const Request& request, const Visitor& visitor, const std::string& portal);
  Response Photo(const Request& request, const std::string& portal, const std::string& user);

 private:
  PortalDirectory& portals_;
  const Clock& clock_;
};

/// On whose behalf a request runs; reads `?language=`. Errors: `bad_request`.
Result<Caller> MakeCaller(const Request& request, const Visitor& visitor);

/// As in `GET portals`.
json::object ToJson(const PortalStatus& status);

}  // namespace svodka::server
