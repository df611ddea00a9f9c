#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "server/portal_directory.hpp"

namespace svodka::server {

/// Writing back to the CRM (docs/actions.md). Implemented by app. Thread-safe. Every call may answer
/// `unknown_portal`. Who may call is the Api's matter: administrators, so far.
class ActionDesk {
 public:
  virtual ~ActionDesk() = default;
  /// Whether writing is on, and the latest requests.
  virtual Result<json::value> Overview(const std::string& portal, const Caller& caller) = 0;
  virtual Result<json::value> SetWriting(const std::string& portal, const json::object& request,
                                         const Caller& caller) = 0;
  virtual Result<json::value> Preview(const std::string& portal, const json::object& request,
                                      const Caller& caller) = 0;
  virtual Result<json::value> Send(const std::string& portal, const json::object& request,
                                   const Caller& caller) = 0;
  virtual Result<json::value> Find(const std::string& portal, const std::string& id,
                                   const Caller& caller) = 0;
  virtual Result<json::value> Cancel(const std::string& portal, const std::string& id,
                                     const Caller& caller) = 0;
  virtual Result<json::value> Retry(const std::string& portal, const std::string& id,
                                    const Caller& caller) = 0;
  virtual Result<json::value> Rules(const std::string& portal, const Caller& caller) = 0;
  /// `rule` "" : a new one.
  virtual Result<json::value> SaveRule(const std::string& portal, const std::string& rule,
                                       const json::object& request, const Caller& caller) = 0;
  virtual Status RemoveRule(const std::string& portal, const std::string& rule, const Caller& caller) = 0;
  virtual Result<json::value> PreviewRule(const std::string& portal, const std::string& rule,
                                          const Caller& caller) = 0;
};

}  // namespace svodka::server
