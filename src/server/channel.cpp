#include "server/channel.hpp"

#include <utility>

namespace svodka::server {

Channel::Channel(std::function<void()> wake, std::stop_token stop, Encode encode)
    : wake_(std::move(wake)), stop_(std::move(stop)), encode_(std::move(encode)) {}

bool Channel::Push(std::string piece) {
  if (encode_) piece = encode_(piece, false);
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, stop_, [&] { return pending_.size() < kBytesMax; });
    if (stop_.stop_requested()) return false;
    pending_ += piece;
    pushed_ = true;
  }
  wake_();
  return true;
}

void Channel::Close() {
  // Only the writing thread sets pushed_.
  const std::string rest = encode_ && pushed_ ? encode_({}, true) : std::string();
  {
    const std::lock_guard lock(mutex_);
    pending_ += rest;
    closed_ = true;
  }
  wake_();
}

std::string Channel::Take(bool& closed) {
  std::string taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(pending_);
    closed = closed_;
  }
  room_.notify_all();
  return taken;
}

}  // namespace svodka::server
