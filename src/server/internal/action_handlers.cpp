#include "server/internal/action_handlers.hpp"

#include "base/json_text.hpp"
#include "server/error_table.hpp"
#include "server/internal/portal_handlers.hpp"

namespace svodka::server {
namespace {

using Arguments = std::vector<std::string>;

Response Answered(const Request& request, const Result<json::value>& answer, int status = 200) {
  if (!answer.ok()) return ErrorResponse(answer.error(), request);
  Response response;
  response.status = status;
  response.body = JsonText(*answer);
  return response;
}

Response Answered(const Request& request, const Status& status, int = 200) {
  if (!status.ok()) return ErrorResponse(status.error(), request);
  Response response;
  response.status = 204;
  return response;
}

Result<json::object> ReadObject(const Request& request) {
  auto body = ParseJson(request.body);
  if (!body.ok()) return body.errors();
  if (!body->is_object()) return Diagnostic{"bad_request", "the body must be a JSON object", "", {}};
  return std::move(body->get_object());
}

template <class Act>
ActionHandlers::Handler WithCaller(Act act) {
  return [act](const Request& request, const Visitor& visitor, const Arguments& arguments) {
    const auto caller = MakeCaller(request, visitor);
    if (!caller.ok()) return ErrorResponse(caller.error(), request);
    return Answered(request, act(*caller, arguments));
  };
}

template <class Act>
ActionHandlers::Handler WithBody(Act act, int status = 200) {
  return [act, status](const Request& request, const Visitor& visitor, const Arguments& arguments) {
    const auto caller = MakeCaller(request, visitor);
    if (!caller.ok()) return ErrorResponse(caller.error(), request);
    const auto body = ReadObject(request);
    if (!body.ok()) return ErrorResponse(body.error(), request);
    return Answered(request, act(*body, *caller, arguments), status);
  };
}

}  // namespace

std::vector<ActionHandlers::Entry> ActionHandlers::Entries() {
  using Body = const json::object&;
  using Who = const Caller&;
  using At = const Arguments&;
  return {
      {"GET", "portals/{}/actions", WithCaller([this](Who c, At a) { return desk_.Overview(a[0], c); })},
      {"PUT", "portals/{}/writing",
       WithBody([this](Body b, Who c, At a) { return desk_.SetWriting(a[0], b, c); })},
      {"POST", "portals/{}/actions/preview",
       WithBody([this](Body b, Who c, At a) { return desk_.Preview(a[0], b, c); })},
      {"POST", "portals/{}/actions",
       WithBody([this](Body b, Who c, At a) { return desk_.Send(a[0], b, c); })},
      {"GET", "portals/{}/actions/{}", WithCaller([this](Who c, At a) { return desk_.Find(a[0], a[1], c); })},
      {"POST", "portals/{}/actions/{}/cancel",
       WithCaller([this](Who c, At a) { return desk_.Cancel(a[0], a[1], c); })},
      {"POST", "portals/{}/actions/{}/retry",
       WithCaller([this](Who c, At a) { return desk_.Retry(a[0], a[1], c); })},
      {"GET", "portals/{}/rules", WithCaller([this](Who c, At a) { return desk_.Rules(a[0], c); })},
      {"POST", "portals/{}/rules",
       WithBody([this](Body b, Who c, At a) { return desk_.SaveRule(a[0], "", b, c); })},
      {"PATCH", "portals/{}/rules/{}",
       WithBody([this](Body b, Who c, At a) { return desk_.SaveRule(a[0], a[1], b, c); })},
      {"DELETE", "portals/{}/rules/{}",
       WithCaller([this](Who c, At a) { return desk_.RemoveRule(a[0], a[1], c); })},
      {"POST", "portals/{}/rules/{}/preview",
       WithCaller([this](Who c, At a) { return desk_.PreviewRule(a[0], a[1], c); })}};
}

}  // namespace svodka::server
