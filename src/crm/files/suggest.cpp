#include "crm/files/suggest.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <vector>

#include "base/text.hpp"
#include "crm/files/header_names.hpp"
#include "crm/files/suggest_column.hpp"
#include "crm/files/suggest_mapping.hpp"
#include "crm/files/table.hpp"

namespace svodka::crm::files {
namespace {

constexpr size_t kRowsMax = 20'000;
constexpr size_t kStagesMax = 60;
constexpr size_t kHeadRows = 30;
constexpr int kScoreSure = 4;  ///< two headers that are surely of the entity, or a file name

/// The same for a file whose columns come in another order or case; short enough for a key.
std::string SignatureOf(const SampledFile& file) {
  std::set<std::string> names;
  for (const SampledColumn& column : file.columns) names.insert(FoldCase(column.name));
  uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (const std::string& name : names) {
    for (const char c : name + "\n") hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

class Suggester {
 public:
  explicit Suggester(const SuggestChoices& choices) : choices_(choices) {}

  Status Add(const std::string& path) {
    auto reader = OpenTable(path, {});
    if (!reader.ok()) return reader.errors();
    SampledFile file;
    file.name = FileName(path);
    file.format = (*reader)->description();
    // The first rows are kept: one of them is the header, and a title may stand above it.
    std::vector<KeptRow> head;
    TableRow row;
    while (head.size() < kHeadRows && (*reader)->Next(row)) {
      if (!row.trouble) head.emplace_back(row);
    }
    const size_t header = FindHeader(head);
    if (header == head.size())
      return Diagnostic{"no_header", "the file has no header row: " + path, file.name, {}};
    if (header > 0) file.header_line = head[header].line;
    TakeHeader(head[header], file);
    if (file.columns.empty())
      return Diagnostic{"no_header", "the file has no header row: " + path, file.name, {}};
    file.signature = SignatureOf(file);
    const auto chosen = choices_.files.find(file.signature);
    if (chosen != choices_.files.end()) file.choices = &chosen->second;
    ChooseEntity(file);
    TakeChoices(file);
    ChooseFields(file);
    for (size_t i = header + 1; i < head.size(); ++i) Sample(head[i].AsRow(), file);
    for (size_t rows = head.size(); rows < kRowsMax && (*reader)->Next(row); ++rows) {
      if (!row.trouble) Sample(row, file);
    }
    files_.push_back(std::move(file));
    return Done{};
  }

  Suggestion Finish() {
    Suggestion suggestion;
    suggestion.yaml = WriteMapping(files_, choices_);
    suggestion.currency = BaseCurrency(files_, choices_).code;
    suggestion.zone = ZoneName(choices_);
    for (const SampledFile& file : files_) suggestion.files.push_back(Describe(file));
    return suggestion;
  }

 private:
  SuggestedFile Describe(const SampledFile& file) const {
    SuggestedFile described;
    described.name = file.name;
    described.format = file.format;
    described.signature = file.signature;
    described.entity = file.entity;
    for (size_t i = 0; i < file.columns.size(); ++i) {
      const SampledColumn& column = file.columns[i];
      if (column.name.empty()) continue;
      SuggestedFile::Column shown{column.name, "skip", column.Examples(), true};
      for (const auto& [field, at] : file.column_of_field) {
        if (at != i) continue;
        shown.target = field;
        shown.certain = !file.uncertain.contains(field) && !file.rivals.contains(field);
      }
      if (file.time_part == i) shown.target = "started_at";
      if (shown.target == "skip" && !file.used.contains(i) && MayCustom(file) && column.filled > 0)
        shown.target = "custom";
      described.columns.push_back(std::move(shown));
    }
    for (const auto& [pipeline, stages] : file.stages) {
      for (const std::string& stage : stages)
        described.stages.emplace_back(stage, MeaningOf(stage, files_).semantic);
    }
    return described;
  }

  /// The columns that a person has assigned, before any guess.
  static void TakeChoices(SampledFile& file) {
    if (file.choices == nullptr) return;
    for (size_t i = 0; i < file.columns.size(); ++i) {
      const auto chosen = file.choices->columns.find(file.columns[i].name);
      if (chosen == file.choices->columns.end()) continue;
      if (chosen->second == "skip") {
        file.skipped.insert(i);
        file.used.insert(i);
      } else if (chosen->second == "custom") {
        file.custom.insert(i);
      } else if (FindField(file.entity, chosen->second) != nullptr &&
                 file.column_of_field.try_emplace(chosen->second, i).second) {
        file.used.insert(i);
      } else if (file.entity == Entity::kCalls && chosen->second == "started_at" && !file.time_part) {
        file.time_part = i;  // the second one: the time of the day
        file.used.insert(i);
      }
    }
  }

  /// A row that outlives the reader's next step.
  struct KeptRow {
    explicit KeptRow(const TableRow& row) : line(row.line), open_ended(row.open_ended) {
      for (const Cell& cell : row.cells) cells.emplace_back(std::string(cell.text), cell.kind);
    }
    TableRow AsRow() const {
      TableRow row;
      row.line = line;
      row.open_ended = open_ended;
      for (const auto& [text, kind] : cells) row.cells.push_back({text, kind});
      return row;
    }
    size_t Filled() const {
      return static_cast<size_t>(
          std::count_if(cells.begin(), cells.end(), [](const auto& cell) { return !cell.first.empty(); }));
    }
    int64_t line;
    bool open_ended;
    std::vector<std::pair<std::string, CellKind>> cells;
  };

  /// The first row that names most of the columns: titles and merged group names above it fill fewer cells.
  static size_t FindHeader(const std::vector<KeptRow>& head) {
    size_t widest = 0;
    for (const KeptRow& row : head) widest = std::max(widest, row.Filled());
    for (size_t i = 0; i < head.size(); ++i) {
      if (head[i].Filled() * 10 > widest * 6) return i;
    }
    return head.size();
  }

  static void TakeHeader(const KeptRow& header, SampledFile& file) {
    std::map<std::string, int> seen;
    for (const auto& [text, kind] : header.cells) {
      SampledColumn column;
      column.name = text;
      if (const int count = ++seen[column.name]; count > 1) column.name += "#" + std::to_string(count);
      file.columns.push_back(std::move(column));
    }
    while (!file.columns.empty() && seen.contains("") &&
           (file.columns.back().name.empty() || file.columns.back().name.starts_with("#"))) {
      file.columns.pop_back();
    }
  }

  static void Sample(const TableRow& row, SampledFile& file) {
    // A row of sums is no data: its first text says so.
    for (size_t i = 0; i < file.columns.size() && i < row.cells.size(); ++i) {
      if (row.cells[i].text.empty()) continue;
      if (row.cells[i].kind == CellKind::kText && IsTotalsMark(row.cells[i].text) &&
          !file.columns[i].name.empty()) {
        file.totals[file.columns[i].name].insert(std::string(row.cells[i].text));
        return;
      }
      break;
    }
    for (size_t i = 0; i < file.columns.size() && i < row.cells.size(); ++i)
      file.columns[i].Observe(row.cells[i]);
    CollectStage(file, row);
  }

  /// Names of people in several columns; a list with family names is one of people, not of companies.
  static void ChooseNames(SampledFile& file) {
    if (file.entity != Entity::kClients && file.entity != Entity::kUsers) return;
    if (file.column_of_field.contains("name")) return;
    std::map<NamePart, size_t> parts;
    for (size_t i = 0; i < file.columns.size(); ++i) {
      if (file.used.contains(i) || file.custom.contains(i)) continue;
      const NamePart part = GuessNamePart(file.columns[i].name);
      if (part != NamePart::kNone) parts.try_emplace(part, i);
    }
    const std::string folded = FoldCase(file.name);
    file.contacts = file.entity == Entity::kClients &&
                    (parts.contains(NamePart::kLast) || folded.find("contact") != std::string::npos ||
                     folded.find("контакт") != std::string::npos);
    if (!parts.contains(NamePart::kLast) || !parts.contains(NamePart::kFirst)) return;
    for (const NamePart part : {NamePart::kLast, NamePart::kFirst, NamePart::kMiddle}) {
      const auto at = parts.find(part);
      if (at == parts.end()) continue;
      file.name_parts.push_back(at->second);
      file.used.insert(at->second);
    }
    file.column_of_field["name"] = file.name_parts.front();
  }

  static void ChooseEntity(SampledFile& file) {
    if (file.choices != nullptr && file.choices->entity) {
      file.entity = *file.choices->entity;
      return;
    }
    int best = -1;
    for (int i = 0; i < kEntityCount; ++i) {
      const auto entity = static_cast<Entity>(i);
      int score = ScoreFileName(entity, file.name);
      for (const SampledColumn& column : file.columns) score += ScoreEntity(entity, column.name);
      const bool tie = score == best;
      if (score >= best) file.entity_certain = score >= kScoreSure && !tie;
      // Ties go to deals: the commonest export.
      if (score > best || (tie && entity == Entity::kDeals)) {
        best = score;
        file.entity = entity;
      }
    }
  }

  static void ChooseFields(SampledFile& file) {
    ChooseNames(file);
    for (const bool certain : {true, false}) {
      for (size_t i = 0; i < file.columns.size(); ++i) {
        if (file.used.contains(i) || file.custom.contains(i)) continue;
        const auto guess = GuessField(file.entity, file.columns[i].name);
        if (!guess || guess->certain != certain) continue;
        std::string field(guess->field->name);
        // The company in a list of people is theirs, not their name.
        if (file.contacts && field == "name" && IsOfCompany(file.columns[i].name)) field = "company";
        if (file.column_of_field.contains(field)) continue;
        file.column_of_field[field] = i;
        file.used.insert(i);
        if (!certain) file.uncertain.insert(field);
      }
    }
    ChooseTime(file);
    FindRivals(file);
  }

  /// `Дата` and `Время` of calls are one moment; a time alone is none.
  static void ChooseTime(SampledFile& file) {
    if (file.entity != Entity::kCalls || file.time_part || !file.column_of_field.contains("started_at"))
      return;
    for (size_t i = 0; i < file.columns.size(); ++i) {
      if (file.used.contains(i) || !IsTimeOfCall(file.columns[i].name)) continue;
      file.time_part = i;
      file.used.insert(i);
      return;
    }
  }

  /// Columns left over that look like a field as much as the one that was taken for it.
  static void FindRivals(SampledFile& file) {
    for (size_t i = 0; i < file.columns.size(); ++i) {
      if (file.used.contains(i) || file.custom.contains(i)) continue;
      std::string header = file.columns[i].name;
      // `Сумма#2` is a second column of that name (TakeHeader).
      if (const size_t mark = header.rfind('#'); mark != std::string::npos && mark > 0) {
        const std::string first = header.substr(0, mark);
        if (std::any_of(file.columns.begin(), file.columns.end(),
                        [&](const auto& c) { return c.name == first; }))
          header = first;
      }
      const auto guess = GuessField(file.entity, header);
      if (!guess) continue;
      const std::string field(guess->field->name);
      const bool said = file.choices != nullptr && file.column_of_field.contains(field) &&
                        file.choices->columns.contains(file.columns[file.column_of_field.at(field)].name);
      if (!said && file.column_of_field.contains(field) && (guess->certain || file.uncertain.contains(field)))
        file.rivals[field].push_back(i);
    }
  }

  static bool IsOfCompany(std::string_view header) {
    const auto guess = GuessField(Entity::kDeals, header);
    return guess && guess->field->name == "company";
  }

  static void CollectStage(SampledFile& file, const TableRow& row) {
    const auto stage = file.column_of_field.find("stage");
    if (stage == file.column_of_field.end() || stage->second >= row.cells.size()) return;
    const std::string name(row.cells[stage->second].text);
    if (name.empty()) return;
    std::string pipeline;
    const auto column = file.column_of_field.find("pipeline");
    if (column != file.column_of_field.end() && column->second < row.cells.size())
      pipeline = row.cells[column->second].text;
    auto at = std::find_if(file.stages.begin(), file.stages.end(),
                           [&](const auto& p) { return p.first == pipeline; });
    if (at == file.stages.end()) at = file.stages.insert(file.stages.end(), {pipeline, {}});
    if (at->second.size() < kStagesMax &&
        std::find(at->second.begin(), at->second.end(), name) == at->second.end()) {
      at->second.push_back(name);
    }
  }

  const SuggestChoices& choices_;
  std::vector<SampledFile> files_;
};

}  // namespace

Result<Suggestion> SuggestWithChoices(std::span<const std::string> paths, const SuggestChoices& choices) {
  try {
    Suggester suggester(choices);
    for (const std::string& path : paths) {
      if (auto status = suggester.Add(path); !status.ok()) return status.errors();
    }
    return suggester.Finish();
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}

Result<std::string> SuggestMapping(std::span<const std::string> paths) {
  auto suggestion = SuggestWithChoices(paths, {});
  if (!suggestion.ok()) return suggestion.errors();
  return std::move(suggestion->yaml);
}

}  // namespace svodka::crm::files
