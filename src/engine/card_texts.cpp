#include "engine/card_texts.hpp"

namespace svodka::engine {
namespace {

size_t SizeOf(const std::vector<Value>& row) {
  size_t bytes = 128 + row.size() * sizeof(Value);
  for (const Value& value : row) {
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->capacity();
  }
  return bytes;
}

}  // namespace

bool CardTexts::StartVersion(int64_t data_version) {
  if (data_version < data_version_) return false;
  if (data_version == data_version_) return true;
  data_version_ = data_version;
  rows_.clear();
  bytes_ = 0;
  return true;
}

std::unordered_map<int64_t, CardTexts::Row> CardTexts::Find(const std::string& entity, int64_t data_version,
                                                            const std::vector<int64_t>& cards,
                                                            std::vector<int64_t>& missing) {
  std::unordered_map<int64_t, Row> found;
  const std::lock_guard lock(mutex_);
  if (!StartVersion(data_version)) {
    missing = cards;
    return found;
  }
  const std::unordered_map<int64_t, Row>& known = rows_[entity];
  for (const int64_t card : cards) {
    const auto at = known.find(card);
    if (at == known.end()) {
      missing.push_back(card);
    } else {
      found.emplace(card, at->second);
    }
  }
  return found;
}

void CardTexts::Keep(const std::string& entity, int64_t data_version, const std::vector<Row>& rows) {
  const std::lock_guard lock(mutex_);
  if (!StartVersion(data_version)) return;
  for (const Row& row : rows) {
    if (bytes_ > bytes_max_) {
      rows_.clear();
      bytes_ = 0;
    }
    const auto* key = std::get_if<int64_t>(&row->front());
    if (key != nullptr && rows_[entity].emplace(*key, row).second) bytes_ += SizeOf(*row);
  }
}

void CardTexts::Clear() {
  const std::lock_guard lock(mutex_);
  rows_.clear();
  bytes_ = 0;
}

size_t CardTexts::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace svodka::engine
