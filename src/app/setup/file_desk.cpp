#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/internal/command_list.hpp"
#include "app/setup/desk.hpp"
#include "app/setup/file_opening.hpp"
#include "app/setup/file_words.hpp"
#include "app/setup/opening.hpp"
#include "app/setup/preview.hpp"
#include "app/setup/uploads.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "crm/files/suggest.hpp"
#include "sync/call_list.hpp"

/// Files in the browser: pieces to disk, a mapping suggested and chosen, a preview, the import.
namespace svodka::app {
namespace {

namespace files = crm::files;

constexpr size_t kSidesMax = 200;

Diagnostic Unreadable(const Diagnostic& why, const Say& say) {
  return {"files_unreadable", FileWords(why.code, why.message, say), why.place, {}};
}

Result<std::vector<std::string>> ReadUploads(const json::object& request) {
  const json::value* list = request.if_contains("uploads");
  if (list == nullptr || !list->is_array() || list->get_array().empty())
    return Diagnostic{"bad_request", "uploads must name at least one file", "uploads", {}};
  std::vector<std::string> ids;
  for (const json::value& id : list->get_array()) {
    if (!id.is_string()) return Diagnostic{"bad_request", "uploads must be a list of texts", "uploads", {}};
    ids.emplace_back(id.get_string());
  }
  return ids;
}

/// `{"entity", "columns": {header: target}, "stages": {stage: P|S|F}}`
Result<files::FileChoices> ReadFileChoices(const json::value& value) {
  const Diagnostic bad{"bad_request", "choices of a file are entity, columns and stages", "choices", {}};
  if (!value.is_object()) return bad;
  files::FileChoices choices;
  if (const auto name = FindString(value, "entity")) {
    choices.entity = files::FindEntity(*name);
    if (!choices.entity) return bad;
  }
  if (const json::value* columns = FindMember(value, "columns")) {
    if (!columns->is_object()) return bad;
    for (const auto& [header, target] : columns->get_object()) {
      if (!target.is_string()) return bad;
      choices.columns.emplace(header, target.get_string());
    }
  }
  if (const json::value* people = FindMember(value, "people")) {
    if (!people->is_object()) return bad;
    for (const auto& [text, who] : people->get_object()) {
      if (!who.is_string()) return bad;
      choices.people.emplace(text, who.get_string());
    }
  }
  if (const json::value* stages = FindMember(value, "stages")) {
    if (!stages->is_object()) return bad;
    for (const auto& [stage, meaning] : stages->get_object()) {
      if (!meaning.is_string() || meaning.get_string().size() != 1 ||
          std::string_view("PSF").find(meaning.get_string()[0]) == std::string_view::npos)
        return bad;
      choices.stages.emplace(stage, meaning.get_string()[0]);
    }
  }
  return choices;
}

json::object ToJson(const files::FileChoices& choices) {
  json::object columns, stages, people;
  for (const auto& [text, who] : choices.people) people[text] = who;
  for (const auto& [header, target] : choices.columns) columns[header] = target;
  for (const auto& [stage, meaning] : choices.stages) stages[stage] = std::string(1, meaning);
  return {{"entity", choices.entity ? json::value(files::NameOf(*choices.entity)) : json::value(nullptr)},
          {"columns", std::move(columns)},
          {"stages", std::move(stages)},
          {"people", std::move(people)}};
}

std::string IsoCurrency(const std::string& text) {
  const bool fine =
      text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return fine ? text : "";
}

/// Shows how far the import of a user has come, until destroyed.
class ProgressOf {
 public:
  ProgressOf(Uploads& uploads, std::string user) : uploads_(uploads), user_(std::move(user)) { Tell({}); }
  ~ProgressOf() { uploads_.SetProgress(user_, std::nullopt); }
  ProgressOf(const ProgressOf&) = delete;
  ProgressOf& operator=(const ProgressOf&) = delete;
  void Tell(const files::ImportProgress& now) const { uploads_.SetProgress(user_, now); }

 private:
  Uploads& uploads_;
  const std::string user_;
};

/// What is left of a request once the remembered choices fill its gaps.
struct FilesAsked {
  std::vector<std::string> ids, paths;
  files::SuggestChoices choices;
  files::Suggestion suggestion;
  std::string remembered;  ///< the portal that such files went to
};

/// `local`: the files stand where the request's `paths` say; only for whoever holds the data folder.
Result<FilesAsked> ReadFiles(state::SetupStore& store, Uploads& uploads, const json::object& request,
                             const std::string& user, bool local) {
  FilesAsked asked;
  if (local) {
    for (const json::value& path : request.at("paths").as_array()) asked.paths.emplace_back(path.as_string());
  } else {
    auto ids = ReadUploads(request);
    if (!ids.ok()) return ids.errors();
    asked.ids = std::move(*ids);
    auto paths = uploads.Paths(asked.ids, user);
    if (!paths.ok()) return paths.errors();
    asked.paths = std::move(*paths);
  }
  asked.choices.name = std::string(Trim(TextOf(request, "name"))).substr(0, 200);
  asked.choices.zone = TextOf(request, "zone");
  if (!asked.choices.zone.empty() && !Zone::Find(asked.choices.zone).ok()) asked.choices.zone.clear();
  asked.choices.currency = IsoCurrency(TextOf(request, "currency"));
  if (const json::value* chosen = request.if_contains("choices"); chosen != nullptr && chosen->is_object()) {
    for (const auto& [signature, value] : chosen->get_object()) {
      auto read = ReadFileChoices(value);
      if (!read.ok()) return read.errors();
      asked.choices.files.emplace(signature, std::move(*read));
    }
  }
  // Guessed once to know the headers; files that came before are read as they were then.
  auto guessed = files::SuggestWithChoices(asked.paths, asked.choices);
  if (!guessed.ok()) return guessed.errors();
  bool all = true;
  for (const files::SuggestedFile& file : guessed->files) {
    const auto known = store.FindMappings(file.signature);
    if (!known.ok()) return known.errors();
    if (known->empty()) {
      all = false;
      continue;
    }
    if (asked.remembered.empty()) asked.remembered = known->front().portal;
    all = all && asked.remembered == known->front().portal;
    if (asked.choices.files.contains(file.signature)) continue;
    const auto kept = ParseJson(known->front().choices);
    if (!kept.ok()) return kept.errors();
    auto read = ReadFileChoices(*kept);
    if (!read.ok()) return read.errors();
    asked.choices.files.emplace(file.signature, std::move(*read));
    for (const auto& [name, place] :
         {std::pair{"zone", &asked.choices.zone}, std::pair{"currency", &asked.choices.currency}}) {
      if (place->empty()) *place = FindString(*kept, name).value_or("");
    }
  }
  if (!all) asked.remembered.clear();
  auto suggestion = files::SuggestWithChoices(asked.paths, asked.choices);
  if (!suggestion.ok()) return suggestion.errors();
  asked.suggestion = std::move(*suggestion);
  return asked;
}

json::object DescribeFile(const files::SuggestedFile& file) {
  json::array columns, targets, stages;
  for (const auto& column : file.columns) {
    columns.push_back({{"name", column.name},
                       {"target", column.target},
                       {"examples", column.examples},
                       {"certain", column.certain}});
  }
  for (const files::FieldInfo& info : files::FieldsOf(file.entity))
    targets.push_back({{"field", info.name}, {"required", info.required}});
  for (const auto& [stage, meaning] : file.stages)
    stages.push_back({{"name", stage}, {"meaning", std::string(1, meaning)}});
  return {{"name", file.name},
          {"format", file.format},
          {"signature", file.signature},
          {"entity", files::NameOf(file.entity)},
          {"columns", std::move(columns)},
          {"targets", std::move(targets)},
          {"stages", std::move(stages)}};
}

/// The portal that a request names, or that such files went to before, if a CRM fills it.
Result<std::optional<state::Portal>> FindCrm(state::PortalStore& portals, const json::object& request,
                                             const FilesAsked& asked) {
  const json::value* named = request.if_contains("portal");
  const std::string id =
      named != nullptr && named->is_string() ? std::string(named->get_string()) : asked.remembered;
  if (id.empty()) return std::optional<state::Portal>();
  auto portal = portals.Find(id);
  if (!portal.ok()) return portal.errors();
  if (*portal && (*portal)->kind == "file") portal->reset();
  return portal;
}

/// Our sides of a list of calls and the employees that they may be.
Result<json::value> DescribePeople(const warehouse::Warehouse& warehouse, const files::Mapping& mapping,
                                   const std::vector<std::string>& paths) {
  const auto sides = sync::FindOwnSides(warehouse, mapping, paths);
  if (!sides.ok()) return sides.errors();
  const auto users = warehouse.Query(
      "SELECT id, name FROM crm_user WHERE NOT placeholder AND removed_at IS NULL ORDER BY active DESC, "
      "name");
  if (!users.ok()) return users.errors();
  json::array list, employees;
  for (size_t i = 0; i < sides->size() && i < kSidesMax; ++i) {
    const sync::OwnSide& side = (*sides)[i];
    list.push_back({{"text", side.text}, {"calls", side.calls}, {"employee", side.user_id}});
  }
  for (const auto& row : users->rows)
    employees.push_back({{"id", std::get<std::string>(row[0])}, {"name", std::get<std::string>(row[1])}});
  return json::value{{"sides", std::move(list)}, {"employees", std::move(employees)}};
}

}  // namespace

Result<json::value> SetupDesk::BeginUpload(const json::object& request, const server::Caller& caller) {
  const json::value* size = request.if_contains("size");
  if (size == nullptr || !size->is_int64() || size->get_int64() < 0)
    return Diagnostic{"bad_request", "size must be a whole number of bytes, 0 or more", "size", {}};
  auto id = services_.uploads.Begin(TextOf(request, "name"), size->get_int64(), caller.scope.user_id);
  if (!id.ok()) return id.errors();
  return json::value{{"upload", *id}, {"piece_bytes_max", static_cast<int64_t>(kPieceBytesMax)}};
}

Status SetupDesk::TakePiece(const std::string& upload, int64_t offset, std::string_view bytes,
                            const server::Caller& caller) {
  return services_.uploads.Append(upload, offset, bytes, caller.scope.user_id);
}

Status SetupDesk::DropUpload(const std::string& upload, const server::Caller& caller) {
  return services_.uploads.Drop(upload, caller.scope.user_id);
}

Result<json::value> SetupDesk::PreviewFiles(const json::object& request, const server::Caller& caller) {
  return Preview(request, caller, false);
}

Result<json::value> SetupDesk::PreviewLocal(const json::object& request, const server::Caller& caller) {
  auto found = Preview(request, caller, true);
  const auto portals = services_.state.portals().List();
  if (!found.ok() || !portals.ok()) return found.ok() ? portals.errors() : found;
  json::array places;
  for (const state::Portal& portal : *portals)
    places.push_back({{"id", portal.id}, {"name", portal.name}, {"kind", portal.kind}});
  found->as_object()["places"] = std::move(places);
  return found;
}

Result<json::value> SetupDesk::ImportFiles(const json::object& request, const server::Caller& caller) {
  return Import(request, caller, false);
}

Result<json::value> SetupDesk::ImportLocal(const json::object& request, const server::Caller& caller) {
  return Import(request, caller, true);
}

Result<json::value> SetupDesk::Preview(const json::object& request, const server::Caller& caller,
                                       bool local) {
  const Say say(caller.language);
  auto asked = ReadFiles(services_.state.setup(), services_.uploads, request, caller.scope.user_id, local);
  if (!asked.ok()) return Unreadable(asked.error(), say);
  json::array described;
  for (const auto& file : asked->suggestion.files) described.push_back(DescribeFile(file));
  json::value tables = json::array(), rejects = json::array(), problem, people;
  const auto crm = FindCrm(services_.state.portals(), request, *asked);
  if (!crm.ok()) return crm.errors();
  auto mapping = files::ParseMapping(asked->suggestion.yaml, "mapping");
  if (mapping.ok() && *crm) {
    const auto host = services_.portals.Host((*crm)->id);
    if (!host.ok()) return host.errors();
    const warehouse::Warehouse& warehouse = host.value()->warehouse();
    const auto zone = Zone::Find(warehouse.portal().zone);
    if (!zone.ok()) return zone.errors();
    mapping->zone = *zone;
    asked->suggestion.zone = zone->name();
    if (sync::IsCallList(*mapping)) {
      auto described_people = DescribePeople(warehouse, *mapping, asked->paths);
      if (!described_people.ok()) return Unreadable(described_people.error(), say);
      people = std::move(*described_people);
    }
  }
  if (mapping.ok()) {
    auto preview = MakePreview(*mapping, asked->paths, say);
    if (preview.ok()) {
      // Into a CRM go the calls alone: nobody is made of a reference.
      for (json::value& table : preview->tables) {
        if (people.is_null() || table.at("table") == "call") tables.as_array().push_back(std::move(table));
      }
      rejects = std::move(preview->rejects);
    } else {
      problem = FileWords(preview.error().code, preview.error().message, say);
    }
  } else {
    problem = FileWords(mapping.error().code, mapping.error().message, say);
  }
  const auto portal = asked->remembered.empty()
                          ? Result<std::optional<state::Portal>>(std::optional<state::Portal>())
                          : services_.state.portals().Find(asked->remembered);
  if (!portal.ok()) return portal.errors();
  json::value remembered;
  if (*portal) remembered = {{"portal", (*portal)->id}, {"name", (*portal)->name}};
  json::array entities;
  for (int i = 0; i < files::kEntityCount; ++i)
    entities.emplace_back(files::NameOf(static_cast<files::Entity>(i)));
  return json::value{{"files", std::move(described)},       {"entities", std::move(entities)},
                     {"zone", asked->suggestion.zone},      {"currency", asked->suggestion.currency},
                     {"mapping", asked->suggestion.yaml},   {"tables", std::move(tables)},
                     {"rejects", std::move(rejects)},       {"problem", std::move(problem)},
                     {"remembered", std::move(remembered)}, {"people", std::move(people)}};
}

Result<json::value> SetupDesk::Import(const json::object& request, const server::Caller& caller, bool local) {
  const Say say(caller.language);
  auto asked = ReadFiles(services_.state.setup(), services_.uploads, request, caller.scope.user_id, local);
  if (!asked.ok()) return Unreadable(asked.error(), say);
  const auto mapping = files::ParseMapping(asked->suggestion.yaml, "mapping");
  if (!mapping.ok()) return Unreadable(mapping.error(), say);
  std::string id = TextOf(request, "portal");
  std::string name = asked->choices.name;
  if (id.empty()) {
    auto free = SuggestPortalId(services_.state, "https://files");
    if (!free.ok()) return free.errors();
    id = std::move(*free);
  } else {
    const auto known = services_.state.portals().Get(id);
    if (!known.ok()) return known.errors();
    name = known->name;
  }
  const std::string& user = caller.scope.user_id;
  const ProgressOf progress(services_.uploads, user);
  const auto summary = ImportIntoPortal(services_, id, name, *mapping, asked->paths, user, say,
                                        [&](const files::ImportProgress& now) { progress.Tell(now); });
  if (!summary.ok()) {
    if (summary.error().code == "portal_of_crm" || summary.error().code == "only_calls")
      return summary.errors();
    return Unreadable(summary.error(), say);
  }
  for (const auto& file : asked->suggestion.files) {
    // All of it is kept, what was guessed too: next month's file is read the same way.
    files::FileChoices kept;
    kept.entity = file.entity;
    for (const auto& column : file.columns) kept.columns.emplace(column.name, column.target);
    for (const auto& [stage, meaning] : file.stages) kept.stages.emplace(stage, meaning);
    if (const auto chosen = asked->choices.files.find(file.signature); chosen != asked->choices.files.end())
      kept.people = chosen->second.people;
    json::object choices = ToJson(kept);
    choices["zone"] = asked->suggestion.zone;
    choices["currency"] = asked->suggestion.currency;
    const Status saved = services_.state.setup().SaveMapping(
        {id, file.signature, json::serialize(choices), asked->suggestion.yaml}, caller.scope.user_id);
    if (!saved.ok()) return saved.errors();
  }
  for (const std::string& upload : asked->ids) {
    if (const Status dropped = services_.uploads.Drop(upload, caller.scope.user_id); !dropped.ok())
      log::Warning("upload_not_dropped", {{"code", dropped.error().code}});
  }
  json::object answer = app::ToJson(*summary, "", say);
  answer["portal"] = id;
  answer.erase("rejects_file");
  return json::value(std::move(answer));
}

json::value SetupDesk::ImportProgress(const server::Caller& caller) {
  const auto progress = services_.uploads.FindProgress(caller.scope.user_id);
  const files::ImportProgress now = progress.value_or(files::ImportProgress{});
  return {{"running", progress.has_value()}, {"file", now.file}, {"rows", now.rows}, {"share", now.share}};
}

Result<server::FileAnswer> SetupDesk::FindRejects(const std::string& portal) {
  const auto known = services_.state.portals().Get(portal);
  if (!known.ok()) return known.errors();
  std::ifstream file(services_.places.rejects(portal), std::ios::binary);
  if (!file) return Diagnostic{"unknown_address", "no row of this source was rejected", "portal", {}};
  return server::FileAnswer{"text/csv; charset=utf-8", "rejects-" + portal + ".csv",
                            std::string(std::istreambuf_iterator<char>(file), {})};
}

}  // namespace svodka::app
