#pragma once

#include "app/portals.hpp"
#include "server/action_desk.hpp"

namespace svodka::app {

/// Writing back over the portals of one process.
class ActionDesk final : public server::ActionDesk {
 public:
  explicit ActionDesk(Portals& portals) : portals_(portals) {}

  Result<json::value> Overview(const std::string& portal, const server::Caller& caller) override;
  Result<json::value> SetWriting(const std::string& portal, const json::object& request,
                                 const server::Caller& caller) override;
  Result<json::value> Preview(const std::string& portal, const json::object& request,
                              const server::Caller& caller) override;
  Result<json::value> Send(const std::string& portal, const json::object& request,
                           const server::Caller& caller) override;
  Result<json::value> Find(const std::string& portal, const std::string& id,
                           const server::Caller& caller) override;
  Result<json::value> Cancel(const std::string& portal, const std::string& id,
                             const server::Caller& caller) override;
  Result<json::value> Retry(const std::string& portal, const std::string& id,
                            const server::Caller& caller) override;
  Result<json::value> Rules(const std::string& portal, const server::Caller& caller) override;
  Result<json::value> SaveRule(const std::string& portal, const std::string& rule,
                               const json::object& request, const server::Caller& caller) override;
  Status RemoveRule(const std::string& portal, const std::string& rule,
                    const server::Caller& caller) override;
  Result<json::value> PreviewRule(const std::string& portal, const std::string& rule,
                                  const server::Caller& caller) override;

 private:
  Portals& portals_;
};

}  // namespace svodka::app
