#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/result.hpp"
#include "server/message.hpp"

namespace svodka::server {

/// What an error code means to the outside. A code that is not here is ours: 500.
struct ErrorRule {
  std::string_view code;
  int status;
  log::Level level;
};
std::span<const ErrorRule> ErrorRules();
/// Null for an unknown code.
const ErrorRule* FindErrorRule(std::string_view code);

/// `{code, message, place, nearest, request_id}` with the status of the table. The text of an unknown code
/// and of 500s goes to the log; the caller gets the request id to quote.
Response ErrorResponse(const Diagnostic& diagnostic, const Request& request);

}  // namespace svodka::server
