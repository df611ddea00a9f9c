#pragma once

#include <span>
#include <string>
#include <vector>

#include "sync/file_import.hpp"

/// Lists of calls from an exchange or a mobile operator, imported into the portal of a CRM.
namespace svodka::sync {

/// Imports lists of calls in one load into a portal that a CRM fills; its settings stay, times without a zone
/// are in its zone. Ids in the files are passed over: a call is known by its number, direction, moment and
/// length, so that another export of the same days stores nothing twice. Rows of one call (the same number
/// and direction at the same second, several of ours rung, at most one answered) are one. Errors:
/// `only_calls` (the mapping has other files), and those of ImportFiles.
Result<FileImportSummary> ImportCallList(warehouse::Warehouse& warehouse, const Clock& clock,
                                         const crm::files::Mapping& mapping,
                                         std::span<const std::string> paths,
                                         const FileImportSettings& settings);

/// True when all that the mapping speaks of is calls.
bool IsCallList(const crm::files::Mapping& mapping);

/// Our sides of the calls as the lists name them, the commonest first; user_id "": nobody is known by that.
struct OwnSide {
  std::string text, user_id;
  int64_t calls = 0;
};
/// Reads the files and stores nothing. Errors: as ImportCallList.
Result<std::vector<OwnSide>> FindOwnSides(const warehouse::Warehouse& warehouse,
                                          const crm::files::Mapping& mapping,
                                          std::span<const std::string> paths);

/// A list that was imported, or what is left of it.
struct ImportedList {
  std::string id, file;
  Instant imported_at;
  int64_t calls = 0;
};
/// The newest first.
Result<std::vector<ImportedList>> FindCallLists(const warehouse::Warehouse& warehouse);
/// Takes all calls of a list back. Returns how many. Error: `unknown_list`.
Result<int64_t> TakeBackCallList(warehouse::Warehouse& warehouse, const Clock& clock, const std::string& id);

}  // namespace svodka::sync
