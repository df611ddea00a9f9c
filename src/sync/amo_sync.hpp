#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "crm/http.hpp"
#include "sync/pause.hpp"
#include "sync/portal_sync.hpp"
#include "sync/rate_limiter.hpp"

namespace svodka::sync {

/// Gives the access token of one account. Thread-safe.
class AmoTokens {
 public:
  virtual ~AmoTokens() = default;
  /// A token that is good now, as far as its holder knows. Errors: `token_missing`, `token_rejected`, those
  /// of HttpTransport.
  virtual Result<std::string> Current(std::stop_token stop) = 0;
  /// After the account refused `refused`: another one. Errors: `token_rejected` where there is none.
  virtual Result<std::string> Renew(const std::string& refused, std::stop_token stop) = 0;
  /// Where the account was last found, if a renewal had to look for it; "" otherwise.
  virtual std::string origin() const { return ""; }
};

/// A long-lived token made by a person: it cannot be renewed.
std::unique_ptr<AmoTokens> MakeFixedToken(std::string token);

/// Where an integration's grant (crm::amocrm::OAuthGrant as JSON) is kept, sealed.
struct GrantStore {
  std::function<Result<std::string>()> load;
  std::function<Status(const std::string&)> save;
};

/// Tokens of an OAuth integration: renewed five minutes before they end, or when the account refuses them. A
/// refresh token works once, so one caller at a time renews, and the new pair is saved before it is used. One
/// object per account and process. Errors beside those above: `reconnect_needed`.
std::unique_ptr<AmoTokens> MakeOAuthTokens(std::string address, GrantStore store,
                                           crm::HttpTransport& transport, const Clock& clock);

struct AmoSettings {
  std::string address;                   ///< https://name.amocrm.ru
  std::string portal_id;                 ///< our name of the portal
  std::string portal_name;               ///< for people; "": the account's own name
  std::set<std::string> lead_pipelines;  ///< the cards of these pipelines are leads
  std::string planned_close_field;       ///< id of a date field of leads; "": deals have no planned close
  std::string source_field;     ///< id of a field of leads that names the source; "": the account's sources
  std::string deal_type_field;  ///< id of a field of leads that names the deal's type
  std::chrono::seconds poll_every{20};
  std::chrono::seconds overlap{
      600};  ///< reads lag behind writes: windows of change dates reach back by this much
  std::chrono::seconds dictionaries_every{3600};
  std::chrono::seconds catalogs_every{300};  ///< lists have no date of change: they are read anew
  int sweep_hour = 3;                        ///< of the portal's day
  int64_t rows_per_commit = 25'000;
  std::chrono::seconds commit_every{10};  ///< of the first load, whatever has come by then
  int attempts_max = 8;
};

/// What may be asked of one account: below 7 requests in any second, the first of 8 being up to 150 ms late.
/// The tenth of a request makes up for pauses that end late.
inline const RateLimiter::Settings kAmoRate{.per_second = 6, .burst = 1.1};

/// Keeps a warehouse equal to an account of amoCRM or Kommo. Borrowed parts outlive it. Errors:
/// `bad_address`; of its runs, beside those of PortalSync: `token_missing`, `token_rejected`, `plan_unpaid`,
/// `address_not_allowed`, `access_denied`, `portal_moved`, `portal_blocked`.
Result<std::unique_ptr<PortalSync>> MakeAmoSync(AmoSettings settings, std::shared_ptr<AmoTokens> tokens,
                                                crm::HttpTransport& transport, const Clock& clock,
                                                Pauser& pauser, std::shared_ptr<RateLimiter> limiter,
                                                warehouse::Warehouse& warehouse);

}  // namespace svodka::sync
