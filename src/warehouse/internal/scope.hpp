#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "warehouse/internal/duck.hpp"
#include "warehouse/internal/merge.hpp"

/// What of the star a merge touched. Planning a statement costs more than running it over a few cards: each
/// step here exists to leave others out.
namespace svodka::warehouse {

/// Which of the scopes hold anything.
struct Scope {
  bool leads = false, deals = false, clients = false, activities = false;
  bool known_activities = false;  ///< some of the activities were there before
};

/// Fills the temporary tables scope_lead, scope_deal, scope_client (key; only where Scope::clients) and
/// scope_activity (id; scope_binding: their bindings) with what a merge touched, from its delta_ tables:
/// cards, cards of their activities and of their clients. Nothing when so much is touched that building
/// everything anew is cheaper, or when a change reaches every card.
std::optional<Scope> CollectScope(Connection& connection, const MergeOutcome& outcome);

/// True when no card outside the scope depends on what changed: first and repeated sales depend on all of a
/// client's cards, but only on which client it is, when they were created, and whether and when they were
/// won; a lead tells of its won deals. Needs lead_card, deal_card, deal_close of the scope and the star of
/// before; makes lead_before and deal_before.
bool StandAlone(Connection& connection, const std::set<std::string>& changed, bool leads, bool deals);

/// What such cards say of repeats is what they said before. Makes deal_repeat or lead_repeat.
void KeepRepeats(Connection& connection, std::string_view card);

/// Adds the leads of the deals in scope, then every card of the clients of the cards in scope, before and
/// after the change. Needs lead_buyer and deal_buyer of the cards in scope; `leads_changed` makes lead_buyer
/// anew. True when there were any to add.
bool WidenScope(Connection& connection, const std::function<void()>& leads_changed);

}  // namespace svodka::warehouse
