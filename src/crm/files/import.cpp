#include "crm/files/import.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.hpp"
#include "crm/files/bound_file.hpp"
#include "crm/files/encoding.hpp"
#include "crm/files/row_builder.hpp"

namespace svodka::crm::files {
namespace {

constexpr size_t kShownMax = 100;  ///< characters of a value in the summary

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

class Importer {
 public:
  Importer(const Mapping& mapping, const ImportSettings& settings)
      : mapping_(mapping), settings_(settings), builder_(mapping) {
    builder_.directory().set_find_known(settings.find_known);
    if (settings.call_list) builder_.set_call_list(*settings.call_list);
  }

  Result<ImportReport> Run(std::span<const std::string> paths) {
    auto expanded = ExpandPaths(paths);
    if (!expanded.ok()) return expanded.errors();
    paths_ = std::move(*expanded);
    auto found = AssignFiles(mapping_, paths_, builder_.directory(), report_.notes);
    if (!found.ok()) return found.errors();
    assigned_ = std::move(*found);
    if (auto status = lookups_.Load(mapping_, assigned_, paths_); !status.ok()) return status.errors();
    // All files are opened and bound first: a missing column is told before anything is read.
    Diagnostics errors;
    std::vector<std::unique_ptr<BoundFile>> bound;
    for (const Assigned& assigned : assigned_) {
      auto file = BindFile(assigned, lookups_);
      if (file.ok()) {
        bound.push_back(std::move(*file));
      } else {
        errors.insert(errors.end(), file.errors().begin(), file.errors().end());
      }
    }
    if (!errors.empty()) return errors;
    for (const Assigned& assigned : assigned_) bytes_all_ += SizeOf(assigned.path);
    for (size_t i = 0; i < assigned_.size(); ++i) {
      if (auto status = ReadRows(i, *bound[i]); !status.ok()) return status.errors();
      TellProgress(assigned_[i], *bound[i]->reader);
      bytes_before_ += SizeOf(assigned_[i].path);
      bound[i].reset();
    }
    if (settings_.on_progress) settings_.on_progress({"", rows_read_, 1});
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
  static double SizeOf(const std::string& path) {
    std::error_code gone;
    const auto bytes = std::filesystem::file_size(path, gone);
    return gone ? 0 : static_cast<double>(bytes);
  }

  void TellProgress(const Assigned& assigned, const TableReader& reader) const {
    if (!settings_.on_progress) return;
    const double done = bytes_before_ + SizeOf(assigned.path) * reader.share_read();
    settings_.on_progress(
        {FileName(assigned.path), rows_read_, bytes_all_ > 0 ? std::min(1.0, done / bytes_all_) : 1});
  }

  Status ReadRows(size_t index, BoundFile& file) {
    const Assigned& assigned = assigned_[index];
    const FileSpec& spec = *assigned.spec;
    FileReport& report = report_.files.emplace_back();
    report.file = FileName(assigned.path);
    report.entity = std::string(NameOf(spec.entity));
    report.format = file.reader->description();
    int64_t repeated = 0;
    left_ = 0;
    first_cells_.clear();
    TableRow row;
    SourceRow source;
    source.file = index;
    while (file.reader->Next(row)) {
      ++report.rows_read;
      ++rows_read_;
      if (report.rows_read % 8192 == 0) TellProgress(assigned, *file.reader);
      Defects defects;
      if (!Skipped(file, row, report) && Sound(file, row, defects)) {
        ReadCells(assigned, file, row, source, defects);
        // What is no call need not look like one: the traffic of an operator's detail has no length in
        // seconds.
        if (spec.entity == Entity::kCalls && source.values.TextOr(Field::kDirection) == "other")
          defects.clear();
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
    if (left_ > 0) {
      report_.notes.push_back(
          {"no_calls",
           std::to_string(left_) +
               " rows are no calls with anybody outside (messages, traffic, calls between "
               "colleagues) and are left out (as skipped)",
           report.file,
           {}});
    }
    if (const int64_t equal = builder_.TakeEqualRows(); equal > 0) {
      report_.notes.push_back(
          {"equal_rows",
           std::to_string(equal) +
               " rows equal another row of the file and have no id: each is taken as one more; "
               "if they are repetitions, give the column of ids or remove them",
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
      const bool of_row =
          field == Field::kAmount || (field == Field::kPrice && assigned.spec->entity == Entity::kProducts);
      if (of_row && amount_currency) TakeCurrency(file, row, *amount_currency, source, defects);
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
      const FieldInfo* field = FindField(spec.entity, outcome.error().place);
      const auto at = std::find_if(file.fields.begin(), file.fields.end(), [&](const auto& f) {
        return field != nullptr && f.first == field->field;
      });
      const bool found = at != file.fields.end();
      defects.push_back(
          {found ? at->second.shown : "", found ? SourceText(at->second, row) : "", outcome.error()});
      return;
    }
    if (*outcome == RowBuilder::Outcome::kRepeated) {
      ++report.rows_skipped;
      ++repeated;
    } else if (*outcome == RowBuilder::Outcome::kLeft) {
      ++report.rows_skipped;
      ++left_;
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
    if (examples.size() >= 5) return;
    std::string example = Shortened(text, kShownMax);
    if (std::find(examples.begin(), examples.end(), example) == examples.end())
      examples.push_back(std::move(example));
  }

  void RejectHomelessLines() {
    for (const auto& homeless : builder_.FindHomelessLines()) {
      FileReport& report = report_.files[homeless.file];
      --report.rows_taken;
      ++report.rows_rejected;
      if (!settings_.on_reject) continue;
      settings_.on_reject({report.file, homeless.line, "", homeless.deal, "no_such_deal",
                           "no row of this import has the deal of this product line: \"" +
                               Shortened(homeless.deal, kShownMax) + "\""});
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
  double bytes_all_ = 0, bytes_before_ = 0;  ///< of all files, of those that have been read
  int64_t rows_read_ = 0;
  int64_t left_ = 0;  ///< rows of the file that are no calls with anybody outside
  std::vector<std::string> paths_;
  std::vector<Assigned> assigned_;
  LookupTables lookups_;
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

}  // namespace svodka::crm::files
