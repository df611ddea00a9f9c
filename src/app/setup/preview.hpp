#pragma once

#include <string>
#include <vector>

#include "app/setup/say.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "crm/files/mapping.hpp"

namespace svodka::app {

/// The first rows of files as an import would understand them.
struct Preview {
  json::array tables;   ///< {"table", "columns", "rows": [[text or null]]}, cells as they would be stored
  json::array rejects;  ///< {"file", "line", "column", "value", "code", "reason"}, the first ones
};

/// Reads some thousand rows and stores nothing. Errors: those of crm::files::Import.
Result<Preview> MakePreview(const crm::files::Mapping& mapping, const std::vector<std::string>& paths,
                            const Say& say);

}  // namespace svodka::app
