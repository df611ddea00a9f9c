#include "bench/measure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT: POSIX gives it no header

namespace svodka::bench {
namespace {

double Round(double value) { return std::round(value * 100) / 100; }

double NumberOf(const json::value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  return value.is_double() ? value.get_double() : 0;
}

}  // namespace

void Measurements::Add(const std::string& name, double value, const std::string& unit,
                       std::optional<double> baseline) {
  json::object line{{"name", name}, {"size", size_}, {"value", Round(value)}, {"unit", unit}};
  line["baseline"] = baseline ? json::value(Round(*baseline)) : json::value(nullptr);
  // Of a rate more is better, of all else less is.
  const bool rate = unit.ends_with("/s");
  line["ratio"] = baseline && value > 0 && *baseline > 0
                      ? json::value(Round(rate ? value / *baseline : *baseline / value))
                      : json::value(nullptr);
  lines_.push_back(std::move(line));
}

void Measurements::Append(const json::array& lines) {
  for (const json::value& line : lines) lines_.push_back(line);
}

std::string Measurements::ToTable() const {
  std::string table;
  std::array<char, 256> line{};
  std::snprintf(line.data(), line.size(), "%-34s %14s %-8s %14s %9s\n", "name", "value", "unit", "baseline",
                "ratio");
  table += line.data();
  for (const json::value& item : lines_) {
    const std::string name(std::string_view(item.at("name").get_string()));
    const std::string unit(std::string_view(item.at("unit").get_string()));
    std::snprintf(line.data(), line.size(), "%-34s %14.2f %-8s", name.c_str(), NumberOf(item.at("value")),
                  unit.c_str());
    table += line.data();
    if (!item.at("baseline").is_null()) {
      std::snprintf(line.data(), line.size(), " %14.2f %8.1fx", NumberOf(item.at("baseline")),
                    NumberOf(item.at("ratio")));
      table += line.data();
    }
    table += '\n';
  }
  return table;
}

double Milliseconds(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double ProcessorMilliseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double Quantile(std::vector<double> samples, double share) {
  std::sort(samples.begin(), samples.end());
  const double place = share * static_cast<double>(samples.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, samples.size() - 1);
  return samples[below] + (samples[above] - samples[below]) * (place - static_cast<double>(below));
}

double ResidentMegabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

Outcome RunProgram(const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("cannot make a pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  std::vector<char*> raw;
  for (const std::string& argument : arguments)
    raw.push_back(const_cast<char*>(argument.c_str()));  // NOLINT: POSIX
  raw.push_back(nullptr);
  pid_t child = 0;
  const int spawned = posix_spawn(&child, raw[0], &actions, nullptr, raw.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (spawned != 0) {
    close(ends[0]);
    throw std::runtime_error("cannot start " + arguments.front());
  }
  Outcome outcome;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    outcome.output.append(buffer.data(), static_cast<size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return outcome;
}

std::string OwnFolder() { return std::filesystem::read_symlink("/proc/self/exe").parent_path().string(); }

}  // namespace svodka::bench
