#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "state/database.hpp"
#include "state/vault.hpp"

namespace svodka::state {

/// One CRM account or one imported file set.
struct Portal {
  std::string id;    ///< lower-case letters, digits, '-' and '_'; also the name of its warehouse file
  std::string kind;  ///< bitrix24, amocrm, file
  std::string name;  ///< as people call it
  std::string zone = "Europe/Moscow";
  std::string currency;  ///< "" while unknown
  std::string address;   ///< origin of the CRM for links to cards, "" where there is none
  bool has_leads = true;
  auto operator<=>(const Portal&) const = default;
};

/// When a repeated job of a portal ran last.
struct JobRun {
  Instant ran_at;
  std::string outcome;
};

/// Portals, their sealed secrets and their jobs. Thread-safe. `writer` is the user id that the row keeps.
class PortalStore {
 public:
  PortalStore(Database& database, const Vault& vault, const Clock& clock)
      : database_(database), vault_(vault), clock_(clock) {}

  Result<std::vector<Portal>> List() const;
  /// Finds by id. Errors: `unknown_portal` with the nearest ids.
  Result<Portal> Get(std::string_view id) const;
  Result<std::optional<Portal>> Find(std::string_view id) const;
  /// Inserts or changes. Errors: `bad_portal_id`, `unknown_zone`, `portal_kind_differs`.
  Status Save(const Portal& portal, std::string_view writer);
  /// Forgets the portal, its secrets and settings; the warehouse file is the caller's.
  Status Remove(std::string_view id);

  Status SaveSecret(std::string_view portal, std::string_view name, std::string_view secret,
                    std::string_view writer);
  /// Errors: `secret_missing`, `key_wrong`.
  Result<std::string> GetSecret(std::string_view portal, std::string_view name) const;

  Status NoteJob(std::string_view portal, std::string_view job, std::string_view outcome);
  Result<std::optional<JobRun>> FindJob(std::string_view portal, std::string_view job) const;

 private:
  Database& database_;
  const Vault& vault_;
  const Clock& clock_;
};

}  // namespace svodka::state
