#include <thread>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command_line.hpp"
#include "app/output.hpp"
#include "app/process.hpp"
#include "base/log.hpp"

namespace {

/// SIGINT and SIGTERM ask for a clean end; a second one ends at once.
void WatchSignals(const std::stop_source& stop) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  std::thread([stop, signals]() mutable {
    int received = 0;
    while (sigwait(&signals, &received) == 0) {
      if (!stop.request_stop()) _exit(128 + received);
    }
  }).detach();
}

/// A closed standard stream would lend its number to the next file that is opened: an answer would be written
/// into a database. Whoever closed it gets a stream that cannot be written to instead.
void HoldStandardStreams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (fcntl(stream, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1) _exit(2);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace svodka;
  HoldStandardStreams();
  const std::stop_source stop;
  WatchSignals(stop);
  umask(077);  // whatever we write holds other people's business
  app::TerminalOutput output;
  const auto line = app::ParseCommandLine(argc, argv);
  if (!line.ok()) {
    app::WriteErrors(output, line.errors());
    return 2;
  }
  if (!line->help.empty()) {
    output.Out(line->help);
    return output.Finish(0);
  }
  const auto* command = line->command.if_contains("command");
  const bool serves = command != nullptr && *command == "serve";
  log::Start(line->log_level_given ? line->log_level : serves ? log::Level::kInfo : log::Level::kWarning);
  return output.Finish(app::RunProcess(line.value(), output, stop.get_token()));
}
