#pragma once

#include "metrics/query/bind.hpp"
#include "metrics/query/filters.hpp"

namespace svodka::metrics {

/// Scans and components for the request's measures over one frame. Equal scans are shared. Errors: as Bind.
Result<Plan> PlanQuery(const BoundQuery& query, const BindContext& context, const PlanOptions& options);

/// The scan of one simple measure over one level of the dimensions, without atoms. For records: no
/// dimensions.
Scan MakeScan(const BoundQuery& query, const BindContext& context, const MeasureForm& form,
              std::shared_ptr<const Arguments> arguments, bool base);

}  // namespace svodka::metrics
