#include "state/portals.hpp"

#include "base/text.hpp"

namespace svodka::state {
namespace {

constexpr size_t kIdLengthMax = 64;
constexpr std::string_view kColumns = "SELECT id, kind, name, zone, currency, address, has_leads FROM portal";

Portal ReadPortal(const Row& row) {
  return Portal{.id = row.Text(0),
                .kind = row.Text(1),
                .name = row.Text(2),
                .zone = row.Text(3),
                .currency = row.Text(4),
                .address = row.Text(5),
                .has_leads = row.Integer(6) != 0};
}

int64_t Micros(Instant instant) { return instant.time_since_epoch().count(); }

Status CheckPortal(const Portal& portal) {
  const bool id_ok =
      !portal.id.empty() && portal.id.size() <= kIdLengthMax && portal.id.front() != '-' &&
      portal.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
  if (!id_ok) {
    return Diagnostic{
        "bad_portal_id",
        "a portal's name is 1 to 64 lower-case Latin letters, digits, '-' and '_'; got '" + portal.id + "'",
        "portal",
        {}};
  }
  const auto zone = Zone::Find(portal.zone);
  if (!zone.ok()) return zone.errors();
  return Done{};
}

}  // namespace

Result<std::vector<Portal>> PortalStore::List() const {
  return Guard([&] {
    std::vector<Portal> portals;
    for (const Row& row : database_.Run(std::string(kColumns) + " ORDER BY created_at, id")) {
      portals.push_back(ReadPortal(row));
    }
    return portals;
  });
}

Result<std::optional<Portal>> PortalStore::Find(std::string_view id) const {
  return Guard([&]() -> std::optional<Portal> {
    const auto rows = database_.Run(std::string(kColumns) + " WHERE id = ?", {std::string(id)});
    if (rows.empty()) return std::nullopt;
    return ReadPortal(rows.front());
  });
}

Result<Portal> PortalStore::Get(std::string_view id) const {
  auto found = Find(id);
  if (!found.ok()) return found.errors();
  if (found.value()) return *found.value();
  const auto all = List();
  if (!all.ok()) return all.errors();
  std::vector<std::string> names;
  for (const Portal& portal : all.value()) names.push_back(portal.id);
  const std::string hint = names.empty() ? "there is none yet: import files or connect a CRM first"
                                         : "known portals are listed by `svodka portals`";
  return Diagnostic{"unknown_portal", "no portal is called '" + std::string(id) + "'; " + hint, "portal",
                    NearestNames(id, names)};
}

Status PortalStore::Save(const Portal& portal, std::string_view writer) {
  const Status checked = CheckPortal(portal);
  if (!checked.ok()) return checked.errors();
  const auto before = Find(portal.id);
  if (!before.ok()) return before.errors();
  if (before.value() && before.value()->kind != portal.kind) {
    return Diagnostic{"portal_kind_differs",
                      "the portal '" + portal.id + "' already holds data of kind " + before.value()->kind +
                          ", not " + portal.kind + "; choose another name",
                      "portal",
                      {}};
  }
  return GuardAction([&] {
    database_.Run(
        "INSERT INTO portal (id, kind, name, zone, currency, address, has_leads, created_at, user_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, zone = "
        "excluded.zone, "
        "currency = excluded.currency, address = excluded.address, has_leads = excluded.has_leads, "
        "user_id = excluded.user_id",
        {portal.id, portal.kind, portal.name, portal.zone, portal.currency, portal.address,
         static_cast<int64_t>(portal.has_leads), Micros(clock_.Now()), std::string(writer)});
  });
}

Status PortalStore::Remove(std::string_view id) {
  return GuardAction([&] { database_.Run("DELETE FROM portal WHERE id = ?", {std::string(id)}); });
}

Status PortalStore::SaveSecret(std::string_view portal, std::string_view name, std::string_view secret,
                               std::string_view writer) {
  return GuardAction([&] {
    database_.Run(
        "INSERT INTO secret (portal_id, name, sealed, changed_at, user_id) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (portal_id, name) DO UPDATE SET sealed = excluded.sealed, changed_at = "
        "excluded.changed_at, "
        "user_id = excluded.user_id",
        {std::string(portal), std::string(name), Blob{vault_.Seal(secret)}, Micros(clock_.Now()),
         std::string(writer)});
  });
}

Result<std::string> PortalStore::GetSecret(std::string_view portal, std::string_view name) const {
  const auto sealed = Guard([&]() -> std::optional<std::string> {
    const auto rows = database_.Run("SELECT sealed FROM secret WHERE portal_id = ? AND name = ?",
                                    {std::string(portal), std::string(name)});
    if (rows.empty()) return std::nullopt;
    return rows.front().Bytes(0);
  });
  if (!sealed.ok()) return sealed.errors();
  if (!sealed.value()) {
    return Diagnostic{"secret_missing",
                      "the portal '" + std::string(portal) + "' has no stored " + std::string(name) +
                          "; connect it first: svodka connect bitrix24 --portal " + std::string(portal) +
                          " --webhook-file FILE",
                      "portal",
                      {}};
  }
  return vault_.Unseal(*sealed.value());
}

Status PortalStore::NoteJob(std::string_view portal, std::string_view job, std::string_view outcome) {
  return GuardAction([&] {
    database_.Run(
        "INSERT INTO job (portal_id, name, ran_at, outcome, user_id) VALUES (?, ?, ?, ?, 'system') "
        "ON CONFLICT (portal_id, name) DO UPDATE SET ran_at = excluded.ran_at, outcome = excluded.outcome",
        {std::string(portal), std::string(job), Micros(clock_.Now()), std::string(outcome)});
  });
}

Result<std::optional<JobRun>> PortalStore::FindJob(std::string_view portal, std::string_view job) const {
  return Guard([&]() -> std::optional<JobRun> {
    const auto rows = database_.Run("SELECT ran_at, outcome FROM job WHERE portal_id = ? AND name = ?",
                                    {std::string(portal), std::string(job)});
    if (rows.empty()) return std::nullopt;
    return JobRun{Instant{std::chrono::microseconds{rows.front().Integer(0)}}, rows.front().Text(1)};
  });
}

}  // namespace svodka::state
