#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/json.hpp"
#include "emulator/amocrm/setup.hpp"
#include "emulator/company/model.hpp"

namespace svodka::emulator::amocrm {

enum class Kind : uint8_t { kLead, kContact, kCompany, kCustomer, kTask, kElement };

/// A lead of amoCRM: the company's lead, its deal, or both one after the other. Its id is kLeadIds + place
/// + 1.
struct Card {
  uint32_t lead = 0, deal = 0;
  Second updated = 0, closed = 0;
  uint16_t updated_by = 0, reason = 0;  ///< reason: id - kReasonIds, 0 none
  StatusIndex status = 0;
  bool deleted = false, merged = false;
};

enum class EventType : uint8_t {
  kLeadAdded,
  kContactAdded,
  kCompanyAdded,
  kStatusChanged,       ///< a, b: status indices before and after
  kResponsibleChanged,  ///< a, b: employees
  kSaleChanged,         ///< a, b: budgets in whole roubles
  kNameChanged,
  kIncomingCall,  ///< a: note id - kNoteIds
  kOutgoingCall,
  kCommonNote,
  kServiceNote,
  kChatIn,
  kChatOut,
  kTaskAdded,  ///< a: the task's id - kTaskIds; entity is what the task is of
  kTaskCompleted,
  kLeadDeleted,
  kLeadRestored,
  kMerged,
  kFieldChanged,  ///< a: the field's id
  kContactLinked
};
struct Event {
  Second at = 0;
  uint32_t entity = 0;  ///< place + 1 within its kind
  uint32_t a = 0, b = 0;
  uint16_t by = 0;
  EventType type = EventType::kLeadAdded;
  Kind kind = Kind::kLead;
};

/// An element of the catalog of invoices: an instalment of a deal.
struct Invoice {
  uint32_t card = 0;
  Second created = 0;
  Second paid_at = 0;  ///< 0: not yet promised; a moment to come: paid when the company gets there
  int32_t due_day = 0;
  int64_t rubles = 0;
  uint8_t number = 1, count = 1;
  bool partial = false, advance = false;
  Second changed = 0;  ///< by a write
};

enum class BillStatus { kCreated, kPaid, kPartially, kAdvance };

/// The account's tables over the company: which cards, notes, tasks, events and invoices there are. Texts and
/// values follow from the company when they are asked for. Not thread-safe.
class View {
 public:
  explicit View(Company& company);

  /// Takes in what has happened in the company since the last time.
  void Follow();
  /// Rises with every change: what was prepared before is stale.
  uint64_t version = 1;

  Company& company;
  std::vector<Card> cards;
  std::vector<Event> fresh;   ///< what the last Follow added to the events
  std::vector<Event> events;  ///< in order of time
  std::vector<uint32_t> lead_notes, contact_notes, company_notes;  ///< note ids - kNoteIds, in order of time
  std::vector<uint32_t> tasks;                                     ///< ids of actions
  std::vector<Invoice> invoices;
  std::unordered_map<uint32_t, std::vector<uint32_t>> cards_of_contact, cards_of_company, contacts_of_company;
  std::unordered_map<uint32_t, std::vector<uint32_t>> invoices_of;  ///< card -> places in invoices
  std::vector<uint32_t> card_of_lead, card_of_deal;  ///< place + 1 of the card by the company's ids

  /// What was written through the API and has no place in the company; key: kind and place + 1.
  std::unordered_map<uint64_t, json::object> written_fields;  ///< field id -> values
  std::unordered_set<uint64_t> bare;  ///< made through the API: only what was written is filled in
  std::unordered_map<uint64_t, json::array> tags;
  std::unordered_map<uint64_t, std::string> names;
  std::unordered_map<uint32_t, json::object> written_notes;  ///< note id -> {note_type, params}
  std::unordered_map<uint32_t, json::object> written_elements;
  std::unordered_map<uint32_t, uint32_t> written_closed;  ///< card -> closed_at given by hand
  static uint64_t Key(Kind kind, uint32_t id) { return (static_cast<uint64_t>(kind) << 32) | id; }

  // Cards by place + 1.
  Second Created(const Card& card) const;
  uint16_t Owner(const Card& card) const;
  uint16_t Creator(const Card& card) const;
  std::string Name(uint32_t card) const;
  /// In kopecks; no amount is 0.
  int64_t Amount(const Card& card) const;
  /// Whole roubles, as the account keeps budgets.
  int64_t Price(const Card& card) const;
  uint8_t SourceOf(const Card& card) const;  ///< 255: none
  uint8_t CampaignOf(const Card& card) const;
  std::vector<uint32_t> ContactsOf(const Card& card) const;
  uint32_t CompanyOf(const Card& card) const;
  Second ClosestTask(CardType type, uint32_t id) const;
  Second ClosestTask(const Card& card) const;
  BillStatus StatusOf(const Invoice& invoice) const;
  Second UpdatedOf(const Invoice& invoice) const;

  /// What a note or a task hangs on.
  struct Target {
    Kind kind = Kind::kLead;
    uint32_t id = 0;  ///< 0: nothing the account shows
  };
  Target TargetOf(CardType type, uint32_t id) const;
  Target NoteTarget(const Action& action, uint32_t action_id) const;
  static bool IsTask(const Action& action);
  Second NoteTime(uint32_t note) const;

  /// Notes what happened outside the company's own tables; takes its place at the next Follow.
  void Add(Event event);
  void Bump(uint32_t card, Second at, uint16_t by);
  /// Finds the card again by its present contacts and company.
  void Link(uint32_t card);

 private:
  void NewCard(uint32_t lead, uint32_t deal);
  void Attach(uint32_t lead, uint32_t deal);
  void TakeStages();
  void TakeStage(const StageEvent& event, bool lead);
  void TakeAction(uint32_t id);
  void TakeComment(uint32_t id);
  /// Bills a deal when it comes to its contract or its invoice, or is sold without either; a sale is paid.
  void Bill(uint32_t card, StageIndex stage, Second at);
  std::vector<uint32_t>& NotesOf(Kind kind);
  void SortTail(size_t events_from);

  size_t leads_ = 0, deals_ = 0, contacts_ = 0, firms_ = 0, lead_events_ = 0, deal_events_ = 0, changes_ = 0,
         actions_ = 0, comments_ = 0;
  size_t pending_ = 0;  ///< events before this place are sorted; later ones were added since the last Follow
  std::vector<bool> done_;  ///< by action id: it is known as completed
};

}  // namespace svodka::emulator::amocrm
