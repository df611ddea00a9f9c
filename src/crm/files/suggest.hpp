#pragma once

#include <span>
#include <string>

#include "base/result.hpp"

namespace svodka::crm::files {

/// Writes a first mapping for the files by reading their headers (Russian and English, the usual exports of
/// Bitrix24 and amoCRM) and some thousand rows for types. The text is a valid mapping; what is only likely
/// carries `# check`, with sample values. Errors: those of OpenTable; `no_header`.
Result<std::string> SuggestMapping(std::span<const std::string> paths);

}  // namespace svodka::crm::files
