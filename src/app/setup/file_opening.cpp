#include "app/setup/file_opening.hpp"

#include <filesystem>

#include "app/setup/file_words.hpp"
#include "base/log.hpp"
#include "sync/call_list.hpp"

namespace svodka::app {
namespace {

namespace fs = std::filesystem;

json::array Texts(const std::vector<std::string>& texts) {
  json::array list;
  for (const auto& text : texts) list.emplace_back(text);
  return list;
}

json::array Notes(const Diagnostics& notes, const Say& say) {
  json::array list;
  for (const auto& note : notes) list.emplace_back(FileLine(note, say));
  return list;
}

json::object ToJson(const sync::NumbersTold& told) {
  return {{"calls", told.calls}, {"different", told.different}, {"examples", Texts(told.examples)}};
}

json::value ToJson(const std::optional<sync::CallListSummary>& calls) {
  if (!calls) return nullptr;
  return {{"calls", calls->calls},
          {"joined", calls->legs},
          {"with_client", calls->with_client},
          {"with_lead", calls->with_lead},
          {"with_employee", calls->with_employee},
          {"in_crm", calls->in_crm},
          {"hidden", calls->hidden},
          {"unknown", ToJson(calls->unknown)},
          {"shared", ToJson(calls->shared)},
          {"strangers", ToJson(calls->strangers)}};
}

sync::FileImportSettings SettingsFor(Services& services, const std::string& id, const Say& say,
                                     const crm::files::OnImportProgress& on_progress) {
  const std::string rejects = services.places.rejects(id);
  std::error_code error;
  fs::create_directories(fs::path(rejects).parent_path(), error);
  return {.rejects_path = rejects,
          .reason =
              [say](const crm::files::Reject& reject) { return FileWords(reject.code, reject.reason, say); },
          .on_progress = on_progress};
}

/// Into the portal of a CRM: neither its name nor any setting changes.
Result<sync::FileImportSummary> ImportCalls(Services& services, const std::string& id,
                                            const crm::files::Mapping& mapping,
                                            const std::vector<std::string>& files, const Say& say,
                                            const crm::files::OnImportProgress& on_progress) {
  const auto host = services.portals.Host(id);
  if (!host.ok()) return host.errors();
  auto summary = sync::ImportCallList(host.value()->warehouse(), services.clock, mapping, files,
                                      SettingsFor(services, id, say, on_progress));
  if (!summary.ok()) return summary;
  if (const Status kept = host.value()->KeepCallLists(); !kept.ok()) return kept.errors();
  return summary;
}

}  // namespace

json::object ToJson(const sync::FileImportSummary& summary, const std::string& rejects, const Say& say) {
  json::array files, dangling;
  for (const auto& file : summary.report.files) {
    files.push_back({{"file", file.file},
                     {"entity", file.entity},
                     {"format", file.format},
                     {"read", file.rows_read},
                     {"taken", file.rows_taken},
                     {"rejected", file.rows_rejected},
                     {"skipped", file.rows_skipped}});
  }
  for (const auto& item : summary.report.dangling) {
    dangling.push_back({{"file", item.file},
                        {"column", item.column},
                        {"target", item.target},
                        {"rows", item.rows},
                        {"examples", Texts(item.examples)}});
  }
  return {{"read", summary.report.rows_read},
          {"stored", summary.rows_stored},
          {"unchanged", summary.rows_unchanged},
          {"rejected", summary.report.rows_rejected},
          {"skipped", summary.report.rows_skipped},
          {"rejects_file", summary.report.rows_rejected > 0 ? json::value(rejects) : json::value(nullptr)},
          {"dangling_references", std::move(dangling)},
          {"files", std::move(files)},
          {"notes", Notes(summary.report.notes, say)},
          {"calls", ToJson(summary.calls)},
          {"data_version", summary.load.data_version}};
}

Result<sync::FileImportSummary> ImportIntoPortal(Services& services, const std::string& id,
                                                 const std::string& name, const crm::files::Mapping& mapping,
                                                 const std::vector<std::string>& files,
                                                 const std::string& writer, const Say& say,
                                                 const crm::files::OnImportProgress& on_progress) {
  const auto before = services.state.portals().Find(id);
  if (!before.ok()) return before.errors();
  const bool is_new = !before->has_value();
  state::Portal portal = is_new ? state::Portal{} : **before;
  if (!is_new && portal.kind != "file") {
    if (sync::IsCallList(mapping)) return ImportCalls(services, id, mapping, files, say, on_progress);
    return Diagnostic{"portal_of_crm",
                      "the portal '" + id + "' is a copy of its CRM (" + portal.kind +
                          "): it takes lists of calls alone; rows of other files would mix with the CRM's "
                          "own, and its next "
                          "sync would not know them; import the files under another name (--portal NAME)",
                      "--portal",
                      {}};
  }
  portal.id = id;
  portal.kind = "file";
  portal.name = !name.empty() ? name : mapping.portal_name.empty() ? id : mapping.portal_name;
  portal.zone = mapping.zone.name();
  portal.currency = mapping.currency;
  if (const Status saved = services.state.portals().Save(portal, writer); !saved.ok()) return saved.errors();
  const auto host = services.portals.Host(id);
  if (!host.ok()) return host.errors();

  warehouse::PortalSettings facts = host.value()->warehouse().portal();
  const bool had_leads = !is_new && facts.has_leads;
  sync::ApplyMapping(mapping, facts);
  facts.has_leads = facts.has_leads || had_leads;
  facts.name = portal.name;
  if (const Status configured = host.value()->warehouse().Configure(facts); !configured.ok())
    return configured.errors();

  const sync::FileImportSettings settings = SettingsFor(services, id, say, on_progress);
  auto summary = sync::ImportFiles(host.value()->warehouse(), services.clock, mapping, files, settings);
  if (!summary.ok()) {
    // A portal that never got a row would only be in the way.
    if (is_new) {
      services.portals.Forget(id);
      const Status removed = services.state.portals().Remove(id);
      if (!removed.ok())
        log::Warning("portal_not_removed", {{"portal", id}, {"why", removed.error().message}});
    }
    return summary.errors();
  }
  const Status touched = host.value()->warehouse().TouchCurrent(services.clock.Now());
  if (!touched.ok()) return touched.errors();
  if (const Status kept = host.value()->KeepFacts(writer); !kept.ok()) return kept.errors();
  return summary;
}

}  // namespace svodka::app
