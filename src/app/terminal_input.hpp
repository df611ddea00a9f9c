#pragma once

#include <stop_token>
#include <string>

#include "app/output.hpp"
#include "app/setup/person.hpp"

namespace svodka::app {

/// The person at this process's terminal: prompts go to `output`, answers come from standard input.
class TerminalPerson final : public Person {
 public:
  TerminalPerson(Output& output, std::stop_token stop);
  ~TerminalPerson() override;
  TerminalPerson(const TerminalPerson&) = delete;
  TerminalPerson& operator=(const TerminalPerson&) = delete;

  Result<std::string> Line(const std::string& prompt) override;
  /// The terminal shows nothing of it, and lines may be longer than the 4,095 bytes of its usual mode.
  Result<std::string> Secret(const std::string& prompt) override;

 private:
  /// One byte; nothing at the end of input. Errors: `cancelled` when stopped.
  Result<int> Byte();

  Output& output_;
  std::stop_token stop_;
  int wake_ = -1;  ///< an event that a stop raises
};

}  // namespace svodka::app
