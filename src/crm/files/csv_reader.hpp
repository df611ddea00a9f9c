#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "crm/files/table.hpp"

namespace svodka::crm::files {

/// Reads separated text (RFC 4180 and what programs make of it): quoted fields with line breaks and doubled
/// quotes, LF, CRLF and CR line ends, a first line `sep=;` as Excel writes it. A quote that is never closed
/// costs one line, not the rest of the file: that line is given as a row with trouble, and reading goes on
/// with the next one. So does a line of more than 4 MiB.
class CsvReader final : public TableReader {
 public:
  /// Errors: `file_not_found`, `unreadable_file`, `empty_file`.
  static Result<std::unique_ptr<TableReader>> Open(const std::string& path, const TableOptions& options);

  bool Next(TableRow& row) override;
  double share_read() const override;
  std::string description() const override;

 private:
  CsvReader(std::ifstream file, Encoding encoding, bool check_utf8)
      : file_(std::move(file)), decoder_(encoding), encoding_(encoding), check_utf8_(check_utf8) {}

  struct Extent {
    size_t end = 0;   ///< just past the record, its line end included
    size_t text = 0;  ///< just past its last character
    int64_t lines = 1;
    bool quoted = false;
    bool unclosed = false;
    bool too_long = false;  ///< ends within a line
  };
  bool Fill();
  bool FindRecord(Extent& extent);
  /// Passes over what is left of the present line.
  void SkipLine();
  void SplitPlain(std::string_view record, TableRow& row) const;
  void SplitQuoted(size_t from, size_t to, TableRow& row);
  void ReadSeparatorLine();

  std::ifstream file_;
  Decoder decoder_;
  Encoding encoding_;
  bool check_utf8_;
  char delimiter_ = ',';
  std::string buffer_;
  size_t at_ = 0;
  int64_t line_ = 1;
  size_t bytes_ = 0;        ///< of the file
  size_t bytes_taken_ = 0;  ///< out of it so far
  size_t decoded_ = 0;      ///< bytes of UTF-8 made of them
  bool at_end_ = false;
  bool within_line_ = false;  ///< the last row was too long: its line goes on
};

/// The separator under which the first records of `sample` have the most columns of the same number; ',' when
/// none has two. Candidates: `, ; tab |`.
char DetectDelimiter(std::string_view sample);

/// One record with its line end: fields are quoted when they hold the delimiter, a quote or a line break.
void AppendCsvRecord(const std::vector<std::string_view>& fields, char delimiter, std::string& text);

}  // namespace svodka::crm::files
