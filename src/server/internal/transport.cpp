#include "server/internal/transport.hpp"

#include <array>
#include <cerrno>
#include <type_traits>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

namespace svodka::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

/// Socket: tcp::socket or Local::socket. Stream: the socket itself or TLS over it.
template <class Socket, class Stream>
class SocketTransport final : public Transport {
 public:
  template <class... Arguments>
  explicit SocketTransport(Arguments&&... arguments) : stream_(std::forward<Arguments>(arguments)...) {
    if constexpr (std::is_same_v<Socket, tcp::socket>) {
      boost::system::error_code ignored;
      const auto end = socket().remote_endpoint(ignored);
      if (!ignored) peer_ = end.address().to_string();
      socket().set_option(tcp::no_delay(true), ignored);
    }
  }

  asio::awaitable<bool> Begin() override {
    if constexpr (kTls) {
      const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kNoThrow);
      co_return !error;
    }
    co_return true;
  }

  asio::awaitable<size_t> Read(asio::mutable_buffer buffer) override {
    const auto [error, count] = co_await stream_.async_read_some(buffer, kNoThrow);
    co_return error ? 0 : count;
  }

  asio::awaitable<bool> Write(std::string_view head, std::string_view body) override {
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    const auto [error, count] = co_await asio::async_write(stream_, buffers, kNoThrow);
    co_return !error;
  }

  void WatchEnd(std::function<void()> gone) override {
    socket().async_wait(
        Socket::wait_read,
        asio::bind_cancellation_slot(
            watch_.slot(), [this, gone = std::move(gone)](const boost::system::error_code& error) {
              if (error == asio::error::operation_aborted) return;
              char byte = 0;
              const auto count = recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
              const bool open = count > 0 || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
              if (!open) gone();
            }));
  }
  void CancelWatch() override { watch_.emit(asio::cancellation_type::all); }

  void Close() override {
    boost::system::error_code ignored;
    socket().shutdown(Socket::shutdown_both, ignored);
    socket().close(ignored);
  }
  std::string peer() const override { return peer_; }
  bool local() const override { return std::is_same_v<Socket, Local::socket>; }
  bool secure() const override { return kTls; }

 private:
  static constexpr bool kTls = !std::is_same_v<Socket, Stream>;
  Socket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  Stream stream_;
  std::string peer_;
  asio::cancellation_signal watch_;
};

}  // namespace

std::unique_ptr<Transport> MakeTransport(tcp::socket socket) {
  return std::make_unique<SocketTransport<tcp::socket, tcp::socket>>(std::move(socket));
}
std::unique_ptr<Transport> MakeTransport(Local::socket socket) {
  return std::make_unique<SocketTransport<Local::socket, Local::socket>>(std::move(socket));
}
std::unique_ptr<Transport> MakeTlsTransport(tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<SocketTransport<tcp::socket, asio::ssl::stream<tcp::socket>>>(std::move(socket),
                                                                                        context);
}

}  // namespace svodka::server
