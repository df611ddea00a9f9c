#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "crm/bitrix24/decode.hpp"
#include "crm/bitrix24/requests.hpp"
#include "crm/rows.hpp"
#include "sync/bitrix24/caller.hpp"
#include "sync/bitrix24/cursors.hpp"
#include "sync/bitrix24/dialect.hpp"
#include "sync/portal_sync.hpp"

namespace svodka::sync {

/// From a portal's lists to typed rows: walks pages, sees through repeated ones, adds what other methods
/// know. Knows nothing of the warehouse. Used by one thread at a time.
class Reader {
 public:
  Reader(Caller& caller, const Clock& clock, std::string loss_reason) : caller_(caller), clock_(clock) {
    reading_.loss_reason = std::move(loss_reason);
    SetForms();
  }

  /// Users, structure, pipelines, stages, dictionaries, rates of today (a day of `zone`), custom fields; must
  /// come before any cards. Also learns which lists are refused.
  Status ReadDictionaries(crm::SourceBatch& out, const Zone& zone, std::stop_token stop);

  /// Smart processes whose names and stages come with the dictionaries; the others are only offered.
  void ChooseSmartTypes(std::set<std::string> types) { smart_types_ = std::move(types); }

  /// By which methods cards are read: decided with the dictionaries when nothing is remembered, or long ago.
  void Remember(DialectChoice choice) { choice_ = std::move(choice); }
  const DialectChoice& choice() const { return choice_; }
  const crm::bitrix24::ListForm& FormOf(crm::bitrix24::Stream stream) const { return forms_.at(stream); }

  enum class Step { kMore, kFinished, kParked, kRefused };
  /// One request of the first load: up to 2,500 rows older than the cursor. Moves the cursor.
  /// Errors: those of Caller; `bad_answer` when the portal repeats one page without an end.
  Result<Step> ReadBackward(crm::bitrix24::Stream stream, StreamCursor& cursor, crm::SourceBatch& out,
                            std::stop_token stop);

  /// A list of one poll: which rows, and what to do with each page.
  struct ChangedList {
    crm::bitrix24::Stream stream;
    std::string field;  ///< DATE_MODIFY …; empty: by id
    Instant since;
    std::string above;  ///< ids above this one; "" for all
  };
  using TakeRows = std::function<Status(const ChangedList&, const std::vector<const json::value*>&)>;
  /// Reads all lists, first pages in one request; returns the portal's clock at the start.
  Result<Instant> ReadChanged(const std::vector<ChangedList>& lists, const TakeRows& take,
                              std::stop_token stop);

  /// Walks by id, oldest first (the night's sweep), from above `above`; `open_only`: only what is not
  /// completed.
  Status ReadIds(crm::bitrix24::Stream stream, bool open_only, const std::function<void(int64_t)>& take,
                 std::stop_token stop, int64_t above = 0);
  /// `there`, if given, takes the ids that the portal has, templates of recurring deals included.
  Status ReadByIds(crm::bitrix24::Stream stream, std::span<const std::string> ids, crm::SourceBatch& out,
                   std::stop_token stop, std::set<std::string>* there = nullptr);
  /// Why each of these ids is not in the list any more: "deleted", "unreadable", or "" when it is there after
  /// all.
  Result<std::vector<std::string>> ReadCauses(crm::bitrix24::Stream stream, std::span<const std::string> ids,
                                              std::stop_token stop);

  /// Adds contacts and products to the deals from `first` on.
  Status CompleteDeals(crm::SourceBatch& rows, size_t first, std::stop_token stop);
  /// What the portal listed of one card.
  struct ListedComments {
    bool told = false;  ///< false: the portal would not tell (a right, a card that is gone)
    int64_t from = 0;   ///< comments with smaller ids were not looked at
    std::set<int64_t> ids;
  };
  /// `listed`, if given, becomes as long as `cards`.
  Status ReadComments(std::span<const CardRef> cards, crm::SourceBatch& out, std::stop_token stop,
                      std::vector<ListedComments>* listed = nullptr);
  /// Those of these comments that the portal no longer has, whatever its lists say.
  Result<std::vector<std::string>> FindGoneComments(std::span<const std::string> ids, std::stop_token stop);

  void Decode(crm::bitrix24::Stream stream, const std::vector<const json::value*>& rows,
              crm::SourceBatch& out);

  bool IsRefused(crm::bitrix24::Stream stream) const {
    return refused_.contains(std::string(crm::bitrix24::NameOf(stream)));
  }
  /// A field that this list cannot be filtered by.
  void DropField(crm::bitrix24::Stream stream, const std::string& field) {
    dropped_fields_.emplace(stream, field);
  }
  bool IsDropped(crm::bitrix24::Stream stream, const std::string& field) const {
    return dropped_fields_.contains({stream, field});
  }
  bool AreProductsRefused() const { return refused_.contains("crm.item.productrow.list"); }
  /// Odd values, refused lists and repeated rows since the last call.
  Diagnostics TakeWarnings();
  int32_t portal_offset_s() const { return portal_offset_s_; }

 private:
  struct Taken {
    std::vector<const json::value*> rows;
    int64_t last = 0;
    bool ended = false;  ///< the last page was short or empty
  };
  Taken TakePages(crm::bitrix24::Stream stream, const std::vector<const json::value*>& results, int64_t from,
                  bool descending);
  /// crm.item.list is refused to us after all: on with the older list. False when that is what was refused.
  bool FallBack(crm::bitrix24::Stream stream, const crm::bitrix24::RestError& error);
  void SetForms();
  Status Refuse(crm::bitrix24::Stream stream, const crm::bitrix24::RestError& error);
  Result<std::vector<const json::value*>> ListAll(size_t answer, const crm::bitrix24::Command& command,
                                                  const crm::bitrix24::BatchAnswer& first,
                                                  std::vector<crm::bitrix24::BatchAnswer>& keep,
                                                  std::stop_token stop);
  void TakeFields(const std::string& entity, std::vector<crm::CustomFieldRow>& fields, crm::SourceBatch& out);
  void TakeSmartStage(const json::value& row, crm::SourceBatch& out);
  void LearnTime(const json::value& server_time, std::optional<Instant>& moment);

  Caller& caller_;
  const Clock& clock_;
  crm::bitrix24::Reading reading_;
  crm::bitrix24::DecodeNotes notes_;
  DialectChoice choice_;
  std::map<crm::bitrix24::Stream, crm::bitrix24::ListForm> forms_;  ///< of every stream
  std::map<std::string, Diagnostic> refused_;                       ///< by stream or method
  std::set<std::pair<crm::bitrix24::Stream, std::string>> dropped_fields_;
  std::set<std::string> smart_types_;
  bool items_tell_no_contacts_ = false;  ///< an older portal: deals' contacts are asked for deal by deal
  int64_t repeated_rows_ = 0;
  int32_t portal_offset_s_ = 3 * 3600;
};

}  // namespace svodka::sync
