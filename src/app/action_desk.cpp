#include "app/action_desk.hpp"

namespace svodka::app {
namespace {

constexpr int64_t kRequestsShown = 50;

Result<json::value> Plain(Result<json::object> answer) {
  if (!answer.ok()) return answer.errors();
  return json::value(std::move(*answer));
}

/// `use` with the actions of the portal.
template <class Use>
auto With(Portals& portals, const std::string& portal, Use use)
    -> decltype(use(std::declval<PortalActions&>())) {
  const auto host = portals.Host(portal);
  if (!host.ok()) return host.errors();
  return use(host.value()->actions());
}

}  // namespace

Result<json::value> ActionDesk::Overview(const std::string& portal, const server::Caller&) {
  return With(portals_, portal, [&](PortalActions& a) { return Plain(a.List(kRequestsShown)); });
}

Result<json::value> ActionDesk::SetWriting(const std::string& portal, const json::object& request,
                                           const server::Caller& caller) {
  const json::value* on = request.if_contains("on");
  if (on == nullptr || !on->is_bool() || request.size() != 1)
    return Diagnostic{"bad_request", "say {\"on\": true} or {\"on\": false}", "on", {}};
  return With(portals_, portal, [&](PortalActions& a) -> Result<json::value> {
    if (const Status set = a.SetWriting(on->get_bool(), caller.scope.user_id); !set.ok()) return set.errors();
    return Plain(a.List(kRequestsShown));
  });
}

Result<json::value> ActionDesk::Preview(const std::string& portal, const json::object& request,
                                        const server::Caller& caller) {
  return With(portals_, portal,
              [&](PortalActions& a) { return Plain(a.Preview(request, caller.scope, caller.stop)); });
}

Result<json::value> ActionDesk::Send(const std::string& portal, const json::object& request,
                                     const server::Caller& caller) {
  return With(portals_, portal, [&](PortalActions& a) {
    return Plain(a.Accept(request, caller.scope, kUndoTime, caller.stop));
  });
}

Result<json::value> ActionDesk::Find(const std::string& portal, const std::string& id,
                                     const server::Caller&) {
  return With(portals_, portal, [&](PortalActions& a) { return Plain(a.Find(id)); });
}

Result<json::value> ActionDesk::Cancel(const std::string& portal, const std::string& id,
                                       const server::Caller&) {
  return With(portals_, portal, [&](PortalActions& a) { return Plain(a.Cancel(id)); });
}

Result<json::value> ActionDesk::Retry(const std::string& portal, const std::string& id,
                                      const server::Caller&) {
  return With(portals_, portal, [&](PortalActions& a) { return Plain(a.Retry(id)); });
}

Result<json::value> ActionDesk::Rules(const std::string& portal, const server::Caller&) {
  return With(portals_, portal, [&](PortalActions& a) { return a.ListRules(); });
}

Result<json::value> ActionDesk::SaveRule(const std::string& portal, const std::string& rule,
                                         const json::object& request, const server::Caller& caller) {
  return With(portals_, portal,
              [&](PortalActions& a) { return Plain(a.SaveRule(rule, request, caller.scope.user_id)); });
}

Status ActionDesk::RemoveRule(const std::string& portal, const std::string& rule, const server::Caller&) {
  return With(portals_, portal, [&](PortalActions& a) { return a.RemoveRule(rule); });
}

Result<json::value> ActionDesk::PreviewRule(const std::string& portal, const std::string& rule,
                                            const server::Caller& caller) {
  return With(portals_, portal, [&](PortalActions& a) { return Plain(a.PreviewRule(rule, caller.stop)); });
}

}  // namespace svodka::app
