#pragma once

#include <set>
#include <string>

#include "sync/amocrm/caller.hpp"
#include "sync/portal_sync.hpp"

namespace svodka::sync::amocrm {

struct Account {
  AccountFacts facts;
  std::string name;
  std::shared_ptr<const json::value> root;  ///< the account's own answer
  std::optional<Instant> created_at;
  bool filters = true;  ///< the extra package for filters is on, as far as the account tells
};

/// Who we are and what the account is. With `advice` also suggestions for settings (pipelines that look like
/// leads).
Result<Account> ReadAccount(Caller& caller, const Clock& clock, const std::set<std::string>& lead_pipelines,
                            bool advice, std::stop_token stop);

}  // namespace svodka::sync::amocrm
