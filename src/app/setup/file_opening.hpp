#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands.hpp"
#include "app/setup/say.hpp"
#include "crm/files/mapping.hpp"
#include "sync/file_import.hpp"

namespace svodka::app {

/// Imports files into the portal `id`, which is made if there is none and goes again if nothing could be
/// read. The portal of a CRM takes lists of calls alone, and stays as it is. `name`: how people call a
/// new one; "" takes the mapping's. `say`: of the rejects file. Errors:
/// `portal_of_crm`, those of ImportFiles.
Result<sync::FileImportSummary> ImportIntoPortal(Services& services, const std::string& id,
                                                 const std::string& name, const crm::files::Mapping& mapping,
                                                 const std::vector<std::string>& files,
                                                 const std::string& writer, const Say& say,
                                                 const crm::files::OnImportProgress& on_progress);

/// `rejects`: what to tell of where the rejected rows are.
json::object ToJson(const sync::FileImportSummary& summary, const std::string& rejects, const Say& say);

}  // namespace svodka::app
