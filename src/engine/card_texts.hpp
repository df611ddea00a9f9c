#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "warehouse/warehouse.hpp"

namespace svodka::engine {

/// Texts of cards that lists have shown, of one data version: id, title, last comment by key, as
/// RenderRecordTexts reads them. Full, it begins anew. Thread-safe.
class CardTexts {
 public:
  using Row = std::shared_ptr<const std::vector<Value>>;
  explicit CardTexts(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Rows of the cards that are known; the others' keys are put into `missing`.
  std::unordered_map<int64_t, Row> Find(const std::string& entity, int64_t data_version,
                                        const std::vector<int64_t>& cards, std::vector<int64_t>& missing);
  void Keep(const std::string& entity, int64_t data_version, const std::vector<Row>& rows);
  void Clear();
  size_t bytes() const;

 private:
  bool StartVersion(int64_t data_version);

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  int64_t data_version_ = -1;
  size_t bytes_ = 0;
  std::unordered_map<std::string, std::unordered_map<int64_t, Row>> rows_;  ///< by entity
};

}  // namespace svodka::engine
