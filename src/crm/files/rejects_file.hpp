#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace svodka::crm::files {

/// One cell that could not be read, or a row that could not be taken (column and value empty then). The whole
/// row of it is left out of the load.
struct Reject {
  std::string file;
  int64_t line = 0;
  std::string column, value, code, reason;
};

/// Rejects as CSV with the header `file,line,column,value,code,reason`, begun with a byte order mark so that
/// Excel reads it. The file is made with the first reject; without one an older file of that name is removed.
class RejectsFile {
 public:
  explicit RejectsFile(std::string path);
  ~RejectsFile();
  void Add(const Reject& reject);
  /// Errors: `rejects_unwritable`. `rows` of 0: there is no file.
  Status Close();
  int64_t rows() const { return rows_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string pending_;
  int64_t rows_ = 0;
  bool failed_ = false;
  void Flush();
};

}  // namespace svodka::crm::files
