#pragma once

#include <atomic>
#include <memory>
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "server/http_server.hpp"
#include "server/internal/transport.hpp"

namespace svodka::server {

class Connection;

/// What all connections of a server share. `connections` and `stopping` belong to the I/O thread.
struct ServerCore {
  HttpServer::Settings settings;
  HttpServer::Handler handler;
  HttpServer::OnFinished on_finished;
  std::atomic<size_t> waiting{0};
  std::atomic<uint64_t> requests{0};
  std::set<Connection*> connections;
  bool stopping = false;
  boost::asio::io_context io{1};
  boost::asio::thread_pool pool;

  ServerCore(HttpServer::Settings with, HttpServer::Handler handle, HttpServer::OnFinished finished,
             int workers)
      : settings(with),
        handler(std::move(handle)),
        on_finished(std::move(finished)),
        pool(static_cast<size_t>(workers)) {}
};

/// One client's connection: reads a request, has it handled on the pool, writes the answer, and again. Lives
/// on the I/O thread as long as its coroutine.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ServerCore> core, std::unique_ptr<Transport> transport);
  ~Connection();
  void Start();
  /// Ends streams and asks running work to stop; closes at once when nothing is being answered.
  void Shutdown();

 private:
  using Time = std::chrono::steady_clock;
  enum class Read { kRequest, kEnd, kBad };
  struct Incoming {
    Request request;
    bool keep_alive = false;
    bool chunked_allowed = true;
    int error_status = 0;
    std::string error_code, error_message;
  };

  boost::asio::awaitable<void> Run();
  boost::asio::awaitable<void> Watchdog();
  boost::asio::awaitable<Read> ReadRequest(Incoming& incoming);
  boost::asio::awaitable<bool> Answer(Incoming& incoming);
  boost::asio::awaitable<Response> Handle(const Request& request);
  boost::asio::awaitable<bool> SendWhole(const Incoming& incoming, Response& response, size_t& bytes);
  boost::asio::awaitable<bool> SendProduced(const Incoming& incoming, Response& response, size_t& bytes);
  boost::asio::awaitable<bool> SendEvents(const Incoming& incoming, Response& response, size_t& bytes);
  boost::asio::awaitable<bool> SendPiece(const Incoming& incoming, std::string_view piece, size_t& bytes);
  std::string Head(const Incoming& incoming, const Response& response, std::string_view framing) const;
  void NoteFinished(const Request& request, const Response& response, size_t bytes, Time::duration took,
                    bool sent) const;
  void SetDeadline(std::chrono::milliseconds from_now);
  void ClearDeadline() { deadline_ = Time::time_point::max(); }
  std::function<void()> MakeWake();
  void Gone();

  std::shared_ptr<ServerCore> core_;
  std::unique_ptr<Transport> transport_;
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer watchdog_;
  boost::asio::steady_timer wake_;
  Time::time_point deadline_ = Time::time_point::max();
  std::stop_source stop_;
  bool answering_ = false;
  bool woken_ = false;
  bool done_ = false;
};

}  // namespace svodka::server
