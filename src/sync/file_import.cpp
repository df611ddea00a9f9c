#include "sync/file_import.hpp"

#include <algorithm>
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

void CountRows(FileImportSummary& summary) {
  std::map<std::string, int64_t> left = summary.load.stored_by_table;
  for (const auto& file : summary.report.files) {
    const auto entity = crm::files::FindEntity(file.entity);
    if (!entity) throw InvariantError("the report names an entity that is none");
    int64_t stored = 0;
    if (*entity == crm::files::Entity::kProductLines) {
      stored = summary.load.stored_by_table.contains("deal") ? file.rows_taken : 0;
    } else {
      int64_t& of_table = left[TableOf(*entity)];
      stored = std::min(of_table, file.rows_taken);
      of_table -= stored;
    }
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
  reading.on_batch = [&](crm::SourceBatch&& rows) { return StoreBatch(**load, rows); };
  reading.on_reject = [&](const crm::files::Reject& reject) { rejects.Add(reject); };
  reading.on_progress = settings.on_progress;
  auto report = crm::files::Import(mapping, paths, reading);
  if (!report.ok()) return report.errors();
  // Rejects are told before anything is stored: a load whose losses cannot be written down is no load.
  if (auto status = rejects.Close(); !status.ok()) return status.errors();
  auto summary = (*load)->Commit();
  if (!summary.ok()) return summary.errors();
  FileImportSummary done{std::move(*report), std::move(*summary), 0, 0};
  CountRows(done);
  return done;
}

}  // namespace svodka::sync
