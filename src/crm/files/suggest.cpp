#include "crm/files/suggest.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/text.hpp"
#include "crm/files/date_text.hpp"
#include "crm/files/header_names.hpp"
#include "crm/files/number_text.hpp"
#include "crm/files/table.hpp"

namespace svodka::crm::files {
namespace {

constexpr size_t kRowsMax = 20'000;
constexpr size_t kStagesMax = 60;

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

/// For a comment: one line, not too long, never cut within a character.
std::string Shown(std::string_view text) {
  std::string line;
  size_t points = 0;
  for (const char c : text) {
    const bool start = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (start && ++points > 30) return line + "…";
    line += c == '\n' || c == '\r' ? ' ' : c;
  }
  return line;
}

/// What the sampled values of one column look like.
struct Column {
  std::string name;
  std::vector<std::string> samples;  ///< up to three different ones
  std::set<std::string> distinct;    ///< up to 200
  int64_t filled = 0, numbers = 0, ambiguous_numbers = 0, dates = 0, ambiguous_dates = 0, flags = 0,
          percents = 0;
  bool point = false, comma = false, day_first = false, month_first = false, money = false, unique = true;
  std::map<std::string, int64_t> currencies;

  void Observe(const Cell& cell) {
    if (cell.text.empty()) return;
    ++filled;
    std::string text(cell.text);
    if (samples.size() < 3 && std::find(samples.begin(), samples.end(), text) == samples.end())
      samples.push_back(text);
    const bool fresh = distinct.size() > 20'000 || distinct.insert(text).second;
    unique = unique && fresh;
    const auto number =
        ParseNumberText(text, cell.kind == CellKind::kNumber ? std::optional<char>('.') : std::nullopt);
    if (number.ok()) {
      ++numbers;
      if (cell.kind != CellKind::kNumber && number->decimal) (*number->decimal == '.' ? point : comma) = true;
      if (number->currency) ++currencies[*number->currency], money = true;
    } else if (number.error().code == "ambiguous_number") {
      ++numbers, ++ambiguous_numbers;
    }
    const auto date = ParseDateText(text, DateOrder::kUnknown);
    if (date.ok()) {
      ++dates;
      if (date->proves) (*date->proves == DateOrder::kDayFirst ? day_first : month_first) = true;
    } else if (date.error().code == "ambiguous_date") {
      ++dates, ++ambiguous_dates;
    }
    if (ParseFlagText(text).ok()) ++flags;
  }

  bool Is(int64_t count) const { return filled > 0 && count == filled; }
  std::string CustomType() const {
    if (filled == 0) return "text";
    if (Is(flags) && distinct.size() <= 2 && !Is(numbers)) return "flag";
    if (Is(dates)) return "date";
    if (Is(numbers)) return money ? "money" : "number";
    if (distinct.size() <= 30 && filled >= 3 * static_cast<int64_t>(distinct.size())) return "enum";
    return "text";
  }
  bool NeedsDecimal() const { return ambiguous_numbers > 0 && point == comma; }
  bool NeedsOrder() const { return ambiguous_dates > 0 && day_first == month_first; }
  std::string Examples() const {
    std::string text;
    for (const std::string& sample : samples) text += (text.empty() ? "" : " | ") + Shown(sample);
    return text.empty() ? "always empty" : text;
  }
};

struct SampledFile {
  std::string name, format;
  Entity entity = Entity::kDeals;
  std::vector<Column> columns;
  std::map<std::string, size_t> column_of_field;  ///< field name -> column
  std::set<size_t> used;
  std::set<std::string> uncertain;
  std::vector<std::pair<std::string, std::vector<std::string>>>
      stages;  ///< by pipeline, in order of appearance
};

class Suggester {
 public:
  Status Add(const std::string& path) {
    auto reader = OpenTable(path, {});
    if (!reader.ok()) return reader.errors();
    SampledFile file;
    file.name = FileName(path);
    file.format = (*reader)->description();
    TableRow row;
    if (!(*reader)->Next(row))
      return Diagnostic{"no_header", "the file has no header row: " + path, file.name, {}};
    std::map<std::string, int> seen;
    for (const Cell& cell : row.cells) {
      Column column;
      column.name = std::string(cell.text);
      if (const int count = ++seen[column.name]; count > 1) column.name += "#" + std::to_string(count);
      file.columns.push_back(std::move(column));
    }
    while (!file.columns.empty() && seen.contains("") &&
           (file.columns.back().name.empty() || file.columns.back().name.starts_with("#"))) {
      file.columns.pop_back();
    }
    if (file.columns.empty())
      return Diagnostic{"no_header", "the file has no header row: " + path, file.name, {}};
    ChooseEntity(file);
    ChooseFields(file);
    for (size_t rows = 0; rows < kRowsMax && (*reader)->Next(row); ++rows) {
      if (row.trouble) continue;
      for (size_t i = 0; i < file.columns.size() && i < row.cells.size(); ++i)
        file.columns[i].Observe(row.cells[i]);
      CollectStage(file, row);
    }
    files_.push_back(std::move(file));
    return Done{};
  }

  std::string Write() {
    text_ =
        "# A first mapping, made from the headers and the first rows. Look at every `# check`; "
        "docs/import.md explains\n"
        "# the keys. Then: svodka --data DIR import --portal NAME --map THIS.yaml FILE…\n\n";
    text_ += "portal:\n  name: " + Quoted("Import") +
             "\n  zone: Europe/Moscow  # check: in which zone days begin\n";
    text_ += "  currency: " + BaseCurrency() + "  # check: of amounts that name none\n";
    WritePipelines();
    text_ += "\nfiles:\n";
    for (const SampledFile& file : files_) WriteFile(file);
    return std::move(text_);
  }

 private:
  static void ChooseEntity(SampledFile& file) {
    int best = -1;
    for (int i = 0; i < kEntityCount; ++i) {
      const auto entity = static_cast<Entity>(i);
      int score = ScoreFileName(entity, file.name);
      for (const Column& column : file.columns) score += ScoreEntity(entity, column.name);
      // Ties go to deals: the commonest export.
      if (score > best || (score == best && entity == Entity::kDeals)) {
        best = score;
        file.entity = entity;
      }
    }
  }

  static void ChooseFields(SampledFile& file) {
    for (const bool certain : {true, false}) {
      for (size_t i = 0; i < file.columns.size(); ++i) {
        if (file.used.contains(i)) continue;
        const auto guess = GuessField(file.entity, file.columns[i].name);
        if (!guess || guess->certain != certain) continue;
        const std::string field(guess->field->name);
        if (file.column_of_field.contains(field)) continue;
        file.column_of_field[field] = i;
        file.used.insert(i);
        if (!certain) file.uncertain.insert(field);
      }
    }
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
    std::map<std::string, int64_t> votes;
    for (const SampledFile& file : files_) {
      const auto column = file.column_of_field.find("currency");
      if (column != file.column_of_field.end()) {
        for (const std::string& value : file.columns[column->second].distinct) {
          if (const auto code = FindCurrency(value)) ++votes[*code];
        }
      }
      for (const Column& c : file.columns) {
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

  void WritePipelines() {
    for (const Entity entity : {Entity::kDeals, Entity::kLeads}) {
      std::string list;
      for (const SampledFile& file : files_) {
        if (file.entity != entity) continue;
        for (const auto& [pipeline, stages] : file.stages) {
          const std::string name = !pipeline.empty()          ? pipeline
                                   : entity == Entity::kDeals ? "Продажи"
                                                              : "Лиды";
          list += "    - name: " + Quoted(name) + "\n      stages:  # check: the working order\n";
          // Final stages last, the others as they appear.
          for (const char wanted : {'P', 'S', 'F'}) {
            for (const std::string& stage : stages) {
              const auto guess = GuessSemantic(stage);
              if (guess.semantic != wanted) continue;
              list += "        - {name: " + Quoted(stage) + ", semantic: " + wanted + "}" +
                      (guess.certain ? "" : "  # check") + "\n";
            }
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
    text_ += "    entity: " + std::string(NameOf(file.entity)) + "\n    fields:\n";
    for (const FieldInfo& info : FieldsOf(file.entity)) WriteField(file, info);
    const bool may_custom =
        file.entity == Entity::kDeals || file.entity == Entity::kLeads || file.entity == Entity::kClients;
    bool first = true;
    for (size_t i = 0; i < file.columns.size(); ++i) {
      const Column& column = file.columns[i];
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

  static std::string Doubts(const Column& column, std::string_view type) {
    if ((type == "number" || type == "money") && column.NeedsDecimal()) {
      return "  # check: add decimal: \",\" or decimal: \".\", the values do not show it";
    }
    if (type == "date" && column.NeedsOrder())
      return "  # check: add dates: dmy or dates: mdy, the values do not show it";
    return "";
  }

  void WriteField(const SampledFile& file, const FieldInfo& info) {
    const std::string field(info.name);
    const auto at = file.column_of_field.find(field);
    if (at == file.column_of_field.end()) {
      if (info.required) WriteMissing(file, info);
      return;
    }
    const Column& column = file.columns[at->second];
    std::string source = Quoted(column.name);
    const bool by_name =
        info.type == FieldType::kReference && (info.detail == "users" || info.detail == "companies" ||
                                               info.detail == "contacts" || info.detail == "products");
    if (by_name) source = "{column: " + source + ", match: name}";
    if (info.type == FieldType::kDepartment) source = "{tree: [" + source + "]}";
    const bool number =
        info.type == FieldType::kMoney || info.type == FieldType::kNumber || info.type == FieldType::kInteger;
    const bool date = info.type == FieldType::kMoment || info.type == FieldType::kDay;
    std::string doubt = Doubts(column, number ? "number" : date ? "date" : "text");
    if (doubt.empty() && ((number && !column.Is(column.numbers)) || (date && !column.Is(column.dates))) &&
        column.filled > 0) {
      doubt = "  # check: not all values look like " + std::string(number ? "numbers" : "dates");
    }
    if (doubt.empty() && file.uncertain.contains(field)) doubt = "  # check: is it this?";
    text_ += "      " + field + ": " + source + "  # " + column.Examples() + doubt + "\n";
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
    for (const Column& column : file.columns) {
      if (!column.name.empty() && info.name == "id") list += (list.empty() ? "" : ", ") + Quoted(column.name);
    }
    if (!list.empty()) {
      text_ += "      id: {columns: [" + list + "], separator: \"|\"}  # check: no column of ids\n";
      return;
    }
    text_ += "      " + std::string(info.name) + ": " + Quoted(file.columns.front().name) +
             "  # check: required, no column looks like it\n";
  }

  std::vector<SampledFile> files_;
  std::string text_;
};

}  // namespace

Result<std::string> SuggestMapping(std::span<const std::string> paths) {
  try {
    Suggester suggester;
    for (const std::string& path : paths) {
      if (auto status = suggester.Add(path); !status.ok()) return status.errors();
    }
    return suggester.Write();
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}

}  // namespace svodka::crm::files
