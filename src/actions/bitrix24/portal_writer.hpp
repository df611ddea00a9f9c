#pragma once

#include <memory>

#include "actions/crm_writer.hpp"
#include "crm/bitrix24/webhook.hpp"
#include "crm/http.hpp"
#include "sync/pause.hpp"
#include "sync/rate_limiter.hpp"

namespace svodka::actions::bitrix24 {

/// Tasks are to-dos (crm.activity.todo.add) that carry the mark at the end of their description, by which
/// they are found again; the responsible changes by crm.item.update. Borrowed parts outlive it.
std::unique_ptr<CrmWriter> MakeWriter(crm::bitrix24::Webhook webhook, Zone zone,
                                      crm::HttpTransport& transport, sync::Pauser& pauser,
                                      std::shared_ptr<sync::RateLimiter> limiter);

}  // namespace svodka::actions::bitrix24
