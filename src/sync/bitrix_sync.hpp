#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "crm/http.hpp"
#include "sync/pause.hpp"
#include "sync/portal_sync.hpp"
#include "sync/rate_limiter.hpp"

namespace svodka::sync {

struct BitrixSettings {
  std::string webhook;                ///< secret
  std::string portal_id;              ///< our name of the portal
  std::string portal_name;            ///< for people; "": the address
  std::string loss_reason = "stage";  ///< see crm::bitrix24::Reading
  std::chrono::seconds poll_every{5};
  std::chrono::seconds overlap{600};  ///< windows of change dates reach back by this much
  std::chrono::seconds dictionaries_every{3600};
  int sweep_hour = 3;  ///< of the portal's day
  int64_t rows_per_commit = 25'000;
  int attempts_max = 8;
  size_t commands_per_request = 50;
  /// entityTypeIds of the smart processes whose cards are copied; none by default.
  std::vector<std::string> smart_types;
  /// Comments of cards that were active within this many days are a part of the first load; older ones follow
  /// later.
  int comment_days_first = 60;
};

/// Keeps a warehouse equal to a Bitrix24 portal. Borrowed parts outlive it. Errors: `bad_webhook`; of its
/// runs, beside those of PortalSync: `webhook_revoked`, `access_denied`, `rest_not_in_plan`, `scope_missing`,
/// `portal_gone`.
Result<std::unique_ptr<PortalSync>> MakeBitrixSync(BitrixSettings settings, crm::HttpTransport& transport,
                                                   const Clock& clock, Pauser& pauser,
                                                   std::shared_ptr<RateLimiter> limiter,
                                                   warehouse::Warehouse& warehouse);

}  // namespace svodka::sync
