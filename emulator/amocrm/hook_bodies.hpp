#pragma once

#include <string>

#include "emulator/amocrm/hooks.hpp"
#include "emulator/amocrm/view.hpp"

namespace svodka::emulator::amocrm {

/// Queues the webhooks of what the last View::Follow added, in the legacy names that webhooks use;
/// `customers`: the account keeps them.
void QueueHooks(const View& view, const std::string& subdomain, bool kommo, bool customers, Hooks& hooks);

}  // namespace svodka::emulator::amocrm
