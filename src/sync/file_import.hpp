#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

/// Texts of a list that said nothing to us: how many calls, how many different ones, the commonest.
struct NumbersTold {
  int64_t calls = 0, different = 0;
  std::vector<std::string> examples;
};

/// What became of the calls of a list in the portal of a CRM.
struct CallListSummary {
  int64_t calls = 0;          ///< of the files, rows of one call being one
  int64_t legs = 0;           ///< rows that told of a call which another row tells of
  int64_t with_client = 0;    ///< bound to a company or a contact
  int64_t with_lead = 0;      ///< bound to a lead
  int64_t with_employee = 0;  ///< whose caller or called one is an employee of the CRM
  int64_t in_crm = 0;         ///< the CRM has them itself: not counted once more
  int64_t hidden = 0;         ///< without a number
  NumbersTold unknown;        ///< numbers that nobody in the CRM has
  NumbersTold shared;         ///< numbers of several companies or people
  NumbersTold strangers;      ///< our side of them is no employee of the CRM
};

struct FileImportSummary {
  crm::files::ImportReport report;  ///< rows of the files, dangling references, notes
  warehouse::LoadSummary load;      ///< records of the warehouse (stages, custom fields … too)
  /// Rows of the files again: taken = stored (new or changed) + unchanged. A product line counts with its
  /// deal.
  int64_t rows_stored = 0;
  int64_t rows_unchanged = 0;
  std::optional<CallListSummary> calls;  ///< of a list imported into the portal of a CRM
};

/// Sets what a mapping says of its portal (kind, name, zone, currency, leads or not); other settings stay.
void ApplyMapping(const crm::files::Mapping& mapping, warehouse::PortalSettings& settings);

/// Imports the files in one load: after an error nothing of them is visible. Importing the same files again
/// stores nothing. Errors: those of `crm::files::Import`, of `Load`, and `rejects_unwritable`.
Result<FileImportSummary> ImportFiles(warehouse::Warehouse& warehouse, const Clock& clock,
                                      const crm::files::Mapping& mapping, std::span<const std::string> paths,
                                      const FileImportSettings& settings);

}  // namespace svodka::sync
