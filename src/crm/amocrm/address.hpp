#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace svodka::crm::amocrm {

/// The account's origin, such as https://demo.amocrm.ru, from what a person pastes: a path behind it, blanks,
/// quotes and a missing scheme are forgiven. Hosts: *.amocrm.ru, *.amocrm.com, *.kommo.com; plain http and
/// any host only for this machine's own addresses. Errors: `bad_address`.
Result<std::string> ParseAddress(std::string_view text);

/// May a token for `origin` be sent to `other`? The same machine's addresses, or another account host of the
/// vendor: a renamed account answers with a redirect there, and nobody else gets the token.
bool IsSameVendor(std::string_view origin, std::string_view other);

/// The same, and not the vendor's own site (www).
bool IsAccountOf(std::string_view origin, std::string_view other);

/// The brand for other countries (Kommo, formerly amocrm.com) writes cents beside the price; amoCRM has none.
/// The connector and the check both go by this.
bool HasCents(std::string_view origin);

}  // namespace svodka::crm::amocrm
