#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/channel.hpp"

namespace svodka::server {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One HTTP request, read whole. Segments and query values are percent-decoded; header names are lower-case.
struct Request {
  std::string method;
  std::string target;                 ///< as sent
  std::vector<std::string> segments;  ///< `/api/v1/portals` -> api, v1, portals
  std::map<std::string, std::string> query;
  Headers headers;
  std::string body;
  std::string peer;  ///< address of the other side; empty over the local socket
  bool local =
      false;  ///< came over the data folder's own socket: the operating system vouches for the caller
  bool secure = false;   ///< over TLS
  std::string id;        ///< in the answer and in the log
  std::stop_token stop;  ///< requested when the client goes away or the server ends

  /// Lower-case name. Null when absent.
  const std::string* FindHeader(std::string_view name) const;
  std::optional<std::string> FindCookie(std::string_view name) const;
  /// Whether Accept-Encoding allows `coding`.
  bool Accepts(std::string_view coding) const;
};

/// Splits and decodes the request target. False when it is malformed (bad percent code, no leading slash,
/// NUL, not UTF-8).
bool ParseTarget(std::string_view target, Request& request);

/// Server-sent events of one page: `subscribe` is called once, `wake` may then be called from any thread;
/// `next` gives the text of an event on a worker thread: at once, after each wake and every `interval`.
struct EventFeed {
  std::function<std::shared_ptr<void>(std::function<void()> wake)> subscribe;
  std::function<std::string()> next;
  std::chrono::milliseconds interval{15'000};
};

struct Response {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  Headers headers;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  ///< sent instead of `body` when set (cached files)
  /// Sends a body piece by piece, chunked: runs on a worker thread, returns when done or when a push is
  /// refused. May answer another response to send instead, as long as it pushed nothing.
  std::function<std::unique_ptr<Response>(Channel&)> produce;
  std::optional<EventFeed> feed;
  bool compress = true;  ///< may be gzipped when the client accepts it
  std::string route;     ///< pattern of the route, for the log and the metrics
  std::string user;      ///< id of the signed-in user, for the log
};

/// What the log and the metrics get when a request is over.
struct FinishedRequest {
  std::string id, method, route, user;
  int status = 0;
  size_t bytes = 0;
  std::chrono::microseconds took{0};
  bool client_gone = false;
};

std::string_view ReasonPhrase(int status);

}  // namespace svodka::server
