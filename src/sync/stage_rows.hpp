#pragma once

#include "base/result.hpp"
#include "crm/rows.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::sync {

/// Appends typed source rows to an open load: the one place where a connector's rows become table cells. Used
/// by every connector, a CRM or a file. Does not commit. Parents go before their children, so that a load
/// that replaces children by parent sees both. `rows.complete` become `MarkComplete` names: user → crm_user;
/// custom_field:ENTITY, dictionary:KIND, department, pipeline:ENTITY and stage:ENTITY stay; plain "pipeline",
/// "stage" and "custom_field" mean every entity of theirs. Tombstones become `Bury`, one call per entity and
/// cause. Parts (lines, links, custom values …) of the parents in `rows` are whole, also where there are
/// none, unless `untold` names them. Errors: those of `Load::Append`.
Status StoreBatch(warehouse::Load& load, const crm::SourceBatch& rows);

/// The same of a source that says nothing of the parts that it lacks: a file without a column of products.
Status StoreGiven(warehouse::Load& load, crm::SourceBatch rows);

}  // namespace svodka::sync
