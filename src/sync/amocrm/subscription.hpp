#pragma once

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "crm/http.hpp"
#include "sync/amo_sync.hpp"

namespace svodka::sync::amocrm {

/// Webhooks of an account, one destination at a time: nothing here lists or touches the others. Paced by the
/// account's limiter, under a token that is renewed where it can be. Errors, beside those of AmoTokens and
/// HttpTransport: `no_right` (the token's owner is no administrator), `feature_off` (the plan has no
/// webhooks), `request_rejected`, `plan_unpaid`, `address_not_allowed`, `portal_moved`, `portal_busy`,
/// `portal_blocked`. Used by one thread at a time; borrowed parts outlive it.
class Subscriptions {
 public:
  Subscriptions(std::string address, std::shared_ptr<AmoTokens> tokens, crm::HttpTransport& transport,
                Pauser& pauser, std::shared_ptr<RateLimiter> limiter)
      : address_(std::move(address)),
        tokens_(std::move(tokens)),
        transport_(transport),
        pauser_(pauser),
        limiter_(std::move(limiter)) {}

  struct Found {
    std::set<std::string> settings;  ///< codes of the events
    bool disabled = false;           ///< the account stopped it: too many bad answers
  };
  /// Nothing: the account sends no events there.
  Result<std::optional<Found>> Find(const std::string& destination, std::stop_token stop);
  /// One destination is one subscription: what stands there is replaced.
  Status Put(const std::string& destination, std::span<const std::string_view> settings,
             std::stop_token stop);
  /// One that is gone already is dropped well.
  Status Drop(const std::string& destination, std::stop_token stop);

 private:
  struct Reply {
    int status = 0;
    json::value body;
  };
  Result<Reply> Ask(const std::string& query, const std::string& body, const std::string& method,
                    const std::stop_token& stop);

  std::string address_;
  const std::shared_ptr<AmoTokens> tokens_;
  crm::HttpTransport& transport_;
  Pauser& pauser_;
  const std::shared_ptr<RateLimiter> limiter_;
  std::string token_;
};

}  // namespace svodka::sync::amocrm
