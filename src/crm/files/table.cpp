#include "crm/files/table.hpp"

#include <fstream>

#include "base/text.hpp"
#include "crm/files/csv_reader.hpp"
#include "crm/files/html_table.hpp"
#include "crm/files/xlsx_reader.hpp"

namespace svodka::crm::files {

std::string FileName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

Result<std::unique_ptr<TableReader>> OpenTable(const std::string& path, const TableOptions& options) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Diagnostic{"file_not_found", "cannot read the file " + path, path, {}};
  std::string head(4096, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(file.gcount()));
  if (head.starts_with("PK\x03\x04")) return OpenXlsx(path, options);
  if (head.starts_with("\xD0\xCF\x11\xE0")) {
    return Diagnostic{"legacy_xls",
                      "an old Excel workbook (.xls, before 2007) cannot be read; open it and save it as "
                      ".xlsx or as CSV UTF-8",
                      FileName(path),
                      {}};
  }
  if (LooksLikeHtml(head)) return OpenHtmlTable(path);
  return CsvReader::Open(path, options);
}

}  // namespace svodka::crm::files
