#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "server/message.hpp"

namespace svodka::server {

/// HTTP/1.1 over TCP (optionally TLS) and over a socket in the file system. One thread moves bytes, a small
/// pool runs the handler; a request whose client goes away gets its stop requested.
class HttpServer {
 public:
  struct Settings {
    int workers = 0;  ///< 0: as many as cores, at least 2
    size_t body_bytes_max = 4 << 20;
    size_t header_bytes_max = 16 << 10;
    std::chrono::milliseconds request_time_max{30'000};  ///< to send head and body
    std::chrono::milliseconds idle_time_max{75'000};     ///< between requests of a kept connection
    std::chrono::milliseconds write_time_max{60'000};    ///< for each piece
    size_t waiting_max = 256;                            ///< requests waiting for a worker; above: 503
    size_t connections_max = 1000;                       ///< above: closed at once
  };
  using Handler = std::function<Response(const Request&)>;  ///< on a worker; an exception becomes 500
  using OnFinished = std::function<void(const FinishedRequest&)>;

  HttpServer(Settings settings, Handler handler, OnFinished on_finished);
  ~HttpServer();

  /// `address`: `127.0.0.1:8080`, `[::1]:8080`, `8080` (loopback); port 0 takes a free one. Certificate and
  /// key: PEM files, both or neither. Answers the port. Errors: `bad_listen`, `listen_failed`,
  /// `bad_certificate`.
  Result<uint16_t> Listen(const std::string& address, const std::string& certificate = "",
                          const std::string& key = "");
  /// A socket file with mode 0600; a stale one is replaced, so the caller must hold the data folder. Errors:
  /// `listen_failed`.
  Status ListenLocal(const std::string& path);
  /// Starts to answer.
  void Start();
  /// Ends streams, lets running requests end for at most `patience`, closes everything. Idempotent.
  void Stop(std::chrono::milliseconds patience = std::chrono::seconds(5));

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether a `--listen` address is reachable from this machine only. Errors: `bad_listen`.
Result<bool> IsLoopback(const std::string& address);

}  // namespace svodka::server
