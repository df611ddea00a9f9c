#include "bench/recorded_portal.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "warehouse/testing.hpp"

extern char** environ;  // NOLINT: POSIX gives it no header

namespace svodka::bench {

namespace fs = std::filesystem;

Emulator::Emulator(const Dataset& dataset, const std::string& crm, const std::vector<std::string>& limits) {
  const std::string address_file = dataset.folder + "/webhook";
  fs::remove(address_file);
  std::vector<std::string> arguments = {OwnFolder() + "/svodka-emulator",
                                        "serve",
                                        "--crm",
                                        crm,
                                        "--deals",
                                        std::to_string(dataset.deals),
                                        "--today",
                                        kToday,
                                        "--no-handover",
                                        "--listen",
                                        "127.0.0.1:0",
                                        "--webhook-file",
                                        address_file};
  arguments.insert(arguments.end(), limits.begin(), limits.end());
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const int spawned = posix_spawn(&process_, raw[0], &actions, nullptr, raw.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) process_ = 0;
  for (int ms = 0; process_ != 0 && ms < 300'000 && address_.empty(); ms += 50) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    std::ifstream file(address_file);
    std::string line;
    if (std::getline(file, line) && !file.eof()) address_ = line;
  }
}

Emulator::~Emulator() {
  if (process_ == 0) return;
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

Result<crm::HttpAnswer> Player::Send(const crm::HttpRequest& request, std::stop_token /*stop*/) {
  auto body = recording_.Find(KeyOf(request));
  if (!body) {
    return Diagnostic{
        "recording_failed", "this was never asked before: " + KeyOf(request).substr(0, 300), "", {}};
  }
  crm::HttpAnswer answer;
  answer.status = *body == kNoContent ? 204 : 200;
  answer.content_type = "application/json";
  if (answer.status == 200) answer.body = std::move(*body);
  answer.origin = crm::OriginOf(request.url);
  return answer;
}

Status WithRecording(const Dataset& dataset, const std::string& name,
                     const std::function<Status(Recording&)>& record,
                     const std::function<Status(Recording&)>& measure) {
  fs::create_directories(dataset.folder);
  const std::string file = dataset.folder + "/" + name;
  if (fs::exists(file + ".index")) {
    auto kept = Recording::Open(file, false);
    if (!kept.ok()) return kept.errors();
    auto measured = measure(**kept);
    if (measured.ok() || measured.errors().front().code != "recording_failed") return measured;
    std::fprintf(stderr, "the connector asks what the recording does not hold\n");
  }
  auto recording = Recording::Open(file, true);
  if (!recording.ok()) return recording.errors();
  if (auto done = record(**recording); !done.ok()) return done;
  return measure(**recording);
}

Result<double> RunPlainLoad(const Dataset& dataset, const std::string& script, const std::string& file,
                            int threads) {
  std::ifstream text_file(std::string(SVODKA_SOURCE_DIR) + "/bench/baseline_load/" + script);
  std::ostringstream text;
  text << text_file.rdbuf();
  std::string sql = text.str();
  sql.replace(sql.find("{file}"), 6, file);
  const std::string path = dataset.folder + "/plain.duckdb";
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  auto opened = warehouse::Warehouse::Open({path, threads, "2GB"});
  if (!opened.ok()) return opened.errors();
  Status done = Done{};
  const double ms = Milliseconds([&] {
    done = warehouse::ExecuteForTest(**opened, sql);
    (*opened)->Checkpoint();
  });
  if (!done.ok()) return done.errors();
  opened.value().reset();
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  return ms;
}

}  // namespace svodka::bench
