#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "crm/amocrm/decode.hpp"
#include "crm/amocrm/place.hpp"
#include "crm/rows.hpp"
#include "sync/amocrm/caller.hpp"
#include "sync/amocrm/cursors.hpp"
#include "sync/pull_session.hpp"

namespace svodka::sync::amocrm {

/// What the account's log of changes asks for beside its own rows.
struct EventEffects {
  std::vector<std::string> leads, contacts, companies, customers;  ///< ids to read anew
  struct Mark {
    std::string entity, id, author;
    Instant at{};
  };
  std::vector<Mark> merged;   ///< cards that others were merged into
  std::vector<Mark> deleted;  ///< cards that went
};

/// Rows that an account has and does not show to our token.
struct Hidden {
  std::set<std::string> ids;
  /// Of the rows that a list lacks, only these are asked for alone; nothing: each of them.
  std::optional<std::unordered_set<std::string>> worth_asking;
};

/// From an account's lists to typed rows: walks lists, sees through ignored filters, knows what became of
/// cards. Knows nothing of the warehouse. Used by one thread at a time.
class Reader {
 public:
  Reader(Caller& caller, const Clock& clock, const AmoSettings& settings);

  /// Users, groups, pipelines, reasons, fields, lists with their elements; must come before any cards.
  /// `customers_whole`: customers and their purchases too, all of them; else polls follow them by their
  /// filter, and where the account ignores it, their list is read here, and the purchases of those who
  /// changed.
  Status ReadDictionaries(crm::SourceBatch& out, const Zone& zone, const AccountFacts& facts,
                          bool customers_whole, std::stop_token stop);
  /// Customers, by the account's ids, and the clients that they are, if known.
  using Buyers = std::map<int64_t, crm::Text>;
  /// The purchases of these customers, which belong to clients and to no deal: one by one, of many by the
  /// list of all, which has no filter.
  Status ReadPurchases(const Buyers& buyers, crm::SourceBatch& out, std::stop_token stop);
  /// Invoices and products anew: lists have no date of change. Rows of invoices whose card is known go to
  /// `out`.
  Status ReadCatalogs(crm::SourceBatch& out, std::stop_token stop);

  enum class Step { kMore, kFinished, kRefused };
  /// One page of the first load. Moves the cursor.
  Result<Step> ReadBackward(Stream stream, StreamCursor& cursor, crm::SourceBatch& out, std::stop_token stop);

  using TakeRow = std::function<void(const json::value&)>;
  /// Every row changed at or after `since`, newest first, some perhaps twice; older ones that an ignored
  /// filter lets through are dropped.
  Status ReadSince(Stream stream, Instant since, const TakeRow& take, std::stop_token stop);
  /// Every row of a list, oldest id first (the night's sweep).
  Status Walk(Stream stream, const TakeRow& take, std::stop_token stop);
  /// Rows by id (sorted); the ids that the account does not know (or keeps in its trash) are missing, and so
  /// are those that it has and does not show to this token: these go to `hidden`, if given, at the price of a
  /// request for each missing id (of very many, a part is asked).
  Status ReadByIds(Stream stream, std::span<const std::string> ids, const TakeRow& take, std::stop_token stop,
                   Hidden* hidden = nullptr);
  /// Incoming requests that wait: card id -> what is known of it.
  Result<std::vector<crm::amocrm::Unsorted>> ReadUnsorted(std::stop_token stop);
  /// Ids of tasks that are not done.
  Status ReadOpenTasks(const std::function<void(std::string)>& take, std::stop_token stop);

  /// Decodes a row into `out`. Events also fill `effects`, if given.
  void Take(Stream stream, const json::value& row, crm::SourceBatch& out, EventEffects* effects = nullptr);
  /// A card whose row says that it is in the trash.
  bool IsDeleted(const json::value& row) const;
  /// Rows for employees that nothing else tells of: deleted ones, or all of them where the list is refused.
  void AddUnknownUsers(crm::SourceBatch& out);

  /// Also of customers that the account has switched off.
  bool IsRefused(Stream stream) const {
    return (stream == Stream::kCustomer && !customers_on_) ||
           refused_.contains(std::string(FactsOf(stream).name));
  }
  const crm::amocrm::Reading& reading() const { return reading_; }
  std::unordered_map<std::string, crm::amocrm::Passage>& passages() { return passages_; }
  /// What the warehouse knows already.
  void Know(std::set<std::string> users, std::set<std::string> sources,
            std::unordered_map<int64_t, std::string> deals_of_invoices);
  /// Moment of the oldest row read backward, for an estimate.
  std::optional<Instant> OldestOf(Stream stream) const;
  /// Latest date of change that any row told: by the account's own clock, whatever ours says.
  std::optional<Instant> NewestOf(Stream stream) const;
  Diagnostics TakeWarnings();
  /// Former owners and amounts of cards, of the events taken since the last call.
  std::vector<Round::PastChange> TakePast() { return std::exchange(past_, {}); }

 private:
  Status ReadOne(Stream stream, const std::string& id, const TakeRow& take, std::stop_token stop,
                 Hidden* hidden);
  Status ReadAlone(Stream stream, std::span<const std::string> ids,
                   const std::unordered_set<std::string>& missing, const TakeRow& take, std::stop_token stop,
                   Hidden* hidden);
  Status ReadCustomers(const std::string& mode, bool whole, crm::SourceBatch& out, std::stop_token stop);
  void TakeCustomer(const json::value& row, crm::SourceBatch& out);
  Status Refuse(Stream stream, const crm::amocrm::ApiError& error);
  void Warn(const char* code, const std::string& message);
  crm::Params Params(Stream stream) const;
  std::optional<int64_t> TimeOf(Stream stream, const json::value& row) const;
  void TakeCard(const json::value& row, crm::SourceBatch& out);
  void TakeEvent(const json::value& row, crm::SourceBatch& out, EventEffects* effects);
  void TakeOwnerChange(const crm::amocrm::Event& event);
  void NoteTime(Stream stream, int64_t time);
  void NameSource(const std::string& kind, const crm::Text& id, const crm::Text& name, crm::SourceBatch& out);

  Caller& caller_;
  const Clock& clock_;
  crm::amocrm::Reading reading_;
  crm::DecodeNotes notes_;
  std::unordered_map<std::string, crm::amocrm::Passage> passages_;  ///< card -> how it left being a lead
  std::unordered_map<int64_t, std::string> deals_of_invoices_;
  std::set<std::string> users_, sources_;
  std::string event_types_;    ///< "": the usual ones
  bool filter_off_ = false;    ///< the account's filter package is off, or its filters are ignored
  bool customers_on_ = false;  ///< the account keeps customers and gives them
  std::unordered_map<int64_t, int64_t> customers_seen_;  ///< dates of change, where the filter is ignored
  std::map<std::string, Diagnostic> refused_, warnings_;
  std::map<Stream, int64_t> oldest_, newest_;
  std::vector<Round::PastChange> past_;
  struct OwnerChange {
    Instant at{};
    std::string owner_id;  ///< who had the card until then
  };
  std::unordered_map<std::string, OwnerChange>
      owner_changes_;  ///< earliest one read, of cards that left no lead place yet
};

}  // namespace svodka::sync::amocrm
