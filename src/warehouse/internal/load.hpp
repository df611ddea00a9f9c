#pragma once

#include <map>
#include <memory>
#include <optional>

#include "warehouse/internal/duck_warehouse.hpp"

namespace svodka::warehouse {

/// One load: rows gather in temporary tables of its own connection; Commit merges, derives and commits.
class DuckLoad final : public Load {
 public:
  DuckLoad(DuckWarehouse& warehouse, Instant now);
  ~DuckLoad() override;

  Status Append(Batch batch) override;
  void MarkComplete(std::string list) override;
  Status Bury(std::string_view entity, std::span<const std::string> ids, std::string_view cause) override;
  void SetCursor(std::string stream, std::string value) override;
  void MoreFollows() override { more_follows_ = true; }
  Result<LoadSummary> Commit() override;

 private:
  void Merge(LoadSummary& summary);
  /// Brings the star up to date, or notes that it is behind. True when the star changed.
  bool Derive(const MergeOutcome& outcome);
  bool IsTidyDue(const LoadSummary& summary) const;
  void PutInOrder();
  void OpenGate();

  DuckWarehouse& warehouse_;
  Instant now_;
  std::unique_ptr<Connection> connection_;
  std::map<std::string, std::unique_ptr<StagingTable>> staged_;
  int64_t rows_ = 0;
  std::vector<std::string> complete_;
  std::vector<Burial> burials_;
  std::map<std::string, std::string> cursors_;
  bool more_follows_ = false;
  bool derived_all_ = false;
  std::optional<Diagnostic> failure_;  ///< the load is dead after an error
  bool finished_ = false;
};

}  // namespace svodka::warehouse
