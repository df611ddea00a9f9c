#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "crm/cells.hpp"
#include "crm/rows.hpp"

/// Every place where what a CRM sends becomes ours.
namespace svodka::fuzz {

/// A decoder of one kind of row. `decode` must take any JSON: it adds rows to `out`, or none, and never
/// throws.
struct RowSurface {
  std::string name;  ///< "bitrix24.deal"; its true rows stand in seeds/NAME.json
  std::function<void(const json::value& row, crm::SourceBatch& out, crm::DecodeNotes& notes)> decode;
};
/// A reader of bytes: an answer, a form. Must take any bytes and never throws.
struct ByteSurface {
  std::string name;
  std::vector<std::string> seeds;
  std::function<void(const std::string& bytes)> read;
};

const std::vector<RowSurface>& RowSurfaces();
const std::vector<ByteSurface>& ByteSurfaces();

/// What is wrong with rows that a decoder gave, "" when nothing: every row has its id, every text is UTF-8,
/// every number is finite.
std::string FaultOf(const crm::SourceBatch& rows);

}  // namespace svodka::fuzz
