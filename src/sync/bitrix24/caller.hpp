#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "crm/bitrix24/client.hpp"
#include "sync/pause.hpp"
#include "sync/rate_limiter.hpp"

namespace svodka::sync {

/// Answers of a run of commands in which each needs the one before: the part that came, and what ended it.
struct Chain {
  std::vector<std::shared_ptr<const json::value>> roots;  ///< keep the answers alive
  std::vector<const json::value*> results;
  std::optional<crm::bitrix24::RestError> error;  ///< of the first command that failed; none: all came
  std::optional<Instant> parked_until;            ///< its method rests until then
};

/// Asks a portal politely: below its rate, again after troubles that pass, with bounds. Used by one thread at
/// a time.
class Caller {
 public:
  struct Settings {
    int attempts_max = 8;  ///< with the growing delay about two minutes
    std::chrono::seconds delay_max{30};
    size_t commands_max = 50;
  };
  Caller(crm::bitrix24::Client client, Settings settings, std::shared_ptr<RateLimiter> limiter,
         const Clock& clock, Pauser& pauser)
      : client_(std::move(client)),
        settings_(settings),
        limiter_(std::move(limiter)),
        clock_(clock),
        pauser_(pauser) {}

  /// One batch of independent commands. Each answer has a result, or an error of Remedy::kRefused. Commands
  /// that meet a passing trouble are asked again; a method whose budget is spent is waited for. Errors: those
  /// of RestError that stop (`webhook_revoked` …), `cancelled`, and what is still there after all attempts.
  Result<crm::bitrix24::BatchAnswer> Ask(const std::vector<crm::bitrix24::Command>& commands,
                                         std::stop_token stop);

  /// One batch of commands of which each needs the one before. At least one result, or an error or a park in
  /// it. Errors: as Ask, for the request as a whole.
  Result<Chain> AskChain(const std::vector<crm::bitrix24::Command>& commands, std::stop_token stop);

  /// How many commands a chain should have now: fewer after time-outs, growing again.
  size_t chain_length() const { return chain_length_; }
  int64_t requests() const { return requests_; }
  const std::string& origin() const { return client_.webhook().origin(); }

 private:
  Result<crm::bitrix24::BatchAnswer> Send(const std::vector<crm::bitrix24::Command>& commands,
                                          std::stop_token stop);
  bool Wait(int attempt, std::stop_token stop);
  bool WaitUntil(Instant until, std::stop_token stop);
  Instant ParkUntil(const crm::bitrix24::Operating& operating) const;

  crm::bitrix24::Client client_;
  Settings settings_;
  std::shared_ptr<RateLimiter> limiter_;
  const Clock& clock_;
  Pauser& pauser_;
  size_t chain_length_ = 50;
  int64_t requests_ = 0;
};

}  // namespace svodka::sync
