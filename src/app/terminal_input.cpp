#include "app/terminal_input.hpp"

#include <cerrno>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

namespace svodka::app {
namespace {

constexpr size_t kAnswerBytesMax = 64 << 10;
constexpr int kEnd = -1, kBackspace = 0x08, kDelete = 0x7f, kKillLine = 0x15, kEndOfInput = 0x04;

/// Standard input without echo and without lines, until destroyed.
class Hidden {
 public:
  Hidden() : changed_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!changed_) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
    hidden.c_cc[VMIN] = 1;
    hidden.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
  }
  ~Hidden() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  bool works() const { return changed_; }

 private:
  termios before_{};
  bool changed_;
};

Diagnostic Cancelled() { return {"cancelled", "stopped", "", {}}; }

}  // namespace

TerminalPerson::TerminalPerson(Output& output, std::stop_token stop)
    : output_(output), stop_(std::move(stop)), wake_(eventfd(0, EFD_CLOEXEC)) {}

TerminalPerson::~TerminalPerson() {
  if (wake_ >= 0) close(wake_);
}

Result<int> TerminalPerson::Byte() {
  const std::stop_callback wake(stop_, [this] {
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
  });
  for (;;) {
    if (stop_.stop_requested()) return Cancelled();
    pollfd ready[] = {{STDIN_FILENO, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0 && errno != EINTR) return kEnd;
    if (ready[1].revents != 0) return Cancelled();
    if (ready[0].revents == 0) continue;
    unsigned char byte = 0;
    const ssize_t got = read(STDIN_FILENO, &byte, 1);
    if (got == 1) return static_cast<int>(byte);
    if (got < 0 && errno == EINTR) continue;
    return kEnd;
  }
}

Result<std::string> TerminalPerson::Line(const std::string& prompt) {
  output_.Out(prompt);
  std::string line;
  for (;;) {
    const auto byte = Byte();
    if (!byte.ok()) return byte.errors();
    if (*byte == kEnd) return Cancelled();
    if (*byte == '\n') return line;
    if (line.size() < kAnswerBytesMax) line += static_cast<char>(*byte);
  }
}

Result<std::string> TerminalPerson::Secret(const std::string& prompt) {
  const Hidden hidden;  // before the prompt: who sees it may type
  output_.Out(prompt);
  if (!hidden.works())
    return Diagnostic{"no_terminal", "standard input is no terminal that could hide a secret", "", {}};
  std::string secret;
  for (;;) {
    const auto byte = Byte();
    if (!byte.ok() || *byte == kEnd || (*byte == kEndOfInput && secret.empty())) {
      output_.Out("\n");
      return Cancelled();
    }
    if (*byte == '\n' || *byte == '\r') break;
    if (*byte == kBackspace || *byte == kDelete) {
      if (!secret.empty()) secret.pop_back();
    } else if (*byte == kKillLine) {
      secret.clear();
    } else if (*byte >= ' ' && secret.size() < kAnswerBytesMax) {
      secret += static_cast<char>(*byte);
    }
  }
  output_.Out("\n");
  return secret;
}

}  // namespace svodka::app
