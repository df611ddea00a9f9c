#include "server/http_server.hpp"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.hpp"
#include "server/internal/connection.hpp"

namespace svodka::server {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

struct Address {
  asio::ip::address host;
  uint16_t port = 0;
};

Result<Address> ParseAddress(const std::string& text) {
  const Diagnostic bad{
      "bad_listen",
      "--listen wants ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080; got '" + text + "'",
      "listen",
      {}};
  std::string host = "127.0.0.1", port = text;
  if (const size_t colon = text.rfind(':'); colon != std::string::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host == "localhost" || host.empty()) host = "127.0.0.1";
  }
  Address address;
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (code != std::errc{} || end != port.data() + port.size() || port.empty()) return bad;
  boost::system::error_code error;
  address.host = asio::ip::make_address(host, error);
  if (error) return bad;
  return address;
}

template <class Acceptor, class Make>
awaitable<void> AcceptLoop(std::shared_ptr<ServerCore> core, std::shared_ptr<Acceptor> acceptor, Make make) {
  while (acceptor->is_open()) {
    auto [error, socket] = co_await acceptor->async_accept(kNoThrow);
    if (core->stopping || error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of descriptors: give the ones in use time to end.
      log::Warning("accept_failed", {{"error", error.message()}});
      asio::steady_timer pause(core->io, std::chrono::milliseconds(100));
      co_await pause.async_wait(kNoThrow);
      continue;
    }
    if (core->connections.size() >= core->settings.connections_max) continue;
    std::make_shared<Connection>(core, make(std::move(socket)))->Start();
  }
}

}  // namespace

Result<bool> IsLoopback(const std::string& address) {
  const auto parsed = ParseAddress(address);
  if (!parsed.ok()) return parsed.errors();
  return parsed->host.is_loopback();
}

struct HttpServer::Impl {
  std::shared_ptr<ServerCore> core;
  std::vector<std::shared_ptr<tcp::acceptor>> acceptors;
  std::shared_ptr<Local::acceptor> local;
  std::string local_path;
  std::shared_ptr<asio::ssl::context> tls;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
  std::thread thread;
  bool stopped = false;
};

HttpServer::HttpServer(Settings settings, Handler handler, OnFinished on_finished)
    : impl_(std::make_unique<Impl>()) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const int workers = settings.workers > 0 ? settings.workers : std::max(2, cores);
  impl_->core = std::make_shared<ServerCore>(settings, std::move(handler), std::move(on_finished), workers);
}

HttpServer::~HttpServer() { Stop(); }

Result<uint16_t> HttpServer::Listen(const std::string& address, const std::string& certificate,
                                    const std::string& key) {
  const auto parsed = ParseAddress(address);
  if (!parsed.ok()) return parsed.errors();
  if (certificate.empty() != key.empty()) {
    return Diagnostic{
        "bad_certificate", "--cert and --key go together: name both files or neither", "cert", {}};
  }
  boost::system::error_code error;
  std::shared_ptr<asio::ssl::context> tls;
  if (!certificate.empty()) {
    tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                     asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                     asio::ssl::context::no_tlsv1_1);
    tls->use_certificate_chain_file(certificate, error);
    if (error)
      return Diagnostic{
          "bad_certificate", "the certificate cannot be used: " + error.message(), certificate, {}};
    tls->use_private_key_file(key, asio::ssl::context::pem, error);
    if (error) return Diagnostic{"bad_certificate", "the key cannot be used: " + error.message(), key, {}};
  }
  const auto acceptor = std::make_shared<tcp::acceptor>(impl_->core->io);
  const tcp::endpoint endpoint(parsed->host, parsed->port);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Diagnostic{
        "listen_failed",
        "cannot listen on " + address + ": " + error.message() + "; choose another address with --listen",
        "listen",
        {}};
  }
  const uint16_t port = acceptor->local_endpoint().port();
  impl_->acceptors.push_back(acceptor);
  asio::co_spawn(impl_->core->io,
                 AcceptLoop(impl_->core, acceptor,
                            [tls](tcp::socket socket) {
                              return tls ? MakeTlsTransport(std::move(socket), *tls)
                                         : MakeTransport(std::move(socket));
                            }),
                 asio::detached);
  return port;
}

Status HttpServer::ListenLocal(const std::string& path) {
  const auto failed = [&](const std::string& why) {
    return Diagnostic{"listen_failed", "cannot make the local socket: " + why, path, {}};
  };
  if (path.size() >= sizeof(sockaddr_un{}.sun_path)) {
    return failed("the path is longer than the system allows (107 bytes); use a shorter data folder");
  }
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  const auto acceptor = std::make_shared<Local::acceptor>(impl_->core->io);
  boost::system::error_code error;
  acceptor->open(Local(), error);
  // Nobody else may connect, not even between bind and chmod.
  const mode_t before = umask(0177);
  if (!error) acceptor->bind(Local::endpoint(path), error);
  umask(before);
  if (!error && chmod(path.c_str(), 0600) != 0) error = {errno, boost::system::system_category()};
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return failed(error.message());
  impl_->local = acceptor;
  impl_->local_path = path;
  asio::co_spawn(impl_->core->io,
                 AcceptLoop(impl_->core, acceptor,
                            [](Local::socket socket) { return MakeTransport(std::move(socket)); }),
                 asio::detached);
  return Done{};
}

void HttpServer::Start() {
  impl_->guard.emplace(impl_->core->io.get_executor());
  impl_->thread = std::thread([core = impl_->core] { core->io.run(); });
}

void HttpServer::Stop(std::chrono::milliseconds patience) {
  if (impl_->stopped) return;
  impl_->stopped = true;
  ServerCore& core = *impl_->core;
  if (!impl_->local_path.empty()) {
    std::error_code ignored;
    std::filesystem::remove(impl_->local_path, ignored);
  }
  asio::post(core.io, [this, &core, patience] {
    core.stopping = true;
    boost::system::error_code ignored;
    for (const auto& acceptor : impl_->acceptors) acceptor->close(ignored);
    if (impl_->local) impl_->local->close(ignored);
    const std::vector<Connection*> connections(core.connections.begin(), core.connections.end());
    for (Connection* connection : connections) connection->Shutdown();
    impl_->guard.reset();
    // What does not end by itself is cut off.
    asio::co_spawn(
        core.io,
        [](ServerCore& served, std::chrono::milliseconds limit) -> awaitable<void> {
          const auto end = std::chrono::steady_clock::now() + limit;
          asio::steady_timer timer(served.io);
          while (!served.connections.empty() && std::chrono::steady_clock::now() < end) {
            timer.expires_after(std::chrono::milliseconds(10));
            co_await timer.async_wait(kNoThrow);
          }
          served.io.stop();
        }(core, patience),
        asio::detached);
  });
  if (impl_->thread.joinable()) impl_->thread.join();
  core.pool.join();
  // What was under way when the loop stopped ends now: each coroutine keeps the core, and the core the queue
  // that it waits in.
  core.io.restart();
  core.io.poll();
}

}  // namespace svodka::server
