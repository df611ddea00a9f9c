#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "crm/bitrix24/cells.hpp"
#include "crm/rows.hpp"

/// One JSON row of the portal -> one typed source row. Each returns nothing for what is not a row of ours (a
/// template, a row without an id); odd values are noted and stay unknown.
namespace svodka::crm::bitrix24 {

/// How the portal's data is to be understood; the same for a whole session.
struct Reading {
  /// What a card's reason of loss is: "stage" (its failure stage), "field:UF_CRM_…" (a list field) or ""
  /// (none).
  std::string loss_reason = "stage";
  std::string base_currency;
  /// Custom fields by entity (lead, deal, company, contact) and id -> type of CustomFieldRow.
  std::map<std::string, std::map<std::string, std::string>> field_types;
  /// By entity: a custom field's id -> its name in crm.item (`upperName` of crm.item.fields, turned round).
  std::map<std::string, std::map<std::string, std::string>> item_names;
  /// Task activities of the CRM are the tasks themselves: skipped where the task list is readable.
  bool tasks_readable = true;
};

// Structure and dictionaries (decode_structure.cpp).
std::optional<UserRow> DecodeUser(const json::value& row, DecodeNotes& notes);
std::optional<DepartmentRow> DecodeDepartment(const json::value& row, DecodeNotes& notes);
std::optional<PipelineRow> DecodePipeline(const json::value& row, DecodeNotes& notes);
/// One row of crm.status.list goes to a stage, a dictionary entry, or neither. A failure stage also becomes a
/// reason of loss (id as LossReasonOf gives it).
void DecodeStatus(const json::value& row, const Reading& reading, SourceBatch& out, DecodeNotes& notes);
std::optional<CurrencyRateRow> DecodeRate(const json::value& row, Day today, DecodeNotes& notes);
/// Nothing for files: they are no values.
std::optional<CustomFieldRow> DecodeField(const json::value& row, const std::string& entity,
                                          DecodeNotes& notes);
/// The custom fields of crm.item.fields, for portals that do not give `userfield.list`. Labels and options as
/// there, without an order.
std::vector<CustomFieldRow> DecodeItemFields(const json::value& result, const std::string& entity,
                                             DecodeNotes& notes);
/// Of crm.item.fields: a custom field's id -> its name in crm.item.
std::map<std::string, std::string> DecodeItemNames(const json::value& result);

// Cards (decode_cards.cpp): of either dialect, to the same row.
std::optional<LeadRow> DecodeLead(const json::value& row, const Reading& reading, DecodeNotes& notes);
/// Without products, and in the legacy dialect without contacts besides the main one: those come by
/// `AddContacts`.
std::optional<DealRow> DecodeDeal(const json::value& row, const Reading& reading, DecodeNotes& notes);
std::optional<ClientRow> DecodeContact(const json::value& row, const Reading& reading, DecodeNotes& notes);
std::optional<ClientRow> DecodeCompany(const json::value& row, const Reading& reading, DecodeNotes& notes);
/// Rows of crm.item.list {id, contactIds} -> deal id -> contact ids.
std::map<std::string, std::vector<std::string>> DecodeContactIds(const std::vector<const json::value*>& rows);
/// The contacts of one deal in the portal's order; any number of them may be called the primary one.
std::vector<std::string> DecodeContactLinks(const std::vector<const json::value*>& rows);
void AddContacts(DealRow& deal, const std::vector<std::string>& contact_ids);
/// A row of crm.item.productrow.list; `owner_id` is the deal's id.
std::optional<ProductLine> DecodeProduct(const json::value& row, std::string& owner_id, DecodeNotes& notes);

// History and people's work (decode_activity.cpp).
/// entity: lead or deal.
std::optional<StageEventRow> DecodeStageEvent(const json::value& row, const std::string& entity,
                                              DecodeNotes& notes);
/// Whether an activity's row is the shadow of a task: the task list tells more about it, and one task is
/// counted once.
bool IsShadowOfTask(const json::value& row);
std::optional<ActivityRow> DecodeActivity(const json::value& row, const Reading& reading, DecodeNotes& notes);
/// A row of the telephony statistics; a call without a CRM activity too.
std::optional<CallRow> DecodeCall(const json::value& row, DecodeNotes& notes);
std::optional<ActivityRow> DecodeTask(const json::value& row, DecodeNotes& notes);
std::optional<ActivityRow> DecodeComment(const json::value& row, DecodeNotes& notes);

}  // namespace svodka::crm::bitrix24
