#include "bench/program.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/result.hpp"

extern char** environ;  // NOLINT: POSIX gives it no header

namespace svodka::bench {
namespace {

constexpr int kStartMsMax = 30'000;

/// A port that was free a moment ago.
int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address);  // NOLINT: the sockets' own way
  socklen_t length = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);  // NOLINT
  close(listener);
  return ntohs(address.sin_port);
}

bool IsHealthy(int port) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool healthy = false;
  if (connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {  // NOLINT
    const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    std::string answer(64, '\0');
    healthy = send(client, request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
              recv(client, answer.data(), answer.size(), 0) > 0 && answer.find(" 200 ") != std::string::npos;
  }
  close(client);
  return healthy;
}

double ResidentMegabytesOf(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

}  // namespace

void MeasureProgram(Measurements& measurements) {
  const std::string program = OwnFolder() + "/svodka";
  if (!std::filesystem::exists(program)) {
    std::fprintf(stderr, "svodka is not built: no start time\n");
    return;
  }
  const std::string data = OwnFolder() + "/bench/empty";
  std::filesystem::remove_all(data);
  std::filesystem::create_directories(data);
  const int port = FreePort();
  const std::string listen = "127.0.0.1:" + std::to_string(port);
  std::vector<std::string> arguments = {program, "--data", data, "serve", "--listen", listen};
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (data + "/log").c_str(), O_WRONLY | O_CREAT,
                                   0600);
  pid_t child = 0;
  double waited = 0;
  bool healthy = false;
  if (posix_spawn(&child, raw[0], &actions, nullptr, raw.data(), environ) == 0) {
    waited = Milliseconds([&] {
      for (int ms = 0; ms < kStartMsMax && !healthy; ms += 2) {
        healthy = IsHealthy(port);
        if (!healthy) std::this_thread::sleep_for(std::chrono::milliseconds{2});
        if (waitpid(child, nullptr, WNOHANG) != 0) return;
      }
    });
    if (healthy) {
      std::this_thread::sleep_for(std::chrono::seconds{1});
      measurements.Add("start", waited, "ms");
      measurements.Add("memory.idle", ResidentMegabytesOf(child), "MB");
    } else {
      std::fprintf(stderr, "svodka serve did not answer: no start time (see %s/log)\n", data.c_str());
    }
    kill(child, SIGTERM);
    waitpid(child, nullptr, 0);
  }
  posix_spawn_file_actions_destroy(&actions);
}

void MeasureWeb(Measurements& measurements) {
  const std::string script = std::string(SVODKA_SOURCE_DIR) + "/bench/web.mjs";
  const char* node = std::getenv("SVODKA_NODE");
  const std::string dist = std::string(SVODKA_SOURCE_DIR) + "/web/dist";
  if (!std::filesystem::exists(dist)) {
    std::fprintf(stderr, "the web application is not built: no sizes\n");
    return;
  }
  const Outcome outcome =
      RunProgram({"/usr/bin/env", node == nullptr ? "node" : node, script, dist, OwnFolder()});
  const auto lines = outcome.status == 0 ? ParseJson(outcome.output) : Result<json::value>(Diagnostic{});
  if (!lines || !lines->is_array()) {
    std::fprintf(stderr, "bench/web.mjs failed: no web measurements\n");
    return;
  }
  for (const json::value& line : lines->get_array()) {
    const json::value& value = line.at("value");
    measurements.Add(std::string(std::string_view(line.at("name").get_string())),
                     value.is_double() ? value.get_double() : static_cast<double>(value.get_int64()),
                     std::string(std::string_view(line.at("unit").get_string())));
  }
}

}  // namespace svodka::bench
