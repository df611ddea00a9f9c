#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "crm/amocrm/client.hpp"
#include "crm/query_string.hpp"
#include "sync/amo_sync.hpp"

namespace svodka::sync::amocrm {

/// A page, or why this one list or record is not given to us.
struct Answer {
  std::optional<crm::amocrm::Page> page;
  std::optional<crm::amocrm::ApiError> refused;
};

/// Where a walk by page numbers stands: rows that are behind it. A page number is made of it and of the
/// present page size, which shrinks when the account is slow: then rows come twice, none is lost.
struct Offset {
  int64_t rows = 0;
  size_t limit_max = 250;
};

/// Asks an account politely: below its rate, again after troubles that pass, with bounds, under a token that
/// is renewed where it can be. Used by one thread at a time. Errors: those of MakeAmoSync's runs,
/// `cancelled`, and what is still there after all attempts.
class Caller {
 public:
  Caller(crm::amocrm::Client client, std::shared_ptr<AmoTokens> tokens, std::shared_ptr<RateLimiter> limiter,
         const Clock& clock, Pauser& pauser, int attempts_max)
      : client_(std::move(client)),
        tokens_(std::move(tokens)),
        limiter_(std::move(limiter)),
        clock_(clock),
        pauser_(pauser),
        attempts_max_(attempts_max) {}

  Result<Answer> Get(const std::string& path, const crm::Params& params, std::stop_token stop);
  /// One page of a list; moves `offset` behind it.
  Result<Answer> GetRows(const std::string& path, const crm::Params& params, Offset& offset,
                         std::stop_token stop);
  /// A small list whole, by its links.
  Result<Answer> GetAll(const std::string& path, const crm::Params& params,
                        const std::function<void(const crm::amocrm::Page&)>& take, std::stop_token stop);

  int64_t requests() const { return requests_; }
  const std::string& origin() const { return client_.origin(); }
  /// The account's clock at its last answer; ours where it does not tell.
  Instant portal_now() const { return clock_.Now() + skew_; }
  std::chrono::seconds skew() const { return skew_; }

 private:
  Result<Answer> Send(const std::function<std::string()>& target, std::stop_token stop);
  bool Wait(std::chrono::milliseconds delay, std::stop_token stop);
  size_t Limit(size_t limit_max) const;
  /// Asks where a renewed token belongs.
  void FollowTokens();
  Diagnostic WithNewAddress(Diagnostic diagnostic, std::stop_token stop);

  crm::amocrm::Client client_;
  std::shared_ptr<AmoTokens> tokens_;
  std::shared_ptr<RateLimiter> limiter_;
  const Clock& clock_;
  Pauser& pauser_;
  const int attempts_max_;
  std::string token_;
  size_t step_ = 0;  ///< of the page sizes
  int easy_answers_ = 0;
  int64_t requests_ = 0;
  std::chrono::seconds skew_{0};
};

}  // namespace svodka::sync::amocrm
