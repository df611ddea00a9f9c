#include "server/internal/portal_handlers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "server/error_table.hpp"

namespace svodka::server {
namespace {

constexpr size_t kMembersDefault = 1000, kMembersMax = 10'000;

Response JsonResponse(const json::value& body) {
  Response response;
  response.body = JsonText(body);
  return response;
}

Result<engine::Language> ReadLanguage(const Request& request) {
  const auto found = request.query.find("language");
  if (found == request.query.end() || found->second == "ru") return engine::Language::kRussian;
  if (found->second == "en") return engine::Language::kEnglish;
  return Diagnostic{
      "bad_request", "language must be ru or en; got '" + found->second + "'", "language", {"ru", "en"}};
}

json::value MomentOrNull(const std::optional<Instant>& moment) {
  return moment ? json::value(ToString(*moment)) : json::value(nullptr);
}

template <class T>
json::value NumberOrNull(const std::optional<T>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::value ToJson(const std::optional<Progress>& progress) {
  if (!progress) return nullptr;
  return {{"done", progress->done},
          {"expected", NumberOrNull(progress->expected)},
          {"stage", progress->stage},
          {"seconds_left", NumberOrNull(progress->seconds_left)}};
}

json::value TextOrNull(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

std::string FreshnessEvent(const PortalStatus& status, Instant now) {
  json::object data;
  data["data_version"] = status.data_version;
  data["current_at"] = MomentOrNull(status.current_at);
  data["behind_s"] = nullptr;
  // Imported files are complete as they are: they lag behind nothing.
  if (status.current_at && status.kind != "file") {
    const auto behind = std::chrono::duration_cast<std::chrono::seconds>(now - *status.current_at).count();
    data["behind_s"] = std::max<int64_t>(0, behind);
  }
  data["state"] = status.state;
  data["progress"] = ToJson(status.progress);
  data["error"] = TextOrNull(status.error);
  data["check"] = status.check;
  data["checking"] = status.checking;
  return "event: freshness\ndata: " + JsonText(data) + "\n\n";
}

/// A report as lines: head, widgets as they are ready, the end.
Response StreamReport(PortalDirectory& portals, const Request& request, const std::string& portal,
                      const std::string& report, json::value state, Caller caller) {
  Response response;
  response.content_type = "application/x-ndjson";
  // The request itself ends with the handler; what an error needs is copied.
  Request kept;
  kept.id = request.id;
  response.produce = [&portals, kept, portal, report, state = std::move(state),
                      caller = std::move(caller)](Channel& channel) -> std::unique_ptr<Response> {
    const auto begin = std::chrono::steady_clock::now();
    const auto push = [&](const json::object& line) { channel.Push(JsonText(line) + "\n"); };
    const reports::DocumentSink sink{.head = [&](const json::object& head) { push(head); },
                                     .widget =
                                         [&](const std::string& widget, json::object data) {
                                           push({{"widget", widget}, {"data", std::move(data)}});
                                         },
                                     .failed =
                                         [&](const std::string& widget, const Diagnostics& errors) {
                                           const auto error =
                                               ParseJson(ErrorResponse(errors.front(), kept).body);
                                           push({{"widget", widget}, {"error", error.value()}});
                                         }};
    const Status built = portals.BuildReport(portal, report, state, caller, sink);
    if (!built.ok()) return std::make_unique<Response>(ErrorResponse(built.error(), kept));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    push({{"end", true}, {"ms", std::round(took.count() * 10) / 10}});
    return nullptr;
  };
  return response;
}

}  // namespace

Result<Caller> MakeCaller(const Request& request, const Visitor& visitor) {
  const auto language = ReadLanguage(request);
  if (!language.ok()) return language.errors();
  return Caller{engine::Scope{.everything = true, .user_id = visitor.user->id}, language.value(),
                request.stop};
}

json::object ToJson(const PortalStatus& status) {
  return {{"id", status.id},
          {"name", status.name},
          {"kind", status.kind},
          {"zone", status.zone},
          {"currency", status.currency},
          {"has_leads", status.has_leads},
          {"data_version", status.data_version},
          {"current_at", MomentOrNull(status.current_at)},
          {"state", status.state},
          {"progress", ToJson(status.progress)},
          {"error", TextOrNull(status.error)},
          {"check", status.check},
          {"checking", status.checking}};
}

Response PortalHandlers::List(const Request&) {
  json::array list;
  for (const PortalStatus& status : portals_.List()) list.push_back(server::ToJson(status));
  return JsonResponse(list);
}

Response PortalHandlers::Reports(const Request& request) {
  const auto language = ReadLanguage(request);
  if (!language.ok()) return ErrorResponse(language.error(), request);
  return JsonResponse(portals_.Reports(language.value()));
}

Response PortalHandlers::Model(const Request& request, const std::string& portal) {
  const auto language = ReadLanguage(request);
  if (!language.ok()) return ErrorResponse(language.error(), request);
  const auto model = portals_.Model(portal, language.value());
  return model.ok() ? JsonResponse(model.value()) : ErrorResponse(model.error(), request);
}

Response PortalHandlers::Query(const Request& request, const Visitor& visitor, const std::string& portal) {
  const auto caller = MakeCaller(request, visitor);
  if (!caller.ok()) return ErrorResponse(caller.error(), request);
  const auto body = ParseJson(request.body);
  if (!body.ok()) return ErrorResponse(body.error(), request);
  const auto table = portals_.Query(portal, body.value(), caller.value());
  return table.ok() ? JsonResponse(table.value()) : ErrorResponse(table.error(), request);
}

Response PortalHandlers::Records(const Request& request, const Visitor& visitor, const std::string& portal) {
  const auto caller = MakeCaller(request, visitor);
  if (!caller.ok()) return ErrorResponse(caller.error(), request);
  const auto body = ParseJson(request.body);
  if (!body.ok()) return ErrorResponse(body.error(), request);
  const auto page = portals_.Records(portal, body.value(), caller.value());
  return page.ok() ? JsonResponse(page.value()) : ErrorResponse(page.error(), request);
}

Response PortalHandlers::Members(const Request& request, const Visitor& visitor, const std::string& portal,
                                 const std::string& dimension) {
  const auto caller = MakeCaller(request, visitor);
  if (!caller.ok()) return ErrorResponse(caller.error(), request);
  size_t limit = kMembersDefault;
  if (const auto found = request.query.find("limit"); found != request.query.end()) {
    const std::string& text = found->second;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (code != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > kMembersMax) {
      return ErrorResponse(
          {"bad_limit", "limit must be a whole number from 1 to 10000; got '" + text + "'", "limit", {}},
          request);
    }
  }
  const auto search = request.query.find("search");
  const auto members = portals_.Members(
      portal, dimension, search == request.query.end() ? "" : search->second, limit, caller.value());
  return members.ok() ? JsonResponse(members.value()) : ErrorResponse(members.error(), request);
}

Response PortalHandlers::Report(const Request& request, const Visitor& visitor, const std::string& portal,
                                const std::string& report) {
  auto caller = MakeCaller(request, visitor);
  if (!caller.ok()) return ErrorResponse(caller.error(), request);
  auto state =
      request.body.empty() ? Result<json::value>(json::value(json::object())) : ParseJson(request.body);
  if (!state.ok()) return ErrorResponse(state.error(), request);
  const std::string* accept = request.FindHeader("accept");
  const bool whole = accept != nullptr && accept->find("application/json") != std::string::npos &&
                     accept->find("application/x-ndjson") == std::string::npos;
  if (!whole) {
    return StreamReport(portals_, request, portal, report, std::move(state).value(),
                        std::move(caller).value());
  }
  const auto document = portals_.BuildDocument(portal, report, state.value(), caller.value());
  return document.ok() ? JsonResponse(document.value()) : ErrorResponse(document.error(), request);
}

Response PortalHandlers::Events(const Request& request, const std::string& portal) {
  const auto status = portals_.Get(portal);
  if (!status.ok()) return ErrorResponse(status.error(), request);
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.feed = EventFeed{.subscribe = [this, portal](std::function<void()> wake) -> std::shared_ptr<void> {
                              auto token = portals_.OnChange(portal, std::move(wake));
                              return token.ok() ? token.value() : nullptr;
                            },
                            .next = [this, portal]() -> std::string {
                              const auto now = portals_.Get(portal);
                              return now.ok() ? FreshnessEvent(now.value(), clock_.Now())
                                              : std::string(": the portal is gone\n\n");
                            }};
  return response;
}

Response PortalHandlers::Refresh(const Request& request, const std::string& portal) {
  const Status asked = portals_.Refresh(portal);
  if (!asked.ok()) return ErrorResponse(asked.error(), request);
  Response response;
  response.status = 202;
  response.body = "{}";
  return response;
}

Response PortalHandlers::Check(const Request& request, const std::string& portal) {
  const auto check = portals_.FindCheck(portal);
  return check.ok() ? JsonResponse(check.value()) : ErrorResponse(check.error(), request);
}

Response PortalHandlers::StartCheck(const Request& request, const Visitor& visitor,
                                    const std::string& portal) {
  const auto body =
      request.body.empty() ? Result<json::value>(json::value(json::object())) : ParseJson(request.body);
  if (!body.ok()) return ErrorResponse(body.error(), request);
  if (!body->is_object())
    return ErrorResponse({"bad_request", "the body must be a JSON object", "", {}}, request);
  const Status started = portals_.StartCheck(portal, body->get_object(), visitor.user->id);
  if (!started.ok()) return ErrorResponse(started.error(), request);
  Response response;
  response.status = 202;
  response.body = "{}";
  return response;
}

Response PortalHandlers::Photo(const Request& request, const std::string& portal, const std::string& user) {
  const auto photo = portals_.FindPhoto(portal, user);
  if (!photo.ok()) return ErrorResponse(photo.error(), request);
  Response response;
  response.content_type = photo->content_type;
  response.body = photo->bytes;
  response.compress = false;
  return response;
}

}  // namespace svodka::server
