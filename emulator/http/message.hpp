#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "emulator/company/calendar.hpp"

namespace svodka::emulator {

struct Request {
  std::string verb = "POST", target, content_type, body, from = "127.0.0.1";
  std::string host, authorization;  ///< of those headers
  std::string context_user;         ///< X-Context-User-ID
  std::string refresh_token;        ///< X-Refresh-Token
  bool secure = false;
};
struct Response {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  std::string location;  ///< of a redirect
  std::vector<std::pair<std::string, std::string>> headers;
  bool drop_half = false;  ///< send half of the body, then close the connection
  int stall_ms = 0;        ///< wait before the answer
};

/// A CRM over one living company: requests in, answers out; time goes on when its owner says so. Thread-safe.
class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  virtual ~Service() = default;

  virtual Response Handle(const Request& request) = 0;
  /// Lets the company live on.
  virtual void Advance(int64_t minutes) = 0;
  virtual void Bustle(int64_t seconds, double bustle) = 0;
  virtual Second Now() const = 0;
  /// Company minutes per second of the wall clock; the owner calls Advance accordingly.
  virtual double speed() const = 0;
  virtual void SetSpeed(double speed) = 0;
  /// Sends what is due to addresses that asked for it. Called every now and then, never from two threads.
  virtual void Deliver() {}
};

}  // namespace svodka::emulator
