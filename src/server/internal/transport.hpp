#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>

namespace svodka::server {

/// One connection's bytes. All calls on the I/O thread.
class Transport {
 public:
  virtual ~Transport() = default;
  /// TLS handshake; true when there is none to do or it succeeded.
  virtual boost::asio::awaitable<bool> Begin() = 0;
  /// Bytes read; 0 at the end or on an error.
  virtual boost::asio::awaitable<size_t> Read(boost::asio::mutable_buffer buffer) = 0;
  virtual boost::asio::awaitable<bool> Write(std::string_view head, std::string_view body) = 0;
  /// Calls `gone` once if the other side closes before CancelWatch. Unread bytes end the watch silently.
  virtual void WatchEnd(std::function<void()> gone) = 0;
  virtual void CancelWatch() = 0;
  virtual void Close() = 0;
  virtual std::string peer() const = 0;
  virtual bool local() const = 0;
  virtual bool secure() const = 0;
};

std::unique_ptr<Transport> MakeTransport(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Transport> MakeTransport(boost::asio::local::stream_protocol::socket socket);
std::unique_ptr<Transport> MakeTlsTransport(boost::asio::ip::tcp::socket socket,
                                            boost::asio::ssl::context& context);

}  // namespace svodka::server
