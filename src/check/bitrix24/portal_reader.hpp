#pragma once

#include <memory>

#include "base/clock.hpp"
#include "check/crm_reader.hpp"
#include "crm/http.hpp"
#include "sync/pause.hpp"
#include "sync/rate_limiter.hpp"

namespace svodka::check::bitrix24 {

struct Settings {
  std::string address;  ///< secret: the webhook's address, with a slash at its end
  Zone zone = Zone::Utc();
  std::string base_currency;
  std::chrono::milliseconds gap{0};  ///< between two requests, beside the shared limit
  int attempts_max = 8;
};

/// Borrowed parts outlive it.
std::unique_ptr<CrmReader> MakeReader(Settings settings, crm::HttpTransport& transport, const Clock& clock,
                                      sync::Pauser& pauser, std::shared_ptr<sync::RateLimiter> limiter);

}  // namespace svodka::check::bitrix24
