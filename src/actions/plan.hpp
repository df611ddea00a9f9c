#pragma once

#include <string>
#include <vector>

#include "actions/order.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "state/actions.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::actions {

/// What would be done to one card.
struct Step {
  CardKey card;
  std::string title;
  std::string responsible, responsible_name;  ///< of the task, or who becomes responsible
  std::string before, before_name;            ///< the card's responsible now
  std::string link;                           ///< of the card in the CRM, "" where there is none
  /// Why nothing is done; "" : it is done. unknown_card, deleted, unreadable, closed, no_responsible,
  /// responsible_inactive, responsible_technical, same_task (an open task with this text or of this rule is
  /// there), already_theirs, limit.
  std::string skip;
};

struct Plan {
  std::vector<Step> steps;  ///< in the order of the cards
  std::optional<Instant> deadline;
  int64_t planned() const;
};

/// Looks at our copy only; nothing is sent. `made`: tasks that requests of the same rule or text made.
/// `cards_max`: further ones are skipped with `limit`. Errors: `bad_deadline`, `deadline_past`,
/// `unknown_employee`, `responsible_inactive`, those of the warehouse.
Result<Plan> MakePlan(const Order& order, const warehouse::Warehouse& warehouse,
                      const std::vector<state::MadeTask>& made, Instant now, size_t cards_max);

/// The page of a card or "" without an address. `kind`: of the portal.
std::string CardLink(const std::string& kind, const std::string& address, const CardKey& card);

}  // namespace svodka::actions
