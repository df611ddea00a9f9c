#pragma once

#include <span>
#include <string_view>

#include "crm/hook.hpp"

namespace svodka::crm::amocrm {

/// Codes of the events that we use, as a subscription names them. `documented`: without those that are known
/// from the field only (requests that wait), which an account might refuse.
std::span<const std::string_view> HookEvents(bool documented = false);

/// A webhook of the account: `leads[status][0][id]=5`, several entities in one. Companies may stand under
/// `contacts` with type=company; a task's key is singular; a decision on a request names its card in
/// accept_result or decline_result. Deletions carry no more than an id. Names that we do not know are listed.
Hook ReadHook(std::span<const FormField> fields);

}  // namespace svodka::crm::amocrm
