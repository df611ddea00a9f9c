#include "server/error_table.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/json_text.hpp"

namespace svodka::server {
namespace {

using log::Level;

// A person's mistake is 4xx, busy or not ready 503, ours 500. tests: error_table_test reads the sources of
// the folders that answer requests and fails on a code that is missing here.
constexpr std::array kRules = {
    // the request as such
    ErrorRule{"bad_http", 400, Level::kInfo},
    ErrorRule{"bad_target", 400, Level::kInfo},
    ErrorRule{"bad_json", 400, Level::kInfo},
    ErrorRule{"bad_request", 400, Level::kInfo},
    ErrorRule{"bad_state", 400, Level::kInfo},
    ErrorRule{"body_too_large", 413, Level::kInfo},
    ErrorRule{"head_too_large", 431, Level::kInfo},
    ErrorRule{"wrong_media_type", 415, Level::kInfo},
    ErrorRule{"unknown_address", 404, Level::kInfo},
    ErrorRule{"method_not_allowed", 405, Level::kInfo},
    // who asks
    ErrorRule{"sign_in_needed", 401, Level::kInfo},
    ErrorRule{"wrong_code", 401, Level::kWarning},
    ErrorRule{"wrong_password", 401, Level::kWarning},
    ErrorRule{"csrf", 403, Level::kWarning},
    ErrorRule{"forbidden", 403, Level::kWarning},
    ErrorRule{"forbidden_field", 403, Level::kInfo},
    ErrorRule{"forbidden_scope", 403, Level::kWarning},
    ErrorRule{"no_scope", 403, Level::kError},
    ErrorRule{"too_many_attempts", 429, Level::kWarning},
    ErrorRule{"bad_account", 422, Level::kInfo},
    ErrorRule{"email_taken", 409, Level::kInfo},
    ErrorRule{"settings_too_big", 413, Level::kInfo},
    ErrorRule{"bad_view", 422, Level::kInfo},
    ErrorRule{"view_exists", 409, Level::kInfo},
    ErrorRule{"unknown_view", 404, Level::kInfo},
    // names
    ErrorRule{"unknown_portal", 404, Level::kInfo},
    ErrorRule{"one_portal_only", 422, Level::kInfo},
    ErrorRule{"zones_differ", 422, Level::kInfo},
    ErrorRule{"currencies_differ", 422, Level::kInfo},
    ErrorRule{"no_common_rate", 422, Level::kInfo},
    ErrorRule{"settings_differ", 422, Level::kInfo},
    ErrorRule{"unknown_report", 404, Level::kInfo},
    ErrorRule{"unknown_photo", 404, Level::kInfo},
    ErrorRule{"unknown_user", 404, Level::kInfo},
    ErrorRule{"unknown_measure", 400, Level::kInfo},
    ErrorRule{"unknown_dimension", 400, Level::kInfo},
    ErrorRule{"unknown_field", 400, Level::kInfo},
    ErrorRule{"unknown_key", 400, Level::kInfo},
    ErrorRule{"unknown_argument", 400, Level::kInfo},
    ErrorRule{"unknown_column", 400, Level::kInfo},
    ErrorRule{"unknown_option", 400, Level::kInfo},
    ErrorRule{"unknown_preset", 400, Level::kInfo},
    ErrorRule{"unknown_switch", 400, Level::kInfo},
    ErrorRule{"unknown_value", 400, Level::kInfo},
    ErrorRule{"unknown_widget", 400, Level::kInfo},
    ErrorRule{"unknown_grain", 400, Level::kInfo},
    ErrorRule{"unknown_level", 400, Level::kInfo},
    ErrorRule{"unknown_setting", 400, Level::kInfo},
    // values
    ErrorRule{"bad_argument", 400, Level::kInfo},
    ErrorRule{"bad_as_of", 400, Level::kInfo},
    ErrorRule{"bad_cell", 400, Level::kInfo},
    ErrorRule{"bad_compare", 400, Level::kInfo},
    ErrorRule{"bad_date", 400, Level::kInfo},
    ErrorRule{"bad_decimal", 400, Level::kInfo},
    ErrorRule{"bad_dimension", 400, Level::kInfo},
    ErrorRule{"bad_filter", 400, Level::kInfo},
    ErrorRule{"bad_id", 400, Level::kInfo},
    ErrorRule{"bad_instant", 400, Level::kInfo},
    ErrorRule{"bad_limit", 400, Level::kInfo},
    ErrorRule{"bad_month", 400, Level::kInfo},
    ErrorRule{"bad_number", 400, Level::kInfo},
    ErrorRule{"bad_order", 400, Level::kInfo},
    ErrorRule{"bad_period", 400, Level::kInfo},
    ErrorRule{"bad_range", 400, Level::kInfo},
    ErrorRule{"bad_setting", 400, Level::kInfo},
    ErrorRule{"bad_value", 400, Level::kInfo},
    ErrorRule{"decimal_out_of_range", 400, Level::kInfo},
    ErrorRule{"duplicate_column", 400, Level::kInfo},
    ErrorRule{"duplicate_dimension", 400, Level::kInfo},
    ErrorRule{"duplicate_measure", 400, Level::kInfo},
    ErrorRule{"missing_argument", 400, Level::kInfo},
    ErrorRule{"missing_key", 400, Level::kInfo},
    ErrorRule{"no_join_path", 400, Level::kInfo},
    ErrorRule{"number_out_of_range", 400, Level::kInfo},
    ErrorRule{"too_many_buckets", 400, Level::kInfo},
    ErrorRule{"too_many_columns", 400, Level::kInfo},
    ErrorRule{"too_many_members", 400, Level::kInfo},
    ErrorRule{"too_many_requests", 400, Level::kInfo},
    ErrorRule{"too_many_rows", 422, Level::kInfo},
    ErrorRule{"wrong_type", 400, Level::kInfo},
    // setting up
    ErrorRule{"unknown_draft", 404, Level::kInfo},
    ErrorRule{"bad_portal_id", 400, Level::kInfo},
    ErrorRule{"portal_exists", 409, Level::kInfo},
    ErrorRule{"portal_kind_differs", 409, Level::kInfo},
    ErrorRule{"confirm_needed", 400, Level::kInfo},
    ErrorRule{"setup_failed", 422, Level::kWarning},
    ErrorRule{"unknown_upload", 404, Level::kInfo},
    ErrorRule{"upload_too_large", 413, Level::kInfo},
    ErrorRule{"upload_gap", 409, Level::kInfo},
    ErrorRule{"upload_unfinished", 409, Level::kInfo},
    ErrorRule{"too_many_uploads", 409, Level::kInfo},
    ErrorRule{"files_unreadable", 422, Level::kInfo},
    ErrorRule{"portal_of_crm", 409, Level::kInfo},
    // writing back
    ErrorRule{"unknown_action", 404, Level::kInfo},
    ErrorRule{"unknown_rule", 404, Level::kInfo},
    ErrorRule{"unknown_employee", 400, Level::kInfo},
    ErrorRule{"responsible_inactive", 422, Level::kInfo},
    ErrorRule{"bad_deadline", 400, Level::kInfo},
    ErrorRule{"deadline_past", 422, Level::kInfo},
    ErrorRule{"bad_rule", 400, Level::kInfo},
    ErrorRule{"too_many_cards", 413, Level::kInfo},
    ErrorRule{"writing_off", 409, Level::kInfo},
    ErrorRule{"action_differs", 409, Level::kInfo},
    // busy, not ready
    ErrorRule{"cancelled", 503, Level::kInfo},
    ErrorRule{"deadline", 503, Level::kWarning},
    ErrorRule{"disk_full", 503, Level::kError},
    ErrorRule{"check_running", 409, Level::kInfo},
    ErrorRule{"not_connected", 409, Level::kInfo},
    ErrorRule{"not_loaded", 409, Level::kInfo},
    ErrorRule{"not_syncing", 409, Level::kInfo},
    ErrorRule{"portal_loading", 503, Level::kInfo},
    ErrorRule{"portal_stopped", 503, Level::kWarning},
    ErrorRule{"server_busy", 503, Level::kWarning},
    ErrorRule{"state_busy", 503, Level::kWarning},
    ErrorRule{"storage_locked", 503, Level::kWarning},
    ErrorRule{"storage_unwritable", 503, Level::kError},
};

}  // namespace

std::span<const ErrorRule> ErrorRules() { return kRules; }

const ErrorRule* FindErrorRule(std::string_view code) {
  const auto found = std::ranges::find(kRules, code, &ErrorRule::code);
  return found == kRules.end() ? nullptr : &*found;
}

Response ErrorResponse(const Diagnostic& diagnostic, const Request& request) {
  const ErrorRule* rule = FindErrorRule(diagnostic.code);
  json::object body;
  Response response;
  json::array nearest;
  if (rule == nullptr) {
    log::Error("request_failed", {{"request", request.id},
                                  {"code", diagnostic.code},
                                  {"place", diagnostic.place},
                                  {"message", diagnostic.message}});
    response.status = 500;
    body["code"] = "internal";
    body["message"] = "the server failed; its log says why under request " + request.id;
    body["place"] = "";
  } else {
    log::Write(rule->level, "request_refused",
               {{"request", request.id}, {"code", diagnostic.code}, {"place", diagnostic.place}});
    response.status = rule->status;
    body["code"] = diagnostic.code;
    body["message"] = diagnostic.message;
    body["place"] = diagnostic.place;
    for (const std::string& name : diagnostic.nearest) nearest.emplace_back(name);
  }
  body["nearest"] = std::move(nearest);
  body["request_id"] = request.id;
  response.body = JsonText(body);
  if (response.status == 503) response.headers.emplace_back("Retry-After", "2");
  return response;
}

}  // namespace svodka::server
