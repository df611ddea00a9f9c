#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

namespace svodka::server {

/// Carries pieces of a body from a worker thread to a connection. Bounded: a writer waits while the reader is
/// behind.
class Channel {
 public:
  /// Turns pieces into what is sent, such as gzip; called on the writing thread, once more with `last`.
  using Encode = std::function<std::string(std::string_view piece, bool last)>;
  /// `wake` is called (from any thread) when there is something to read; `stop` ends waiting writers.
  Channel(std::function<void()> wake, std::stop_token stop, Encode encode = {});

  /// False when the reader has gone: the writer should end.
  bool Push(std::string piece);
  void Close();
  std::stop_token stop() const { return stop_; }

  /// Everything pushed so far, joined; `closed` tells whether more may come.
  std::string Take(bool& closed);

 private:
  static constexpr size_t kBytesMax = 4 << 20;
  std::function<void()> wake_;
  std::stop_token stop_;
  Encode encode_;
  std::mutex mutex_;
  std::condition_variable_any room_;
  std::string pending_;
  bool pushed_ = false;
  bool closed_ = false;
};

}  // namespace svodka::server
