#pragma once

#include "crm/files/table.hpp"

namespace svodka::crm::files {

/// Whether the beginning of a file is HTML: Bitrix24's "export to Excel" and many others write an HTML table
/// named .xls.
bool LooksLikeHtml(std::string_view head);

/// Reads the rows of the first table of an HTML file, up to 512 MiB. Merged cells have no place in a list of
/// records: a `colspan` or `rowspan` above 1 below the header is trouble of its row (`merged_cells`).
/// Errors: `unreadable_file`, `no_table`, `file_too_large`.
Result<std::unique_ptr<TableReader>> OpenHtmlTable(const std::string& path);

}  // namespace svodka::crm::files
