#include "crm/bitrix24/cells.hpp"

namespace svodka::crm::bitrix24 {

std::vector<std::string> Multifield(const RowReader& cells, std::string_view name) {
  std::vector<std::string> values;
  const json::value* value = cells.Find(name);
  if (value == nullptr || !value->is_array()) return values;
  for (const json::value& entry : value->get_array()) {
    if (const json::value* text = FindMember(entry, "VALUE")) {
      if (auto read = ReadText(*text)) values.push_back(std::move(*read));
    }
  }
  return values;
}

std::vector<const json::value*> ListRows(const json::value& result) {
  const json::value* list = &result;
  if (result.is_object()) {
    list = nullptr;
    for (const char* name : {"items", "tasks", "categories", "productRows", "types"}) {
      if (const json::value* member = FindMember(result, name)) list = member;
    }
    if (list == nullptr) {
      // A list whose keys PHP did not keep dense comes as a map of rows.
      std::vector<const json::value*> rows;
      for (const auto& member : result.get_object()) {
        if (member.value().is_object()) rows.push_back(&member.value());
      }
      return rows;
    }
  }
  std::vector<const json::value*> rows;
  if (list->is_array()) {
    rows.reserve(list->get_array().size());
    for (const json::value& row : list->get_array()) {
      if (row.is_object()) rows.push_back(&row);
    }
  } else if (list->is_object()) {
    for (const auto& member : list->get_object()) {
      if (member.value().is_object()) rows.push_back(&member.value());
    }
  }
  return rows;
}

}  // namespace svodka::crm::bitrix24
