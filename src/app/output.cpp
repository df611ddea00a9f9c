#include "app/output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <unistd.h>

#include "base/json_text.hpp"

namespace svodka::app {
namespace {

constexpr int kBarWidth = 30;
constexpr int64_t kLineEveryPercent = 10;

json::object ToJson(const Diagnostic& error) {
  json::object line{{"code", error.code}, {"message", error.message}, {"place", error.place}};
  if (!error.nearest.empty()) {
    json::array nearest;
    for (const auto& name : error.nearest) nearest.emplace_back(name);
    line["nearest"] = std::move(nearest);
  }
  return line;
}

std::string Grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (ptrdiff_t at = static_cast<ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

std::string Describe(const Step& step) {
  std::string text = step.stage + " " + Grouped(step.done);
  if (step.expected) text += " of " + Grouped(*step.expected);
  if (step.seconds_left) {
    const int64_t seconds = *step.seconds_left;
    text += seconds >= 120 ? ", " + std::to_string(seconds / 60) + " min left"
                           : ", " + std::to_string(seconds) + " s left";
  }
  return text;
}

int64_t Percent(const Step& step) {
  if (!step.expected || *step.expected <= 0) return -1;
  return std::min<int64_t>(100, step.done * 100 / *step.expected);
}

}  // namespace

void WriteErrors(Output& output, const Diagnostics& errors) {
  json::object line = ToJson(errors.front());
  if (errors.size() > 1) {
    json::array also;
    for (size_t i = 1; i < errors.size(); ++i) also.push_back(ToJson(errors[i]));
    line["also"] = std::move(also);
  }
  output.Err(JsonText(line) + "\n");
}

TerminalOutput::TerminalOutput()
    : out_is_terminal_(isatty(STDOUT_FILENO) != 0), err_is_terminal_(isatty(STDERR_FILENO) != 0) {}

void TerminalOutput::EraseBar() {
  if (bar_drawn_) std::fputs("\r\x1b[K", stderr);
  bar_drawn_ = false;
}

void TerminalOutput::Out(std::string_view text) {
  const std::lock_guard lock(mutex_);
  EraseBar();
  if (failure_ != 0) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    failure_ = errno != 0 ? errno : EIO;
}

int TerminalOutput::Finish(int code) {
  if (failure_ == 0) return code;
  constexpr int kBrokenPipe = 128 + 13;  // what a shell shows for a program that SIGPIPE ended
  if (failure_ == EPIPE) return kBrokenPipe;
  WriteErrors(*this, {{"output_failed",
                       std::string("the answer cannot be written to standard output: ") +
                           std::generic_category().message(failure_) +
                           "; what the command changed is kept, ask again with room to write to",
                       "",
                       {}}});
  return 2;
}

void TerminalOutput::Err(std::string_view text) {
  const std::lock_guard lock(mutex_);
  EraseBar();
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void TerminalOutput::Show(const Step& step) {
  const std::lock_guard lock(mutex_);
  const int64_t percent = Percent(step);
  if (err_is_terminal_) {
    std::string bar;
    if (percent >= 0) {
      const auto filled = static_cast<int>(percent * kBarWidth / 100);
      for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "░";
      bar += " " + std::to_string(percent) + " %  ";
    }
    std::fprintf(stderr, "\r\x1b[K%s%s", bar.c_str(), Describe(step).c_str());
    std::fflush(stderr);
    bar_drawn_ = true;
    return;
  }
  const bool new_stage = step.stage != last_stage_;
  if (!new_stage && percent >= 0 && percent < last_percent_ + kLineEveryPercent) return;
  if (!new_stage && percent < 0) return;
  last_stage_ = step.stage;
  last_percent_ = percent;
  std::fprintf(stderr, "%s\n", Describe(step).c_str());
}

json::object OutLine(std::string_view text) { return {{"out", text}}; }
json::object ErrLine(std::string_view text) { return {{"err", text}}; }

json::object StepLine(const Step& step) {
  json::object body{{"stage", step.stage}, {"done", step.done}};
  if (step.expected) body["expected"] = *step.expected;
  if (step.seconds_left) body["seconds_left"] = *step.seconds_left;
  return {{"step", std::move(body)}};
}

std::optional<int> Relay(const json::object& line, Output& output) {
  if (const auto* text = line.if_contains("out")) output.Out(text->as_string());
  if (const auto* text = line.if_contains("err")) output.Err(text->as_string());
  if (const auto* step = line.if_contains("step")) {
    output.Show({.stage = FindString(*step, "stage").value_or(""),
                 .done = FindInteger(*step, "done").value_or(0),
                 .expected = FindInteger(*step, "expected"),
                 .seconds_left = FindInteger(*step, "seconds_left")});
  }
  if (const auto* code = line.if_contains("exit")) return static_cast<int>(code->as_int64());
  return std::nullopt;
}

}  // namespace svodka::app
