#pragma once

#include "base/yaml.hpp"
#include "reports/report_model.hpp"

namespace svodka::reports {

/// One definition from its file; every mistake at once, sorted by place. Codes: ReportModel::Load.
Result<ReportDefinition> ReadDefinition(const YamlDocument& document, const ModelNames& names);

/// Sorts `file:2` before `file:10`.
void SortByPlace(Diagnostics& errors);

}  // namespace svodka::reports
