#include "sync/file_import.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "sync/stage_rows.hpp"

namespace svodka::sync {
namespace {

/// The table that holds the rows of a kind of file.
const char* TableOf(crm::files::Entity entity) {
  using crm::files::Entity;
  switch (entity) {
    case Entity::kUsers:
      return "crm_user";
    case Entity::kClients:
      return "client";
    case Entity::kProducts:
      return "product";
    case Entity::kLeads:
      return "lead";
    case Entity::kProductLines:
      return "product_line";
    case Entity::kDeals:
      return "deal";
    case Entity::kStageHistory:
      return "stage_event";
    case Entity::kActivities:
      return "activity";
    case Entity::kCalls:
      return "call";
    case Entity::kPayments:
      return "payment";
  }
  return "";
}

/// The query that tells who of a kind is known from earlier imports: id, name, telephone.
const char* KnownQuery(crm::files::Target target) {
  using crm::files::Target;
  switch (target) {
    case Target::kUsers:
      return "SELECT id, name, '' FROM crm_user WHERE NOT placeholder ORDER BY key";
    case Target::kCompanies:
      return "SELECT substr(id, 9), name, coalesce(phone, '') FROM client WHERE kind = 'company' AND "
             "deleted_at IS NULL "
             "ORDER BY key";
    case Target::kContacts:
      return "SELECT substr(id, 9), name, coalesce(phone, '') FROM client WHERE kind = 'contact' AND "
             "deleted_at IS NULL "
             "ORDER BY key";
    case Target::kProducts:
      return "SELECT id, name, '' FROM product ORDER BY key";
    case Target::kDeals:
      return "SELECT id, '', '' FROM deal WHERE deleted_at IS NULL ORDER BY key";
    case Target::kLeads:
      return "SELECT id, '', '' FROM lead WHERE deleted_at IS NULL ORDER BY key";
    case Target::kActivities:
      return "SELECT id, '', '' FROM activity WHERE deleted_at IS NULL ORDER BY id";
  }
  return "";
}

Result<std::vector<crm::files::KnownRow>> ReadKnown(const warehouse::Warehouse& warehouse,
                                                    crm::files::Target target) {
  warehouse::QueryOptions options;
  options.deadline = std::chrono::minutes{5};
  options.rows_max = 100'000'000;
  const auto answer = warehouse.Query(KnownQuery(target), {}, options);
  if (!answer.ok()) return answer.errors();
  std::vector<crm::files::KnownRow> rows;
  rows.reserve(answer->rows.size());
  for (const auto& row : answer->rows) {
    rows.push_back(
        {std::get<std::string>(row[0]), std::get<std::string>(row[1]), std::get<std::string>(row[2])});
  }
  return rows;
}

Status StoreFileRows(warehouse::Load& load, crm::files::FileRows&& rows) {
  if (!rows.histories.empty()) {
    warehouse::Batch whole{"whole_history", {"entity", "card_id", "dated"}, {}};
    for (auto& history : rows.histories)
      whole.rows.push_back({std::move(history.entity), std::move(history.card_id), history.dated});
    if (auto status = load.Append(std::move(whole)); !status.ok()) return status;
  }
  if (rows.lines.empty()) return Done{};
  const auto optional = [](const auto& value) { return value ? Value(*value) : Value(); };
  warehouse::Batch lines{
      "product_line", {"deal_id", "ordinal", "product_id", "name", "price", "quantity", "amount"}, {}};
  for (const auto& deal : rows.lines) {
    int64_t ordinal = 0;
    for (const auto& line : deal.lines) {
      lines.rows.push_back({deal.deal_id, ordinal++, optional(line.product_id), optional(line.name),
                            optional(line.price), optional(line.quantity), optional(line.amount)});
    }
  }
  return load.Append(std::move(lines));
}

void CountRows(FileImportSummary& summary) {
  std::map<std::string, int64_t> left = summary.load.stored_by_table;
  for (const auto& file : summary.report.files) {
    const auto entity = crm::files::FindEntity(file.entity);
    if (!entity) throw InvariantError("the report names an entity that is none");
    int64_t stored = 0;
    const auto take = [&](const char* table, int64_t rows) {
      int64_t& of_table = left[table];
      const int64_t taken = std::min(of_table, rows);
      of_table -= taken;
      stored += taken;
    };
    take(TableOf(*entity), file.rows_taken - file.rows_joined);
    take("product_line", file.rows_joined);
    summary.rows_stored += stored;
    summary.rows_unchanged += file.rows_taken - stored;
  }
}

}  // namespace

void ApplyMapping(const crm::files::Mapping& mapping, warehouse::PortalSettings& settings) {
  settings.kind = "file";
  if (!mapping.portal_name.empty()) settings.name = mapping.portal_name;
  settings.zone = mapping.zone.name();
  settings.base_currency = mapping.currency;
  settings.has_leads = mapping.HasEntity(crm::files::Entity::kLeads);
}

Result<FileImportSummary> ImportFiles(warehouse::Warehouse& warehouse, const Clock& clock,
                                      const crm::files::Mapping& mapping, std::span<const std::string> paths,
                                      const FileImportSettings& settings) {
  auto load = warehouse.Begin(clock.Now());
  if (!load.ok()) return load.errors();
  crm::files::RejectsFile rejects(settings.rejects_path);
  crm::files::ImportSettings reading;
  reading.on_batch = [&](crm::SourceBatch&& rows) { return StoreGiven(**load, std::move(rows)); };
  reading.on_reject = [&](const crm::files::Reject& reject) {
    if (!settings.reason) return rejects.Add(reject);
    crm::files::Reject told = reject;
    told.reason = settings.reason(reject);
    rejects.Add(told);
  };
  reading.on_progress = settings.on_progress;
  reading.find_known = [&](crm::files::Target target) { return ReadKnown(warehouse, target); };
  reading.on_file_rows = [&](crm::files::FileRows&& rows) { return StoreFileRows(**load, std::move(rows)); };
  auto report = crm::files::Import(mapping, paths, reading);
  if (!report.ok()) return report.errors();
  // Rejects are told before anything is stored: a load whose losses cannot be written down is no load.
  if (auto status = rejects.Close(); !status.ok()) return status.errors();
  auto summary = (*load)->Commit();
  if (!summary.ok()) return summary.errors();
  FileImportSummary done{std::move(*report), std::move(*summary), 0, 0, std::nullopt};
  CountRows(done);
  return done;
}

}  // namespace svodka::sync
