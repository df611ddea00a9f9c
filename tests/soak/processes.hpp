#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace svodka::soak {

/// How a command ended and everything that it said, on both outputs.
struct Ended {
  int code = 0;
  std::string said;
};

/// Runs the built program to its end.
Ended RunSvodka(const std::string& data, std::vector<std::string> arguments);

/// `svodka serve` on a loopback port that stays the same over restarts.
class Server {
 public:
  Server(std::string data, std::string log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Waits until it listens. Throws std::runtime_error when it ends instead.
  void Start();
  /// kill -9.
  void Kill();
  /// SIGTERM; what it exits with.
  int Stop();
  bool running() const { return pid_ > 0; }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int End(int signal);

  const std::string data_, log_;
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace svodka::soak
