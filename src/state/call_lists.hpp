#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "state/database.hpp"

namespace svodka::state {

/// Copies of imported lists of calls, which no CRM brings back. Thread-safe.
class CallListStore {
 public:
  struct CallList {
    std::string id;
    std::string calls;  ///< JSON
    friend bool operator==(const CallList&, const CallList&) = default;
  };

  explicit CallListStore(Database& database) : database_(database) {}

  /// By id.
  Result<std::vector<CallList>> List(std::string_view portal) const;
  /// The portal's lists are these and no others.
  Status Replace(std::string_view portal, const std::vector<CallList>& lists);

 private:
  Database& database_;
};

}  // namespace svodka::state
