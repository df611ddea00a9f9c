#include "engine/result_cache.hpp"

namespace svodka::engine {
namespace {

size_t SizeOf(const std::string& key, const warehouse::ResultSet& rows) {
  size_t bytes = 2 * key.size() + 256;
  for (const auto& row : rows.rows) {
    bytes += sizeof(row) + row.size() * sizeof(Value);
    for (const Value& value : row) {
      if (const auto* text = std::get_if<std::string>(&value)) bytes += text->capacity();
    }
  }
  return bytes;
}

}  // namespace

void ResultCache::StartVersion(int64_t data_version) {
  if (data_version == data_version_) return;
  data_version_ = data_version;
  entries_.clear();
  by_key_.clear();
  bytes_ = 0;
}

std::shared_ptr<const warehouse::ResultSet> ResultCache::Find(const std::string& key, int64_t data_version) {
  if (bytes_max_ == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  StartVersion(data_version);
  const auto at = by_key_.find(key);
  if (at == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, at->second);
  return at->second->rows;
}

void ResultCache::Keep(const std::string& key, int64_t data_version,
                       std::shared_ptr<const warehouse::ResultSet> rows) {
  const size_t bytes = SizeOf(key, *rows);
  if (bytes > bytes_max_ / 4) return;
  const std::lock_guard lock(mutex_);
  // An answer of an older version that comes late must not end the newer one's entries.
  if (data_version < data_version_) return;
  StartVersion(data_version);
  if (by_key_.contains(key)) return;
  entries_.push_front({key, std::move(rows), bytes});
  by_key_[key] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > bytes_max_) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

void ResultCache::Clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  by_key_.clear();
  bytes_ = 0;
}

size_t ResultCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace svodka::engine
