#include "crm/files/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/text.hpp"

namespace svodka::crm::files {
namespace {

constexpr size_t kPieceBytes = size_t(1) << 20U;
constexpr size_t kRecordBytesMax = size_t(4) << 20U;  // a longer one is a quote that nobody closed
constexpr size_t kSampleBytes = size_t(64) << 10U;

/// Number of fields of each of the first records; a record cut by the sample's end is left out.
std::vector<size_t> CountFields(std::string_view sample, char delimiter) {
  std::vector<size_t> counts;
  size_t fields = 1;
  bool in_quotes = false;
  bool field_start = true;
  bool any = false;
  for (size_t i = 0; i < sample.size() && counts.size() < 64; ++i) {
    const char c = sample[i];
    if (in_quotes) {
      if (c == '"') {
        if (i + 1 < sample.size() && sample[i + 1] == '"') {
          ++i;
        } else {
          in_quotes = false;
        }
      }
      continue;
    }
    if (c == '"' && field_start) {
      in_quotes = true;
      field_start = false;
      any = true;
    } else if (c == delimiter) {
      ++fields;
      field_start = true;
      any = true;
    } else if (c == '\n' || c == '\r') {
      if (any) counts.push_back(fields);
      fields = 1;
      field_start = true;
      any = false;
    } else {
      field_start = false;
      any = true;
    }
  }
  if (any && (counts.empty() || sample.size() < kSampleBytes)) counts.push_back(fields);
  return counts;
}

}  // namespace

char DetectDelimiter(std::string_view sample) {
  char best = ',';
  double best_score = 0;
  for (const char candidate : {',', ';', '\t', '|'}) {
    const std::vector<size_t> counts = CountFields(sample, candidate);
    if (counts.empty()) continue;
    // The commonest width is the table's: a report may begin with lines of its title.
    size_t width = counts.front();
    int64_t same = 0;
    for (const size_t count : counts) {
      const auto as_wide = std::count(counts.begin(), counts.end(), count);
      if (as_wide > same) width = count, same = as_wide;
    }
    if (width < 2) continue;
    const double agreement = static_cast<double>(same) / static_cast<double>(counts.size());
    // Agreement counts most: a comma within amounts makes many columns, but not always as many.
    const double score = agreement * agreement * 100 + static_cast<double>(std::min<size_t>(width, 50));
    if (score > best_score) {
      best_score = score;
      best = candidate;
    }
  }
  return best;
}

void AppendCsvRecord(const std::vector<std::string_view>& fields, char delimiter, std::string& text) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text.push_back(delimiter);
    const std::string_view field = fields[i];
    const std::string special = std::string("\"\r\n") + delimiter;
    const bool quote = field.find_first_of(special) != std::string_view::npos ||
                       (!field.empty() && (field.front() == ' ' || field.back() == ' ')) ||
                       (fields.size() == 1 && field.empty());
    if (!quote) {
      text.append(field);
      continue;
    }
    text.push_back('"');
    for (const char c : field) {
      if (c == '"') text.push_back('"');
      text.push_back(c);
    }
    text.push_back('"');
  }
  text.push_back('\n');
}

Result<std::unique_ptr<TableReader>> CsvReader::Open(const std::string& path, const TableOptions& options) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Diagnostic{"file_not_found", "cannot read the file " + path, path, {}};
  EncodingSniffer sniffer;
  std::string piece(kPieceBytes, '\0');
  size_t bytes = 0;
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<size_t>(file.gcount());
    bytes += got;
    sniffer.Feed(std::string_view(piece).substr(0, got));
  }
  if (file.bad())
    return Diagnostic{"unreadable_file", "the file " + path + " cannot be read to its end", path, {}};
  if (bytes == sniffer.mark_bytes()) {
    return Diagnostic{
        "empty_file", "the file has no rows: " + path + "; export it again", FileName(path), {}};
  }
  file.clear();
  file.seekg(static_cast<std::streamoff>(sniffer.mark_bytes()));
  const Encoding encoding = options.encoding.value_or(sniffer.encoding());
  std::unique_ptr<CsvReader> reader(new CsvReader(std::move(file), encoding, true));
  reader->bytes_ = bytes;
  reader->Fill();
  reader->delimiter_ =
      options.delimiter.value_or(DetectDelimiter(std::string_view(reader->buffer_).substr(0, kSampleBytes)));
  reader->ReadSeparatorLine();
  return std::unique_ptr<TableReader>(std::move(reader));
}

double CsvReader::share_read() const {
  if (bytes_ == 0) return 1;
  // What is decoded but not yet handed out is not read.
  const double waiting = static_cast<double>(buffer_.size() - std::min(at_, buffer_.size()));
  const double handed = decoded_ == 0 ? 1 : 1 - waiting / static_cast<double>(decoded_);
  return std::clamp(static_cast<double>(bytes_taken_) / static_cast<double>(bytes_) * handed, 0.0, 1.0);
}

std::string CsvReader::description() const {
  const std::string shown = delimiter_ == '\t' ? "tab" : "\"" + std::string(1, delimiter_) + "\"";
  return "csv, " + std::string(NameOf(encoding_)) + ", delimiter " + shown;
}

bool CsvReader::Fill() {
  if (at_end_) return false;
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  std::string piece(kPieceBytes, '\0');
  file_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
  if (file_.bad()) throw DiagnosticError({"unreadable_file", "the file cannot be read on", "", {}});
  bytes_taken_ += static_cast<size_t>(file_.gcount());
  const size_t before = buffer_.size();
  decoder_.Append(std::string_view(piece).substr(0, static_cast<size_t>(file_.gcount())), buffer_);
  if (!file_) {
    at_end_ = true;
    decoder_.Finish(buffer_);
  }
  decoded_ += buffer_.size() - before;
  return true;
}

void CsvReader::ReadSeparatorLine() {
  const std::string_view text = buffer_;
  if (text.size() < 6 || text.substr(0, 4) != "sep=" || (text[5] != '\r' && text[5] != '\n')) return;
  delimiter_ = text[4];
  at_ = text[5] == '\r' && text.size() > 6 && text[6] == '\n' ? 7 : 6;
  line_ = 2;
}

bool CsvReader::FindRecord(Extent& extent) {
  extent = {};
  size_t i = at_;
  bool in_quotes = false;
  bool field_start = true;
  size_t first_line_text = 0;
  size_t first_line_end = 0;
  while (true) {
    if (i >= buffer_.size()) {
      const size_t done = i - at_;
      if (done <= kRecordBytesMax && Fill()) {
        // Start over: a rescan is simpler than moving every offset, and happens once per piece.
        extent = {};
        i = at_;
        in_quotes = false;
        field_start = true;
        first_line_text = first_line_end = 0;
        continue;
      }
      if (done == 0) return false;
      extent.end = extent.text = i;
      extent.unclosed = in_quotes;
      extent.too_long = !at_end_;
      break;
    }
    const char c = buffer_[i];
    if (in_quotes) {
      if (c == '"') {
        if (i + 1 >= buffer_.size() && !at_end_) {  // whether it is doubled is in the next piece
          i = buffer_.size();
          continue;
        }
        if (i + 1 < buffer_.size() && buffer_[i + 1] == '"') {
          i += 2;
          continue;
        }
        in_quotes = false;
        const char next = i + 1 < buffer_.size() ? buffer_[i + 1] : '\n';
        const bool closes = next == delimiter_ || next == '\n' || next == '\r' || next == ' ' || next == '\t';
        if (!closes && extent.lines > 1) {  // this quote opens a field: the one before was never closed
          extent.unclosed = true;
          break;
        }
      } else if (c == '\n') {
        if (first_line_end == 0) {
          first_line_text = i > at_ && buffer_[i - 1] == '\r' ? i - 1 : i;
          first_line_end = i + 1;
        }
        ++extent.lines;
        if (i - at_ > kRecordBytesMax) {
          extent.unclosed = true;
          break;
        }
      }
      ++i;
      continue;
    }
    if (c == '"' && field_start) {
      in_quotes = true;
      extent.quoted = true;
      field_start = false;
      ++i;
    } else if (c == delimiter_) {
      field_start = true;
      ++i;
    } else if (c == '\n') {
      extent.text = i;
      extent.end = i + 1;
      return true;
    } else if (c == '\r') {
      if (i + 1 >= buffer_.size() && !at_end_) {
        i = buffer_.size();
        continue;
      }
      extent.text = i;
      extent.end = i + 1 < buffer_.size() && buffer_[i + 1] == '\n' ? i + 2 : i + 1;
      return true;
    } else {
      field_start = false;
      ++i;
    }
  }
  if (extent.unclosed && first_line_end > 0) {  // give up the first line only
    extent.text = first_line_text;
    extent.end = first_line_end;
    extent.lines = 1;
    extent.too_long = false;
  }
  return true;
}

void CsvReader::SkipLine() {
  while (true) {
    const size_t end = buffer_.find_first_of("\r\n", at_);
    if (end == std::string::npos) {
      at_ = buffer_.size();
      if (!Fill()) return;
    } else if (buffer_[end] == '\r' && end + 1 >= buffer_.size() && !at_end_) {
      at_ = end;  // whether a line feed follows is in the next piece
      Fill();
    } else {
      at_ = end + (buffer_[end] == '\r' && end + 1 < buffer_.size() && buffer_[end + 1] == '\n' ? 2 : 1);
      return;
    }
  }
}

void CsvReader::SplitPlain(std::string_view record, TableRow& row) const {
  while (true) {
    const void* hit = std::memchr(record.data(), delimiter_, record.size());
    const size_t length =
        hit == nullptr ? record.size() : static_cast<size_t>(static_cast<const char*>(hit) - record.data());
    row.cells.push_back({TrimAny(record.substr(0, length)), CellKind::kText});
    if (hit == nullptr) return;
    record.remove_prefix(length + 1);
  }
}

void CsvReader::SplitQuoted(size_t from, size_t to, TableRow& row) {
  size_t i = from;
  while (true) {
    if (i < to && buffer_[i] == '"') {
      // The doubled quotes are closed up in place: the text only becomes shorter.
      size_t write = i + 1;
      size_t read = i + 1;
      const size_t start = write;
      while (read < to) {
        if (buffer_[read] == '"') {
          if (read + 1 < to && buffer_[read + 1] == '"') {
            ++read;
          } else {
            break;
          }
        }
        buffer_[write++] = buffer_[read++];
      }
      row.cells.push_back({TrimAny(std::string_view(buffer_).substr(start, write - start)), CellKind::kText});
      i = read + 1;
      size_t after = i;
      while (after < to && buffer_[after] != delimiter_) ++after;
      if (after > i && !TrimAny(std::string_view(buffer_).substr(i, after - i)).empty() && !row.trouble) {
        row.trouble = Diagnostic{
            "bad_quotes", "text after a closing quote; a quote inside a field must be written twice", "", {}};
      }
      i = after;
    } else {
      size_t end = i;
      while (end < to && buffer_[end] != delimiter_) ++end;
      row.cells.push_back({TrimAny(std::string_view(buffer_).substr(i, end - i)), CellKind::kText});
      i = end;
    }
    if (i >= to) return;
    ++i;  // the delimiter
  }
}

bool CsvReader::Next(TableRow& row) {
  Extent extent;
  while (true) {
    row.cells.clear();
    row.trouble.reset();
    if (std::exchange(within_line_, false)) SkipLine();
    if (!FindRecord(extent)) return false;
    row.line = line_;
    const size_t from = at_;
    const std::string_view record = std::string_view(buffer_).substr(from, extent.text - from);
    const bool valid = !check_utf8_ || IsValidUtf8(record);
    at_ = extent.end;
    line_ += extent.lines;
    within_line_ =
        extent.too_long;  // the cells of this row look into the buffer until the next one is asked for
    if (TrimAny(record).empty()) continue;
    if (extent.too_long) {
      SplitPlain(record, row);
      row.trouble = Diagnostic{
          "row_too_long", "a row of more than 4 MiB; is the delimiter or the line end right?", "", {}};
      return true;
    }
    if (extent.unclosed) {
      SplitPlain(record, row);
      row.trouble =
          Diagnostic{"unclosed_quote",
                     "a quoted field is never closed; close the quote or write it twice within the field",
                     "",
                     {}};
      return true;
    }
    if (extent.quoted) {
      SplitQuoted(from, extent.text, row);
    } else {
      SplitPlain(record, row);
    }
    if (!valid || (encoding_ != Encoding::kUtf8 && record.find("\xEF\xBF\xBD") != std::string_view::npos)) {
      row.trouble = Diagnostic{"bad_encoding",
                               "bytes that are no text in " + std::string(NameOf(encoding_)) +
                                   "; name the file's encoding in the mapping or export it as UTF-8",
                               "",
                               {}};
    }
    const bool blank =
        std::all_of(row.cells.begin(), row.cells.end(), [](const Cell& c) { return c.text.empty(); });
    if (blank && !row.trouble) continue;
    return true;
  }
}

}  // namespace svodka::crm::files
