#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "crm/bitrix24/requests.hpp"
#include "sync/bitrix24/caller.hpp"

namespace svodka::sync {

/// By which method the portal's cards are read: crm.item.list where it serves, else the entity's older list.
/// Stored as JSON in sync_cursor.
struct DialectChoice {
  struct Form {
    crm::bitrix24::Dialect dialect = crm::bitrix24::Dialect::kLegacy;
    bool plain_moments = false;
  };
  std::map<crm::bitrix24::Stream, Form> forms;
  std::optional<Instant> decided_at;  ///< nothing: to be decided

  std::string ToJson() const;
  static DialectChoice FromJson(const std::string& text);
};
inline constexpr const char* kDialectCursorName = "bitrix24:dialect";

/// Asks a few rows by both methods (one request). crm.item.list serves when it gives the cards that the older
/// list gives, with the same moments of creation, and when its filter by date of change takes one of the two
/// known forms; also where the older list is refused. Errors: those of Caller.
Result<DialectChoice> ProbeDialects(Caller& caller, const Clock& clock, std::stop_token stop);

}  // namespace svodka::sync
