#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "actions/crm_writer.hpp"
#include "base/result.hpp"
#include "crm/http.hpp"
#include "sync/pause.hpp"
#include "sync/rate_limiter.hpp"

namespace svodka::actions::amocrm {

struct Settings {
  std::string address;  ///< https://name.amocrm.ru
  /// An access token; `refused`: the one that the account did not take, or "".
  std::function<Result<std::string>(const std::string& refused, std::stop_token stop)> token;
};

/// Tasks by POST /api/v4/tasks; the account keeps no mark of ours, so a task whose answer was lost is known
/// by its card, text, deadline and responsible. The responsible of a card changes by PATCH /api/v4/leads/ID.
/// Borrowed parts outlive it.
std::unique_ptr<CrmWriter> MakeWriter(Settings settings, crm::HttpTransport& transport, sync::Pauser& pauser,
                                      std::shared_ptr<sync::RateLimiter> limiter);

}  // namespace svodka::actions::amocrm
