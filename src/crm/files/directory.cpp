#include "crm/files/directory.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crm/files/column_reader.hpp"
#include "crm/files/encoding.hpp"

namespace svodka::crm::files {
namespace {

constexpr std::array<std::string_view, kTargetCount> kTargetNames = {
    "users", "companies", "contacts", "products", "deals", "leads", "activities"};
constexpr size_t kNotesMax = 30;  ///< of stages that the mapping lacks

}  // namespace

std::string_view NameOf(Target target) { return kTargetNames[static_cast<size_t>(target)]; }

Target TargetOf(std::string_view detail) {
  const auto at = std::find(kTargetNames.begin(), kTargetNames.end(), detail);
  if (at == kTargetNames.end()) throw InvariantError("reference target");
  return static_cast<Target>(at - kTargetNames.begin());
}

std::string FoldName(std::string_view name) {
  std::string folded = FoldCase(TrimAny(name));
  size_t end = 0;
  for (size_t i = 0; i < folded.size(); ++i) {
    const bool blank = folded[i] == ' ' || folded[i] == '\t';
    const bool no_break = folded.compare(i, 2, "\xC2\xA0") == 0;
    if (blank || no_break) {
      if (end > 0 && folded[end - 1] != ' ') folded[end++] = ' ';
    } else if (folded.compare(i, 2, "ё") == 0) {
      folded.replace(end, 2, "е");
      end += 2;
    } else {
      folded[end++] = folded[i];
      continue;
    }
    if (!blank) ++i;  // of two bytes
  }
  folded.resize(end);
  return folded;
}

void Directory::Declare(Target target, bool given) {
  Kind& kind = kinds_[static_cast<size_t>(target)];
  kind.declared = true;
  kind.given = kind.given || given;
}

Directory::Added Directory::Add(Target target, const std::string& id, std::string_view name,
                                std::string_view phone, uint64_t fingerprint) {
  Kind& kind = kinds_[static_cast<size_t>(target)];
  const auto [at, inserted] = kind.ids.try_emplace(id, fingerprint);
  if (!inserted) return at->second == fingerprint ? Added::kSame : Added::kConflict;
  kind.index.Add(id, name, phone);
  return Added::kNew;
}

void Directory::Index::Add(const std::string& id, std::string_view name, std::string_view phone) {
  if (!name.empty()) {
    const auto [named, fresh] = by_name.try_emplace(FoldName(name), id);
    if (!fresh) named->second.clear();
  }
  if (!phone.empty()) {
    const auto [phoned, fresh] = by_phone.try_emplace(std::string(phone), id);
    if (!fresh) phoned->second.clear();
  }
}

const std::string* Directory::Index::Find(const std::string& text, MatchBy match) const {
  const auto& index = match == MatchBy::kName ? by_name : by_phone;
  const auto at = index.find(match == MatchBy::kName ? FoldName(text) : NormalisePhone(text));
  return at == index.end() || at->second.empty() ? nullptr : &at->second;
}

const Directory::Kind& Directory::Known(Target target) {
  Kind& kind = kinds_[static_cast<size_t>(target)];
  if (kind.known_read || !find_known_) return kind;
  kind.known_read = true;
  auto rows = find_known_(target);
  if (!rows.ok()) throw DiagnosticError(rows.error());
  // Somebody made from a mere name (the id is the name) gives way to a row of a list with that name.
  for (const bool made : {false, true}) {
    for (const KnownRow& row : *rows) {
      if ((row.id == row.name) != made) continue;
      kind.known_ids.insert(row.id);
      if (made && kind.known.by_name.contains(FoldName(row.name))) continue;
      kind.known.Add(row.id, row.name, row.phone);
    }
  }
  return kind;
}

bool Directory::KnowsAny(Target target) { return !Known(target).known_ids.empty(); }

Directory::Resolution Directory::Resolve(Target target, const std::string& text, MatchBy match) {
  Kind& kind = kinds_[static_cast<size_t>(target)];
  if (kind.given) {
    if (match == MatchBy::kId && kind.ids.contains(text)) return {text, false};
    const std::string* id = match == MatchBy::kId ? nullptr : kind.index.Find(text, match);
    if (id != nullptr) return {*id, false};
  }
  const Kind& known = Known(target);
  if (match == MatchBy::kId && known.known_ids.contains(text)) return {text, false};
  const std::string* id = match == MatchBy::kId ? nullptr : known.known.Find(text, match);
  if (id != nullptr) return {*id, false};
  if (kind.given) return {text, true};
  const bool makeable = target == Target::kUsers || target == Target::kCompanies ||
                        target == Target::kContacts || target == Target::kProducts;
  if (!kind.declared && makeable && match != MatchBy::kPhone) {
    // By name it is whoever was written so first; an id is taken to the letter.
    const auto first = kind.first_written.try_emplace(FoldName(text), text).first;
    const std::string& made = match == MatchBy::kName ? first->second : text;
    if (kind.ids.try_emplace(made, 0).second) kind.made.push_back(made);
    return {made, false};
  }
  return {text, match == MatchBy::kPhone || kind.known_read};
}

std::string Directory::IdOfName(Target target, const std::string& name) {
  const std::string folded = FoldName(name);
  const std::string* known = Known(target).known.Find(name, MatchBy::kName);
  if (known != nullptr && FoldName(*known) == folded) return *known;
  return kinds_[static_cast<size_t>(target)].first_written.try_emplace(folded, name).first->second;
}

std::vector<std::string> Directory::TakeMade(Target target) {
  return std::exchange(kinds_[static_cast<size_t>(target)].made, {});
}

PipelineBook::PipelineBook(std::string entity, const std::vector<PipelineSpec>& pipelines,
                           std::string default_name)
    : entity_(std::move(entity)) {
  for (const PipelineSpec& spec : pipelines) {
    Pipeline pipeline;
    pipeline.id = spec.id;
    pipeline.name = spec.name;
    for (const StageSpec& stage : spec.stages) {
      pipeline.by_text.try_emplace(FoldCase(stage.id), pipeline.stages.size());
      pipeline.by_text.try_emplace(FoldCase(stage.name), pipeline.stages.size());
      pipeline.stages.push_back({stage, 0});
    }
    by_text_.try_emplace(FoldCase(spec.id), pipelines_.size());
    by_text_.try_emplace(FoldCase(spec.name), pipelines_.size());
    pipelines_.push_back(std::move(pipeline));
  }
  if (pipelines_.empty()) {
    Pipeline only;
    only.id = entity_ == "lead" ? "lead" : "main";
    only.name = std::move(default_name);
    pipelines_.push_back(std::move(only));
  }
}

size_t PipelineBook::FindPipeline(const std::string& text, const std::string& stage) {
  if (!text.empty()) {
    const auto at = by_text_.find(FoldCase(text));
    if (at != by_text_.end()) return at->second;
    Pipeline pipeline;
    pipeline.id = pipeline.name = text;
    pipeline.listed = false;
    by_text_.emplace(FoldCase(text), pipelines_.size());
    pipelines_.push_back(std::move(pipeline));
    return pipelines_.size() - 1;
  }
  // A stage that only one pipeline has says which.
  if (!stage.empty() && pipelines_.size() > 1) {
    const std::string folded = FoldCase(stage);
    std::optional<size_t> only;
    for (size_t i = 0; i < pipelines_.size(); ++i) {
      if (!pipelines_[i].by_text.contains(folded)) continue;
      if (only) return 0;
      only = i;
    }
    return only.value_or(0);
  }
  return 0;
}

PipelineBook::Place PipelineBook::Resolve(const std::string& pipeline_text, const std::string& stage_text) {
  used_ = true;
  Pipeline& pipeline = pipelines_[FindPipeline(pipeline_text, stage_text)];
  Place place;
  place.pipeline_id = pipeline.id;
  if (stage_text.empty()) return place;
  const auto [at, added] = pipeline.by_text.try_emplace(FoldCase(stage_text), pipeline.stages.size());
  if (added) pipeline.stages.push_back({StageSpec{stage_text, stage_text, 'P', false}, 0});
  Stage& stage = pipeline.stages[at->second];
  if (added || stage.rows_unlisted > 0) ++stage.rows_unlisted;
  place.stage_id = stage.spec.id;
  place.ordinal = static_cast<int>(at->second);
  place.semantic = stage.spec.semantic;
  return place;
}

void PipelineBook::Emit(SourceBatch& batch) const {
  int sort = 0;
  for (const Pipeline& pipeline : pipelines_) {
    batch.pipelines.push_back({entity_, pipeline.id, pipeline.name, sort += 10});
    int stage_sort = 0;
    for (const Stage& stage : pipeline.stages) {
      StageRow row;
      row.entity = entity_;
      row.pipeline_id = pipeline.id;
      row.id = stage.spec.id;
      row.name = stage.spec.name;
      row.sort = stage_sort += 10;
      row.semantic = stage.spec.semantic;
      if (entity_ == "lead") row.is_junk = stage.spec.junk;
      batch.stages.push_back(std::move(row));
    }
  }
}

void PipelineBook::Note(Diagnostics& notes, const std::string& mapping_name) const {
  size_t told = 0;
  for (const Pipeline& pipeline : pipelines_) {
    for (const Stage& stage : pipeline.stages) {
      if (stage.rows_unlisted == 0) continue;
      if (++told > kNotesMax) continue;
      notes.push_back({"unlisted_stage",
                       "stage \"" + Shortened(stage.spec.name, 100) + "\" of " + entity_ + " pipeline \"" +
                           Shortened(pipeline.name, 100) + "\" is not in the mapping's `pipelines:`; its " +
                           std::to_string(stage.rows_unlisted) +
                           " rows count as in work; add it with its semantic",
                       mapping_name,
                       {}});
    }
  }
  if (told > kNotesMax) {
    notes.push_back({"unlisted_stages",
                     std::to_string(told - kNotesMax) + " more stages of the " + entity_ +
                         " pipelines are not in the mapping; is it the column of the stage?",
                     mapping_name,
                     {}});
  }
}

void DictionaryBook::Meet(std::string_view kind, const std::string& value) {
  auto at = values_.find(kind);
  if (at == values_.end()) at = values_.emplace(std::string(kind), std::map<std::string, bool>{}).first;
  at->second.try_emplace(value, true);
}

void DictionaryBook::Emit(SourceBatch& batch) const {
  for (const auto& [kind, values] : values_) {
    for (const auto& [value, met] : values)
      batch.dictionary.push_back({kind, value, value, std::nullopt, std::nullopt});
  }
}

}  // namespace svodka::crm::files
