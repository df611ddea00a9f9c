#include "crm/bitrix24/rest_error.hpp"

#include <array>

#include "base/text.hpp"
#include "crm/http.hpp"

namespace svodka::crm::bitrix24 {
namespace {

struct Rule {
  std::string_view code;  ///< folded to lower case
  Remedy remedy;
  std::string_view name;
  std::string_view advice;
};

constexpr std::string_view kMakeAnew =
    "make a new inbound webhook in the portal (Developer resources > Other > Inbound webhook) and connect "
    "again";

// The portal's codes whatever the HTTP status: inside a batch the status is always 200.
constexpr std::array kRules = {
    Rule{"query_limit_exceeded", Remedy::kRetry, "portal_busy",
         "too many requests at once; asked again more slowly"},
    Rule{"overload_limit", Remedy::kRetry, "portal_blocked",
         "the vendor has blocked REST for this portal for a while; if it lasts, ask Bitrix24's support"},
    Rule{"operation_time_limit", Remedy::kPark, "operation_limit",
         "the method's time budget is spent; it rests until the portal frees it"},
    Rule{"no_auth_found", Remedy::kStop, "webhook_revoked", kMakeAnew},
    Rule{"invalid_token", Remedy::kStop, "webhook_revoked", kMakeAnew},
    Rule{"expired_token", Remedy::kStop, "webhook_revoked", kMakeAnew},
    Rule{"invalid_credentials", Remedy::kStop, "webhook_revoked", kMakeAnew},
    Rule{"user_access_error", Remedy::kStop, "webhook_revoked",
         "the webhook's owner has no access to the portal any more; make a new webhook under an active "
         "administrator"},
    Rule{"allowed_only_intranet_user", Remedy::kStop, "webhook_revoked",
         "the webhook's owner is no employee; make a new webhook under an active administrator"},
    Rule{"method_confirm_waiting", Remedy::kStop, "method_confirm_waiting",
         "an administrator must confirm this method in the portal"},
    Rule{"insufficient_scope", Remedy::kRefused, "scope_missing",
         "give the webhook this right in its settings (crm, user, department, task)"},
    Rule{"wrong_auth_type", Remedy::kRefused, "access_denied", "a webhook may not call this method"},
    Rule{"portal_deleted", Remedy::kStop, "portal_gone",
         "the portal was closed or deleted; check the address"},
    Rule{"error_method_not_found", Remedy::kRefused, "method_unknown",
         "the portal does not know this method"},
    Rule{"error_batch_method_not_allowed", Remedy::kRefused, "method_unknown",
         "the method may not stand in a batch"},
    Rule{"not_found", Remedy::kRefused, "not_found", "no such record"},
    Rule{"entity_type_not_supported", Remedy::kRefused, "method_unknown",
         "the portal does not have this entity"},
    Rule{"invalid_arg_value", Remedy::kRefused, "argument_rejected",
         "the portal does not know a field or a value that it was asked for"},
    Rule{"internal_server_error", Remedy::kRetry, "portal_busy",
         "the portal had an inner failure; asked again"},
    Rule{"error_unexpected_answer", Remedy::kRetry, "portal_busy",
         "the portal had an inner failure; asked again"},
};

RestError Make(int status, std::string_view code, std::string_view description, std::string_view method,
               Remedy remedy, std::string_view name, std::string_view advice) {
  RestError error;
  error.status = status;
  error.code = code;
  error.description = RedactWebhooks(description);
  error.remedy = remedy;
  std::string message = "Bitrix24 refused " + std::string(method) + ": ";
  message += error.description.empty() ? "no reason given" : error.description;
  if (!code.empty()) message += " [" + std::string(code) + "]";
  if (status != 200 && status != 0) message += " (HTTP " + std::to_string(status) + ")";
  message += "; " + std::string(advice);
  error.diagnostic = Diagnostic{std::string(name), std::move(message), std::string(method), {}};
  return error;
}

bool Contains(const std::string& folded, std::string_view needle) {
  return folded.find(needle) != std::string::npos;
}

}  // namespace

RestError Classify(int status, std::string_view code, std::string_view description, std::string_view method) {
  const std::string folded = FoldCase(code);
  const std::string words = FoldCase(description);
  for (const Rule& rule : kRules) {
    if (rule.code == folded)
      return Make(status, code, description, method, rule.remedy, rule.name, rule.advice);
  }
  if (Contains(words, "not found")) {
    return Make(status, code, description, method, Remedy::kRefused, "not_found", "no such record");
  }
  if (Contains(words, "commercial plan")) {
    return Make(status, code, description, method, Remedy::kStop, "rest_not_in_plan",
                "REST needs a paid plan or a Market subscription of the portal");
  }
  if (Contains(words, "https required")) {
    return Make(
        status, code, description, method, Remedy::kStop, "https_required",
        "the portal answers only encrypted requests; connect with the address that begins with https://");
  }
  if (folded == "access_denied" || Contains(words, "access denied")) {
    return Make(status, code, description, method, Remedy::kRefused, "access_denied",
                "the webhook's owner may not read this; make the webhook under an administrator of the CRM");
  }
  if (status == 401)
    return Make(status, code, description, method, Remedy::kStop, "webhook_revoked", kMakeAnew);
  if (status == 429) {
    return Make(status, code, description, method, Remedy::kPark, "operation_limit",
                "the method's time budget is spent; it rests until the portal frees it");
  }
  if (status >= 500) {
    return Make(status, code, description, method, Remedy::kRetry, "portal_busy",
                "the portal is overloaded; asked again with a growing delay");
  }
  if (status == 403) {
    return Make(status, code, description, method, Remedy::kStop, "access_denied",
                "the webhook's owner may not do this; make the webhook under an administrator of the portal");
  }
  return Make(status, code, description, method, Remedy::kOurs, "request_rejected",
              "this is a mistake of ours: please report it with this line");
}

RestError ClassifyForeign(int status, std::string_view body, std::string_view method, std::string_view why) {
  const bool html = Trim(body).starts_with("<");
  if (status == 404 || status == 410) {
    return Make(status, "", "a page instead of data", method, Remedy::kStop, "portal_gone",
                "at this address there is no Bitrix24 portal; check the webhook's address");
  }
  if (status == 401 || status == 403) {
    return Make(status, "", "a page instead of data", method, Remedy::kStop, "access_denied",
                "the portal or a firewall before it does not let us in");
  }
  return Make(
      status, "", html ? "HTML instead of JSON" : "an unreadable answer: " + std::string(why), method,
      Remedy::kRetry, "bad_answer",
      "asked again; if it lasts, this is not a Bitrix24 portal's address, or the portal or a proxy before "
      "it is unwell");
}

RestError ClassifyTransport(const Diagnostic& diagnostic) {
  RestError error;
  error.code = diagnostic.code;
  error.description = diagnostic.message;
  error.diagnostic = diagnostic;
  const bool hopeless =
      diagnostic.code == "cancelled" || diagnostic.code == "bad_redirect" || diagnostic.code == "tls_failed";
  error.remedy = hopeless ? Remedy::kStop : Remedy::kRetry;
  return error;
}

}  // namespace svodka::crm::bitrix24
