#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/setup/connection.hpp"
#include "app/setup/estimate.hpp"
#include "app/setup/say.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "sync/portal_sync.hpp"
#include "sync/rate_limiter.hpp"

namespace svodka::app {

/// One thing that was looked at, in plain words.
struct CheckItem {
  enum class State { kOk, kWarn, kFail };
  std::string id;  ///< address, reach, encrypted, accepted, crm, users, departments, tasks, …
  State state = State::kOk;
  std::string title;      ///< what was looked at
  std::string detail;     ///< what is wrong and what one loses; of kOk: what was found, or empty
  std::string fix;        ///< how to give it; empty for kOk
  std::string technical;  ///< what the CRM said, in English; may be empty
};
json::object ToJson(const CheckItem& item);

/// A pipeline of an account that keeps leads and deals in one place, before the first load.
struct PipelineChoice {
  std::string id, name;
  std::vector<std::string> stages;
  bool suggested = false;  ///< as one of leads
  std::string evidence;    ///< why
};

struct ProbeResult {
  std::vector<CheckItem> items;
  bool usable = false;  ///< the CRM lets us in: the first load can begin
  sync::AccountFacts facts;
  std::string name;                       ///< of the account; its host where it has none
  std::optional<int64_t> users;           ///< how many employees can be read
  std::vector<PipelineChoice> pipelines;  ///< of amoCRM
  /// A grant whose code was exchanged: to be kept instead of the code, which works once.
  std::optional<std::string> exchanged;
};

/// Asks a CRM who we are and what we may read, right by right. Whatever is wrong is an item; stores nothing.
/// Every wait is a few seconds at most: a person waits.
/// `limiter`: of the CRM's address, which a portal that is followed already asks too.
ProbeResult ProbeBitrix(const Connection& connection, std::shared_ptr<sync::RateLimiter> limiter,
                        const Clock& clock, const Say& say, std::stop_token stop);
ProbeResult ProbeAmo(const Connection& connection, std::shared_ptr<sync::RateLimiter> limiter,
                     const Clock& clock, const Say& say, std::stop_token stop);

/// How much there is. Bitrix24 counts itself (slow on millions of rows); amoCRM is asked for single rows far
/// down its lists. Errors: those of the connectors.
Result<std::vector<Volume>> MeasureBitrix(const Connection& connection,
                                          std::shared_ptr<sync::RateLimiter> limiter, const Clock& clock,
                                          std::stop_token stop);
Result<std::vector<Volume>> MeasureAmo(const Connection& connection,
                                       std::shared_ptr<sync::RateLimiter> limiter, const Clock& clock,
                                       std::stop_token stop);

/// An item of what was found in order; `detail` says what was found.
CheckItem Ok(const char* id, std::string title, std::string detail = "");

/// Whether the secret's owner sees all cards, as `result.facts` say. `title`: what was looked at, `unnamed`:
/// the owner where the CRM gives no name, `fix`: how to make a secret that sees all.
void AddOwner(ProbeResult& result, std::string title, std::string unnamed, std::string fix, const Say& say);

/// Warns where `result.facts` say that this server's clock and the CRM's differ.
void AddClock(ProbeResult& result, const Say& say);

/// The item that an error of a connector becomes; `kind` as in Connection.
CheckItem ItemOf(const Diagnostic& error, const std::string& kind, const Say& say);

}  // namespace svodka::app
