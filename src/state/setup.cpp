#include "state/setup.hpp"

namespace svodka::state {
namespace {

int64_t Micros(Instant instant) { return static_cast<int64_t>(instant.time_since_epoch().count()); }

}  // namespace

Result<std::string> SetupStore::AddDraft(const SetupDraft& draft) {
  std::string id = RandomToken();
  const Status added = GuardAction([&] {
    const Instant now = clock_.Now();
    database_.Run("DELETE FROM setup_draft WHERE created_at < ?", {Micros(now - kDraftLife)});
    database_.Run(
        "INSERT INTO setup_draft (id, kind, address, portal_id, sealed, created_at, user_id) VALUES (?, ?, "
        "?, "
        "?, ?, ?, ?)",
        {id, draft.kind, draft.address, draft.portal, Blob{vault_.Seal(draft.secret)}, Micros(now),
         draft.user});
  });
  if (!added.ok()) return added.errors();
  return id;
}

Result<SetupDraft> SetupStore::GetDraft(std::string_view id, std::string_view user) const {
  const auto rows = Guard([&] {
    return database_.Run(
        "SELECT kind, address, portal_id, sealed FROM setup_draft WHERE id = ? AND user_id = ? AND "
        "created_at >= ?",
        {std::string(id), std::string(user), Micros(clock_.Now() - kDraftLife)});
  });
  if (!rows.ok()) return rows.errors();
  if (rows->empty()) {
    return Diagnostic{"unknown_draft",
                      "this connection was begun too long ago or is finished already; paste the webhook or "
                      "the token once more",
                      "draft",
                      {}};
  }
  const Row& row = rows->front();
  auto secret = vault_.Unseal(row.Bytes(3));
  if (!secret.ok()) return secret.errors();
  return SetupDraft{std::string(id), row.Text(0),        row.Text(1),
                    row.Text(2),     std::move(*secret), std::string(user)};
}

Status SetupStore::SetSecret(std::string_view id, std::string_view secret) {
  return GuardAction([&] {
    database_.Run("UPDATE setup_draft SET sealed = ? WHERE id = ?",
                  {Blob{vault_.Seal(secret)}, std::string(id)});
  });
}

Status SetupStore::RemoveDraft(std::string_view id) {
  return GuardAction([&] { database_.Run("DELETE FROM setup_draft WHERE id = ?", {std::string(id)}); });
}

Status SetupStore::SaveMapping(const FileMapping& mapping, std::string_view writer) {
  return GuardAction([&] {
    database_.Run(
        "INSERT INTO file_mapping (portal_id, signature, choices, mapping, changed_at, user_id) VALUES (?, "
        "?, "
        "?, ?, ?, ?) ON CONFLICT (portal_id, signature) DO UPDATE SET choices = excluded.choices, mapping = "
        "excluded.mapping, changed_at = excluded.changed_at, user_id = excluded.user_id",
        {mapping.portal, mapping.signature, mapping.choices, mapping.mapping, Micros(clock_.Now()),
         std::string(writer)});
  });
}

Result<std::vector<FileMapping>> SetupStore::FindMappings(std::string_view signature) const {
  return Guard([&] {
    std::vector<FileMapping> found;
    for (const Row& row : database_.Run("SELECT portal_id, choices, mapping FROM file_mapping WHERE "
                                        "signature = ? ORDER BY changed_at DESC",
                                        {std::string(signature)})) {
      found.push_back({row.Text(0), std::string(signature), row.Text(1), row.Text(2)});
    }
    return found;
  });
}

}  // namespace svodka::state
