#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "crm/amocrm/reading.hpp"
#include "crm/cells.hpp"

/// Readers of amoCRM's shapes: moments are Unix seconds (also as text), an empty object comes as [].
namespace svodka::crm::amocrm {

/// Nothing for null, 0 and "".
std::optional<Instant> ReadMoment(const RowReader& cells, std::string_view name);
/// A member object; null for [], null and anything else.
const json::value* FindObject(const json::value& row, std::string_view name);
/// The objects of `_embedded.NAME`, an array or (where PHP lost the list) one object.
std::vector<const json::value*> Embedded(const json::value& row, std::string_view name);

/// One value of `custom_fields_values[].values[]` as text; nothing for objects.
std::optional<std::string> FieldText(const json::value& field);
/// All its values.
std::vector<std::string> FieldTexts(const json::value& field);

/// All values of an entity's fields; unknown fields are left out. UTM fields are no custom values.
std::vector<CustomValue> ReadCustom(const RowReader& cells, const std::string& entity,
                                    const Reading& reading);
/// The field with this code, or none.
const json::value* FindField(const json::value& row, std::string_view code);
/// By tracking codes (UTM_SOURCE …), else by a text field of that name.
Utm ReadUtm(const json::value& row);
/// A day of the account: Unix seconds, YYYY-MM-DD or a moment with its offset.
std::optional<Day> ReadDay(const json::value& value, const Zone& zone);

}  // namespace svodka::crm::amocrm
