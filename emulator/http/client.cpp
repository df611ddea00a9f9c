#include "emulator/http/client.hpp"

#include <chrono>
#include <cstdio>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

namespace svodka::emulator::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace proto = boost::beast::http;

namespace {

constexpr auto kPatience = std::chrono::seconds(2);

struct Address {
  bool secure = false;
  std::string host, port, target;
};

bool Split(const std::string& url, Address& address) {
  size_t from = 0;
  if (url.starts_with("http://")) {
    from = 7;
  } else if (url.starts_with("https://")) {
    from = 8;
    address.secure = true;
  } else {
    return false;
  }
  const size_t slash = url.find('/', from);
  const std::string authority = url.substr(from, slash == std::string::npos ? slash : slash - from);
  address.target = slash == std::string::npos ? "/" : url.substr(slash);
  const size_t colon = authority.rfind(':');
  address.host = authority.substr(0, colon);
  address.port = colon == std::string::npos ? (address.secure ? "443" : "80") : authority.substr(colon + 1);
  return !address.host.empty();
}

/// Each step of the exchange is started when the one before it is done; whatever is not done in time is
/// dropped.
template <class Stream, class Lowest>
int Exchange(asio::io_context& context, Stream& stream, Lowest& lowest,
             proto::request<proto::string_body>& request) {
  beast::flat_buffer buffer;
  proto::response<proto::string_body> response;
  int status = 0;
  lowest.expires_after(kPatience);
  proto::async_write(stream, request, [&](beast::error_code error, size_t) {
    if (error) return;
    proto::async_read(stream, buffer, response, [&](beast::error_code trouble, size_t) {
      if (!trouble) status = static_cast<int>(response.result_int());
    });
  });
  context.restart();
  context.run();
  return status;
}

}  // namespace

int PostForm(const std::string& url, const std::string& body) {
  Address address;
  if (!Split(url, address)) return 0;
  try {
    asio::io_context context;
    asio::ip::tcp::resolver resolver(context);
    const auto found = resolver.resolve(address.host, address.port);
    proto::request<proto::string_body> request{proto::verb::post, address.target, 11};
    request.set(proto::field::host, address.host + ":" + address.port);
    request.set(proto::field::user_agent, "amoCRM-Webhooks/3.0");
    request.set(proto::field::content_type, "application/x-www-form-urlencoded");
    request.body() = body;
    request.prepare_payload();
    bool connected = false;
    const auto connect = [&](beast::tcp_stream& stream) {
      stream.expires_after(kPatience);
      stream.async_connect(found, [&](beast::error_code error, const auto&) { connected = !error; });
      context.run();
    };
    if (!address.secure) {
      beast::tcp_stream stream(context);
      connect(stream);
      return connected ? Exchange(context, stream, stream, request) : 0;
    }
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_verify_mode(asio::ssl::verify_none);
    beast::ssl_stream<beast::tcp_stream> stream(context, tls);
    connect(beast::get_lowest_layer(stream));
    if (!connected) return 0;
    beast::error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    return error ? 0 : Exchange(context, stream, beast::get_lowest_layer(stream), request);
  } catch (const std::exception& trouble) {
    std::fprintf(stderr, "webhook to %s: %s\n", address.host.c_str(), trouble.what());
    return 0;
  }
}

}  // namespace svodka::emulator::http
