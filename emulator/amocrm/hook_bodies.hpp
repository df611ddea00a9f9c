#pragma once

#include <string>

#include "emulator/amocrm/hooks.hpp"
#include "emulator/amocrm/view.hpp"

namespace svodka::emulator::amocrm {

/// Queues the webhooks of what the last View::Follow added, in the legacy names that webhooks use.
void QueueHooks(const View& view, const std::string& subdomain, bool kommo, Hooks& hooks);

}  // namespace svodka::emulator::amocrm
