#pragma once

#include <string>

#include "base/json.hpp"
#include "check/copy.hpp"
#include "check/run.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::check {

/// The outcome as the API, the stored verdict and the command give it; see schemas/openapi.yaml, CheckReport.
/// At most 1,000 findings are listed, those that are left first; the counters tell of all.
json::object ToJson(const Outcome& outcome, const Copy::Names& names,
                    const warehouse::PortalSettings& portal);

}  // namespace svodka::check
