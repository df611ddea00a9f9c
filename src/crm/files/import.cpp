#include "crm/files/import.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fnmatch.h>

#include "base/text.hpp"
#include "crm/files/column_reader.hpp"
#include "crm/files/csv_reader.hpp"
#include "crm/files/row_builder.hpp"

namespace svodka::crm::files {
namespace {

namespace fs = std::filesystem;

bool Matches(const std::string& pattern, const std::string& path) {
  return ::fnmatch(pattern.c_str(), FileName(path).c_str(), FNM_CASEFOLD) == 0;
}

/// Files as given, folders opened (not their sub-folders), in a stable order.
Result<std::vector<std::string>> ExpandPaths(std::span<const std::string> paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) return Diagnostic{"file_not_found", "cannot read the file " + path, path, {}};
    if (!fs::is_directory(status)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::directory_iterator(path, error)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_regular_file() && !name.starts_with(".")) inside.push_back(entry.path().string());
    }
    if (error)
      return Diagnostic{
          "unreadable_file", "cannot read the folder " + path + ": " + error.message(), path, {}};
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

FieldType TypeOfCustom(const std::string& type) {
  if (type == "number") return FieldType::kNumber;
  if (type == "money") return FieldType::kMoney;
  if (type == "date") return FieldType::kDay;
  if (type == "flag") return FieldType::kFlag;
  return FieldType::kText;
}

uint64_t Fingerprint(const TableRow& row) {
  uint64_t hash = 1469598103934665603ULL;  // FNV-1a
  const auto mix = [&](unsigned char byte) { hash = (hash ^ byte) * 1099511628211ULL; };
  for (const Cell& cell : row.cells) {
    for (const char c : cell.text) mix(static_cast<unsigned char>(c));
    mix(0x1F);
  }
  return hash;
}

CustomValue ToCustom(const std::string& field_id, Value value) {
  CustomValue custom;
  custom.field_id = field_id;
  if (auto* text = std::get_if<std::string>(&value)) custom.text = std::move(*text);
  if (const auto* number = std::get_if<double>(&value)) custom.number = *number;
  if (const auto* money = std::get_if<Money>(&value)) custom.money = *money;
  if (const auto* day = std::get_if<Day>(&value)) custom.day = *day;
  if (const auto* flag = std::get_if<bool>(&value)) custom.text = *flag ? "Y" : "N";
  return custom;
}

size_t RowsOf(const SourceBatch& batch) {
  return batch.users.size() + batch.clients.size() + batch.products.size() + batch.leads.size() +
         batch.deals.size() + batch.stage_events.size() + batch.activities.size() + batch.calls.size() +
         batch.payments.size();
}

struct Assigned {
  const FileSpec* spec;
  std::string path;
};

/// One custom field of a file: what the mapping says, or a column that it leaves over.
struct CustomColumn {
  CustomSpec spec;
  BoundColumn column;
};

/// A file bound to its mapping entry.
struct BoundFile {
  Header header;
  std::vector<std::pair<Field, BoundColumn>> fields;
  std::vector<CustomColumn> custom;
  std::vector<std::pair<std::string, BoundColumn>> stage_dates;
  struct Skip {
    const SkipRule* rule;
    size_t column;
  };
  std::vector<Skip> skip;
  std::unique_ptr<TableReader> reader;
  bool settled = false;

  std::vector<BoundColumn*> Columns() {
    std::vector<BoundColumn*> all;
    for (auto& [field, column] : fields) all.push_back(&column);
    for (auto& custom_column : custom) all.push_back(&custom_column.column);
    for (auto& [stage, column] : stage_dates) all.push_back(&column);
    return all;
  }
};

class Importer {
 public:
  Importer(const Mapping& mapping, const ImportSettings& settings)
      : mapping_(mapping), settings_(settings), builder_(mapping) {
    builder_.directory().set_find_known(settings.find_known);
  }

  Result<ImportReport> Run(std::span<const std::string> paths) {
    auto expanded = ExpandPaths(paths);
    if (!expanded.ok()) return expanded.errors();
    paths_ = std::move(*expanded);
    if (auto status = Assign(); !status.ok()) return status.errors();
    if (auto status = LoadLookups(); !status.ok()) return status.errors();
    // All files are opened and bound first: a missing column is told before anything is read.
    Diagnostics errors;
    std::vector<std::unique_ptr<BoundFile>> bound;
    for (const Assigned& assigned : assigned_) {
      auto file = Bind(assigned);
      if (file.ok()) {
        bound.push_back(std::move(*file));
      } else {
        errors.insert(errors.end(), file.errors().begin(), file.errors().end());
      }
    }
    if (!errors.empty()) return errors;
    for (size_t i = 0; i < assigned_.size(); ++i) {
      if (auto status = ReadRows(i, *bound[i]); !status.ok()) return status.errors();
      bound[i].reset();
    }
    builder_.Finish(batch_);
    for (auto& [key, row] : custom_fields_) batch_.custom_fields.push_back(std::move(row));
    for (const Assigned& assigned : assigned_) {
      if (assigned.spec->complete) batch_.complete.emplace_back("user");
    }
    FileRows rest = builder_.TakeFileRows();
    builder_.TakeLinesOfKnownDeals(rest);
    if (auto status = settings_.on_batch(std::move(batch_)); !status.ok()) return status.errors();
    if (auto status = Send(std::move(rest)); !status.ok()) return status.errors();
    RejectHomelessLines();
    builder_.Note(report_.notes);
    for (auto& [key, dangling] : dangling_) report_.dangling.push_back(std::move(dangling));
    for (const FileReport& file : report_.files) {
      report_.rows_read += file.rows_read;
      report_.rows_taken += file.rows_taken;
      report_.rows_rejected += file.rows_rejected;
      report_.rows_skipped += file.rows_skipped;
    }
    return std::move(report_);
  }

 private:
  /// Which file is which: by the entry's pattern, or the only file for the only entry.
  Status Assign() {
    std::vector<std::string> unused = paths_;
    const bool single = paths_.size() == 1 && mapping_.files.size() == 1;
    std::vector<std::string> patterns;
    for (const FileSpec& spec : mapping_.files) {
      bool given = false;
      patterns.push_back(spec.pattern);
      for (const std::string& path : paths_) {
        if (!single && !Matches(spec.pattern, path)) continue;
        given = true;
        assigned_.push_back({&spec, path});
        std::erase(unused, path);
      }
      Declare(spec, given);
      if (!given) {
        report_.notes.push_back({"file_not_given",
                                 "the mapping's file \"" + spec.pattern + "\" is not among the given ones",
                                 spec.place,
                                 {}});
        absent_.push_back(&spec);
      }
    }
    if (assigned_.empty()) {
      std::string list;
      for (const std::string& pattern : patterns) list += (list.empty() ? "" : ", ") + pattern;
      return Diagnostic{"no_file_matches",
                        "none of the given files is named as the mapping expects: " + list,
                        mapping_.name,
                        {}};
    }
    for (const std::string& path : unused) {
      const bool looked_up =
          std::any_of(mapping_.files.begin(), mapping_.files.end(), [&](const FileSpec& spec) {
            return std::any_of(spec.fields.begin(), spec.fields.end(), [&](const FieldSpec& field) {
              return field.source.lookup && Matches(field.source.lookup->file, path);
            });
          });
      if (looked_up) continue;
      report_.notes.push_back({"file_not_mapped", "no entry of the mapping names this file; it is not read",
                               FileName(path), NearestNames(FileName(path), patterns)});
    }
    std::stable_sort(assigned_.begin(), assigned_.end(),
                     [](const Assigned& a, const Assigned& b) { return a.spec->entity < b.spec->entity; });
    return CheckAbsent();
  }

  void Declare(const FileSpec& spec, bool given) {
    Directory& directory = builder_.directory();
    switch (spec.entity) {
      case Entity::kUsers:
        return directory.Declare(Target::kUsers, given);
      case Entity::kClients: {
        const FieldSpec* kind = spec.Find(Field::kKind);
        const std::string constant = kind == nullptr ? "company" : kind->source.value.value_or("");
        if (constant != "contact") directory.Declare(Target::kCompanies, given);
        if (constant != "company") directory.Declare(Target::kContacts, given);
        return;
      }
      case Entity::kProducts:
        return directory.Declare(Target::kProducts, given);
      case Entity::kLeads:
        return directory.Declare(Target::kLeads, given);
      case Entity::kDeals:
        return directory.Declare(Target::kDeals, given);
      case Entity::kActivities:
        return directory.Declare(Target::kActivities, given);
      case Entity::kProductLines:
      case Entity::kStageHistory:
      case Entity::kCalls:
      case Entity::kPayments:
        return;
    }
  }

  /// A reference by name needs the file that turns names into ids, unless names are the ids.
  Status CheckAbsent() {
    Diagnostics errors;
    for (const FileSpec* absent : absent_) {
      const FieldSpec* id = absent->Find(Field::kId);
      const FieldSpec* name = absent->Find(Field::kName);
      if (id == nullptr || (name != nullptr && id->source.column == name->source.column)) continue;
      for (const Assigned& assigned : assigned_) {
        for (const FieldSpec& field : assigned.spec->fields) {
          if (field.info->type != FieldType::kReference || field.source.match == MatchBy::kId) continue;
          const std::string_view detail = field.info->detail;
          const bool same =
              (absent->entity == Entity::kUsers && detail == "users") ||
              (absent->entity == Entity::kProducts && detail == "products") ||
              (absent->entity == Entity::kClients && (detail == "companies" || detail == "contacts"));
          if (!same || builder_.directory().KnowsAny(TargetOf(detail))) continue;
          errors.push_back({"missing_file",
                            "`" + std::string(field.info->name) +
                                "` is matched by name and needs the file \"" + absent->pattern +
                                "\": give it too, or import it before",
                            field.source.place,
                            {}});
        }
      }
    }
    if (!errors.empty()) return errors;
    return Done{};
  }

  Status LoadLookups() {
    for (const Assigned& assigned : assigned_) {
      for (const FieldSpec& field : assigned.spec->fields) {
        if (auto status = LoadLookup(field.source); !status.ok()) return status;
      }
      for (const CustomSpec& custom : assigned.spec->custom) {
        if (auto status = LoadLookup(custom.source); !status.ok()) return status;
      }
    }
    return Done{};
  }

  static std::string LookupKey(const ColumnSpec::Lookup& lookup) {
    return lookup.file + "\x1F" + lookup.key + "\x1F" + lookup.value;
  }

  Status LoadLookup(const ColumnSpec& source) {
    if (!source.lookup || lookups_.contains(LookupKey(*source.lookup))) return Done{};
    const ColumnSpec::Lookup& lookup = *source.lookup;
    const auto path = std::find_if(paths_.begin(), paths_.end(),
                                   [&](const std::string& p) { return Matches(lookup.file, p); });
    if (path == paths_.end()) {
      return Diagnostic{
          "missing_file", "`lookup:` needs the file \"" + lookup.file + "\"; give it too", source.place, {}};
    }
    TableOptions options;
    for (const FileSpec& spec : mapping_.files) {
      if (Matches(spec.pattern, *path)) options = spec.table;
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
    LookupTable& table = lookups_[LookupKey(lookup)];
    while ((*reader)->Next(row)) {
      if (*key >= row.cells.size() || *value >= row.cells.size()) continue;
      table.try_emplace(FoldCase(row.cells[*key].text), std::string(row.cells[*value].text));
    }
    return Done{};
  }

  Result<std::unique_ptr<BoundFile>> Bind(const Assigned& assigned) {
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
      if (source.lookup) into.lookup = &lookups_[LookupKey(*source.lookup)];
      return true;
    };
    for (const FieldSpec& field : spec.fields) {
      BoundColumn column;
      if (bind(field.source, field.info->type, field.info->detail, column))
        file->fields.emplace_back(field.info->field, column);
    }
    AddLeftOver(spec, *file);
    file->custom.reserve(spec.custom.size() + left_over_.size());
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
    KeepLeftOver(spec, *file);
    return file;
  }

  static bool SkipToHeader(TableReader& reader, const FileSpec& spec, TableRow& row) {
    while (reader.Next(row)) {
      if (!spec.header_line || row.line >= *spec.header_line) return true;
    }
    return false;
  }

  void AddLeftOver(const FileSpec& spec, const BoundFile& file) {
    left_over_.clear();
    if (!spec.keep_unmapped) return;
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
      if (!used[i] && !file.header.name(i).empty()) left_over_.push_back(i);
    }
  }

  void KeepLeftOver(const FileSpec& spec, BoundFile& file) {
    static const ColumnSpec kPlain;
    for (const size_t index : left_over_) {
      CustomColumn column;
      column.spec.id = column.spec.title = file.header.name(index);
      column.column.spec = &kPlain;
      column.column.columns = {index};
      column.column.shown = file.header.name(index);
      column.column.empty_marks = spec.empty_marks.empty() ? nullptr : &spec.empty_marks;
      file.custom.push_back(std::move(column));
    }
  }

  Status ReadRows(size_t index, BoundFile& file) {
    const Assigned& assigned = assigned_[index];
    const FileSpec& spec = *assigned.spec;
    FileReport& report = report_.files.emplace_back();
    report.file = FileName(assigned.path);
    report.entity = std::string(NameOf(spec.entity));
    report.format = file.reader->description();
    int64_t repeated = 0;
    first_cells_.clear();
    TableRow row;
    SourceRow source;
    source.file = index;
    while (file.reader->Next(row)) {
      ++report.rows_read;
      if (settings_.on_progress && report.rows_read % 8192 == 0)
        settings_.on_progress(report.file, report.rows_read);
      Defects defects;
      if (!Skipped(file, row, report) && Sound(file, row, defects)) {
        ReadCells(assigned, file, row, source, defects);
        if (defects.empty()) Take(spec, file, row, source, report, repeated, defects);
      }
      if (!defects.empty()) ++report.rows_rejected;
      for (const auto& [column, value, what] : defects) {
        if (settings_.on_reject)
          settings_.on_reject({report.file, row.line, column, value, what.code, what.message});
      }
      if (RowsOf(batch_) >= settings_.batch_rows) {
        if (auto status = Flush(); !status.ok()) return status;
      }
    }
    if (repeated > 0) {
      report_.notes.push_back(
          {"repeated_rows",
           std::to_string(repeated) + " rows repeat an earlier row exactly and are counted once (as skipped)",
           report.file,
           {}});
    }
    return RowsOf(batch_) >= settings_.batch_rows ? Flush() : Status(Done{});
  }

  struct Defect {
    std::string column, value;
    Diagnostic what;
  };
  using Defects = std::vector<Defect>;

  static bool Skipped(const BoundFile& file, const TableRow& row, FileReport& report) {
    for (const auto& [rule, column] : file.skip) {
      const std::string_view text = column < row.cells.size() ? row.cells[column].text : std::string_view();
      const bool hit = (rule->when_empty && text.empty()) ||
                       std::find(rule->equals.begin(), rule->equals.end(), text) != rule->equals.end();
      if (!hit) continue;
      ++report.rows_skipped;
      return true;
    }
    return false;
  }

  /// Whether the row has as many cells as the header. More cells than that are nothing only when they are
  /// empty.
  static bool Sound(const BoundFile& file, const TableRow& row, Defects& defects) {
    if (row.trouble) {
      std::string text;
      for (const Cell& cell : row.cells)
        text += (text.empty() ? "" : " | ") + std::string(cell.text.substr(0, 60));
      defects.push_back({"", text.substr(0, 200), *row.trouble});
      return false;
    }
    size_t count = row.cells.size();
    while (count > file.header.size() && row.cells[count - 1].text.empty()) --count;
    if (count == file.header.size() || (count < file.header.size() && row.open_ended)) return true;
    defects.push_back({"",
                       std::to_string(row.cells.size()),
                       {"ragged_row",
                        "the row has " + std::to_string(row.cells.size()) + " cells, the header " +
                            std::to_string(file.header.size()) + "; is a separator or a quote missing?",
                        "",
                        {}}});
    return false;
  }

  void ReadCells(const Assigned& assigned, BoundFile& file, const TableRow& row, SourceRow& source,
                 Defects& defects) {
    source.values.Clear();
    source.departments.clear();
    source.custom.clear();
    source.stage_dates.clear();
    source.line = row.line;
    source.fingerprint = Fingerprint(row);
    source.has_stage_dates = !assigned.spec->stage_dates.empty();
    source.continues = Continues(*assigned.spec, file, row);
    std::optional<std::string> amount_currency;
    const auto read = [&](BoundColumn& column) -> Value {
      auto value = ReadColumn(column, row, mapping_.zone);
      if (!value.ok() && IsAmbiguous(value.error()) && column.NeedsSettling() && !file.settled) {
        Settle(assigned, file);
        value = ReadColumn(column, row, mapping_.zone);
      }
      if (!value.ok()) {
        defects.push_back({column.shown, SourceText(column, row), value.error()});
        return {};
      }
      if (value->lookup_missed)
        CountDangling(assigned, column.shown, column.spec->lookup->file, SourceText(column, row));
      if (value->currency) amount_currency = value->currency;
      return std::move(value->value);
    };
    for (auto& [field, column] : file.fields) {
      if (column.type == FieldType::kDepartment) {
        for (const size_t level : column.columns) {
          if (level < row.cells.size() && !row.cells[level].text.empty())
            source.departments.emplace_back(row.cells[level].text);
        }
        if (column.columns.empty()) source.departments.push_back(column.spec->value.value_or(""));
        continue;
      }
      amount_currency.reset();
      Value value = read(column);
      if (field == Field::kAmount && amount_currency)
        TakeCurrency(file, row, *amount_currency, source, defects);
      // A currency that came with the amount stays when the currency column is empty.
      if (field == Field::kCurrency && IsNull(value)) continue;
      source.values.Set(field, std::move(value));
    }
    for (auto& custom : file.custom) {
      Value value = read(custom.column);
      if (!IsNull(value)) source.custom.push_back(ToCustom(custom.spec.id, std::move(value)));
    }
    for (auto& [stage, column] : file.stage_dates) {
      const Value value = read(column);
      if (const auto* moment = std::get_if<Instant>(&value)) source.stage_dates.emplace_back(stage, *moment);
    }
  }

  /// `€ 3.500` in an amount column names its currency; a currency column that says another one contradicts
  /// it.
  void TakeCurrency(BoundFile& file, const TableRow& row, const std::string& code, SourceRow& source,
                    Defects& defects) {
    for (auto& [field, column] : file.fields) {
      if (field != Field::kCurrency || column.spec->value) continue;
      const auto stated = ReadColumn(column, row, mapping_.zone);
      const auto* text = stated.ok() ? std::get_if<std::string>(&stated->value) : nullptr;
      if (text != nullptr && *text != code) {
        defects.push_back({column.shown,
                           *text,
                           {"currency_conflict",
                            "the amount is written in " + code + ", the currency column says " + *text,
                            "",
                            {}}});
        return;
      }
    }
    source.values.Set(Field::kCurrency, code);
  }

  static bool IsAmbiguous(const Diagnostic& error) {
    return error.code == "ambiguous_number" || error.code == "ambiguous_date";
  }

  /// Reads the whole file once more to see what each column proves.
  void Settle(const Assigned& assigned, BoundFile& file) {
    file.settled = true;
    auto reader = OpenTable(assigned.path, assigned.spec->table);
    if (!reader.ok()) throw DiagnosticError(reader.error());
    std::vector<BoundColumn*> columns;
    for (BoundColumn* column : file.Columns()) {
      if (column->NeedsSettling()) columns.push_back(column);
    }
    std::vector<ColumnEvidence> evidence(columns.size());
    TableRow row;
    SkipToHeader(**reader, *assigned.spec, row);
    while ((*reader)->Next(row)) {
      if (row.trouble) continue;
      for (size_t i = 0; i < columns.size(); ++i) evidence[i].Observe(*columns[i], row);
    }
    for (size_t i = 0; i < columns.size(); ++i) evidence[i].Settle(*columns[i]);
  }

  void Take(const FileSpec& spec, const BoundFile& file, const TableRow& row, SourceRow& source,
            FileReport& report, int64_t& repeated, Defects& defects) {
    builder_.set_on_dangling([&](Field field, Target target, const std::string& text) {
      const auto at = std::find_if(file.fields.begin(), file.fields.end(),
                                   [&](const auto& f) { return f.first == field; });
      CountDangling(report.file, at == file.fields.end() ? "" : at->second.shown, std::string(NameOf(target)),
                    text);
    });
    NoteCustomFields(spec, file, source);
    auto outcome = builder_.Build(spec, source, batch_);
    if (!outcome.ok()) {
      const auto at = std::find_if(file.fields.begin(), file.fields.end(),
                                   [&](const auto& f) { return f.first == Field::kId; });
      const bool of_id = at != file.fields.end() && outcome.error().code == "duplicate_id";
      defects.push_back(
          {of_id ? at->second.shown : "", of_id ? SourceText(at->second, row) : "", outcome.error()});
      return;
    }
    if (*outcome == RowBuilder::Outcome::kRepeated) {
      ++report.rows_skipped;
      ++repeated;
    } else {
      ++report.rows_taken;
      if (*outcome == RowBuilder::Outcome::kJoined) ++report.rows_joined;
    }
  }

  /// The fields themselves are announced once per entity, with the options that were met.
  void NoteCustomFields(const FileSpec& spec, const BoundFile& file, const SourceRow& source) {
    if (file.custom.empty()) return;
    std::string entity = spec.entity == Entity::kLeads ? "lead" : "deal";
    if (spec.entity == Entity::kClients) entity = source.values.TextOr(Field::kKind, "company");
    for (const CustomColumn& custom : file.custom) {
      CustomFieldRow& row = custom_fields_[entity + "\x1F" + custom.spec.id];
      if (!row.id.empty()) continue;
      row.entity = entity;
      row.id = custom.spec.id;
      row.title = custom.spec.title;
      row.type = custom.spec.type;
    }
    for (const CustomValue& value : source.custom) {
      CustomFieldRow& row = custom_fields_[entity + "\x1F" + value.field_id];
      if (row.type != "enum" || !value.text) continue;
      if (options_[&row].insert(*value.text).second)
        row.options.push_back({*value.text, *value.text, std::nullopt});
    }
  }

  void CountDangling(const Assigned& assigned, const std::string& column, const std::string& target,
                     const std::string& text) {
    CountDangling(FileName(assigned.path), column, target, text);
  }
  void CountDangling(const std::string& file, const std::string& column, const std::string& target,
                     const std::string& text) {
    DanglingReport& dangling = dangling_[file + "\x1F" + column];
    dangling.file = file;
    dangling.column = column;
    dangling.target = target;
    ++dangling.rows;
    auto& examples = dangling.examples;
    if (examples.size() < 5 && std::find(examples.begin(), examples.end(), text) == examples.end())
      examples.push_back(text);
  }

  void RejectHomelessLines() {
    for (const auto& homeless : builder_.FindHomelessLines()) {
      FileReport& report = report_.files[homeless.file];
      --report.rows_taken;
      ++report.rows_rejected;
      if (!settings_.on_reject) continue;
      settings_.on_reject(
          {report.file, homeless.line, "", homeless.deal, "no_such_deal",
           "no row of this import has the deal of this product line: \"" + homeless.deal + "\""});
    }
  }

  /// Hands on what was read. The last deal stays where the next row may be one more product of it.
  Status Flush() {
    SourceBatch batch = std::exchange(batch_, {});
    if (!batch.deals.empty() && !first_cells_.empty()) {
      batch_.deals.push_back(std::move(batch.deals.back()));
      batch.deals.pop_back();
    }
    if (auto status = settings_.on_batch(std::move(batch)); !status.ok()) return status;
    return Send(builder_.TakeFileRows());
  }

  Status Send(FileRows&& rows) {
    if (!settings_.on_file_rows || (rows.histories.empty() && rows.lines.empty())) return Done{};
    return settings_.on_file_rows(std::move(rows));
  }

  /// Whether the row only adds a product to the deal of the row before: every other cell is the same or left
  /// empty.
  bool Continues(const FileSpec& spec, const BoundFile& file, const TableRow& row) {
    if (spec.entity != Entity::kDeals || spec.Find(Field::kProduct) == nullptr) return false;
    std::set<size_t> of_product;
    for (const auto& [field, column] : file.fields) {
      if (field == Field::kProduct || field == Field::kProductPrice || field == Field::kProductQuantity ||
          field == Field::kProductAmount)
        of_product.insert(column.columns.begin(), column.columns.end());
    }
    bool another = false, same = first_cells_.size() == row.cells.size();
    for (size_t i = 0; same && i < row.cells.size(); ++i) {
      if (of_product.contains(i)) {
        another = another || row.cells[i].text != first_cells_[i];
      } else {
        same = row.cells[i].text.empty() || row.cells[i].text == first_cells_[i];
      }
    }
    if (same && another) return true;
    first_cells_.clear();
    for (const Cell& cell : row.cells) first_cells_.emplace_back(cell.text);
    return false;
  }

  const Mapping& mapping_;
  const ImportSettings& settings_;
  RowBuilder builder_;
  ImportReport report_;
  std::vector<std::string> paths_;
  std::vector<Assigned> assigned_;
  std::vector<const FileSpec*> absent_;
  std::map<std::string, LookupTable> lookups_;
  std::vector<size_t> left_over_;
  std::map<std::string, CustomFieldRow> custom_fields_;
  std::map<const CustomFieldRow*, std::set<std::string>> options_;
  std::map<std::string, DanglingReport> dangling_;
  SourceBatch batch_;
  std::vector<std::string> first_cells_;  ///< of the row that began the last deal
};

}  // namespace

Result<ImportReport> Import(const Mapping& mapping, std::span<const std::string> paths,
                            const ImportSettings& settings) {
  try {
    return Importer(mapping, settings).Run(paths);
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}

RejectsFile::RejectsFile(std::string path) : path_(std::move(path)) {
  std::error_code ignored;  // that there was none is no trouble; that it stays is told by the row count
  fs::remove(path_, ignored);
}

RejectsFile::~RejectsFile() { Flush(); }

void RejectsFile::Add(const Reject& reject) {
  if (rows_ == 0) {
    pending_ = "\xEF\xBB\xBF";
    AppendCsvRecord({"file", "line", "column", "value", "code", "reason"}, ',', pending_);
  }
  ++rows_;
  AppendCsvRecord(
      {reject.file, std::to_string(reject.line), reject.column, reject.value, reject.code, reject.reason},
      ',', pending_);
  if (pending_.size() > (1U << 20U)) Flush();
}

void RejectsFile::Flush() {
  if (pending_.empty()) return;
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file.write(pending_.data(), static_cast<std::streamsize>(pending_.size()));
  file.flush();
  if (!file) failed_ = true;
  pending_.clear();
}

Status RejectsFile::Close() {
  Flush();
  if (failed_) {
    return Diagnostic{"rejects_unwritable", "the rejects file cannot be written: " + path_, path_, {}};
  }
  return Done{};
}

}  // namespace svodka::crm::files
