#include "crm/files/suggest_mapping.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crm/files/number_text.hpp"

namespace svodka::crm::files {
namespace {

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

class Writer {
 public:
  Writer(std::span<const SampledFile> files, const SuggestChoices& choices)
      : files_(files), choices_(choices) {}

  std::string Write() {
    text_ =
        "# A first mapping, made from the headers and the first rows. Look at every `# check`; "
        "docs/import.md explains\n"
        "# the keys. Then: svodka --data DIR import --portal NAME --map THIS.yaml FILE…\n\n";
    text_ += "portal:\n  name: " + Quoted(choices_.name.empty() ? "Import" : choices_.name) +
             "\n  zone: " + ZoneName(choices_) + "  # check: in which zone days begin\n";
    const CurrencyGuess currency = BaseCurrency(files_, choices_);
    text_ += "  currency: " + currency.code + "  # check: of amounts that name none";
    for (const auto& [code, count] : currency.exceptions)
      text_ += "; " + code + " is named by " + std::to_string(count);
    text_ += "\n";
    WritePipelines();
    text_ += "\nfiles:\n";
    for (const SampledFile& file : files_) WriteFile(file);
    return std::move(text_);
  }

 private:
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
            const auto guess = MeaningOf(stage, files_);
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
    text_ += "    entity: " + std::string(NameOf(file.entity)) +
             (file.entity_certain ? "" : "  # check: the headers do not say what this file holds") + "\n";
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
                 Check({Doubts(column, column.CustomType())}) + "\n";
      } else {
        text_ += "    # not used: " + Shown(column.name) + " (" + column.Examples() + ")\n";
      }
    }
  }

  /// A comment that names what a person should look at; nothing without a doubt.
  static std::string Check(const std::vector<std::string>& doubts) {
    std::string text;
    for (const std::string& doubt : doubts) {
      if (!doubt.empty()) text += (text.empty() ? "  # check: " : "; ") + doubt;
    }
    return text;
  }

  static std::string Doubts(const SampledColumn& column, std::string_view type) {
    if ((type == "number" || type == "money") && column.NeedsDecimal()) {
      return "add decimal: \",\" or decimal: \".\", the values do not show it";
    }
    if (type == "date" && column.NeedsOrder())
      return "add dates: dmy or dates: mdy, the values do not show it";
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
      if (field == "amount" && file.entity == Entity::kDeals)
        text_ += "      # amount:  # check: no column looks like it; without one every sum is unknown\n";
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
    if (field == "started_at" && file.time_part) {
      text_ += "      started_at: {columns: [" + Quoted(column.name) + ", " +
               Quoted(file.columns[*file.time_part].name) + "]}  # " + column.Examples() +
               Check({Doubts(column, "date")}) + "\n";
      return;
    }
    std::string source = Quoted(column.name);
    const bool by_name =
        info.type == FieldType::kReference && (info.detail == "users" || info.detail == "companies" ||
                                               info.detail == "contacts" || info.detail == "products");
    if (by_name) {
      const bool numbers = file.entity == Entity::kCalls && field == "user" && column.AreNumbersOfPhones();
      source =
          "{column: " + source + ", match: " + (numbers ? "phone" : "name") + WriteAliases(file, info) + "}";
    } else if (field == "caller" || field == "callee") {
      if (const std::string given = WriteAliases(file, info); !given.empty())
        source = "{column: " + source + given + "}";
    }
    const bool number =
        info.type == FieldType::kMoney || info.type == FieldType::kNumber || info.type == FieldType::kInteger;
    const bool date = info.type == FieldType::kMoment || info.type == FieldType::kDay;
    const std::vector<std::string> marks = number ? column.MarksAmongNumbers()
                                           : date ? column.MarksAmongDates()
                                                  : std::vector<std::string>{};
    std::string aliases;
    for (const std::string& mark : marks) aliases += (aliases.empty() ? "" : ", ") + Quoted(mark) + ": \"\"";
    // amoCRM writes 0 where nobody entered a budget: unknown is not zero.
    const bool zero_unknown = field == "amount" && IsBudget(column.name) && column.distinct.contains("0");
    if (zero_unknown) aliases += (aliases.empty() ? "" : ", ") + std::string("\"0\": \"\"");
    if (!aliases.empty()) source = "{column: " + source + ", aliases: {" + aliases + "}}";
    if (info.type == FieldType::kDuration && column.HasShortTimes()) {
      source = "{column: " + source + ", unit: \"m:s\"}";
    } else if (info.type == FieldType::kDuration && IsInMinutes(column)) {
      source = "{column: " + source + ", unit: min}";
    }
    if (info.type == FieldType::kDepartment) source = "{tree: [" + source + "]}";
    std::vector<std::string> doubts;
    if (const std::string doubt = Doubts(column, number ? "number" : date ? "date" : "text"); !doubt.empty())
      doubts.push_back(doubt);
    if (!marks.empty()) doubts.emplace_back("these texts are taken as unknown");
    if (zero_unknown)
      doubts.emplace_back("0 is taken as unknown, amoCRM writes it where nobody entered a sum");
    if ((number && column.numbers + column.CountOf(marks) < column.filled) ||
        (date && column.dates + column.CountOf(marks) < column.filled)) {
      doubts.push_back("not all values look like " + std::string(number ? "numbers" : "dates"));
    }
    if (const auto rivals = file.rivals.find(field); rivals != file.rivals.end()) {
      for (const size_t rival : rivals->second)
        doubts.push_back("or is it " + Quoted(Shown(file.columns[rival].name)) + "?");
    }
    if (doubts.empty() && file.uncertain.contains(field)) doubts.emplace_back("is it this?");
    text_ += "      " + field + ": " + source + "  # " + column.Examples() + Check(doubts) + "\n";
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

  /// Who a person said that our sides of calls are: `, aliases: {…}`.
  static std::string WriteAliases(const SampledFile& file, const FieldInfo& info) {
    if (file.entity != Entity::kCalls || file.choices == nullptr ||
        (info.name != "user" && info.name != "caller" && info.name != "callee"))
      return "";
    std::string list;
    for (const auto& [text, who] : file.choices->people)
      list += (list.empty() ? "" : ", ") + Quoted(text) + ": " + Quoted(who);
    return list.empty() ? "" : ", aliases: {" + list + "}";
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

  std::span<const SampledFile> files_;
  const SuggestChoices& choices_;
  std::string text_;
};

}  // namespace

bool MayCustom(const SampledFile& file) {
  return file.entity == Entity::kDeals || file.entity == Entity::kLeads || file.entity == Entity::kClients;
}

CurrencyGuess BaseCurrency(std::span<const SampledFile> files, const SuggestChoices& choices) {
  std::map<std::string, int64_t> votes, exceptions;
  for (const SampledFile& file : files) {
    const auto column = file.column_of_field.find("currency");
    if (column != file.column_of_field.end()) {
      for (const std::string& value : file.columns[column->second].distinct) {
        if (const auto code = FindCurrency(value)) ++votes[*code];
      }
    }
    for (const SampledColumn& c : file.columns) {
      int64_t named = 0;
      for (const auto& [code, count] : c.currencies) named += count;
      // Amounts that name no currency are in the base one: a few among them that name one are exceptions.
      for (const auto& [code, count] : c.currencies)
        (named * 2 > c.numbers ? votes : exceptions)[code] += count;
    }
  }
  CurrencyGuess guess{choices.currency, {}};
  if (guess.code.empty()) {
    guess.code = "RUB";
    int64_t most = 0;
    for (const auto& [code, count] : votes) {
      if (count > most) guess.code = code, most = count;
    }
  }
  exceptions.erase(guess.code);
  guess.exceptions = std::move(exceptions);
  return guess;
}

std::string ZoneName(const SuggestChoices& choices) {
  return choices.zone.empty() ? "Europe/Moscow" : choices.zone;
}

SemanticGuess MeaningOf(const std::string& stage, std::span<const SampledFile> files) {
  for (const SampledFile& file : files) {
    if (file.choices == nullptr) continue;
    const auto said = file.choices->stages.find(stage);
    if (said != file.choices->stages.end()) return {said->second, true};
  }
  return GuessSemantic(stage);
}

std::string WriteMapping(std::span<const SampledFile> files, const SuggestChoices& choices) {
  return Writer(files, choices).Write();
}

}  // namespace svodka::crm::files
