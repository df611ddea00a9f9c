#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "app/commands.hpp"
#include "app/setup/connection.hpp"
#include "sync/portal_sync.hpp"

namespace svodka::app {

/// Asks the CRM once more, then keeps the portal, its secret (sealed) and what the CRM told, and begins to
/// follow it where portals are followed. `portal`: id and name are set; kind, address and the rest are filled
/// here. A wrong secret changes nothing; a one-time code is exchanged, and what it gave is kept before it is
/// used. Errors: those of the connectors, of PortalStore::Save and of the settings.
Result<sync::AccountFacts> OpenPortal(Services& services, const Connection& connection, state::Portal portal,
                                      const std::optional<json::value>& lead_pipelines,
                                      const std::string& writer, std::stop_token stop);

/// A free id made of an address: `https://romashka.bitrix24.ru` -> romashka, romashka-2 …
Result<std::string> SuggestPortalId(state::State& state, const std::string& address);

}  // namespace svodka::app
