#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "emulator/http/message.hpp"

namespace svodka::emulator::http {

struct ServerSettings {
  std::string address = "127.0.0.1";
  uint16_t port = 8081;          ///< 0: any free one
  std::string certificate, key;  ///< PEM files; both given: https instead of http
};

/// Serves a CRM, one thread per connection. Throws std::runtime_error when the address cannot be taken.
class Server {
 public:
  Server(Service& service, const ServerSettings& settings);
  ~Server();  ///< closes every connection and waits for its threads
  uint16_t port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace svodka::emulator::http
