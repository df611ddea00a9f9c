#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::sync {

/// How near two beginnings must be to be those of one call.
inline constexpr int64_t kSameCallSeconds = 120;

/// What the calls of lists count as has been brought in line with the CRM's copy.
struct ListedCalls {
  int64_t stored = 0;   ///< activities made or changed
  int64_t dropped = 0;  ///< activities that the CRM knows itself by now, or whose list was taken back
};

/// Makes an activity (id of the listed call, kind call) of every listed call that the CRM has not itself,
/// bound to whom its number belongs; drops those that it has. Looks at all of them: it may be called at any
/// time, and must be after a load that brought calls, activities, clients or leads, or listed calls.
///
/// Whose a number is: a client's that has it. Of several: a company and its contact, both; contacts of one
/// company, the company; of different companies or people, nobody's. Of no client: the lead's that has it and
/// was made last before the call, else the first one after it.
///
/// Which the CRM has: the same number (of a call that telephony tells nothing of: bound to the same client or
/// lead), the same direction where both tell it, begun within kSameCallSeconds. amoCRM notes a call at its
/// end: its beginning is looked for there too. Each call of the CRM stands for one of the lists, the nearest.
Result<ListedCalls> MatchListedCalls(warehouse::Warehouse& warehouse, const Clock& clock);

/// A listed call as it stands.
struct ListedCallState {
  std::string id, phone;  ///< phone "": hidden
  std::string bindings;   ///< `company:5,contact:9`, `lead:3`, or ""
  bool shared = false;    ///< the number is of several companies or people
  bool counts = false;    ///< false: the CRM has it itself
};
Result<std::vector<ListedCallState>> DescribeListedCalls(const warehouse::Warehouse& warehouse);

/// True when the load brought something that MatchListedCalls looks at.
bool ConcernsListedCalls(const warehouse::LoadSummary& load);

}  // namespace svodka::sync
