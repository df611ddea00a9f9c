#include "sync/amocrm/subscription.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "crm/amocrm/address.hpp"
#include "crm/amocrm/api_error.hpp"
#include "crm/query_string.hpp"

namespace svodka::sync::amocrm {
namespace {

using crm::amocrm::Remedy;

constexpr const char* kPath = "/api/v4/webhooks";
constexpr int kAttemptsMax = 4;
constexpr std::chrono::seconds kTimeout{20};

/// The sorted trouble in the words of this one feature.
Diagnostic Told(const crm::amocrm::ApiError& error) {
  Diagnostic why = error.diagnostic;
  if (why.code == "access_denied") {
    why = {"no_right",
           "the token's owner may not subscribe to the account's webhooks: only an administrator may, on a "
           "plan that has webhooks; make the token under an administrator, or enter the address of `svodka "
           "hooks` in amoCRM by hand (Settings, Integrations, WebHooks); polling goes on meanwhile",
           kPath,
           {}};
  } else if (why.code == "feature_off" || why.code == "not_found") {
    why = {"feature_off",
           "the account's plan offers no webhooks; changes come by polling, within a minute",
           kPath,
           {}};
  }
  return why;
}

}  // namespace

Result<Subscriptions::Reply> Subscriptions::Ask(const std::string& query, const std::string& body,
                                                const std::string& method, const std::stop_token& stop) {
  const Diagnostic cancelled{"cancelled", "it was stopped before the account answered", "", {}};
  bool renewed = false;
  for (int attempt = 0;; ++attempt) {
    if (token_.empty()) {
      auto token = tokens_->Current(stop);
      if (!token.ok()) return token.errors();
      token_ = std::move(*token);
      if (const std::string origin = tokens_->origin(); !origin.empty()) address_ = origin;
    }
    if (!limiter_->Acquire(pauser_, stop)) return cancelled;
    crm::HttpRequest request;
    request.url = address_ + kPath + query;
    request.body = body;
    request.content_type = "application/json";
    request.method = method;
    request.headers.push_back("Authorization: Bearer " + token_);
    request.follow_redirects = false;
    request.timeout = kTimeout;
    const auto sent = transport_.Send(request, stop);
    if (sent.ok() && sent->status == 204) return Reply{204, {}};
    if (sent.ok() && sent->status == 404 && method == "DELETE") return Reply{404, {}};
    if (sent.ok() && sent->status >= 200 && sent->status < 300) {
      auto parsed = ParseJson(sent->body);
      if (parsed.ok()) return Reply{sent->status, std::move(*parsed)};
    }
    const auto error = !sent.ok() ? crm::amocrm::ClassifyTransport(sent.error())
                       : sent->status >= 200 && sent->status < 300
                           ? crm::amocrm::ClassifyForeign(*sent, kPath, "no JSON in it")
                           : crm::amocrm::Classify(*sent, kPath);
    if (error.remedy == Remedy::kToken && !renewed) {
      auto token = tokens_->Renew(token_, stop);
      if (!token.ok()) return token.errors();
      token_ = std::move(*token);
      if (const std::string origin = tokens_->origin(); !origin.empty()) address_ = origin;
      renewed = true;
      continue;
    }
    if (error.remedy == Remedy::kMoved && attempt + 1 < kAttemptsMax &&
        crm::amocrm::IsSameVendor(address_, error.moved_to)) {
      address_ = error.moved_to;
      continue;
    }
    const bool passes =
        error.remedy == Remedy::kRetry || error.remedy == Remedy::kSlower || error.remedy == Remedy::kSmaller;
    if (error.remedy == Remedy::kSlower) limiter_->SlowDown();
    if (!passes || attempt + 1 >= kAttemptsMax) return Told(error);
    const auto wait =
        std::chrono::seconds{std::clamp<int64_t>(error.retry_after_s, int64_t{1} << attempt, 30)};
    if (!pauser_.Pause(wait, stop) || stop.stop_requested()) return cancelled;
  }
}

Result<std::optional<Subscriptions::Found>> Subscriptions::Find(const std::string& destination,
                                                                std::stop_token stop) {
  auto reply = Ask("?" + crm::EncodeQuery({{"filter[destination]", destination}}), "", "", stop);
  if (!reply.ok()) return reply.errors();
  const json::value* embedded = FindMember(reply->body, "_embedded");
  const json::value* rows = embedded == nullptr ? nullptr : FindMember(*embedded, "webhooks");
  if (rows == nullptr || !rows->is_array()) return std::optional<Found>();
  for (const json::value& row : rows->get_array()) {
    // The filter is not believed: other people's subscriptions stand in the same list.
    if (FindString(row, "destination") != destination) continue;
    Found found;
    const json::value* disabled = FindMember(row, "disabled");
    found.disabled = disabled != nullptr && disabled->is_bool() && disabled->get_bool();
    if (const json::value* settings = FindMember(row, "settings"); settings && settings->is_array()) {
      for (const json::value& code : settings->get_array()) {
        if (code.is_string()) found.settings.emplace(code.get_string());
      }
    }
    return std::optional<Found>(std::move(found));
  }
  return std::optional<Found>();
}

Status Subscriptions::Put(const std::string& destination, std::span<const std::string_view> settings,
                          std::stop_token stop) {
  json::array codes;
  for (const std::string_view code : settings) codes.emplace_back(json::string(code));
  const std::string body = json::serialize(
      json::object{{"destination", destination}, {"settings", std::move(codes)}, {"sort", 10}});
  auto reply = Ask("", body, "POST", stop);
  if (!reply.ok()) return reply.errors();
  return Done{};
}

Status Subscriptions::Drop(const std::string& destination, std::stop_token stop) {
  auto reply = Ask("", json::serialize(json::object{{"destination", destination}}), "DELETE", stop);
  if (!reply.ok()) return reply.errors();
  return Done{};
}

}  // namespace svodka::sync::amocrm
