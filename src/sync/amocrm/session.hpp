#pragma once

#include <span>
#include <string>
#include <vector>

#include "sync/amo_sync.hpp"
#include "sync/amocrm/account.hpp"
#include "sync/amocrm/cursors.hpp"
#include "sync/amocrm/reader.hpp"
#include "sync/pull_session.hpp"
#include "sync/recent_rows.hpp"

namespace svodka::sync::amocrm {

/// How an account of amoCRM is pulled.
class Session final : public PullSession {
 public:
  Session(AmoSettings settings, std::shared_ptr<AmoTokens> tokens, crm::HttpTransport& transport,
          const Clock& clock, Pauser& pauser, std::shared_ptr<RateLimiter> limiter,
          warehouse::Warehouse& warehouse);

  Result<AccountFacts> Connect(std::stop_token stop) override;

 private:
  Status Prepare(const Emit& emit, std::stop_token stop) override;
  Status FetchDictionaries(const Emit& emit, std::stop_token stop) override;
  Status FetchHistory(const Emit& emit, std::stop_token stop) override;  // first_load.cpp
  Status FetchDetails(const Emit& emit, std::stop_token stop) override;
  Status FetchPoll(const Emit& emit, std::stop_token stop) override;               // poll.cpp
  Status FetchSweep(bool whole, const Emit& emit, std::stop_token stop) override;  // sweep.cpp
  Status FetchCards(const std::vector<CardRef>& cards, const Emit& emit,
                    std::stop_token stop) override;  // sweep.cpp
  Status FetchHints(const std::vector<crm::Hint>& hints, const Emit& emit,
                    std::stop_token stop) override;  // hints.cpp
  bool IsLoaded() const override;
  std::optional<Instant> swept_at() const override { return cursors_.swept_at; }
  std::optional<Instant> dictionaries_at() const override { return cursors_.dictionaries_at; }
  void Forget() override {
    recent_.Clear();
    left_asked_.clear();
  }
  int64_t requests() const override { return caller_.requests(); }
  Diagnostics TakeWarnings() override { return reader_.TakeWarnings(); }

  /// What the warehouse holds that the reader must know.
  Status Remember();
  void EstimateHistory();
  enum class Causes { kAsked, kUnasked };
  /// Reads cards or clients by id into `rows`; those that are gone, or that the token may not read any more,
  /// are buried. Unasked: where no tombstone is used, the account need not tell which of the two it is.
  Status Reread(Stream stream, std::vector<std::string> ids, crm::SourceBatch& rows, std::stop_token stop,
                Causes causes = Causes::kAsked);
  /// Cards of `rows` that are a lead only are no deals any more, and the other way round: buries what we hold
  /// of that.
  Status BuryOther(crm::SourceBatch& rows);
  Status BuryMisplaced(crm::SourceBatch& rows);
  /// Moves that were read under other lead pipelines become what they are under these.
  Status ReplaceMoves(const Emit& emit, std::stop_token stop);  // moves.cpp
  /// Tasks that we hold as done keep their moment: the account has none.
  Status KeepCompletions(crm::SourceBatch& rows);
  Status TakeUnsorted(Round& round, std::stop_token stop);
  /// Adds the purchases of the customers in `rows`: whoever buys changes.
  Status TakePurchases(crm::SourceBatch& rows, std::stop_token stop);
  Status RereadAffected(const EventEffects& effects, Round& round, std::stop_token stop);
  /// A merge names the card that stays, a deletion of the same moment and author the one that went: where
  /// just one fits, its tombstone says so.
  static void NoteMerges(const EventEffects& effects, crm::SourceBatch& rows);
  /// Leaves only the tombstones of what we hold and did not just read.
  Status KeepHeldTombstones(crm::SourceBatch& rows);
  Status SweepCards(Stream stream, const Emit& emit, std::stop_token stop);
  Status SweepRecent(Stream stream, const Emit& emit, std::stop_token stop);
  Status SweepTasks(const Emit& emit, std::stop_token stop);
  Status RereadSteps(Stream stream, std::span<const std::string> ids, Round& round, std::stop_token stop);
  Result<std::vector<std::string>> QueryTexts(const std::string& sql) const;

  const AmoSettings settings_;
  Caller caller_;
  Reader reader_;

  // The fetching side's.
  Cursors cursors_;
  AccountFacts facts_;
  std::optional<Instant> account_made_at_;
  std::optional<Instant> catalogs_at_;
  int64_t loaded_before_history_ = 0;
  bool moves_outdated_ = false;  ///< the warehouse's moves were read under other settings
  RecentRows recent_;
  std::set<std::string> left_asked_;  ///< cards that left the list of requests, as far as they were asked for
};

/// 'a', 'b': for a list in SQL; ids of an account are digits, all others are left out.
std::string QuotedIds(std::span<const std::string> ids);

}  // namespace svodka::sync::amocrm
