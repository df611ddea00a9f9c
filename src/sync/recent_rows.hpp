#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/json.hpp"

namespace svodka::sync {

/// Rows that the last polls have stored: windows overlap, and what came unchanged again is dropped before it
/// is decoded. Used by one thread at a time.
class RecentRows {
 public:
  void BeginPoll() { ++polls_; }
  /// False when the same row came within the last polls.
  bool IsFresh(const std::string& key, const json::value& row) {
    const size_t hash = std::hash<std::string>{}(json::serialize(row));
    auto [at, fresh] = rows_.try_emplace(key, Seen{hash, polls_});
    if (fresh) return true;
    const bool same = at->second.hash == hash;
    at->second = {hash, polls_};
    return !same;
  }
  void Drop(const std::string& key) { rows_.erase(key); }
  /// Forgets rows that no longer come: they have left the window.
  void EndPoll() {
    std::erase_if(rows_, [&](const auto& entry) { return entry.second.poll + 2 < polls_; });
  }
  void Clear() { rows_.clear(); }

 private:
  struct Seen {
    size_t hash = 0;
    uint64_t poll = 0;
  };
  std::unordered_map<std::string, Seen> rows_;
  uint64_t polls_ = 0;
};

}  // namespace svodka::sync
