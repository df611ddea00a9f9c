#pragma once

#include <functional>
#include <memory>

#include "check/crm_reader.hpp"
#include "crm/http.hpp"
#include "sync/pause.hpp"
#include "sync/rate_limiter.hpp"

namespace svodka::check::amocrm {

/// amoCRM has one kind of card: every key's entity is `card`, whichever of the two it is to us.
inline constexpr const char* kEntity = "card";

struct Settings {
  std::string address;  ///< https://name.amocrm.ru
  /// The token that is good now; given a refused one, another. Secret.
  std::function<Result<std::string>(const std::string& refused, std::stop_token)> token;
  bool has_cents = false;            ///< amounts may have cents: crm::amocrm::HasCents of the address
  std::chrono::milliseconds gap{0};  ///< between two requests, beside the shared limit
  int attempts_max = 8;
};

/// Borrowed parts outlive it. The account's own zone gives the days.
std::unique_ptr<CrmReader> MakeReader(Settings settings, crm::HttpTransport& transport, sync::Pauser& pauser,
                                      std::shared_ptr<sync::RateLimiter> limiter);

}  // namespace svodka::check::amocrm
