#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/bitrix24/cursors.hpp"
#include "sync/bitrix24/reader.hpp"
#include "sync/bitrix24/smart_sync.hpp"
#include "sync/bitrix_sync.hpp"
#include "sync/pull_session.hpp"
#include "sync/recent_rows.hpp"

namespace svodka::sync {

/// How a Bitrix24 portal is pulled.
class Session final : public PullSession {
 public:
  Session(BitrixSettings settings, crm::bitrix24::Client client, const Clock& clock, Pauser& pauser,
          std::shared_ptr<RateLimiter> limiter, warehouse::Warehouse& warehouse);

  Result<AccountFacts> Connect(std::stop_token stop) override;

 private:
  Status Prepare(const Emit& emit, std::stop_token stop) override;
  Status FetchDictionaries(const Emit& emit, std::stop_token stop) override;
  Status FetchHistory(const Emit& emit, std::stop_token stop) override;  // first_load.cpp
  Status FetchDetails(const Emit& emit, std::stop_token stop) override;
  bool AreDetailsFew() const override { return true; }
  Status FetchPoll(const Emit& emit, std::stop_token stop) override;               // poll.cpp
  Status FetchSweep(bool whole, const Emit& emit, std::stop_token stop) override;  // sweep.cpp
  Status FetchCards(const std::vector<CardRef>& cards, const Emit& emit,
                    std::stop_token stop) override;  // sweep.cpp
  Status FetchHints(const std::vector<crm::Hint>& hints, const Emit& emit,
                    std::stop_token stop) override;  // hints.cpp
  bool HasIdleWork() const override { return !cursors_.comments.loaded; }
  IdleWork DescribeIdleWork() const override;
  Status FetchIdle(const Emit& emit, int requests_max, std::stop_token stop) override;
  bool IsLoaded() const override;
  std::optional<Instant> swept_at() const override { return cursors_.swept_at; }
  std::optional<Instant> dictionaries_at() const override { return cursors_.dictionaries_at; }
  void Forget() override;
  int64_t requests() const override { return caller_.requests(); }
  Diagnostics TakeWarnings() override;

  /// Of how many cards the comments are still to be read.
  Result<int64_t> CountCardsOfComments() const;
  Status FetchComments(const Emit& emit, std::stop_token stop, int requests_max, bool recent_only);
  /// Asks why each id is not listed any more and buries it; those that are there after all are left alone.
  Status Bury(crm::bitrix24::Stream stream, const std::vector<std::string>& ids, Round& round,
              std::stop_token stop);
  Status SweepCards(crm::bitrix24::Stream stream, const Emit& emit, std::stop_token stop);
  Status SweepOpenSteps(crm::bitrix24::Stream stream, int64_t through, const Emit& emit,
                        std::stop_token stop);
  /// Activities and tasks above an id: those that we never saw are read, those that are gone are buried.
  Status SweepSteps(crm::bitrix24::Stream stream, int64_t above, const Emit& emit, std::stop_token stop);
  /// Moves and calls above an id that we never saw; the portal takes none of them back.
  Status SweepAppended(crm::bitrix24::Stream stream, int64_t above, const Emit& emit, std::stop_token stop);
  /// Comments are listed card by card: those of cards where somebody did something lately, and (`whole`) of
  /// all cards that have any. What was missed is read, what is gone is buried.
  Status SweepComments(bool whole, const Emit& emit, std::stop_token stop);
  /// Of a card's comments that we hold, by card: those that the portal does not list any more and does not
  /// have.
  Result<std::vector<std::string>> FindVanishedComments(const std::vector<CardRef>& cards,
                                                        const std::vector<Reader::ListedComments>& listed,
                                                        const std::map<std::string, std::set<int64_t>>& ours,
                                                        std::stop_token stop);
  /// Deals whose number of product lines is not ours are read again.
  Status SweepProducts(const Emit& emit, std::stop_token stop);
  Status EmitSteps(crm::bitrix24::Stream stream, const std::vector<int64_t>& ids, bool ours, const Emit& emit,
                   std::stop_token stop);
  bool IsFresh(crm::bitrix24::Stream stream, const std::string& field, const json::value& row);
  Status ReadHinted(Round& round, std::vector<CardRef>& active, std::stop_token stop);  // hints.cpp
  Status ReadHintedComments(const std::set<std::string>& ids, Round& round, std::vector<CardRef>& active,
                            std::stop_token stop);

  const BitrixSettings settings_;
  Caller caller_;
  Reader reader_;
  SmartSync smart_;

  // The fetching side's.
  Cursors cursors_;
  RecentRows recent_;
  std::unordered_map<std::string, Instant> last_activity_;
  /// What events have told of and this poll has not seen yet, by list; comments by their own ids.
  std::map<crm::bitrix24::Stream, std::set<std::string>> hinted_;
  std::set<std::string> hinted_comments_;
  Instant calls_reread_at_{};
};

}  // namespace svodka::sync
