#include "bitrix24/emulator_process.hpp"

#include <stdexcept>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace svodka::bitrix24_test {

EmulatorProcess::EmulatorProcess(const std::vector<std::string>& arguments)
    : transport_(crm::MakeCurlTransport()) {
  std::vector<std::string> words = {SVODKA_BINARY_DIR "/svodka-emulator", "serve", "--listen", "127.0.0.1:0"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  const int spawned = posix_spawn(&pid_, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string line;
  char letter = 0;
  while (spawned == 0 && read(ends[0], &letter, 1) == 1 && letter != '\n') line += letter;
  close(ends[0]);
  const size_t address = line.find("http");
  if (address == std::string::npos) throw std::runtime_error("the emulator did not start: " + line);
  webhook_ = line.substr(address);
}

EmulatorProcess::~EmulatorProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

json::value EmulatorProcess::Get(const std::string& path) {
  auto answer = transport_->Send({crm::OriginOf(webhook_) + path, "", ""}, {});
  return ParseJson(answer.value().body).value();
}

json::value EmulatorProcess::Control(const json::value& what) {
  auto answer = transport_->Send(
      {crm::OriginOf(webhook_) + "/_control", json::serialize(what), "application/json"}, {});
  return ParseJson(answer.value().body).value();
}

}  // namespace svodka::bitrix24_test
