#pragma once

#include <string>
#include <vector>

namespace svodka::app {

/// Rows of texts in aligned columns, two blanks between them; the last column is not padded.
class TextTable {
 public:
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Render() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace svodka::app
