#pragma once

#include <optional>
#include <string_view>

/// What exchanges and mobile operators call the columns of their lists of calls.
namespace svodka::crm::files {

struct CallHeader {
  std::string_view field;  ///< of calls; "time": the time of a day that stands in the column of `started_at`
  bool certain = true;
};

/// `normal`: the header in lower case with single blanks, as header_names.cpp makes it.
std::optional<CallHeader> FindCallHeader(std::string_view normal);

/// How much such a header speaks for a list of calls.
int ScoreCallHeader(std::string_view normal);

}  // namespace svodka::crm::files
