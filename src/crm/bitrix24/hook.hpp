#pragma once

#include <span>

#include "crm/hook.hpp"

namespace svodka::crm::bitrix24 {

/// A call of an outgoing webhook: event, data, auth[application_token]. Names are compared without regard to
/// case. A deletion is a hint like any other: the portal says whether the card is there.
Hook ReadHook(std::span<const FormField> fields);

}  // namespace svodka::crm::bitrix24
