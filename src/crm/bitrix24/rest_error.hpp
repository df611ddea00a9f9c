#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace svodka::crm::bitrix24 {

/// What can be done about a trouble. Source: the portal's error table.
enum class Remedy {
  kRetry,  ///< the portal or the network is unwell: again, with a growing delay
  kPark,   ///< this method's time budget is spent: again after the moment that the portal names; others go on
  kStop,   ///< nobody but a person can help (revoked, no right, plan): stop and say what to do
  kRefused,  ///< this one method or record is not given to us: go on without it, and say so
  kOurs,     ///< we asked wrongly: stop, it is our mistake
};

struct RestError {
  int status = 0;           ///< HTTP status; 200 for a command inside a batch; 0: no answer came
  std::string code;         ///< the portal's own code, as text; may be empty
  std::string description;  ///< the portal's own words, secrets masked
  Remedy remedy = Remedy::kRetry;
  /// For people. Codes: `webhook_revoked`, `access_denied`, `rest_not_in_plan`, `scope_missing`,
  /// `method_confirm_waiting`, `portal_busy`, `portal_blocked`, `operation_limit`, `portal_gone`,
  /// `bad_answer`, `method_unknown`, `not_found`, `https_required`, `request_rejected`, and those of
  /// HttpTransport.
  Diagnostic diagnostic;
};

/// Sorts one error answer. `method` is named in the message; `code` and `description` are the portal's.
RestError Classify(int status, std::string_view code, std::string_view description, std::string_view method);

/// An answer that is no JSON of the portal's shape: HTML of a proxy or of an overloaded portal, a cut body.
RestError ClassifyForeign(int status, std::string_view body, std::string_view method, std::string_view why);

/// No answer at all.
RestError ClassifyTransport(const Diagnostic& diagnostic);

}  // namespace svodka::crm::bitrix24
