#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crm/files/import.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::sync {

struct FileImportSettings {
  std::string rejects_path;  ///< CSV of the rows that were not taken; made only when there are some
  /// What the rejects file says of a row; may be empty: the reader's own English reason.
  std::function<std::string(const crm::files::Reject&)> reason;
  crm::files::OnImportProgress on_progress;  ///< may be empty
};

struct FileImportSummary {
  crm::files::ImportReport report;  ///< rows of the files, dangling references, notes
  warehouse::LoadSummary load;      ///< records of the warehouse (stages, custom fields … too)
  /// Rows of the files again: taken = stored (new or changed) + unchanged. A product line counts with its
  /// deal.
  int64_t rows_stored = 0;
  int64_t rows_unchanged = 0;
};

/// Sets what a mapping says of its portal (kind, name, zone, currency, leads or not); other settings stay.
void ApplyMapping(const crm::files::Mapping& mapping, warehouse::PortalSettings& settings);

/// Imports the files in one load: after an error nothing of them is visible. Importing the same files again
/// stores nothing. Errors: those of `crm::files::Import`, of `Load`, and `rejects_unwritable`.
Result<FileImportSummary> ImportFiles(warehouse::Warehouse& warehouse, const Clock& clock,
                                      const crm::files::Mapping& mapping, std::span<const std::string> paths,
                                      const FileImportSettings& settings);

}  // namespace svodka::sync
