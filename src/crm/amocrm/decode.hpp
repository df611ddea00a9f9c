#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "crm/amocrm/cells.hpp"
#include "crm/amocrm/reading.hpp"
#include "crm/rows.hpp"

/// JSON rows of amoCRM -> typed rows. Pure. A row without an id gives nothing; odd values are noted, not
/// swallowed.
namespace svodka::crm::amocrm {

// Dictionaries (decode_dictionaries.cpp).
/// A role's name and what it allows, by the role's id.
struct Role {
  std::string id, name;
  json::value rights;
};
std::optional<Role> DecodeRole(const json::value& row, DecodeNotes& notes);
/// With what the user may do, and what their role (of `roles`, by id) allows beside it: which of both holds
/// where they differ, the account does not say.
std::optional<UserRow> DecodeUser(const json::value& row, const std::map<std::string, Role>& roles,
                                  DecodeNotes& notes);
std::optional<DepartmentRow> DecodeGroup(const json::value& row);
/// A pipeline with its statuses, as a pipeline of deals, of leads or of both; fills
/// reading.unsorted_statuses.
void DecodePipeline(const json::value& row, Reading& reading, SourceBatch& out, DecodeNotes& notes);
std::optional<DictionaryRow> DecodeLossReason(const json::value& row, DecodeNotes& notes);
/// entity: lead, contact, company. The type is "" for fields that hold no figure (files, legal entities).
std::optional<CustomFieldRow> DecodeField(const json::value& row, const std::string& entity,
                                          std::string& code, DecodeNotes& notes);
std::optional<ProductRow> DecodeProduct(const json::value& row, const Reading& reading, DecodeNotes& notes);
/// An invoice as a payment, without its deal. State: planned (one paid in part too, with its paid_amount
/// where people keep it), paid, cancelled; amount unknown where the field is missing.
std::optional<PaymentRow> DecodeInvoice(const json::value& row, const Reading& reading, DecodeNotes& notes);
/// Whether an invoice says that it is paid in part.
bool IsPartlyPaid(const json::value& row);
/// A customer's purchase as a payment, without its client: paid, cancelled where it was deleted.
std::optional<PaymentRow> DecodeTransaction(const json::value& row, const Reading& reading,
                                            DecodeNotes& notes);
/// A customer with its clients and segments. Of a deleted one (`deleted` is set) only the id is to be
/// believed.
std::optional<CustomerRow> DecodeCustomer(const json::value& row, const Reading& reading, bool& deleted,
                                          DecodeNotes& notes);
/// A status or a segment of customers. kind: customer_status, customer_segment.
std::optional<DictionaryRow> DecodeCustomerKind(const json::value& row, const std::string& kind,
                                                DecodeNotes& notes);
/// The client that a customer of the account is: its company, else its main contact, as "company:5".
std::optional<std::string> CustomerClient(const json::value& row);

// Cards (decode_cards.cpp).
/// Id of the custom field that holds a card's tags.
inline constexpr std::string_view kTagsField = "tags";
/// A lead of amoCRM, whatever it is to us. `place_status` and `pipeline` are bare ids.
struct Card {
  DealRow deal;  ///< stage_id is StageId(pipeline, status)
  std::string status;
  Text source_name;  ///< of the account's own source
  bool deleted = false;
};
/// A trashed row (is_deleted) lacks most fields: only deal.id and deleted are to be believed then.
std::optional<Card> DecodeCard(const json::value& row, const Reading& reading, DecodeNotes& notes);
/// Ids of the invoices linked to a card.
std::vector<int64_t> InvoicesOf(const json::value& row, const Reading& reading);
/// kind: contact, company. `deleted` as for cards.
std::optional<ClientRow> DecodeClient(const json::value& row, const std::string& kind, const Reading& reading,
                                      bool& deleted, DecodeNotes& notes);
/// An incoming request: uid, the card that already exists for it, and a row as far as the request tells.
struct Unsorted {
  std::string uid, card_id;
  LeadRow lead;
};
std::optional<Unsorted> DecodeUnsorted(const json::value& row, const Reading& reading, DecodeNotes& notes);

// People's work (decode_activity.cpp).
std::optional<ActivityRow> DecodeTask(const json::value& row, const Reading& reading, DecodeNotes& notes);
/// entity: lead, contact, company (whose notes they are). Robots' notes give nothing. A call also fills
/// `calls`.
/// `reading` knows the employees by name: integrations may name who called by that.
std::optional<ActivityRow> DecodeNote(const json::value& row, const std::string& entity,
                                      const Reading& reading, std::vector<CallRow>& calls,
                                      DecodeNotes& notes);
/// "leads" or "lead" -> "lead"; contacts, companies likewise; nothing for others.
std::string EntityOf(std::string_view name);

/// One line of the account's log.
struct Event {
  std::string id, type, entity, entity_id;  ///< entity: lead, contact, company, task …
  Text author_id;
  Instant at{};
  std::string before_pipeline, before_status, after_pipeline, after_status;  ///< of lead_status_changed
  std::string before_owner, after_owner;  ///< of entity_responsible_changed
  Text before_sale, after_sale;           ///< of sale_field_changed; no budget: nothing
  std::string note_id;                    ///< of events of notes
};
std::optional<Event> DecodeEvent(const json::value& row, DecodeNotes& notes);
/// A chat message as an activity; nothing for other events.
std::optional<ActivityRow> MessageOf(const Event& event);

}  // namespace svodka::crm::amocrm
