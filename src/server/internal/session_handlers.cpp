#include "server/internal/session_handlers.hpp"

#include "base/json.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "server/api.hpp"
#include "server/error_table.hpp"

namespace svodka::server {
namespace {

constexpr std::string_view kCookie = "svodka_session";

std::string CookieHeader(const Request& request, std::string_view value, std::chrono::seconds life) {
  std::string cookie(kCookie);
  cookie += "=";
  cookie += value;
  cookie += "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(life.count());
  if (request.secure) cookie += "; Secure";
  return cookie;
}

/// A page of another site cannot send JSON with cookies unless we allow it; a sign-in must come from our own
/// page.
Status CheckOrigin(const Request& request) {
  const std::string* type = request.FindHeader("content-type");
  if (type == nullptr || Trim(Split(*type, ';')[0]) != "application/json") {
    return Diagnostic{"wrong_media_type", "send JSON with Content-Type: application/json", "", {}};
  }
  const std::string* origin = request.FindHeader("origin");
  const std::string* host = request.FindHeader("host");
  if (origin != nullptr && (host == nullptr || !origin->ends_with("://" + *host))) {
    return Diagnostic{"csrf", "sign in from the server's own page", "", {}};
  }
  return Done{};
}

Result<json::object> ReadObject(const Request& request) {
  auto body = ParseJson(request.body);
  if (!body.ok()) return body.errors();
  if (!body->is_object()) return Diagnostic{"bad_request", "the body must be a JSON object", "", {}};
  return std::move(body->get_object());
}

Result<std::string> NeedText(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    return Diagnostic{"bad_request", std::string(name) + " must be a text", std::string(name), {}};
  }
  return std::string(value->get_string());
}

Response JsonResponse(const json::value& body) {
  Response response;
  response.body = JsonText(body);
  return response;
}

}  // namespace

std::string SessionHandlers::Csrf(const std::string& token) const {
  return state_.vault().Fingerprint("csrf", token);
}

Result<Visitor> SessionHandlers::Recognise(const Request& request) const {
  Visitor visitor;
  if (request.local) {
    visitor.local = true;
    visitor.user = state::User{"local", "local", "", "administrator", true};
    return visitor;
  }
  const auto token = request.FindCookie(kCookie);
  if (!token) return visitor;
  auto found = state_.users().FindSession(*token);
  if (!found.ok()) return found.errors();
  visitor.user = std::move(found).value();
  if (visitor.user) visitor.token = *token;
  return visitor;
}

bool SessionHandlers::HasCsrf(const Request& request, const Visitor& visitor) const {
  if (visitor.local) return true;
  const std::string* sent = request.FindHeader("x-csrf-token");
  return sent != nullptr && state::SameSecret(*sent, Csrf(visitor.token));
}

Response SessionHandlers::SessionResponse(const Request& request, const Visitor& visitor) {
  const auto has_administrator = state_.users().HasAdministrator();
  if (!has_administrator.ok()) return ErrorResponse(has_administrator.error(), request);
  json::object body;
  if (visitor.user) {
    body["user"] = {{"id", visitor.user->id}, {"name", visitor.user->name}, {"role", visitor.user->role}};
  } else {
    body["user"] = nullptr;
  }
  body["csrf"] = Csrf(visitor.token);
  body["setup_needed"] = !has_administrator.value();
  body["version"] = Version();
  return JsonResponse(body);
}

Response SessionHandlers::Get(const Request& request, const Visitor& visitor) {
  return SessionResponse(request, visitor);
}

Response SessionHandlers::Login(const Request& request) {
  if (const Status origin = CheckOrigin(request); !origin.ok()) return ErrorResponse(origin.error(), request);
  const auto body = ReadObject(request);
  if (!body.ok()) return ErrorResponse(body.error(), request);
  const bool by_code = body->contains("code");
  const auto first = NeedText(*body, by_code ? "code" : "email");
  if (!first.ok()) return ErrorResponse(first.error(), request);
  const auto second = by_code ? Result<std::string>(std::string()) : NeedText(*body, "password");
  if (!second.ok()) return ErrorResponse(second.error(), request);

  const std::string name = by_code ? "code" : "email:" + FoldCase(first->substr(0, 200));
  const std::string from = "peer:" + request.peer;
  if (!limiter_.Allows(name) || !limiter_.Allows(from)) {
    return ErrorResponse(
        {"too_many_attempts", "too many failed sign-ins; wait five minutes and try again", "", {}}, request);
  }
  const auto user = by_code ? state_.users().SignInByCode(*first)
                            : state_.users().SignInByPassword(*first, second->substr(0, 1000));
  if (!user.ok()) {
    limiter_.NoteFailure(name);
    limiter_.NoteFailure(from);
    return ErrorResponse(user.error(), request);
  }
  limiter_.Forget(name);
  const auto token = state_.users().OpenSession(user->id);
  if (!token.ok()) return ErrorResponse(token.error(), request);
  log::Info("signed_in", {{"user", user->id}, {"by", by_code ? "code" : "password"}});
  Response response = SessionResponse(request, Visitor{user.value(), token.value(), false});
  response.user = user->id;
  response.headers.emplace_back("Set-Cookie", CookieHeader(request, token.value(), state::kSessionLife));
  return response;
}

Response SessionHandlers::SetAccount(const Request& request, const Visitor& visitor) {
  const auto body = ReadObject(request);
  if (!body.ok()) return ErrorResponse(body.error(), request);
  const auto name = NeedText(*body, "name"), email = NeedText(*body, "email"),
             password = NeedText(*body, "password");
  for (const auto* part : {&name, &email, &password}) {
    if (!part->ok()) return ErrorResponse(part->error(), request);
  }
  const auto user = state_.users().SetAccount(visitor.user->id, *name, *email, *password, visitor.token);
  if (!user.ok()) return ErrorResponse(user.error(), request);
  return SessionResponse(request, Visitor{user.value(), visitor.token, visitor.local});
}

Response SessionHandlers::Logout(const Request& request, const Visitor& visitor) {
  const Status closed = state_.users().CloseSession(visitor.token);
  if (!closed.ok()) return ErrorResponse(closed.error(), request);
  Response response;
  response.status = 204;
  response.headers.emplace_back("Set-Cookie", CookieHeader(request, "", std::chrono::seconds(0)));
  return response;
}

Response SessionHandlers::GetSettings(const Request& request, const Visitor& visitor) {
  const auto settings = state_.users().GetInterface(visitor.user->id);
  if (!settings.ok()) return ErrorResponse(settings.error(), request);
  return JsonResponse(settings.value());
}

Response SessionHandlers::PutSettings(const Request& request, const Visitor& visitor) {
  const auto body = ReadObject(request);
  if (!body.ok()) return ErrorResponse(body.error(), request);
  const Status saved = state_.users().SetInterface(visitor.user->id, body.value());
  if (!saved.ok()) return ErrorResponse(saved.error(), request);
  return JsonResponse(body.value());
}

}  // namespace svodka::server
