#include <thread>

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
void WatchSignals(std::stop_source stop) {
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

}  // namespace

int main(int argc, char** argv) {
  using namespace svodka;
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
    return 0;
  }
  const auto* command = line->command.if_contains("command");
  const bool serves = command != nullptr && *command == "serve";
  log::Start(line->log_level_given ? line->log_level : serves ? log::Level::kInfo : log::Level::kWarning);
  return app::RunProcess(line.value(), output, stop.get_token());
}
