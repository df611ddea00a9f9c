#include "crm/files/bound_file.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace svodka::crm::files {
namespace {

FieldType TypeOfCustom(const std::string& type) {
  if (type == "number") return FieldType::kNumber;
  if (type == "money") return FieldType::kMoney;
  if (type == "date") return FieldType::kDay;
  if (type == "flag") return FieldType::kFlag;
  return FieldType::kText;
}

std::string LookupKey(const ColumnSpec::Lookup& lookup) {
  return lookup.file + "\x1F" + lookup.key + "\x1F" + lookup.value;
}

/// Columns that nothing names, where the mapping keeps them.
std::vector<size_t> FindLeftOver(const FileSpec& spec, const BoundFile& file) {
  std::vector<size_t> left_over;
  if (!spec.keep_unmapped) return left_over;
  std::vector<bool> used(file.header.size(), false);
  const auto use = [&](const ColumnSpec& source) {
    std::vector<std::string> names = source.columns;
    if (!source.column.empty()) names.push_back(source.column);
    for (const std::string& name : names) {
      if (auto index = file.header.Find(name, "", ""); index.ok()) used[*index] = true;
    }
  };
  for (const FieldSpec& field : spec.fields) use(field.source);
  for (const CustomSpec& custom : spec.custom) use(custom.source);
  for (const auto& [stage, source] : spec.stage_dates) use(source);
  for (size_t i = 0; i < used.size(); ++i) {
    if (!used[i] && !file.header.name(i).empty()) left_over.push_back(i);
  }
  return left_over;
}

void KeepLeftOver(const FileSpec& spec, const std::vector<size_t>& left_over, BoundFile& file) {
  static const ColumnSpec kPlain;
  for (const size_t index : left_over) {
    CustomColumn column;
    column.spec.id = column.spec.title = file.header.name(index);
    column.column.spec = &kPlain;
    column.column.columns = {index};
    column.column.shown = file.header.name(index);
    column.column.empty_marks = spec.empty_marks.empty() ? nullptr : &spec.empty_marks;
    file.custom.push_back(std::move(column));
  }
}

}  // namespace

Status LookupTables::Load(const Mapping& mapping, const std::vector<Assigned>& assigned_files,
                          const std::vector<std::string>& paths) {
  for (const Assigned& assigned : assigned_files) {
    for (const FieldSpec& field : assigned.spec->fields) {
      if (auto status = LoadOne(mapping, field.source, paths); !status.ok()) return status;
    }
    for (const CustomSpec& custom : assigned.spec->custom) {
      if (auto status = LoadOne(mapping, custom.source, paths); !status.ok()) return status;
    }
  }
  return Done{};
}

Status LookupTables::LoadOne(const Mapping& mapping, const ColumnSpec& source,
                             const std::vector<std::string>& paths) {
  if (!source.lookup || tables_.contains(LookupKey(*source.lookup))) return Done{};
  const ColumnSpec::Lookup& lookup = *source.lookup;
  const auto path = std::find_if(paths.begin(), paths.end(),
                                 [&](const std::string& p) { return MatchesPattern(lookup.file, p); });
  if (path == paths.end()) {
    return Diagnostic{
        "missing_file", "`lookup:` needs the file \"" + lookup.file + "\"; give it too", source.place, {}};
  }
  TableOptions options;
  for (const FileSpec& spec : mapping.files) {
    if (MatchesPattern(spec.pattern, *path)) options = spec.table;
  }
  auto reader = OpenTable(*path, options);
  if (!reader.ok()) return reader.errors();
  TableRow row;
  if (!(*reader)->Next(row))
    return Diagnostic{"empty_file", "the file has no rows: " + *path, FileName(*path), {}};
  const Header header(row);
  const auto key = header.Find(lookup.key, source.place, FileName(*path));
  const auto value = header.Find(lookup.value, source.place, FileName(*path));
  if (!key.ok()) return key.errors();
  if (!value.ok()) return value.errors();
  LookupTable& table = tables_[LookupKey(lookup)];
  while ((*reader)->Next(row)) {
    if (*key >= row.cells.size() || *value >= row.cells.size()) continue;
    table.try_emplace(FoldCase(row.cells[*key].text), std::string(row.cells[*value].text));
  }
  return Done{};
}

const LookupTable* LookupTables::Find(const ColumnSpec::Lookup& lookup) const {
  const auto at = tables_.find(LookupKey(lookup));
  return at == tables_.end() ? nullptr : &at->second;
}

bool SkipToHeader(TableReader& reader, const FileSpec& spec, TableRow& row) {
  while (reader.Next(row)) {
    if (!spec.header_line || row.line >= *spec.header_line) return true;
  }
  return false;
}

Result<std::unique_ptr<BoundFile>> BindFile(const Assigned& assigned, const LookupTables& lookups) {
  const FileSpec& spec = *assigned.spec;
  auto file = std::make_unique<BoundFile>();
  auto reader = OpenTable(assigned.path, spec.table);
  if (!reader.ok()) return reader.errors();
  file->reader = std::move(*reader);
  const std::string name = FileName(assigned.path);
  TableRow row;
  if (!SkipToHeader(*file->reader, spec, row)) {
    return Diagnostic{"empty_file", "the file has no header row: " + assigned.path, name, {}};
  }
  if (row.trouble)
    return Diagnostic{row.trouble->code, row.trouble->message, name + ":" + std::to_string(row.line), {}};
  file->header = Header(row);
  Diagnostics errors;
  const auto bind = [&](const ColumnSpec& source, FieldType type, std::string_view detail,
                        BoundColumn& into) {
    auto column = BindColumn(source, type, detail, spec, file->header, name);
    if (!column.ok()) {
      errors.insert(errors.end(), column.errors().begin(), column.errors().end());
      return false;
    }
    into = std::move(*column);
    if (source.lookup) into.lookup = lookups.Find(*source.lookup);
    return true;
  };
  for (const FieldSpec& field : spec.fields) {
    BoundColumn column;
    if (bind(field.source, field.info->type, field.info->detail, column))
      file->fields.emplace_back(field.info->field, column);
  }
  const std::vector<size_t> left_over = FindLeftOver(spec, *file);
  file->custom.reserve(spec.custom.size() + left_over.size());
  for (const CustomSpec& custom : spec.custom) {
    CustomColumn column{custom, {}};
    if (bind(custom.source, TypeOfCustom(custom.type), "", column.column))
      file->custom.push_back(std::move(column));
  }
  for (const auto& [stage, source] : spec.stage_dates) {
    BoundColumn column;
    if (bind(source, FieldType::kMoment, "", column)) file->stage_dates.emplace_back(stage, column);
  }
  for (const SkipRule& rule : spec.skip) {
    auto column = file->header.Find(rule.column, rule.place, name);
    if (column.ok()) {
      file->skip.push_back({&rule, *column});
    } else {
      errors.push_back(column.error());
    }
  }
  if (!errors.empty()) return errors;
  KeepLeftOver(spec, left_over, *file);
  return file;
}

}  // namespace svodka::crm::files
