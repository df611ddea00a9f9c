#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "crm/files/mapping.hpp"
#include "crm/files/rejects_file.hpp"
#include "crm/rows.hpp"

namespace svodka::crm::files {

struct FileReport {
  std::string file, entity, format;
  int64_t rows_read = 0;  ///< rows below the header; = taken + rejected + skipped
  int64_t rows_taken = 0;
  int64_t rows_rejected = 0;
  int64_t rows_skipped = 0;  ///< by the mapping's `skip:`, or a repetition of a row
  int64_t rows_joined = 0;   ///< of the taken: one more product of the deal of the row before
};

/// References of one column that match nothing; the rows are kept, the reference too.
struct DanglingReport {
  std::string file, column, target;
  int64_t rows = 0;
  std::vector<std::string> examples;  ///< up to five different values, cut to 100 characters
};

struct ImportReport {
  std::vector<FileReport> files;
  std::vector<DanglingReport> dangling;
  Diagnostics
      notes;  ///< nothing lost, but worth reading: files that no entry names, stages that the mapping lacks …
  int64_t rows_read = 0, rows_taken = 0, rows_rejected = 0, rows_skipped = 0;
};

/// Somebody whom an earlier import brought. `phone` is normalised; id without the kind's prefix.
struct KnownRow {
  std::string id, name, phone;
};
using FindKnown = std::function<Result<std::vector<KnownRow>>(Target)>;

/// What only files have: rows that do not fit a batch.
struct FileRows {
  /// Cards whose moves these files give whole. dated: those made of the card's own dates (`stage_dates:`).
  struct History {
    std::string entity, card_id;
    bool dated = false;
  };
  std::vector<History> histories;
  /// Lines of deals that are not among the files but known from an earlier import: all that they have now.
  struct Lines {
    std::string deal_id;
    std::vector<ProductLine> lines;
  };
  std::vector<Lines> lines;
};

/// How far an import has come.
struct ImportProgress {
  std::string file;  ///< the one that is read; "": all are read, the rows are being stored
  int64_t rows = 0;  ///< of all files so far
  double share = 0;  ///< of all files' bytes, 0 to 1
};
using OnImportProgress = std::function<void(const ImportProgress&)>;

struct ImportSettings {
  FindKnown find_known;                            ///< may be empty: nobody is known
  std::function<Status(FileRows&&)> on_file_rows;  ///< may be empty; belongs into the same load
  /// Takes the rows batch by batch; an error ends the import and is returned. All batches belong into one
  /// load: with it left uncommitted, nothing is imported.
  std::function<Status(SourceBatch&&)> on_batch;
  std::function<void(const Reject&)> on_reject;
  OnImportProgress on_progress;  ///< every few thousand rows; may be empty
  size_t batch_rows = 20'000;
  /// Given: the rows are calls for the portal of a CRM; the numbers of its employees, normalised. Batches
  /// then hold calls alone, which name nobody but by number and `own`.
  std::optional<std::set<std::string>> call_list;
};

/// Reads the files of `paths` (a folder stands for the files in it) as `mapping` says, one pass each in
/// bounded memory (ids of cards and names of people, clients and products are held). A column whose numbers
/// or dates have two readings is first read through to see what its other cells prove. Errors, all before the
/// first batch or with nothing committed: `file_not_found`, `no_file_matches`, `missing_file`,
/// `unknown_column`, those of OpenTable, and what `on_batch` gave.
Result<ImportReport> Import(const Mapping& mapping, std::span<const std::string> paths,
                            const ImportSettings& settings);

}  // namespace svodka::crm::files
