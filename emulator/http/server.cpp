#include "emulator/http/server.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

namespace svodka::emulator::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace proto = boost::beast::http;
using Tcp = asio::ip::tcp;

struct Server::Impl {
  Impl(Service& served, const ServerSettings& wanted)
      : service(served), settings(wanted), acceptor(context) {}

  Service& service;
  ServerSettings settings;
  asio::io_context context;
  Tcp::acceptor acceptor;
  std::optional<asio::ssl::context> tls;
  std::thread accepting;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::condition_variable stopped;
  std::list<Tcp::socket*> open;
  size_t active = 0;  ///< connections being served

  /// False: the server is going down.
  bool Wait(int milliseconds) {
    std::unique_lock lock(mutex);
    return !stopped.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] { return stopping.load(); });
  }

  template <class Stream>
  void Converse(Stream& stream, const std::string& from, bool secure) {
    beast::flat_buffer buffer;
    while (!stopping) {
      proto::request_parser<proto::string_body> parser;
      parser.body_limit(64 * 1024 * 1024);
      beast::error_code error;
      proto::read(stream, buffer, parser, error);
      if (error) return;
      auto request = parser.release();
      Request asked;
      asked.verb = std::string(request.method_string());
      asked.target = std::string(request.target());
      asked.content_type = std::string(request[proto::field::content_type]);
      asked.body = std::move(request.body());
      asked.host = std::string(request[proto::field::host]);
      asked.authorization = std::string(request[proto::field::authorization]);
      asked.context_user = std::string(request["X-Context-User-ID"]);
      asked.refresh_token = std::string(request["X-Refresh-Token"]);
      asked.from = from;
      asked.secure = secure;
      const Response answer = service.Handle(asked);
      if (answer.stall_ms > 0 && !Wait(answer.stall_ms)) return;
      proto::response<proto::string_body> response{static_cast<proto::status>(answer.status),
                                                   request.version()};
      response.set(proto::field::server, "nginx");
      if (answer.status != 204) response.set(proto::field::content_type, answer.content_type);
      if (!answer.location.empty()) response.set(proto::field::location, answer.location);
      for (const auto& [name, value] : answer.headers) response.set(name, value);
      response.keep_alive(request.keep_alive());
      response.body() = answer.body;
      response.prepare_payload();
      if (answer.drop_half) {
        response.body().resize(answer.body.size() / 2);  // the header promises the whole
        proto::response_serializer<proto::string_body> serializer{response};
        proto::write(stream, serializer, error);
        return;
      }
      proto::write(stream, response, error);
      if (error || !request.keep_alive()) return;
    }
  }

  void Serve(Tcp::socket socket) {
    beast::error_code error;
    socket.set_option(Tcp::no_delay(true), error);
    const auto endpoint = socket.remote_endpoint(error);
    const std::string from = error ? std::string("unknown") : endpoint.address().to_string();
    std::list<Tcp::socket*>::iterator place;
    const auto enter = [&](Tcp::socket& lowest) {
      const std::lock_guard lock(mutex);
      place = open.insert(open.end(), &lowest);
      return !stopping;
    };
    const auto leave = [&] {
      const std::lock_guard lock(mutex);
      open.erase(place);
    };
    try {
      if (tls) {
        asio::ssl::stream<Tcp::socket> stream(std::move(socket), *tls);
        if (enter(stream.next_layer())) {
          stream.handshake(asio::ssl::stream_base::server, error);
          if (!error) Converse(stream, from, true);
        }
        leave();
        stream.next_layer().shutdown(Tcp::socket::shutdown_both, error);
      } else {
        if (enter(socket)) Converse(socket, from, false);
        leave();
        socket.shutdown(Tcp::socket::shutdown_both, error);
      }
    } catch (const std::exception& trouble) {
      std::fprintf(stderr, "connection: %s\n", trouble.what());
    }
  }

  void Accept() {
    while (!stopping) {
      beast::error_code error;
      Tcp::socket socket(context);
      acceptor.accept(socket, error);
      if (stopping) return;
      if (error) continue;
      {
        const std::lock_guard lock(mutex);
        ++active;
      }
      std::thread([this, taken = std::move(socket)]() mutable {
        Serve(std::move(taken));
        const std::lock_guard lock(mutex);
        --active;
        stopped.notify_all();
      }).detach();
    }
  }
};

Server::Server(Service& served, const ServerSettings& settings)
    : impl_(std::make_unique<Impl>(served, settings)) {
  if (!settings.certificate.empty()) {
    impl_->tls.emplace(asio::ssl::context::tls_server);
    impl_->tls->use_certificate_chain_file(settings.certificate);
    impl_->tls->use_private_key_file(settings.key, asio::ssl::context::pem);
  }
  const Tcp::endpoint endpoint(asio::ip::make_address(settings.address), settings.port);
  impl_->acceptor.open(endpoint.protocol());
  impl_->acceptor.set_option(Tcp::acceptor::reuse_address(true));
  impl_->acceptor.bind(endpoint);
  impl_->acceptor.listen();
  impl_->accepting = std::thread([impl = impl_.get()] { impl->Accept(); });
}

Server::~Server() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    for (Tcp::socket* socket : impl_->open) {
      beast::error_code error;
      socket->shutdown(Tcp::socket::shutdown_both, error);
    }
  }
  impl_->stopped.notify_all();
  beast::error_code error;
  const auto endpoint = impl_->acceptor.local_endpoint(error);
  asio::io_context context;
  Tcp::socket waker(context);  // wakes the blocking accept
  waker.connect(endpoint, error);
  impl_->accepting.join();
  std::unique_lock lock(impl_->mutex);
  impl_->stopped.wait(lock, [&] { return impl_->active == 0; });
}

uint16_t Server::port() const { return impl_->acceptor.local_endpoint().port(); }

}  // namespace svodka::emulator::http
