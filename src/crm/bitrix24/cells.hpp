#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "crm/cells.hpp"

/// Readers of the shapes that only Bitrix24 has; the rest is `crm/cells.hpp`, known here by the same names.
namespace svodka::crm::bitrix24 {

using crm::DecodeNotes;
using crm::NormalisePhone;
using crm::PlainText;
using crm::ReadDouble;
using crm::ReadFlag;
using crm::ReadInteger;
using crm::ReadLink;
using crm::ReadMoney;
using crm::ReadQuantity;
using crm::ReadText;
using crm::RowReader;
using crm::Times;

/// The values of a multifield: [{"VALUE": …}].
std::vector<std::string> Multifield(const RowReader& cells, std::string_view name);

/// The rows of a list answer, wherever the method puts them: the answer itself, or its member items, tasks,
/// categories, productRows, types. Empty when it holds none.
std::vector<const json::value*> ListRows(const json::value& result);

}  // namespace svodka::crm::bitrix24
