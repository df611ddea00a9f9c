#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "state/database.hpp"
#include "state/vault.hpp"

namespace svodka::state {

inline constexpr std::chrono::hours kDraftLife{24};

/// A CRM whose secret was checked, before a portal is made of it.
struct SetupDraft {
  std::string id;       ///< unguessable
  std::string kind;     ///< bitrix24, amocrm
  std::string address;  ///< origin of the CRM
  std::string portal;   ///< the portal that is connected anew; "" for a new one
  std::string secret;   ///< JSON; sealed at rest
  std::string user;     ///< who made it; nobody else sees it
};

/// How files of one header are read.
struct FileMapping {
  std::string portal, signature;
  std::string choices;  ///< JSON
  std::string mapping;  ///< YAML
};

/// What setting up keeps. Thread-safe.
class SetupStore {
 public:
  SetupStore(Database& database, const Vault& vault, const Clock& clock)
      : database_(database), vault_(vault), clock_(clock) {}

  /// Stores under a new id, which it answers; drops those that are too old.
  Result<std::string> AddDraft(const SetupDraft& draft);
  /// Errors: `unknown_draft`: no such draft of this user, or it has died.
  Result<SetupDraft> GetDraft(std::string_view id, std::string_view user) const;
  Status SetSecret(std::string_view id, std::string_view secret);
  Status RemoveDraft(std::string_view id);

  Status SaveMapping(const FileMapping& mapping, std::string_view writer);
  /// Those of this signature, the last used first.
  Result<std::vector<FileMapping>> FindMappings(std::string_view signature) const;

 private:
  Database& database_;
  const Vault& vault_;
  const Clock& clock_;
};

}  // namespace svodka::state
