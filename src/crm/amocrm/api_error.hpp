#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crm/http.hpp"

namespace svodka::crm::amocrm {

/// What can be done about a trouble.
enum class Remedy {
  kRetry,    ///< the account or the network is unwell: again, with a growing delay
  kSlower,   ///< too many requests a second: again after a pause
  kSmaller,  ///< the answer took too long to make: again with fewer rows
  kBlocked,  ///< the address or the account is blocked for a while: rest for minutes
  kMoved,    ///< the account's address was changed: again at `moved_to`
  kToken,    ///< the token is not accepted: a new one by OAuth, else a person must act
  kStop,     ///< nobody but a person can help
  kRefused,  ///< this one list or record is not given to us: go on without it, and say so
};

struct ApiError {
  int status = 0;  ///< 0: no answer came
  Remedy remedy = Remedy::kRetry;
  /// For people. Codes: `token_rejected`, `plan_unpaid`, `access_denied`, `address_not_allowed`,
  /// `portal_busy`, `portal_blocked`, `portal_moved`, `portal_gone`, `bad_answer`, `not_found`,
  /// `feature_off`, `request_rejected`, and those of HttpTransport. Never holds a token.
  Diagnostic diagnostic;
  int64_t retry_after_s = 0;
  std::string moved_to;  ///< origin
};

/// Sorts an answer that is no success: `path` (without its query) is named in the message.
ApiError Classify(const HttpAnswer& answer, std::string_view path);
/// A success whose body is not what it should be: a cut body, a proxy's page.
ApiError ClassifyForeign(const HttpAnswer& answer, std::string_view path, std::string_view why);
/// No answer at all.
ApiError ClassifyTransport(const Diagnostic& diagnostic);

/// Bodies of blocks and overloads are HTML: is this one JSON by its type or its first character?
bool LooksLikeJson(const HttpAnswer& answer);

}  // namespace svodka::crm::amocrm
