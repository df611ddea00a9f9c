#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"

namespace svodka::app {

/// One moment of a long command, for a bar or a line.
struct Step {
  std::string stage;
  int64_t done = 0;
  std::optional<int64_t> expected;
  std::optional<int64_t> seconds_left;
};

/// Where a command writes: this process's terminal, or the local socket of the one that asked.
class Output {
 public:
  virtual ~Output() = default;
  virtual void Out(std::string_view text) = 0;  ///< to stdout as it is
  virtual void Err(std::string_view text) = 0;  ///< to stderr as it is
  virtual void Show(const Step& step) = 0;
  /// The reader sees a terminal: tables instead of JSON.
  virtual bool terminal() const = 0;
};

/// `{code, message, place}` in one line on stderr; further mistakes stand in `also`.
void WriteErrors(Output& output, const Diagnostics& errors);

/// This process's own stdout and stderr. Progress: a bar that is redrawn on a terminal, else a line now and
/// then.
class TerminalOutput final : public Output {
 public:
  TerminalOutput();
  void Out(std::string_view text) override;
  void Err(std::string_view text) override;
  void Show(const Step& step) override;
  bool terminal() const override { return out_is_terminal_; }

  /// The exit code of a program that wanted `code`: another one when its answer could not be written. A
  /// reader that has gone away (`| head`) is told nothing.
  int Finish(int code);

 private:
  void EraseBar();
  std::mutex mutex_;
  bool out_is_terminal_;
  bool err_is_terminal_;
  int failure_ = 0;  ///< errno of the first write that failed
  bool bar_drawn_ = false;
  std::string last_stage_;
  int64_t last_percent_ = -1;
};

/// Lines of JSON over the local socket; Relay turns them back into calls on the asking side.
json::object OutLine(std::string_view text);
json::object ErrLine(std::string_view text);
json::object StepLine(const Step& step);
/// Exit code when the line was the last one.
std::optional<int> Relay(const json::object& line, Output& output);

}  // namespace svodka::app
