#include "reports/report_model.hpp"

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "reports/definition_reader.hpp"
#include "reports/definition_yaml.hpp"

namespace svodka::reports {
namespace {

/// The filters of the report that another names stand before its own, each dimension once.
void TakeFilters(std::vector<ReportDefinition>& reports, Diagnostics& errors) {
  Names ids;
  for (const ReportDefinition& report : reports) ids.push_back(report.id);
  for (ReportDefinition& report : reports) {
    if (report.filters_of.empty()) continue;
    const auto from = std::find_if(reports.begin(), reports.end(),
                                   [&](const auto& other) { return other.id == report.filters_of; });
    if (from == reports.end() || !from->filters_of.empty()) {
      errors.push_back({"bad_value",
                        "'filters_of' names no report with filters of its own: '" + report.filters_of + "'",
                        report.file, NearestNames(report.filters_of, ids)});
      continue;
    }
    std::vector<FilterDefinition> filters;
    for (const FilterDefinition& filter : from->filters) {
      const bool own = std::any_of(report.filters.begin(), report.filters.end(),
                                   [&](const auto& one) { return one.dimension == filter.dimension; });
      if (!own) filters.push_back(filter);
    }
    filters.insert(filters.end(), report.filters.begin(), report.filters.end());
    report.filters = std::move(filters);
    report.custom_fields |= from->custom_fields;
  }
}

}  // namespace

json::value MeasureSpec::ToRequest() const {
  if (args.empty() && as.empty()) return json::value(id);
  json::object request{{"measure", id}};
  if (!args.empty()) request["args"] = args;
  if (!as.empty()) request["as"] = as;
  return request;
}

const WidgetDefinition* ReportDefinition::FindWidget(std::string_view widget) const {
  for (const SectionDefinition& section : sections) {
    for (const WidgetDefinition& candidate : section.widgets) {
      if (candidate.id == widget) return &candidate;
    }
  }
  return nullptr;
}

const SwitchDefinition* ReportDefinition::FindSwitch(std::string_view wanted) const {
  for (const SwitchDefinition& candidate : switches) {
    if (candidate.id == wanted) return &candidate;
  }
  return nullptr;
}

ModelNames NamesOf(const json::value& described_model) {
  ModelNames names;
  const auto collect = [&](const char* key, Names& ids) {
    const json::value* list = FindMember(described_model, key);
    if (list == nullptr || !list->is_array()) return;
    for (const json::value& item : list->get_array()) {
      if (auto id = FindString(item, "id")) ids.push_back(std::move(*id));
    }
  };
  collect("measures", names.measures);
  collect("dimensions", names.dimensions);
  return names;
}

Result<ReportDefinition> ReportModel::Parse(const std::string& text, const std::string& name,
                                            const ModelNames& names) {
  const auto document = ParseYaml(text, name);
  if (!document) return document.errors();
  return ReadDefinition(*document, names);
}

Result<std::shared_ptr<const ReportModel>> ReportModel::Load(const std::string& folder,
                                                             const ModelNames& names) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  if (error) {
    return Diagnostic{
        "file_not_found", "cannot read the folder of report definitions: " + error.message(), folder, {}};
  }
  std::sort(paths.begin(), paths.end());
  Diagnostics errors;
  std::vector<ReportDefinition> reports;
  for (const auto& path : paths) {
    auto document = LoadYaml(path.string());
    if (!document) {
      errors.insert(errors.end(), document.errors().begin(), document.errors().end());
      continue;
    }
    auto report = ReadDefinition(*document, names);
    if (!report) {
      errors.insert(errors.end(), report.errors().begin(), report.errors().end());
      continue;
    }
    const auto same =
        std::find_if(reports.begin(), reports.end(), [&](const auto& r) { return r.id == report->id; });
    if (same != reports.end()) {
      errors.push_back({"duplicate_id",
                        "the report '" + report->id + "' is also defined in " + same->file,
                        document->Place(document->root),
                        {}});
      continue;
    }
    reports.push_back(std::move(*report));
  }
  TakeFilters(reports, errors);
  if (!errors.empty()) {
    SortByPlace(errors);
    return errors;
  }
  std::stable_sort(reports.begin(), reports.end(),
                   [](const auto& left, const auto& right) { return left.order < right.order; });
  return std::make_shared<const ReportModel>(std::move(reports));
}

const ReportDefinition* ReportModel::Find(std::string_view id) const {
  for (const ReportDefinition& report : reports_) {
    if (report.id == id) return &report;
  }
  return nullptr;
}

std::vector<std::string> ReportModel::ids() const {
  std::vector<std::string> ids;
  for (const ReportDefinition& report : reports_) ids.push_back(report.id);
  return ids;
}

std::shared_ptr<const ReportModel> ForSeveral(const ReportModel& model) {
  std::vector<ReportDefinition> reports = model.reports();
  for (ReportDefinition& report : reports) {
    for (SectionDefinition& section : report.sections) {
      for (WidgetDefinition& widget : section.widgets) {
        std::vector<std::string>& levels = widget.levels;
        if (levels.empty() || std::find(levels.begin(), levels.end(), "portal") != levels.end()) continue;
        if (widget.kind == WidgetKind::kTable) {
          levels.insert(levels.begin(), "portal");
        } else if (widget.kind != WidgetKind::kMatrix) {
          levels.emplace_back("portal");
        }
      }
    }
  }
  return std::make_shared<const ReportModel>(std::move(reports));
}

}  // namespace svodka::reports
