#pragma once

#include <array>
#include <string>
#include <string_view>

#include "crm/query_string.hpp"

namespace svodka::sync::amocrm {

/// The lists that are read whole and then followed.
enum class Stream {
  kLead,
  kEvent,
  kTask,
  kLeadNote,
  kContactNote,
  kCompanyNote,
  kContact,
  kCompany,
  kCustomer
};  // order of FactsOf
inline constexpr std::array kStreams = {Stream::kLead,        Stream::kEvent,       Stream::kTask,
                                        Stream::kContact,     Stream::kCompany,     Stream::kLeadNote,
                                        Stream::kContactNote, Stream::kCompanyNote, Stream::kCustomer};

struct StreamFacts {
  std::string_view name;  ///< of the cursor
  std::string_view path;
  std::string_view
      time;  ///< member by which the list is sorted, newest first, and filtered; tasks cannot be sorted by it
  bool sorted;       ///< the list may be sorted by `time`
  bool paid_filter;  ///< its filter is an extra package of the account
  size_t limit_max;
};
const StreamFacts& FactsOf(Stream stream);

/// What every question for the list carries: with, types.
crm::Params BaseParams(Stream stream);
/// Newest first.
void AddOrder(Stream stream, crm::Params& params);

}  // namespace svodka::sync::amocrm
