#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crm/bitrix24/client.hpp"
#include "crm/bitrix24/decode.hpp"

/// Smart processes: kinds of cards that a company has made itself. Each has a type (entityTypeId) and is read
/// by crm.item alone; walked by id, like every list.
namespace svodka::crm::bitrix24 {

struct SmartType {
  std::string id;  ///< entityTypeId
  std::string name;
};

/// A card of a smart process. amount is in `currency`; nothing is unknown and not zero.
struct SmartItemRow {
  std::string id;  ///< TYPE:ID, as ids of two types may be the same
  std::string type_id;
  Text title, stage_id, currency, owner_id, creator_id, company_id, contact_id, deal_id;
  std::optional<Money> amount;
  When created_at, modified_at, moved_at;
};

Command SmartTypes();
/// From an answer's rows; those of a type without a number are left out.
std::vector<SmartType> DecodeSmartTypes(const std::vector<const json::value*>& rows);
/// "1030" of the dictionary code DYNAMIC_1030_STAGE_9; "" of any other.
std::string SmartTypeOfStages(std::string_view entity_id);

/// Up to 50 rows with larger ids, smallest first.
Command SmartAbove(const std::string& type, std::string_view above);
/// As SmartAbove, of the rows changed at or after `since`, in the portal's own time: every portal's crm.item
/// understands it.
Command SmartChanged(const std::string& type, Instant since, int32_t offset_s, std::string_view above);
/// As SmartAbove, ids only.
Command SmartIds(const std::string& type, std::string_view above);
/// Rows by id, at most 50.
Command SmartByIds(const std::string& type, std::span<const std::string> ids);
Command SmartGet(const std::string& type, const std::string& id);

/// Nothing for a row without an id.
std::optional<SmartItemRow> DecodeSmartItem(const json::value& row, const std::string& type,
                                            DecodeNotes& notes);

}  // namespace svodka::crm::bitrix24
