#pragma once

#include <map>
#include <string>

#include "base/clock.hpp"
#include "warehouse/warehouse.hpp"

/// Lists of calls outlive the warehouse that they were imported into: it can be built anew from the CRM, they
/// cannot.
namespace svodka::sync {

/// Per list, by its id, its calls as JSON: [[id, user or null, phone or null, direction or null, moment,
/// seconds or null, missed or null], …].
using CallListCopies = std::map<std::string, std::string>;

/// Of the lists that have not been taken back.
Result<CallListCopies> CopyCallLists(const warehouse::Warehouse& warehouse);

/// Puts the lists into a warehouse that has never had one; into another nothing. Which of the calls the CRM
/// has is told after the next load, as ever (listed_calls.hpp). Returns how many calls. Error: `bad_copy`.
Result<int64_t> RestoreCallLists(warehouse::Warehouse& warehouse, const Clock& clock,
                                 const CallListCopies& copies);

}  // namespace svodka::sync
