#pragma once

#include <string>
#include <vector>

#include "warehouse/warehouse.hpp"

namespace svodka::soak {

/// Which rows of a canonical table must be which rows of `FOLDER/<table>.csv`.
struct SameRows {
  std::string table;
  std::string columns;          ///< expressions over the columns of both
  std::string ours = "TRUE";    ///< condition on our rows
  std::string theirs = "TRUE";  ///< condition on the file's
  bool ours_may_be_more = false;
};

/// What differs, with the first rows of each side; empty when nothing does. The file's columns are named as
/// the table's and read as its types; an empty field is NULL.
std::string Differences(const warehouse::Warehouse& warehouse, const std::string& folder,
                        const std::vector<SameRows>& tables);

}  // namespace svodka::soak
