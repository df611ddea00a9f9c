#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "crm/files/column_reader.hpp"
#include "crm/files/file_assignment.hpp"
#include "crm/files/table.hpp"

namespace svodka::crm::files {

/// One custom field of a file: what the mapping says, or a column that it leaves over.
struct CustomColumn {
  CustomSpec spec;
  BoundColumn column;
};

/// A file bound to its mapping entry.
struct BoundFile {
  Header header;
  std::vector<std::pair<Field, BoundColumn>> fields;
  std::vector<CustomColumn> custom;
  std::vector<std::pair<std::string, BoundColumn>> stage_dates;
  struct Skip {
    const SkipRule* rule;
    size_t column;
  };
  std::vector<Skip> skip;
  std::unique_ptr<TableReader> reader;
  bool settled = false;

  std::vector<BoundColumn*> Columns() {
    std::vector<BoundColumn*> all;
    for (auto& [field, column] : fields) all.push_back(&column);
    for (auto& custom_column : custom) all.push_back(&custom_column.column);
    for (auto& [stage, column] : stage_dates) all.push_back(&column);
    return all;
  }
};

/// The tables of all `lookup:` sources, read whole before anything else.
class LookupTables {
 public:
  /// Errors: `missing_file`, `empty_file`, `unknown_column`, those of OpenTable.
  Status Load(const Mapping& mapping, const std::vector<Assigned>& assigned,
              const std::vector<std::string>& paths);
  /// The table of a source that Load has seen.
  const LookupTable* Find(const ColumnSpec::Lookup& lookup) const;

 private:
  Status LoadOne(const Mapping& mapping, const ColumnSpec& source, const std::vector<std::string>& paths);
  std::map<std::string, LookupTable> tables_;
};

/// Opens a file, reads its header and finds the columns of its entry: all that are missing are told together.
Result<std::unique_ptr<BoundFile>> BindFile(const Assigned& assigned, const LookupTables& lookups);

/// Reads on to the header: the first row, or the one that the entry names.
bool SkipToHeader(TableReader& reader, const FileSpec& spec, TableRow& row);

}  // namespace svodka::crm::files
