#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crm/files/encoding.hpp"

/// A table of text out of a file: CSV, XLSX or an HTML table that calls itself .xls.
namespace svodka::crm::files {

/// What the file itself says of a cell. Text needs interpreting; the others are unambiguous.
enum class CellKind : uint8_t {
  kText,
  kNumber,   ///< a spreadsheet's number, as a plain decimal such as `-12.5`
  kRounded,  ///< a spreadsheet's number of which it kept fifteen digits: `1.23456789012346E+18`, as written
  kMoment,   ///< a spreadsheet's date: `2025-03-31` or `2025-03-31 14:05:00`, wall-clock
  kTime,     ///< a spreadsheet's time of day or duration: `14:05:00`, `27:00:00`
  kFlag,     ///< `1` or `0`
  kError,    ///< a spreadsheet's error such as `#N/A`
};

struct Cell {
  std::string_view text;  ///< UTF-8; trimmed; empty is unknown
  CellKind kind = CellKind::kText;
};

struct TableRow {
  int64_t line = 0;         ///< line of a text file or row of a sheet where it begins, from 1
  std::vector<Cell> cells;  ///< valid until the next call of Next
  bool open_ended = false;  ///< cells missing at the end are empty (a sheet leaves them out)
  /// Set when the row cannot be trusted (`unclosed_quote`, `bad_quotes`, `bad_encoding`, `row_too_long`);
  /// cells then hold what there is, for the rejects file.
  std::optional<Diagnostic> trouble;
};

/// Reads once, from the first row to the last, in bounded memory. Not thread-safe.
class TableReader {
 public:
  virtual ~TableReader() = default;
  /// False at the end. Rows without any text are passed over. Throws DiagnosticError when the file cannot be
  /// read on
  /// (`unreadable_file`, `bad_xlsx`).
  virtual bool Next(TableRow& row) = 0;
  /// How much of the file has been read, by its bytes: 0 to 1.
  virtual double share_read() const = 0;
  /// How it is read, for people: `csv, utf-8, delimiter ";"`.
  virtual std::string description() const = 0;
};

struct TableOptions {
  std::optional<char> delimiter;     ///< CSV; else detected
  std::optional<Encoding> encoding;  ///< CSV; else detected
  std::string sheet;                 ///< XLSX: name, or its number from 1; empty: the first sheet
};

/// Opens a file by what is in it, not by its name. Errors: `file_not_found`, `unreadable_file`, `legacy_xls`
/// (with advice), `bad_xlsx`, `unknown_sheet`, `empty_file`.
Result<std::unique_ptr<TableReader>> OpenTable(const std::string& path, const TableOptions& options);

/// Last part of a path, as messages call the file.
std::string FileName(std::string_view path);

}  // namespace svodka::crm::files
