#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

/// What a CRM posts to us when something changed. A hint to read a card anew, never data to believe.
namespace svodka::crm {

/// One thing to read again, by the CRM's bare id. entity: lead, deal, contact, company, customer, task,
/// activity, comment; lead_note, contact_note, company_note; unsorted (waiting requests; the id may be "");
/// dictionaries (users, fields, currencies; no id).
struct Hint {
  std::string entity, id;
  auto operator<=>(const Hint&) const = default;
};

struct Hook {
  std::vector<Hint> hints;
  std::vector<std::string> unknown;  ///< names of events that we do not know, as sent
  std::string token;                 ///< Bitrix24: application_token; empty elsewhere
};

/// One field of a form: `data[FIELDS][ID]=5` -> {"data", "FIELDS", "ID"}, "5".
struct FormField {
  std::vector<std::string> path;
  std::string value;
};

/// Reads an application/x-www-form-urlencoded body with PHP's nested keys. Errors: `bad_request` for more
/// than 20,000 fields or keys nested deeper than 12 (no CRM sends such).
Result<std::vector<FormField>> ParseForm(std::string_view body);

/// Ids are digits, at most 18 of them: anything else in a hint is dropped.
bool IsHintId(std::string_view id);

}  // namespace svodka::crm
