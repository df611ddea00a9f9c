#include <mutex>

#include "base/log.hpp"
#include "crm/amocrm/oauth.hpp"
#include "sync/amo_sync.hpp"

namespace svodka::sync {
namespace {

constexpr std::chrono::minutes kEarly{5};

class OAuthTokens final : public AmoTokens {
 public:
  OAuthTokens(std::string address, GrantStore store, crm::HttpTransport& transport, const Clock& clock)
      : address_(std::move(address)), store_(std::move(store)), transport_(transport), clock_(clock) {}

  Result<std::string> Current(std::stop_token stop) override {
    const std::lock_guard lock(mutex_);
    auto grant = Stored();
    if (!grant.ok()) return grant.errors();
    if (!grant->access_token.empty() && clock_.Now() + kEarly < grant->expires_at) return grant->access_token;
    return Refresh(std::move(*grant), stop);
  }

  Result<std::string> Renew(const std::string& refused, std::stop_token stop) override {
    const std::lock_guard lock(mutex_);
    auto grant = Stored();
    if (!grant.ok()) return grant.errors();
    // Somebody else has renewed it meanwhile: a second refresh would kill that pair.
    if (!grant->access_token.empty() && grant->access_token != refused) return grant->access_token;
    return Refresh(std::move(*grant), stop);
  }

  std::string origin() const override {
    const std::lock_guard lock(mutex_);
    return moved_ ? address_ : "";
  }

 private:
  Result<crm::amocrm::OAuthGrant> Stored() const {
    auto text = store_.load();
    if (!text.ok()) return text.errors();
    return crm::amocrm::OAuthGrant::FromJson(*text);
  }

  /// The refresh token works once: the new pair is kept before anything is asked with it.
  Result<std::string> Refresh(crm::amocrm::OAuthGrant grant, std::stop_token stop) {
    auto fresh = crm::amocrm::RefreshTokens(transport_, address_, grant, clock_.Now(), stop);
    if (!fresh.ok() && fresh.error().code == "reconnect_needed") {
      // Another process may have used it while we asked: the pair that it got is as good.
      const auto stored = Stored();
      if (stored.ok() && stored->refresh_token != grant.refresh_token && !stored->access_token.empty())
        return stored->access_token;
      // A renamed account does not know its tokens at the old address.
      auto found = crm::amocrm::FindOrigin(transport_, address_, grant, stop);
      if (found.ok() && *found != address_) {
        log::Warning("portal_renamed", {{"from", address_}, {"to", *found}});
        address_ = *found;
        moved_ = true;
        fresh = crm::amocrm::RefreshTokens(transport_, address_, std::move(grant), clock_.Now(), stop);
      }
    }
    if (!fresh.ok()) return fresh.errors();
    if (auto saved = store_.save(fresh->ToJson()); !saved.ok()) return saved.errors();
    log::Info("token_renewed", {{"address", address_}});
    return fresh->access_token;
  }

  std::string address_;  ///< guarded by mutex_
  bool moved_ = false;
  const GrantStore store_;
  crm::HttpTransport& transport_;
  const Clock& clock_;
  mutable std::mutex mutex_;  ///< one refresher
};

}  // namespace

std::unique_ptr<AmoTokens> MakeOAuthTokens(std::string address, GrantStore store,
                                           crm::HttpTransport& transport, const Clock& clock) {
  return std::make_unique<OAuthTokens>(std::move(address), std::move(store), transport, clock);
}

}  // namespace svodka::sync
