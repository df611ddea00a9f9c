#include "server/internal/connection.hpp"

#include <algorithm>
#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/log.hpp"
#include "server/compress.hpp"
#include "server/error_table.hpp"

namespace svodka::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr size_t kReadBytes = 16 << 10;
constexpr size_t kCompressFrom = 1400;  // below one packet there is nothing to win
constexpr int kGzipLevel = 4;
constexpr std::chrono::milliseconds kEventPause{500};  // a first load commits many times a second

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

Response RunHandler(const ServerCore& core, const Request& request) {
  Response response;
  try {
    response = core.handler(request);
  } catch (const std::exception& error) {
    log::Error("handler_failed",
               {{"request", request.id}, {"target", request.target}, {"error", error.what()}});
    response = ErrorResponse({"internal", error.what(), "", {}}, request);
  }
  const std::string& text = response.shared_body ? *response.shared_body : response.body;
  if (response.compress && !response.produce && !response.feed && text.size() >= kCompressFrom &&
      request.Accepts("gzip")) {
    response.body = Gzip(text, kGzipLevel);
    response.shared_body = nullptr;
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.headers.emplace_back("Vary", "Accept-Encoding");
  }
  return response;
}

awaitable<Response> OnWorker(std::shared_ptr<ServerCore> core, const Request& request) {
  --core->waiting;
  co_return RunHandler(*core, request);
}
awaitable<std::string> NextEvent(const EventFeed& feed) { co_return feed.next(); }

// GCC 12 destroys aggregates that are temporaries of a coroutine twice: they are made in plain functions.
Response Refusal(const std::string& code, const std::string& message, const Request& request) {
  return ErrorResponse({code, message, "", {}}, request);
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, std::unique_ptr<Transport> transport)
    : core_(std::move(core)), transport_(std::move(transport)), watchdog_(core_->io), wake_(core_->io) {
  core_->connections.insert(this);
}

Connection::~Connection() { core_->connections.erase(this); }

void Connection::Start() {
  const auto self = shared_from_this();
  asio::co_spawn(
      core_->io, [self] { return self->Run(); }, asio::detached);
  asio::co_spawn(
      core_->io, [self] { return self->Watchdog(); }, asio::detached);
}

void Connection::Shutdown() {
  stop_.request_stop();
  wake_.cancel();
  if (!answering_) transport_->Close();
}

void Connection::Gone() {
  stop_.request_stop();
  wake_.cancel();
}

void Connection::SetDeadline(std::chrono::milliseconds from_now) {
  deadline_ = Time::now() + from_now;
  if (deadline_ < watchdog_.expiry()) watchdog_.cancel();
}

awaitable<void> Connection::Watchdog() {
  // An idle limit far away: a deadline that is set later and nearer wakes this.
  while (!done_) {
    watchdog_.expires_at(std::min(deadline_, Time::now() + std::chrono::hours(1)));
    co_await watchdog_.async_wait(kNoThrow);
    if (!done_ && Time::now() >= deadline_) {
      stop_.request_stop();
      transport_->Close();
      co_return;
    }
  }
}

awaitable<void> Connection::Run() {
  SetDeadline(core_->settings.request_time_max);
  bool open = co_await transport_->Begin();
  while (open && !core_->stopping) {
    Incoming incoming;
    const Read read = co_await ReadRequest(incoming);
    if (read == Read::kEnd) break;
    answering_ = true;
    open = co_await Answer(incoming) && read == Read::kRequest;
    answering_ = false;
  }
  done_ = true;
  watchdog_.cancel();
  transport_->Close();
}

awaitable<Connection::Read> Connection::ReadRequest(Incoming& incoming) {
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  parser.header_limit(static_cast<uint32_t>(core_->settings.header_bytes_max));
  parser.body_limit(core_->settings.body_bytes_max);
  bool began = false, continued = false;
  SetDeadline(core_->settings.idle_time_max);
  const auto fail = [&](int status, std::string code, std::string message) {
    incoming.error_status = status;
    incoming.error_code = std::move(code);
    incoming.error_message = std::move(message);
    return Read::kBad;
  };
  for (;;) {
    while (buffer_.size() > 0 && !parser.is_done()) {
      if (!began) SetDeadline(core_->settings.request_time_max);
      began = true;
      boost::system::error_code error;
      const size_t used = parser.put(buffer_.data(), error);
      buffer_.consume(used);
      if (error == http::error::need_more) break;
      if (error == http::error::body_limit)
        co_return fail(413, "body_too_large", "the request body is too large");
      if (error == http::error::header_limit)
        co_return fail(431, "head_too_large", "the request head is too large");
      if (error) co_return fail(400, "bad_http", "not a valid HTTP request: " + error.message());
      if (used == 0) break;
    }
    if (parser.is_done()) break;
    if (parser.is_header_done() && !continued && Lower(parser.get()[http::field::expect]) == "100-continue") {
      continued = true;
      if (!co_await transport_->Write("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return Read::kEnd;
    }
    const size_t count = co_await transport_->Read(buffer_.prepare(kReadBytes));
    if (count == 0) co_return Read::kEnd;
    buffer_.commit(count);
  }
  auto message = parser.release();
  Request& request = incoming.request;
  incoming.keep_alive = message.keep_alive();
  incoming.chunked_allowed = message.version() >= 11;
  request.method = std::string(message.method_string());
  for (const auto& field : message) {
    request.headers.emplace_back(Lower(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message.body());
  if (!ParseTarget(message.target(), request))
    co_return fail(400, "bad_target", "the request address is malformed");
  co_return Read::kRequest;
}

awaitable<Response> Connection::Handle(const Request& request) {
  if (core_->waiting.load() >= core_->settings.waiting_max) {
    co_return Refusal("server_busy", "too many requests are waiting; try again in a moment", request);
  }
  ++core_->waiting;
  const auto self = shared_from_this();
  transport_->WatchEnd([self] { self->Gone(); });
  Response response = co_await asio::co_spawn(core_->pool, OnWorker(core_, request), asio::use_awaitable);
  transport_->CancelWatch();
  co_return response;
}

awaitable<bool> Connection::Answer(Incoming& incoming) {
  const auto begin = Time::now();
  ClearDeadline();
  stop_ = std::stop_source();
  Request& request = incoming.request;
  request.id = std::to_string(++core_->requests);
  request.peer = transport_->peer();
  request.local = transport_->local();
  request.secure = transport_->secure();
  request.stop = stop_.get_token();
  if (core_->stopping) stop_.request_stop();

  Response response;
  if (incoming.error_status != 0) {
    response = Refusal(incoming.error_code, incoming.error_message, request);
    incoming.keep_alive = false;
  } else {
    response = co_await Handle(request);
  }
  incoming.keep_alive = incoming.keep_alive && !core_->stopping;

  size_t bytes = 0;
  bool sent = false;
  if (response.feed) {
    sent = co_await SendEvents(incoming, response, bytes);
  } else if (response.produce) {
    sent = co_await SendProduced(incoming, response, bytes);
  } else {
    sent = co_await SendWhole(incoming, response, bytes);
  }
  ClearDeadline();
  NoteFinished(request, response, bytes, Time::now() - begin, sent);
  const bool keep = sent && incoming.keep_alive;
  co_return keep;
}

void Connection::NoteFinished(const Request& request, const Response& response, size_t bytes,
                              Time::duration took, bool sent) const {
  if (!core_->on_finished) return;
  core_->on_finished({.id = request.id,
                      .method = request.method,
                      .route = response.route,
                      .user = response.user,
                      .status = response.status,
                      .bytes = bytes,
                      .took = std::chrono::duration_cast<std::chrono::microseconds>(took),
                      .client_gone = !sent});
}

std::string Connection::Head(const Incoming& incoming, const Response& response,
                             std::string_view framing) const {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += ReasonPhrase(response.status);
  head += "\r\n";
  if (response.status != 204 && response.status != 304)
    head += "Content-Type: " + response.content_type + "\r\n";
  for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
  head += "X-Request-Id: " + incoming.request.id + "\r\n";
  head += framing;
  head += incoming.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

awaitable<bool> Connection::SendWhole(const Incoming& incoming, Response& response, size_t& bytes) {
  const std::string& body = response.shared_body ? *response.shared_body : response.body;
  const bool has_length = response.status != 204 && response.status != 304;
  const std::string head =
      Head(incoming, response,
           has_length ? "Content-Length: " + std::to_string(body.size()) + "\r\n" : std::string());
  const bool with_body = has_length && incoming.request.method != "HEAD";
  SetDeadline(core_->settings.write_time_max);
  bytes = head.size() + (with_body ? body.size() : 0);
  co_return co_await transport_->Write(head, with_body ? std::string_view(body) : std::string_view());
}

awaitable<bool> Connection::SendPiece(const Incoming& incoming, std::string_view piece, size_t& bytes) {
  if (piece.empty()) co_return true;
  SetDeadline(core_->settings.write_time_max);
  bytes += piece.size();
  bool sent = false;
  if (incoming.chunked_allowed) {
    char size[24];
    const int digits = std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    std::string tail(piece);
    tail += "\r\n";
    sent = co_await transport_->Write(std::string_view(size, static_cast<size_t>(digits)), tail);
  } else {
    sent = co_await transport_->Write(piece, {});
  }
  ClearDeadline();
  co_return sent;
}

std::function<void()> Connection::MakeWake() {
  // May be called by any thread, also after this connection has ended.
  return [weak = weak_from_this(), core = std::weak_ptr<ServerCore>(core_)] {
    const auto alive = core.lock();
    if (!alive) return;
    asio::post(alive->io, [weak] {
      if (const auto self = weak.lock()) {
        self->woken_ = true;
        self->wake_.cancel();
      }
    });
  };
}

awaitable<bool> Connection::SendProduced(const Incoming& incoming, Response& response, size_t& bytes) {
  const bool chunked = incoming.chunked_allowed;
  if (incoming.request.method == "HEAD") {
    co_return co_await transport_->Write(
        Head(incoming, response, chunked ? "Transfer-Encoding: chunked\r\n" : ""), {});
  }
  Channel::Encode encode;
  if (response.compress && chunked && incoming.request.Accepts("gzip")) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.headers.emplace_back("Vary", "Accept-Encoding");
    encode = [gzip = std::make_shared<GzipStream>(kGzipLevel)](std::string_view piece, bool last) {
      return last ? gzip->Finish() : gzip->Write(piece);
    };
  }
  struct Outcome {
    bool failed = false;
    std::unique_ptr<Response> instead;
  };
  const auto outcome = std::make_shared<Outcome>();  // written before the channel is closed, read after
  const auto channel = std::make_shared<Channel>(MakeWake(), stop_.get_token(), std::move(encode));
  const auto self = shared_from_this();
  transport_->WatchEnd([self] { self->Gone(); });
  asio::post(core_->pool,
             [channel, outcome, produce = std::move(response.produce), id = incoming.request.id] {
               try {
                 outcome->instead = produce(*channel);
               } catch (const std::exception& error) {
                 log::Error("stream_failed", {{"request", id}, {"error", error.what()}});
                 outcome->failed = true;
               }
               channel->Close();
             });
  bool open = true, began = false;
  for (;;) {
    bool closed = false;
    const std::string piece = channel->Take(closed);
    if (open && !piece.empty()) {
      if (!began) {
        // The head waits for the first piece: until then the answer may still become an error.
        began = true;
        const std::string head = Head(incoming, response, chunked ? "Transfer-Encoding: chunked\r\n" : "");
        bytes += head.size();
        SetDeadline(core_->settings.write_time_max);
        open = co_await transport_->Write(head, {});
      }
      if (open) open = co_await SendPiece(incoming, piece, bytes);
    }
    if (!open) stop_.request_stop();
    if (closed) break;
    if (!piece.empty()) continue;
    wake_.expires_at(Time::time_point::max());
    co_await wake_.async_wait(kNoThrow);
  }
  transport_->CancelWatch();
  if (!began) {
    Response instead;
    if (outcome->instead) {
      instead = std::move(*outcome->instead);
    } else {
      instead = Refusal("internal", "the stream ended empty", incoming.request);
    }
    instead.route = response.route;
    instead.user = response.user;
    response = std::move(instead);
    co_return co_await SendWhole(incoming, response, bytes);
  }
  // A body that broke off must not look complete: the closing chunk is left out and the connection closed.
  bool keep = chunked && open && !outcome->failed && !stop_.stop_requested();
  if (keep) keep = co_await transport_->Write("0\r\n\r\n", {});
  co_return keep;
}

awaitable<bool> Connection::SendEvents(const Incoming& incoming, Response& response, size_t& bytes) {
  const std::string head =
      Head(incoming, response, incoming.chunked_allowed ? "Transfer-Encoding: chunked\r\n" : "");
  bool open = co_await transport_->Write(head, {});
  bytes = head.size();
  if (!open || incoming.request.method == "HEAD") co_return false;
  const auto self = shared_from_this();
  transport_->WatchEnd([self] { self->Gone(); });
  const EventFeed feed = std::move(*response.feed);
  const auto subscription = feed.subscribe(MakeWake());
  const auto token = stop_.get_token();
  while (open && !token.stop_requested() && !core_->stopping) {
    woken_ = false;
    const std::string event = co_await asio::co_spawn(core_->pool, NextEvent(feed), asio::use_awaitable);
    open = co_await SendPiece(incoming, event, bytes);
    if (!open || token.stop_requested()) break;
    wake_.expires_after(kEventPause);
    while (!token.stop_requested() && Time::now() < wake_.expiry()) co_await wake_.async_wait(kNoThrow);
    if (!woken_ && !token.stop_requested()) {
      wake_.expires_after(feed.interval);
      co_await wake_.async_wait(kNoThrow);
    }
  }
  if (open && incoming.chunked_allowed) co_await transport_->Write("0\r\n\r\n", {});
  co_return false;
}

}  // namespace svodka::server
