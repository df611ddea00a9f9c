#pragma once

#include <string>

#include "base/result.hpp"

namespace svodka::app {

/// Who answers the questions of a set-up. Errors of both: `cancelled` (stopped, or the input has ended).
class Person {
 public:
  virtual ~Person() = default;
  virtual Result<std::string> Line(const std::string& prompt) = 0;
  /// Nothing of the answer is shown.
  virtual Result<std::string> Secret(const std::string& prompt) = 0;
};

}  // namespace svodka::app
