#pragma once

#include <set>
#include <string>

#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {

/// Fills the temporary tables scope_lead, scope_deal, scope_client (key) and scope_activity (id) with what a
/// merge touched, from its delta_ tables: cards, cards of their activities, of their clients, leads of their
/// deals. Returns false when so much is touched that building everything anew is cheaper, or when a change
/// reaches every card.
bool CollectScope(Connection& connection, const std::set<std::string>& changed);

/// Adds every card of the clients of the cards in scope, before and after the change (first and repeated
/// sales depend on all of a client's cards). Needs lead_buyer and deal_buyer of the cards in scope. True when
/// there were any to add.
bool WidenScopeByClient(Connection& connection);

}  // namespace svodka::warehouse
