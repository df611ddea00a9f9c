#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "crm/files/directory.hpp"
#include "crm/files/mapping.hpp"

namespace svodka::crm::files {

/// A given file and the mapping's entry that reads it.
struct Assigned {
  const FileSpec* spec;
  std::string path;
};

bool MatchesPattern(const std::string& pattern, const std::string& path);

/// Files as given, folders opened (not their sub-folders), in a stable order. Errors: `file_not_found`,
/// `unreadable_file`.
Result<std::vector<std::string>> ExpandPaths(std::span<const std::string> paths);

/// Tells which file is which: by the entry's pattern, or the only file for the only entry; in the order of
/// loading. Declares to `directory` whose files there are, notes entries and files that are left over.
/// Errors: `no_file_matches`, `missing_file` (a reference by name needs the file that turns names into ids).
Result<std::vector<Assigned>> AssignFiles(const Mapping& mapping, const std::vector<std::string>& paths,
                                          Directory& directory, Diagnostics& notes);

}  // namespace svodka::crm::files
