#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "check/card.hpp"

namespace svodka::check {

/// What became of a card that was asked for by its id.
struct Answer {
  enum class State { kThere, kGone, kDenied };
  State state = State::kGone;
  Card card;  ///< of kThere
};

/// A question for one of the CRM's own counts, over cards created in a range of days.
struct CountQuestion {
  std::string entity;  ///< lead, deal
  DayRange days;
  std::string dimension;  ///< total, pipeline, stage, employee
  std::string id;         ///< of the member; empty for total
};

/// A CRM as a second witness: asked apart from the sync, decoded apart from the connectors. Polite: below the
/// portal's shared limit, again after troubles that pass, with bounds. Used by one thread at a time.
/// Errors: `access_denied`, `portal_busy`, `portal_unreachable`, `bad_answer`, `webhook_revoked`,
/// `token_rejected`, `cancelled`, and those of HttpTransport.
class CrmReader {
 public:
  virtual ~CrmReader() = default;
  using Take = std::function<void(Card)>;
  /// Every card created on these days of the CRM's own calendar, some perhaps with a day more at each side.
  virtual Status ReadWindow(DayRange days, const Take& take, std::stop_token stop) = 0;
  virtual Result<std::map<CardKey, Answer>> ReadCards(std::span<const CardKey> keys,
                                                      std::stop_token stop) = 0;
  /// The CRM's own `total` for each question; empty where it gives none.
  virtual Result<std::vector<int64_t>> Count(std::span<const CountQuestion> questions,
                                             std::stop_token stop) = 0;
  /// Empty where the account has one currency.
  virtual Result<Rates> ReadRates(std::stop_token stop) = 0;
  virtual int64_t requests() const = 0;
  virtual Diagnostics TakeWarnings() = 0;
};

}  // namespace svodka::check
