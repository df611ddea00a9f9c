#include "server/internal/view_handlers.hpp"

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "server/error_table.hpp"

namespace svodka::server {
namespace {

json::object ToJson(const state::SavedView& view) {
  return {{"id", view.id}, {"name", view.name}, {"address", view.address}, {"default", view.is_default}};
}

Response JsonResponse(const json::value& body, unsigned status = 200) {
  Response response;
  response.status = status;
  response.body = JsonText(body);
  return response;
}

Result<state::ViewChange> ReadChange(const Request& request, bool needs_name) {
  const auto body = ParseJson(request.body);
  if (!body.ok()) return body.errors();
  if (!body->is_object()) return Diagnostic{"bad_request", "the body must be a JSON object", "", {}};
  state::ViewChange change;
  for (const auto& member : body->get_object()) {
    const std::string key(member.key());
    if (key == "name" || key == "address") {
      if (!member.value().is_string())
        return Diagnostic{"bad_request", "'" + key + "' must be a text", key, {}};
      (key == "name" ? change.name : change.address) = std::string(member.value().get_string());
    } else if (key == "default") {
      if (!member.value().is_bool())
        return Diagnostic{"bad_request", "'default' must be true or false", key, {}};
      change.is_default = member.value().get_bool();
    } else {
      return Diagnostic{"unknown_key", "a view has no '" + key + "'", key,
                        NearestNames(key, std::vector<std::string>{"name", "address", "default"})};
    }
  }
  if (needs_name && !change.name) return Diagnostic{"missing_key", "a view needs a 'name'", "name", {}};
  return change;
}

}  // namespace

Result<state::ViewPlace> ViewHandlers::PlaceOf(const Visitor& visitor, const std::string& portal,
                                               const std::string& report) const {
  const auto found = state_.portals().Get(portal);
  if (!found.ok()) return found.errors();
  return state::ViewPlace{visitor.user->id, portal, report};
}

Response ViewHandlers::List(const Request& request, const Visitor& visitor, const std::string& portal,
                            const std::string& report) {
  const auto place = PlaceOf(visitor, portal, report);
  if (!place.ok()) return ErrorResponse(place.error(), request);
  const auto views = state_.views().List(*place);
  if (!views.ok()) return ErrorResponse(views.error(), request);
  json::array list;
  for (const state::SavedView& view : *views) list.push_back(ToJson(view));
  return JsonResponse(list);
}

Response ViewHandlers::Add(const Request& request, const Visitor& visitor, const std::string& portal,
                           const std::string& report) {
  const auto place = PlaceOf(visitor, portal, report);
  if (!place.ok()) return ErrorResponse(place.error(), request);
  const auto change = ReadChange(request, true);
  if (!change.ok()) return ErrorResponse(change.error(), request);
  const auto view = state_.views().Add(*place, *change);
  return view.ok() ? JsonResponse(ToJson(*view), 201) : ErrorResponse(view.error(), request);
}

Response ViewHandlers::Change(const Request& request, const Visitor& visitor, const std::string& portal,
                              const std::string& report, const std::string& id) {
  const auto place = PlaceOf(visitor, portal, report);
  if (!place.ok()) return ErrorResponse(place.error(), request);
  const auto change = ReadChange(request, false);
  if (!change.ok()) return ErrorResponse(change.error(), request);
  const auto view = state_.views().Change(*place, id, *change);
  return view.ok() ? JsonResponse(ToJson(*view)) : ErrorResponse(view.error(), request);
}

Response ViewHandlers::Remove(const Request& request, const Visitor& visitor, const std::string& portal,
                              const std::string& report, const std::string& id) {
  const auto place = PlaceOf(visitor, portal, report);
  if (!place.ok()) return ErrorResponse(place.error(), request);
  const Status removed = state_.views().Remove(*place, id);
  if (!removed.ok()) return ErrorResponse(removed.error(), request);
  Response response;
  response.status = 204;
  return response;
}

}  // namespace svodka::server
