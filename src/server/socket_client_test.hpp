#pragma once

#include <cstring>
#include <map>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace svodka::server {

struct Reply {
  int status = 0;  ///< 0: the connection ended before a whole answer
  std::map<std::string, std::string> headers;
  std::string body;
};

/// A blocking client over a real socket, written for the tests only: it shares no code with the server.
class SocketClient {
 public:
  explicit SocketClient(uint16_t port) {
    descriptor_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Connect(reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  explicit SocketClient(const std::string& path) {
    descriptor_ = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    Connect(reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  ~SocketClient() { Close(); }
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  bool connected() const { return connected_; }
  void Close() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }
  void Send(const std::string& bytes) {
    [[maybe_unused]] const auto sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void EndWriting() { shutdown(descriptor_, SHUT_WR); }
  /// Whole request with a body and extra header lines (each ended by CRLF).
  Reply Ask(const std::string& method, const std::string& target, const std::string& body = "",
            const std::string& extra = "") {
    Send(method + " " + target + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + extra + "\r\n" + body);
    return Read(method == "HEAD");
  }
  Reply Read(bool head_only = false) {
    Reply reply;
    std::string line;
    if (!ReadLine(line) || line.size() < 12) return reply;
    const int status = std::stoi(line.substr(9, 3));
    while (ReadLine(line) && !line.empty()) {
      const size_t colon = line.find(": ");
      std::string name = line.substr(0, colon);
      for (char& c : name) c = static_cast<char>(tolower(c));
      reply.headers[name] = colon == std::string::npos ? "" : line.substr(colon + 2);
    }
    if (status == 100) return Read(head_only);
    if (!head_only && status != 204 && status != 304) {
      if (reply.headers.contains("content-length")) {
        if (!ReadBytes(std::stoul(reply.headers["content-length"]), reply.body)) return reply;
      } else {
        for (;;) {
          std::string chunk;
          if (!ReadChunk(chunk)) return reply;
          if (chunk.empty()) break;
          reply.body += chunk;
        }
      }
    }
    reply.status = status;
    return reply;
  }
  /// Head of an answer whose body comes in chunks.
  bool ReadHead() {
    std::string line;
    while (ReadLine(line)) {
      if (line.empty()) return true;
    }
    return false;
  }
  bool ReadChunk(std::string& chunk) {
    std::string line;
    if (!ReadLine(line) || line.empty()) return false;
    const size_t size = std::stoul(line, nullptr, 16);
    return ReadBytes(size, chunk) && ReadLine(line);
  }

 private:
  void Connect(const sockaddr* address, socklen_t size) {
    const timeval limit{20, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    connected_ = connect(descriptor_, address, size) == 0;
  }
  bool More() {
    char bytes[16'384];
    const ssize_t count = recv(descriptor_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(count));
    return true;
  }
  bool ReadLine(std::string& line) {
    size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      if (!More()) return false;
    }
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
  }
  bool ReadBytes(size_t count, std::string& out) {
    while (buffer_.size() < count) {
      if (!More()) return false;
    }
    out = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return true;
  }

  int descriptor_ = -1;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace svodka::server
