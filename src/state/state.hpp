#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "state/actions.hpp"
#include "state/call_lists.hpp"
#include "state/checks.hpp"
#include "state/database.hpp"
#include "state/portals.hpp"
#include "state/settings.hpp"
#include "state/setup.hpp"
#include "state/users.hpp"
#include "state/vault.hpp"
#include "state/views.hpp"

namespace svodka::state {

/// The data folder's small transactional store: FOLDER/state.sqlite and FOLDER/key. Thread-safe.
/// A commit that was answered survives kill -9 and a power cut.
class State {
 public:
  /// Makes the folder (mode 0700) and its files at the first start. Errors: `folder_unusable`, those of
  /// Vault::Open and Database.
  static Result<std::unique_ptr<State>> Open(const std::string& folder, const Clock& clock);

  PortalStore& portals() { return portals_; }
  SettingStore& settings() { return settings_; }
  UserStore& users() { return users_; }
  CheckStore& checks() { return checks_; }
  SetupStore& setup() { return setup_; }
  ViewStore& views() { return views_; }
  ActionStore& actions() { return actions_; }
  CallListStore& call_lists() { return call_lists_; }
  const Vault& vault() const { return vault_; }
  void Checkpoint() { database_.Checkpoint(); }

 private:
  State(const std::string& path, Vault vault, const Clock& clock);

  Vault vault_;
  Database database_;
  PortalStore portals_;
  SettingStore settings_;
  UserStore users_;
  CheckStore checks_;
  SetupStore setup_;
  ViewStore views_;
  ActionStore actions_;
  CallListStore call_lists_;
};

}  // namespace svodka::state
