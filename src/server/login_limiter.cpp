#include "server/login_limiter.hpp"

namespace svodka::server {

void LoginLimiter::DropOld(std::deque<Instant>& failures) const {
  const Instant limit = clock_.Now() - kWindow;
  while (!failures.empty() && failures.front() <= limit) failures.pop_front();
}

bool LoginLimiter::Allows(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(key);
  if (found == failures_.end()) return true;
  DropOld(found->second);
  if (!found->second.empty()) return found->second.size() < kTries;
  failures_.erase(found);
  return true;
}

void LoginLimiter::NoteFailure(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kKeysMax && !failures_.contains(key)) {
    for (auto& [name, failures] : failures_) DropOld(failures);
    std::erase_if(failures_, [](const auto& entry) { return entry.second.empty(); });
    if (failures_.size() >= kKeysMax) failures_.clear();
  }
  auto& failures = failures_[key];
  failures.push_back(clock_.Now());
  if (failures.size() > kTries) failures.pop_front();
}

void LoginLimiter::Forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  failures_.erase(key);
}

}  // namespace svodka::server
