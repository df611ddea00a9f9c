#pragma once

#include <memory>

#include "actions/crm_writer.hpp"
#include "base/clock.hpp"
#include "check/crm_reader.hpp"
#include "state/state.hpp"
#include "sync/amo_sync.hpp"
#include "sync/pause.hpp"
#include "sync/portal_sync.hpp"
#include "sync/rate_limiter.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::app {

/// The pace that a portal's CRM allows, shared by all portals and processes of the data folder that ask the
/// same address.
std::shared_ptr<sync::RateLimiter> MakeLimiter(const state::Portal& portal, const std::string& data_folder,
                                               const Clock& clock);

/// Tokens of an amoCRM account: one object per portal and process, for a refresh token works once. Nothing
/// for other portals. Errors: `secret_missing`.
Result<std::shared_ptr<sync::AmoTokens>> MakeTokens(const state::Portal& portal, state::State& state,
                                                    const Clock& clock);

/// A session with the CRM of a portal, made of what is stored: its secret and its settings. The parts that it
/// borrows live with it; the others outlive it. Errors: `not_connected` for file portals, `secret_missing`,
/// those of the connector.
Result<std::shared_ptr<sync::PortalSync>> MakeSession(const state::Portal& portal, state::State& state,
                                                      const Clock& clock, sync::Pauser& pauser,
                                                      std::shared_ptr<sync::RateLimiter> limiter,
                                                      std::shared_ptr<sync::AmoTokens> tokens,
                                                      warehouse::Warehouse& warehouse);

/// The second reader of the same CRM, for reconciliation. `gap`: what it waits between two requests beside
/// the shared limit. Errors: as MakeSession.
Result<std::shared_ptr<check::CrmReader>> MakeCheckReader(const state::Portal& portal, state::State& state,
                                                          const Clock& clock, sync::Pauser& pauser,
                                                          std::shared_ptr<sync::RateLimiter> limiter,
                                                          std::shared_ptr<sync::AmoTokens> tokens,
                                                          std::chrono::milliseconds gap);

/// What changes cards and makes tasks in the same CRM. Errors: as MakeSession.
Result<std::shared_ptr<actions::CrmWriter>> MakeCrmWriter(const state::Portal& portal, state::State& state,
                                                          sync::Pauser& pauser,
                                                          std::shared_ptr<sync::RateLimiter> limiter,
                                                          std::shared_ptr<sync::AmoTokens> tokens);

/// Names of a portal's secrets in the state.
inline constexpr const char* kWebhookSecret = "webhook";
inline constexpr const char* kAmoTokenSecret = "amocrm_token";
inline constexpr const char* kAmoGrantSecret = "amocrm_grant";
/// The part of the address for events that nobody can guess.
inline constexpr const char* kHookKeySecret = "hook_key";
/// Bitrix24's application tokens of its outgoing webhooks, one a line.
inline constexpr const char* kHookTokenSecret = "hook_token";

}  // namespace svodka::app
