#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "crm/hook.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::sync {

/// What a portal tells about itself and about the account that its webhook or token belongs to.
struct AccountFacts {
  std::string kind = "bitrix24";
  std::string address;    ///< https://name.bitrix24.ru, https://name.amocrm.ru
  std::string user_name;  ///< the owner of the webhook or token
  bool is_admin = false;
  std::string zone;  ///< IANA name; guessed from the portal's offset where the portal names none
  std::string base_currency;
  bool has_leads = true;
  std::vector<std::string> scopes;
  std::optional<int64_t> leads, deals, contacts, companies, activities;  ///< as far as the owner may see
  Diagnostics warnings;                ///< missing rights and what they will cost
  std::chrono::seconds clock_skew{0};  ///< the portal's clock minus ours

  /// Lines for a person, in plain English: who, what may be read, how much there is.
  std::vector<std::string> ToLines() const;
  /// Takes over the facts; settings that people made stay.
  void ApplyTo(warehouse::PortalSettings& settings) const;
};

struct RunSummary {
  int64_t rows_read = 0, rows_stored = 0, rows_unchanged = 0;
  int64_t requests = 0;
  int64_t deleted = 0;   ///< cards that vanished from the portal
  int64_t returned = 0;  ///< cards that came back, or that no page had shown
  int64_t data_version = 0;
  Diagnostics warnings;  ///< odd values, rights that are missing, repeated rows

  void Add(RunSummary other);
};

/// A card by its entity (lead, deal) and bare id.
struct CardRef {
  std::string entity, id;
  auto operator<=>(const CardRef&) const = default;
};

struct Progress {
  enum class State { kIdle, kLoading, kLive, kWaiting, kStopped };
  State state = State::kIdle;
  int64_t done = 0;                 ///< rows read by this load
  std::optional<int64_t> expected;  ///< rows there are, where the portal could count them
  std::string stage;                ///< dictionaries, cards, comments, check, or empty
  std::optional<int64_t> seconds_left;
  std::optional<Diagnostic> error;  ///< why it waits or stopped
  std::optional<Instant> read_at;   ///< the portal was last read completely up to here
};
std::string_view NameOf(Progress::State state);

/// Keeps one portal's warehouse equal to its CRM. Every method may be cancelled at any moment and resumed
/// later, also by another process: a cursor commits in the same transaction as the rows it covers. One run at
/// a time (a second caller waits); progress(), RequestPoll() from any thread. Errors of all runs: those of
/// the CRM's connector (see bitrix_sync.hpp, amo_sync.hpp), `portal_unreachable`, `portal_timeout`,
/// `portal_busy`, `bad_answer`, `tls_failed`, `proxy_failed`, `cancelled`, and those of warehouse::Load.
class PortalSync {
 public:
  virtual ~PortalSync() = default;

  /// Asks who we are and what we may read; stores nothing.
  virtual Result<AccountFacts> Connect(std::stop_token stop = {}) = 0;
  /// The whole history, newest first; configures the warehouse's portal facts. Resumes where the last one
  /// ended; returns at once (after a poll) when there is nothing left to load.
  virtual Result<RunSummary> RunFirstLoad(std::stop_token stop = {}) = 0;
  /// What changed since the last poll. Needs a finished first load, else it is one.
  virtual Result<RunSummary> PollOnce(std::stop_token stop = {}) = 0;
  /// What Follow leaves for its pauses (Bitrix24: comments of long ago), all of it. Needs a finished first
  /// load, else reads nothing.
  virtual Result<RunSummary> ReadRest(std::stop_token stop = {}) = 0;
  /// Compares all ids with the portal: buries what vanished, fetches what is missing or came back.
  virtual Result<RunSummary> Sweep(std::stop_token stop = {}) = 0;
  /// Reads these cards anew whatever their dates of change say; those that the CRM does not give any more are
  /// buried with the cause that it tells.
  virtual Result<RunSummary> RereadCards(std::vector<CardRef> cards, std::stop_token stop = {}) = 0;
  /// First load, then polls, hourly dictionaries and nightly sweeps until stopped. Troubles that pass are
  /// waited for (progress says so); returns an error only when a person must act.
  virtual Status Follow(std::stop_token stop) = 0;

  virtual Progress progress() const = 0;
  /// Makes Follow poll now.
  virtual void RequestPoll() = 0;
  /// What the CRM says has changed: Follow reads it again within seconds, many hints as one batch. The same
  /// hint is kept once; beyond 50,000 that wait, further ones are dropped (the polls find what they meant).
  virtual void TakeHints(const std::vector<crm::Hint>& hints) = 0;
};

}  // namespace svodka::sync
