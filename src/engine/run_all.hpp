#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace svodka::engine {

/// Runs `work(0) … work(count - 1)` on up to `threads` threads, this one included. Throws what a turn threw
/// first, after all turns that had begun have ended.
template <class Work>
void RunAll(size_t count, size_t threads, const Work& work) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto turns = [&] {
    try {
      for (size_t turn = next++; turn < count; turn = next++) work(turn);
    } catch (...) {
      next = count;
      const std::lock_guard lock(mutex);
      if (thrown == nullptr) thrown = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (size_t i = 1; i < std::min(threads, count); ++i) others.emplace_back(turns);
    turns();
  }
  if (thrown != nullptr) std::rethrow_exception(thrown);
}

}  // namespace svodka::engine
