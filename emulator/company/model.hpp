#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "emulator/company/calendar.hpp"

/// The company's own objects: what really happened. Ids are the index + 1 of an object in its table, so
/// tables are in the order of creation. Texts are not stored: they follow from the id and the seed
/// (texts.hpp), which is what lets a company of a million deals fit into about a gigabyte.
namespace svodka::emulator {

enum class CardType : uint8_t { kNone = 0, kLead = 1, kDeal = 2, kContact = 3, kCompany = 4 };

/// Index into the company's stage tables (catalog.hpp), not an id.
using StageIndex = uint8_t;

struct Employee {
  std::string name, last_name, second_name, position, email;
  uint16_t id = 0;
  uint16_t department = 0;  ///< id of the main department
  uint16_t second_department = 0;
  double skill = 1.0;  ///< 1 = ordinary; multiplies the chance to win
  double load = 1.0;   ///< share of the incoming work
  double price = 1.0;  ///< multiplies amounts
  double pace = 1.0;   ///< multiplies durations
  bool takes_leads = false, sells = false, produces = false, technical = false;
  Second hired = 0, dismissed = 0;  ///< dismissed 0: still here
};
struct Department {
  uint16_t id = 0;
  std::string name;
  uint16_t parent = 0, head = 0;
  int sort = 500;
};

/// One stage change. kind: 1 created, 2 to a working stage, 3 to a final stage, 5 pipeline changed.
struct StageEvent {
  Second at = 0;
  uint32_t card = 0;
  uint32_t previous = 0;  ///< id of the card's event before this one, 0 = none
  uint8_t kind = 0;
  StageIndex stage = 0;
  uint16_t mover = 0;  ///< known to the company only: no API gives it
};

/// A deal handed from one employee to another.
struct OwnerChange {
  Second at = 0;
  uint32_t deal = 0;
  uint16_t from = 0, to = 0, by = 0;
};

struct Lead {
  Second created = 0, modified = 0, moved = 0, closed = 0, last_activity = 0;
  uint32_t contact = 0, company = 0, deal = 0;
  uint32_t last_event = 0, last_action = 0, last_comment = 0;
  int64_t amount_minor = 0;  ///< 0 with no_amount: unknown
  uint16_t owner = 0, creator = 0, mover = 0, modifier = 0;
  StageIndex stage = 0;
  uint8_t source = 0, currency = 0, utm = 0;
  bool no_amount = false, deleted = false, returning = false, forgotten = false;
};

struct Deal {
  Second created = 0, modified = 0, moved = 0, last_activity = 0;
  Second closed = 0;  ///< last entry into S or F from a working stage, as the CRM sees it; 0 while open
  Second won =
      0;  ///< the sale: last entry into S in a sales pipeline, kept through the hand-over; 0 = not sold
  int32_t planned_close = 0, begin_day = 0;
  uint32_t lead = 0, contact = 0, second_contact = 0, company = 0;
  uint32_t last_event = 0, last_action = 0, last_comment = 0;
  int64_t amount_minor = 0;
  uint16_t owner = 0, creator = 0, mover = 0, modifier = 0;
  uint16_t seller = 0;  ///< responsible at the moment of the sale; 0 = not sold
  uint16_t closer = 0;  ///< responsible at the last closing; 0 = open
  StageIndex stage = 0;
  uint8_t sale_category = 0;  ///< category of the pipeline it was sold in
  uint8_t source = 0, currency = 0, utm = 0, type = 0, product = 0;
  bool no_amount = false, no_source = false, deleted = false, returning = false, repeated = false,
       template_ = false, forgotten = false;
};

struct Contact {
  Second created = 0, modified = 0, last_activity = 0;
  uint32_t company = 0, lead = 0;
  uint32_t last_action = 0, last_comment = 0;
  uint16_t owner = 0, creator = 0;
  uint8_t source = 0, city = 0;
  bool deleted = false;
};
struct Firm {  // a client company
  Second created = 0, modified = 0, last_activity = 0;
  uint32_t main_contact = 0;
  uint32_t last_action = 0, last_comment = 0;
  uint16_t owner = 0, creator = 0;
  uint8_t source = 0, city = 0, industry = 0, type = 0;
  bool own = false, deleted = false;
};

enum class ActionKind : uint8_t { kCall, kMeeting, kEmail, kTodo, kTask, kMessage };
struct Action {  // a CRM activity
  Second created = 0, start = 0, end = 0, deadline = 0, modified = 0;
  uint32_t card = 0;       ///< id of the main card
  uint32_t client = 0;     ///< id of the contact or company it is bound to as well, 0 = none
  uint32_t previous = 0;   ///< id of the main card's action before this one
  uint32_t reference = 0;  ///< id of its task or of its telephony record
  uint16_t author = 0, responsible = 0;
  ActionKind kind = ActionKind::kCall;
  CardType card_type = CardType::kNone, client_type = CardType::kNone;
  bool completed : 1 = false, automatic : 1 = false, incoming : 1 = false, missed : 1 = false,
                   deleted : 1 = false;
};
struct Task {
  Second created = 0, modified = 0, closed = 0, deadline = 0;
  uint32_t action = 0;
  uint32_t card = 0;
  uint16_t author = 0, responsible = 0;
  CardType card_type = CardType::kNone;
};
struct Comment {
  Second created = 0;
  uint32_t card = 0;
  uint32_t previous = 0;
  uint16_t author = 0;
  CardType card_type = CardType::kNone;
  bool deleted = false;
};

struct Options {
  uint32_t deals = 10000;
  uint64_t seed = 1;
  Second now = 0;        ///< the company's present
  double years = 2.5;    ///< of history
  bool handover = true;  ///< won deals of the main pipeline go on to production
};

/// A row that changed, for the portal's indexes.
struct Touch {
  enum class What : uint8_t { kLead, kDeal, kContact, kCompany, kAction, kTask };
  What what;
  uint32_t id;
};

/// What an administrator made of a stage. The company goes on as if it had stayed: only what the CRM says
/// changes.
struct StageEdit {
  bool deal = true;
  StageIndex stage = 0;
  Second at = 0;
  std::string name;
  int sort = 0;
  char semantic = 'P';
  bool removed = false;
};

/// Everything. Not thread-safe by itself.
struct Company {
  Options options;
  Second now = 0;
  Second start = 0;
  std::vector<Department> departments;
  std::vector<Employee> employees;  ///< sorted by id
  std::vector<Lead> leads;
  std::vector<Deal> deals;
  std::vector<Contact> contacts;
  std::vector<Firm> firms;
  std::vector<StageEvent> lead_events, deal_events;  ///< in order of time
  std::vector<OwnerChange> owner_changes;            ///< in order of time
  std::vector<Action> actions;
  std::vector<uint32_t>
      calls;  ///< telephony records: index + 1 is the record's id, the value the action's id
  std::vector<Task> tasks;
  std::vector<Comment> comments;
  std::vector<uint32_t> gone_items;    ///< deleted cards of the smart process
  std::vector<StageEdit> stage_edits;  ///< in order of time

  bool watched = false;        ///< keep `touched`
  std::vector<Touch> touched;  ///< since it was last taken

  /// Texts written through the API, which do not follow from the seed.
  std::unordered_map<uint64_t, std::string> texts;

  const Employee& employee(uint16_t id) const { return employees.at(id - 1U); }
};

/// Key of Company::texts.
enum class TextKind : uint8_t {
  kLeadTitle,
  kDealTitle,
  kActionSubject,
  kActionText,
  kTaskTitle,
  kComment,
  kCallPhone
};
constexpr uint64_t TextKey(TextKind kind, uint32_t id) { return (static_cast<uint64_t>(kind) << 32) | id; }

}  // namespace svodka::emulator
