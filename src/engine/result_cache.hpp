#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "warehouse/warehouse.hpp"

namespace svodka::engine {

/// Answers of scans by (statement with its values, data version); the least recently used go first.
/// Thread-safe.
class ResultCache {
 public:
  explicit ResultCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  std::shared_ptr<const warehouse::ResultSet> Find(const std::string& key, int64_t data_version);
  void Keep(const std::string& key, int64_t data_version, std::shared_ptr<const warehouse::ResultSet> rows);
  void Clear();
  size_t bytes() const;
  bool enabled() const { return bytes_max_ > 0; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const warehouse::ResultSet> rows;
    size_t bytes = 0;
  };
  void StartVersion(int64_t data_version);

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  int64_t data_version_ = -1;
  size_t bytes_ = 0;
  std::list<Entry> entries_;  ///< most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace svodka::engine
