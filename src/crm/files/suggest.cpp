#include "crm/files/suggest.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <vector>

#include "base/text.hpp"
#include "crm/files/header_names.hpp"
#include "crm/files/number_text.hpp"
#include "crm/files/suggest_column.hpp"
#include "crm/files/table.hpp"

namespace svodka::crm::files {
namespace {

constexpr size_t kRowsMax = 20'000;
constexpr size_t kStagesMax = 60;
constexpr size_t kHeadRows = 30;

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\r') {
      quoted += "\\r";
    } else if (c == '\t') {
      quoted += "\\t";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

struct SampledFile {
  std::string name, format, signature;
  const FileChoices* choices = nullptr;
  std::set<size_t> skipped, custom;                     ///< columns that a person wants so
  int64_t header_line = 0;                              ///< 0: the first row
  std::map<std::string, std::set<std::string>> totals;  ///< column -> texts that begin rows of sums
  std::vector<size_t> name_parts;  ///< columns of last, first and middle names, in this order
  bool contacts = false;           ///< clients who are people
  Entity entity = Entity::kDeals;
  std::vector<SampledColumn> columns;
  std::map<std::string, size_t> column_of_field;  ///< field name -> column
  std::set<size_t> used;
  std::set<std::string> uncertain;
  std::vector<std::pair<std::string, std::vector<std::string>>>
      stages;  ///< by pipeline, in order of appearance
};

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

  std::string Write() {
    text_ =
        "# A first mapping, made from the headers and the first rows. Look at every `# check`; "
        "docs/import.md explains\n"
        "# the keys. Then: svodka --data DIR import --portal NAME --map THIS.yaml FILE…\n\n";
    text_ += "portal:\n  name: " + Quoted(choices_.name.empty() ? "Import" : choices_.name) +
             "\n  zone: " + ZoneName() + "  # check: in which zone days begin\n";
    text_ += "  currency: " + BaseCurrency() + "  # check: of amounts that name none\n";
    WritePipelines();
    text_ += "\nfiles:\n";
    for (const SampledFile& file : files_) WriteFile(file);
    return std::move(text_);
  }

  Suggestion Finish() {
    Suggestion suggestion;
    suggestion.yaml = Write();
    suggestion.currency = BaseCurrency();
    suggestion.zone = ZoneName();
    for (const SampledFile& file : files_) suggestion.files.push_back(Describe(file));
    return suggestion;
  }

 private:
  std::string ZoneName() const { return choices_.zone.empty() ? "Europe/Moscow" : choices_.zone; }

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
        shown.certain = !file.uncertain.contains(field);
      }
      if (shown.target == "skip" && !file.used.contains(i) && MayCustom(file) && column.filled > 0)
        shown.target = "custom";
      described.columns.push_back(std::move(shown));
    }
    for (const auto& [pipeline, stages] : file.stages) {
      for (const std::string& stage : stages) described.stages.emplace_back(stage, Meaning(stage).semantic);
    }
    return described;
  }

  /// What a stage means: as a person says, else by its name.
  SemanticGuess Meaning(const std::string& stage) const {
    for (const SampledFile& file : files_) {
      if (file.choices == nullptr) continue;
      const auto said = file.choices->stages.find(stage);
      if (said != file.choices->stages.end()) return {said->second, true};
    }
    return GuessSemantic(stage);
  }

  static bool MayCustom(const SampledFile& file) {
    return file.entity == Entity::kDeals || file.entity == Entity::kLeads || file.entity == Entity::kClients;
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
      // Ties go to deals: the commonest export.
      if (score > best || (score == best && entity == Entity::kDeals)) {
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

  std::string BaseCurrency() const {
    if (!choices_.currency.empty()) return choices_.currency;
    std::map<std::string, int64_t> votes;
    for (const SampledFile& file : files_) {
      const auto column = file.column_of_field.find("currency");
      if (column != file.column_of_field.end()) {
        for (const std::string& value : file.columns[column->second].distinct) {
          if (const auto code = FindCurrency(value)) ++votes[*code];
        }
      }
      for (const SampledColumn& c : file.columns) {
        for (const auto& [code, count] : c.currencies) votes[code] += count;
      }
    }
    std::string best = "RUB";
    int64_t most = 0;
    for (const auto& [code, count] : votes) {
      if (count > most) best = code, most = count;
    }
    return best;
  }

  using Pipelines = std::vector<std::pair<std::string, std::vector<std::string>>>;
  /// Pipelines and stages of all files that speak of such cards, as they appear.
  Pipelines StagesOf(Entity entity) const {
    Pipelines all;
    for (const SampledFile& file : files_) {
      const bool history = file.entity == Entity::kStageHistory &&
                           (entity == Entity::kLeads) == file.column_of_field.contains("lead");
      if (file.entity != entity && !history) continue;
      for (const auto& [pipeline, stages] : file.stages) {
        const std::string name = !pipeline.empty() ? pipeline : entity == Entity::kDeals ? "Продажи" : "Лиды";
        auto at = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.first == name; });
        if (at == all.end()) at = all.insert(all.end(), {name, {}});
        for (const std::string& stage : stages) {
          if (std::find(at->second.begin(), at->second.end(), stage) == at->second.end())
            at->second.push_back(stage);
        }
      }
    }
    return all;
  }

  void WritePipelines() {
    for (const Entity entity : {Entity::kDeals, Entity::kLeads}) {
      std::string list;
      for (const auto& [name, stages] : StagesOf(entity)) {
        list += "    - name: " + Quoted(name) + "\n      stages:  # check: the working order\n";
        // Final stages last, the others as they appear.
        for (const char wanted : {'P', 'S', 'F'}) {
          for (const std::string& stage : stages) {
            const auto guess = Meaning(stage);
            if (guess.semantic != wanted) continue;
            list += "        - {name: " + Quoted(stage) + ", semantic: " + wanted + "}" +
                    (guess.certain ? "" : "  # check") + "\n";
          }
        }
      }
      if (list.empty()) continue;
      if (text_.find("\npipelines:") == std::string::npos) text_ += "\npipelines:\n";
      text_ += entity == Entity::kDeals ? "  deals:\n" : "  leads:\n";
      text_ += list;
    }
  }

  void WriteFile(const SampledFile& file) {
    text_ += "  - file: " + Quoted(file.name) + "  # " + file.format + "\n";
    text_ += "    entity: " + std::string(NameOf(file.entity)) + "\n";
    if (file.header_line > 0) text_ += "    header: " + std::to_string(file.header_line) + "\n";
    if (!file.totals.empty()) {
      text_ += "    skip:  # rows of sums\n";
      for (const auto& [column, texts] : file.totals) {
        std::string list;
        for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + Quoted(text);
        text_ += "      - {column: " + Quoted(column) + ", equals: [" + list + "]}\n";
      }
    }
    WriteEmpty(file);
    text_ += "    fields:\n";
    for (const FieldInfo& info : FieldsOf(file.entity)) WriteField(file, info);
    const bool may_custom = MayCustom(file);
    bool first = true;
    for (size_t i = 0; i < file.columns.size(); ++i) {
      const SampledColumn& column = file.columns[i];
      if (file.used.contains(i) || column.name.empty()) continue;
      if (may_custom && column.filled > 0) {
        if (first) text_ += "    custom:\n";
        first = false;
        text_ += "      " + Quoted(column.name) + ": {column: " + Quoted(column.name) +
                 ", type: " + column.CustomType() + "}  # " + column.Examples() +
                 Doubts(column, column.CustomType()) + "\n";
      } else {
        text_ += "    # not used: " + Shown(column.name) + " (" + column.Examples() + ")\n";
      }
    }
  }

  static std::string Doubts(const SampledColumn& column, std::string_view type) {
    if ((type == "number" || type == "money") && column.NeedsDecimal()) {
      return "  # check: add decimal: \",\" or decimal: \".\", the values do not show it";
    }
    if (type == "date" && column.NeedsOrder())
      return "  # check: add dates: dmy or dates: mdy, the values do not show it";
    return "";
  }

  /// Texts for "unknown" that stand in the data. "нет" is one where it stands among other texts and answers
  /// nothing.
  void WriteEmpty(const SampledFile& file) {
    std::set<std::string> marks;
    std::set<std::string> denials;
    bool answers = false;
    for (const SampledColumn& column : file.columns) {
      marks.insert(column.blanks.begin(), column.blanks.end());
      const std::set<std::string> found = column.Denials();
      const bool flag = column.Is(column.flags);
      answers = answers || (flag && !found.empty());
      const bool read_elsewhere = column.numbers > 0 || column.dates > 0;  // aliases of the column itself
      if (!flag && !read_elsewhere) denials.insert(found.begin(), found.end());
    }
    if (!answers) marks.insert(denials.begin(), denials.end());
    if (marks.empty()) return;
    std::string list;
    for (const std::string& mark : marks) list += (list.empty() ? "" : ", ") + Quoted(mark);
    text_ += "    empty: [" + list + "]  # check: these texts are taken as unknown\n";
  }

  void WriteField(const SampledFile& file, const FieldInfo& info) {
    const std::string field(info.name);
    const auto at = file.column_of_field.find(field);
    if (at == file.column_of_field.end()) {
      if (field == "kind" && file.contacts) text_ += "      kind: {value: contact}\n";
      if (field == "kind" && file.entity == Entity::kActivities) {
        text_ +=
            "      kind: {value: task}  # check: no column says call, meeting, email, task, message, "
            "comment\n";
        return;
      }
      if (info.required) WriteMissing(file, info);
      if (field == "moved_at") WriteLastMove(file);
      return;
    }
    if (field == "name" && !file.name_parts.empty()) {
      std::string list;
      for (const size_t part : file.name_parts)
        list += (list.empty() ? "" : ", ") + Quoted(file.columns[part].name);
      text_ += "      name: {columns: [" + list + "]}\n";
      return;
    }
    const SampledColumn& column = file.columns[at->second];
    std::string source = Quoted(column.name);
    const bool by_name =
        info.type == FieldType::kReference && (info.detail == "users" || info.detail == "companies" ||
                                               info.detail == "contacts" || info.detail == "products");
    if (by_name) source = "{column: " + source + ", match: name}";
    const bool number =
        info.type == FieldType::kMoney || info.type == FieldType::kNumber || info.type == FieldType::kInteger;
    const bool date = info.type == FieldType::kMoment || info.type == FieldType::kDay;
    const std::vector<std::string> marks = number ? column.MarksAmongNumbers()
                                           : date ? column.MarksAmongDates()
                                                  : std::vector<std::string>{};
    std::string aliases;
    for (const std::string& mark : marks) aliases += (aliases.empty() ? "" : ", ") + Quoted(mark) + ": \"\"";
    // amoCRM writes 0 where nobody entered a budget: unknown is not zero.
    if (field == "amount" && IsBudget(column.name) && column.distinct.contains("0"))
      aliases += (aliases.empty() ? "" : ", ") + std::string("\"0\": \"\"");
    if (!aliases.empty()) source = "{column: " + source + ", aliases: {" + aliases + "}}";
    if (info.type == FieldType::kDuration && IsInMinutes(column))
      source = "{column: " + source + ", unit: min}";
    if (info.type == FieldType::kDepartment) source = "{tree: [" + source + "]}";
    std::string doubt = Doubts(column, number ? "number" : date ? "date" : "text");
    if (doubt.empty() && !marks.empty()) doubt = "  # check: these texts are taken as unknown";
    if (doubt.empty() && ((number && !column.Is(column.numbers)) || (date && !column.Is(column.dates))) &&
        column.filled > 0) {
      doubt = "  # check: not all values look like " + std::string(number ? "numbers" : "dates");
    }
    if (doubt.empty() && file.uncertain.contains(field)) doubt = "  # check: is it this?";
    text_ += "      " + field + ": " + source + "  # " + column.Examples() + doubt + "\n";
  }

  /// Without a day of closing nothing tells in which month a deal was won: the last change is the nearest to
  /// it.
  void WriteLastMove(const SampledFile& file) {
    const auto modified = file.column_of_field.find("modified_at");
    if ((file.entity != Entity::kDeals && file.entity != Entity::kLeads) ||
        modified == file.column_of_field.end() || file.column_of_field.contains("closed_at"))
      return;
    text_ += "      moved_at: " + Quoted(file.columns[modified->second].name) +
             "  # check: the file has no day of closing; the last change stands for it\n";
  }

  static bool IsBudget(std::string_view header) {
    const std::string folded = FoldCase(header);
    return folded.starts_with("бюджет") || folded.starts_with("sale") || folded.starts_with("budget");
  }
  static bool IsInMinutes(const SampledColumn& column) {
    const std::string folded = FoldCase(column.name);
    return column.Is(column.numbers) && (folded.find("мин") != std::string::npos || folded.ends_with("min"));
  }

  void WriteMissing(const SampledFile& file, const FieldInfo& info) {
    // The first column whose values differ in every row, else all named columns together.
    for (size_t i = 0; i < file.columns.size() && info.name == "id"; ++i) {
      if (file.columns[i].filled > 1 && file.columns[i].unique && !file.columns[i].name.empty()) {
        text_ += "      id: " + Quoted(file.columns[i].name) +
                 "  # check: no column of ids; the values of this one differ\n";
        return;
      }
    }
    std::string list;
    for (const SampledColumn& column : file.columns) {
      if (!column.name.empty() && info.name == "id") list += (list.empty() ? "" : ", ") + Quoted(column.name);
    }
    if (!list.empty()) {
      text_ += "      id: {columns: [" + list + "], separator: \"|\"}  # check: no column of ids\n";
      return;
    }
    text_ += "      " + std::string(info.name) + ": " + Quoted(file.columns.front().name) +
             "  # check: required, no column looks like it\n";
  }

  const SuggestChoices& choices_;
  std::vector<SampledFile> files_;
  std::string text_;
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
