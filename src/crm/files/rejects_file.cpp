#include "crm/files/rejects_file.hpp"

#include <filesystem>
#include <fstream>

#include "crm/files/csv_reader.hpp"

namespace svodka::crm::files {

namespace fs = std::filesystem;

RejectsFile::RejectsFile(std::string path) : path_(std::move(path)) {
  std::error_code ignored;  // that there was none is no trouble; that it stays is told by the row count
  fs::remove(path_, ignored);
}

RejectsFile::~RejectsFile() { Flush(); }

void RejectsFile::Add(const Reject& reject) {
  if (rows_ == 0) {
    pending_ = "\xEF\xBB\xBF";
    AppendCsvRecord({"file", "line", "column", "value", "code", "reason"}, ',', pending_);
  }
  ++rows_;
  AppendCsvRecord(
      {reject.file, std::to_string(reject.line), reject.column, reject.value, reject.code, reject.reason},
      ',', pending_);
  if (pending_.size() > (1U << 20U)) Flush();
}

void RejectsFile::Flush() {
  if (pending_.empty()) return;
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file.write(pending_.data(), static_cast<std::streamsize>(pending_.size()));
  file.flush();
  if (!file) failed_ = true;
  pending_.clear();
}

Status RejectsFile::Close() {
  Flush();
  if (failed_) {
    return Diagnostic{"rejects_unwritable", "the rejects file cannot be written: " + path_, path_, {}};
  }
  return Done{};
}

}  // namespace svodka::crm::files
