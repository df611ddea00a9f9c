#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.hpp"

namespace svodka::server {

/// Slows down guessing: at most `kTries` failed sign-ins per key (an address, an e-mail, the code) in
/// `kWindow`.
class LoginLimiter {
 public:
  static constexpr size_t kTries = 10;
  static constexpr std::chrono::minutes kWindow{5};

  explicit LoginLimiter(const Clock& clock) : clock_(clock) {}
  bool Allows(const std::string& key);
  void NoteFailure(const std::string& key);
  void Forget(const std::string& key);

 private:
  static constexpr size_t kKeysMax = 10'000;  ///< a flood of made-up names must not eat the memory
  void DropOld(std::deque<Instant>& failures) const;

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::deque<Instant>> failures_;
};

}  // namespace svodka::server
