#pragma once

#include "crm/files/table.hpp"

namespace svodka::crm::files {

/// Reads one sheet of an Office Open XML workbook row by row; its shared strings are held in memory. Dates
/// are cells whose number format is one of dates (built in or custom), in the 1900 or the 1904 system. Hidden
/// rows are rows. Errors: `bad_xlsx`, `encrypted_xlsx`, `unknown_sheet` with the names of the sheets.
Result<std::unique_ptr<TableReader>> OpenXlsx(const std::string& path, const TableOptions& options);

}  // namespace svodka::crm::files
