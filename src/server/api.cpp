#include "server/api.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "server/error_table.hpp"
#include "server/internal/action_handlers.hpp"
#include "server/internal/portal_handlers.hpp"
#include "server/internal/session_handlers.hpp"
#include "server/internal/setup_handlers.hpp"
#include "server/internal/view_handlers.hpp"
#include "server/server_metrics.hpp"
#include "server/static_files.hpp"

namespace svodka::server {
namespace {

/// Bodies with many cards and their fields stay far below.
constexpr size_t kHookBytesMax = 1 << 20;
/// Of what the caller sent, in a message.
constexpr size_t kShownBytesMax = 200;

enum class Access { kPublic, kUser, kAdministrator, kLocal };

struct Route {
  std::string_view method;
  std::string_view pattern;  ///< below /api/v1; `{}` stands for any segment
  Access access;
  std::function<Response(const Request&, const Visitor&, const std::vector<std::string>&)> handler;
  std::vector<std::string> segments;
  std::vector<std::string> parameters;  ///< of the query; `language` may stand in all
};

Response TextResponse(std::string text, std::string type = "text/plain; charset=utf-8") {
  Response response;
  response.content_type = std::move(type);
  response.body = std::move(text);
  return response;
}

/// 'unsafe-inline' for styles only: the chart and table libraries set style attributes.
constexpr std::string_view kPolicy =
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src "
    "'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

void AddSecurityHeaders(const Request& request, Response& response) {
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  response.headers.emplace_back("Content-Security-Policy", kPolicy);
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  if (request.secure) response.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
}

/// The route as an address, the segments that it leaves open taken from the request; nothing where the
/// request has no such segments.
std::string AddressLike(const Route& route, const std::vector<std::string>& asked) {
  std::string address = "/api/v1";
  for (size_t i = 0; i < route.segments.size(); ++i) {
    if (route.segments[i] != "{}") {
      address += "/" + route.segments[i];
    } else if (i < asked.size()) {
      address += "/" + asked[i];
    } else {
      return {};
    }
  }
  return address;
}

bool Matches(const Route& route, const Request& request, std::vector<std::string>& arguments) {
  arguments.clear();
  if (request.segments.size() != route.segments.size() + 2) return false;
  for (size_t i = 0; i < route.segments.size(); ++i) {
    if (route.segments[i] == "{}") {
      arguments.push_back(request.segments[i + 2]);
    } else if (route.segments[i] != request.segments[i + 2]) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct Api::Impl {
  PortalDirectory& portals;
  const Clock& clock;
  Settings settings;
  SessionHandlers sessions;
  PortalHandlers handlers;
  ViewHandlers views;
  std::optional<SetupHandlers> setup;
  std::optional<ActionHandlers> actions;
  StaticFiles files;
  ServerMetrics metrics;
  std::vector<Route> routes;

  Impl(PortalDirectory& directory, state::State& state, const Clock& time, Settings with)
      : portals(directory),
        clock(time),
        settings(std::move(with)),
        sessions(state, time),
        handlers(directory, time),
        views(state),
        files(settings.web_folder) {
    using Arguments = std::vector<std::string>;
    const auto add = [&](std::string_view method, std::string_view pattern, Access access, auto handler,
                         std::vector<std::string> parameters = {}) {
      parameters.emplace_back("language");
      routes.push_back({method, pattern, access, handler, Split(pattern, '/'), std::move(parameters)});
    };
    add("GET", "session", Access::kPublic,
        [this](const Request& q, const Visitor& v, const Arguments&) { return sessions.Get(q, v); });
    add("POST", "login", Access::kPublic,
        [this](const Request& q, const Visitor&, const Arguments&) { return sessions.Login(q); });
    add("POST", "account", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments&) { return sessions.SetAccount(q, v); });
    add("POST", "logout", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments&) { return sessions.Logout(q, v); });
    add("GET", "settings", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments&) { return sessions.GetSettings(q, v); });
    add("PUT", "settings", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments&) { return sessions.PutSettings(q, v); });
    add("GET", "portals", Access::kUser,
        [this](const Request& q, const Visitor&, const Arguments&) { return handlers.List(q); });
    add("GET", "reports", Access::kUser,
        [this](const Request& q, const Visitor&, const Arguments&) { return handlers.Reports(q); });
    add("GET", "portals/{}/model", Access::kUser,
        [this](const Request& q, const Visitor&, const Arguments& a) { return handlers.Model(q, a[0]); });
    add("POST", "portals/{}/query", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments& a) {
          return handlers.Query(q, v, a[0]);
        });
    add("POST", "portals/{}/records", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments& a) {
          return handlers.Records(q, v, a[0]);
        });
    add("GET", "portals/{}/members/{}", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments& a) {
          return handlers.Members(q, v, a[0], a[1]);
        },
        {"search", "limit"});
    add("POST", "portals/{}/reports/{}", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments& a) {
          return handlers.Report(q, v, a[0], a[1]);
        });
    add("GET", "portals/{}/reports/{}/views", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments& a) {
          return views.List(q, v, a[0], a[1]);
        });
    add("POST", "portals/{}/reports/{}/views", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments& a) {
          return views.Add(q, v, a[0], a[1]);
        });
    add("PATCH", "portals/{}/reports/{}/views/{}", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments& a) {
          return views.Change(q, v, a[0], a[1], a[2]);
        });
    add("DELETE", "portals/{}/reports/{}/views/{}", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments& a) {
          return views.Remove(q, v, a[0], a[1], a[2]);
        });
    add("GET", "portals/{}/events", Access::kUser,
        [this](const Request& q, const Visitor&, const Arguments& a) { return handlers.Events(q, a[0]); });
    add("POST", "portals/{}/refresh", Access::kUser,
        [this](const Request& q, const Visitor&, const Arguments& a) { return handlers.Refresh(q, a[0]); });
    add("GET", "portals/{}/check", Access::kUser,
        [this](const Request& q, const Visitor&, const Arguments& a) { return handlers.Check(q, a[0]); });
    add("POST", "portals/{}/check", Access::kUser,
        [this](const Request& q, const Visitor& v, const Arguments& a) {
          return handlers.StartCheck(q, v, a[0]);
        });
    add("GET", "portals/{}/photos/{}", Access::kUser,
        [this](const Request& q, const Visitor&, const Arguments& a) {
          return handlers.Photo(q, a[0], a[1]);
        });
    if (settings.setup != nullptr) {
      setup.emplace(*settings.setup);
      for (auto& entry : setup->Entries())
        add(entry.method, entry.pattern, Access::kAdministrator, std::move(entry.handler),
            std::move(entry.parameters));
    }
    if (settings.actions != nullptr) {
      actions.emplace(*settings.actions);
      // Whoever may write: administrators, until roles say more.
      for (auto& entry : actions->Entries())
        add(entry.method, entry.pattern, Access::kAdministrator, std::move(entry.handler));
    }
    add("POST", "local/command", Access::kLocal,
        [this](const Request& q, const Visitor&, const Arguments&) { return RunLocal(q); });
  }

  Response RunLocal(const Request& request) {
    auto command = ParseJson(request.body);
    if (!command.ok()) return ErrorResponse(command.error(), request);
    Response response;
    response.content_type = "application/x-ndjson";
    response.compress = false;
    response.produce = [this, command = std::move(command).value(), stop = request.stop](Channel& channel) {
      settings.local_command(
          command, [&](const json::object& line) { return channel.Push(JsonText(line) + "\n"); }, stop);
      channel.Push("{\"end\":true}\n");
      return nullptr;
    };
    return response;
  }

  /// What a CRM posts: no session, no CSRF value; the address itself and the CRM's token prove it. The answer
  /// says nothing.
  Response TakeHook(const Request& request) {
    if (request.method != "POST")
      return ErrorResponse({"method_not_allowed", "a CRM posts its events here", "", {}}, request);
    if (request.segments.size() != 3)
      return ErrorResponse({"unknown_address", "there is no such address", "", {}}, request);
    if (request.body.size() > kHookBytesMax) {
      return ErrorResponse(
          {"body_too_large", "an event is at most " + std::to_string(kHookBytesMax) + " bytes", "", {}},
          request);
    }
    const auto outcome = portals.TakeHook(request.segments[1], request.segments[2], request.body);
    if (!outcome.ok()) return ErrorResponse(outcome.error(), request);
    metrics.NoteHook(request.segments[1], *outcome);
    return TextResponse("");
  }

  Response Dispatch(const Request& request) {
    const bool reading = request.method == "GET" || request.method == "HEAD";
    const auto& segments = request.segments;
    if (!segments.empty() && segments[0] == "hooks") return Named("/hooks", TakeHook(request));
    if (segments.empty() || segments[0] != "api") {
      if (!reading)
        return ErrorResponse({"method_not_allowed", "files are only read: use GET", "", {}}, request);
      if (segments.size() == 1 && segments[0] == "healthz") return Named("/healthz", TextResponse("ok\n"));
      if (segments.size() == 1 && segments[0] == "metrics") {
        return Named("/metrics",
                     TextResponse(metrics.Render(portals.List(), clock.Now()), "text/plain; version=0.0.4"));
      }
      return Named("/files", files.Get(request));
    }
    return DispatchApi(request);
  }

  static Response Named(std::string route, Response response) {
    response.route = std::move(route);
    return response;
  }

  /// Of what one may ask for from outside.
  std::vector<std::string> NearestAddresses(const Request& request, const std::string& address) const {
    std::vector<std::string> asked = request.segments;
    const size_t head = asked.size() > 1 && asked[1] == "v1" ? 2 : 1;
    asked.erase(asked.begin(), asked.begin() + static_cast<long>(head));
    std::set<std::string> addresses;
    for (const Route& route : routes) {
      if (route.access != Access::kLocal) addresses.insert(AddressLike(route, asked));
    }
    addresses.erase("");
    return NearestNames(address, std::vector<std::string>(addresses.begin(), addresses.end()));
  }

  /// A parameter that a route does not know would be ignored in silence.
  static std::optional<Diagnostic> CheckParameters(const Route& route, const Request& request) {
    for (const auto& [name, value] : request.query) {
      if (std::find(route.parameters.begin(), route.parameters.end(), name) != route.parameters.end())
        continue;
      std::string known;
      for (const std::string& parameter : route.parameters)
        known += (known.empty() ? "'" : ", '") + parameter + "'";
      const std::string shown = name.substr(0, kShownBytesMax);
      return Diagnostic{"unknown_key", "this address has no parameter '" + shown + "'; it takes " + known,
                        "?" + shown, NearestNames(shown, route.parameters)};
    }
    return {};
  }

  Response DispatchApi(const Request& request) {
    const std::string address = request.target.substr(0, std::min(request.target.find('?'), kShownBytesMax));
    std::vector<std::string> arguments;
    const Route* other_method = nullptr;
    for (const Route& route : routes) {
      if (request.segments.size() < 2 || request.segments[1] != "v1" || !Matches(route, request, arguments))
        continue;
      if (route.access == Access::kLocal && (!request.local || !settings.local_command)) continue;
      if (route.method != request.method && !(route.method == "GET" && request.method == "HEAD")) {
        other_method = &route;
        continue;
      }
      Response response = Call(route, request, arguments);
      response.headers.emplace_back("Cache-Control", "no-store");
      response.route = "/api/v1/" + std::string(route.pattern);
      return response;
    }
    if (other_method != nullptr) {
      return ErrorResponse(
          {"method_not_allowed", "this address takes " + std::string(other_method->method), "", {}}, request);
    }
    return ErrorResponse({"unknown_address", "there is no such address in the API; docs/api.md lists them",
                          address, NearestAddresses(request, address)},
                         request);
  }

  Response Call(const Route& route, const Request& request, const std::vector<std::string>& arguments) {
    auto visitor = sessions.Recognise(request);
    if (!visitor.ok()) return ErrorResponse(visitor.error(), request);
    const bool signed_in = route.access == Access::kUser || route.access == Access::kAdministrator;
    if (signed_in && !visitor->user) {
      return ErrorResponse({"sign_in_needed", "sign in first", "", {}}, request);
    }
    if (route.access == Access::kAdministrator && visitor->user->role != "administrator") {
      return ErrorResponse({"forbidden", "only an administrator may do this", "", {}}, request);
    }
    if (signed_in && request.method != "GET" && request.method != "HEAD" &&
        !sessions.HasCsrf(request, *visitor)) {
      return ErrorResponse(
          {"csrf",
           "the header X-CSRF-Token must repeat the value that GET session gave; reload the page",
           "",
           {}},
          request);
    }
    if (const auto problem = CheckParameters(route, request)) return ErrorResponse(*problem, request);
    Response response = route.handler(request, *visitor, arguments);
    if (visitor->user) response.user = visitor->user->id;
    return response;
  }
};

Api::Api(PortalDirectory& portals, state::State& state, const Clock& clock, Settings settings)
    : impl_(std::make_unique<Impl>(portals, state, clock, std::move(settings))) {}
Api::~Api() = default;

Response Api::Handle(const Request& request) {
  Response response = impl_->Dispatch(request);
  AddSecurityHeaders(request, response);
  return response;
}

void Api::Note(const FinishedRequest& finished) {
  impl_->metrics.Note(finished);
  const auto level =
      finished.route == "/files" || finished.route == "/healthz" ? log::Level::kDebug : log::Level::kInfo;
  char took[32];
  std::snprintf(took, sizeof took, "%.1f", static_cast<double>(finished.took.count()) / 1000);
  log::Write(level, "request",
             {{"id", finished.id},
              {"method", finished.method},
              {"route", finished.route},
              {"user", finished.user},
              {"status", std::to_string(finished.status)},
              {"bytes", std::to_string(finished.bytes)},
              {"ms", took},
              {"gone", finished.client_gone ? "1" : "0"}});
}

std::string_view Version() { return SVODKA_VERSION; }

}  // namespace svodka::server
