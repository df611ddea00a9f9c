#include "sync/file_import.hpp"

#include "sync/stage_rows.hpp"

namespace svodka::sync {

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
  return FileImportSummary{std::move(*report), *summary};
}

}  // namespace svodka::sync
