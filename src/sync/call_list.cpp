#include "sync/call_list.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/text.hpp"
#include "crm/cells.hpp"
#include "crm/files/directory.hpp"
#include "crm/files/encoding.hpp"
#include "sync/listed_calls.hpp"

namespace svodka::sync {
namespace {

namespace files = crm::files;
using crm::CallRow;

constexpr size_t kExamplesMax = 5;

using Rows = std::vector<std::vector<Value>>;
Result<Rows> Ask(const warehouse::Warehouse& warehouse, std::string_view sql) {
  warehouse::QueryOptions options;
  options.deadline = std::chrono::minutes{5};
  options.rows_max = 100'000'000;
  auto answer = warehouse.Query(sql, {}, options);
  if (!answer.ok()) return answer.errors();
  return std::move(answer->rows);
}

const std::string& TextOf(const Value& value) { return std::get<std::string>(value); }

bool HasLetters(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

/// The employees that the CRM has, by id, name and number; a name or number that two share is nobody's.
class People {
 public:
  static Result<People> Read(const warehouse::Warehouse& warehouse) {
    const auto users = Ask(warehouse, "SELECT id, name FROM crm_user WHERE NOT placeholder ORDER BY key");
    if (!users.ok()) return users.errors();
    const auto phones = Ask(warehouse,
                            "SELECT DISTINCT p.user_id, p.phone FROM user_phone p JOIN crm_user u ON u.id = "
                            "p.user_id WHERE u.removed_at IS NULL");
    if (!phones.ok()) return phones.errors();
    People people;
    for (const auto& row : *users) {
      people.ids_.insert(TextOf(row[0]));
      people.Add(people.by_name_, files::FoldName(TextOf(row[1])), TextOf(row[0]));
      // "Иванов Иван" where the CRM says "Иван Иванов".
      const std::string folded = files::FoldName(TextOf(row[1]));
      if (const size_t blank = folded.find(' ');
          blank != std::string::npos && folded.find(' ', blank + 1) == std::string::npos)
        people.Add(people.by_name_, folded.substr(blank + 1) + " " + folded.substr(0, blank), TextOf(row[0]));
    }
    for (const auto& row : *phones) {
      people.Add(people.by_phone_, TextOf(row[1]), TextOf(row[0]));
      people.numbers_.insert(TextOf(row[1]));
    }
    return people;
  }

  const std::set<std::string>& numbers() const { return numbers_; }

  /// Who it is: `#ID`, a name, a number or an extension; "" nobody.
  std::string Find(const std::string& text) const {
    if (text.starts_with('#')) return ids_.contains(text.substr(1)) ? text.substr(1) : "";
    if (HasLetters(text)) {
      if (auto id = FindIn(by_name_, files::FoldName(text)); !id.empty()) return id;
    }
    const auto number = crm::NormaliseOwnPhone(text);
    return number ? FindIn(by_phone_, *number) : "";
  }

 private:
  using Index = std::unordered_map<std::string, std::string>;
  static void Add(Index& index, const std::string& key, const std::string& id) {
    const auto [at, fresh] = index.try_emplace(key, id);
    if (!fresh && at->second != id) at->second.clear();
  }
  static std::string FindIn(const Index& index, const std::string& key) {
    const auto at = index.find(key);
    return at == index.end() ? "" : at->second;
  }
  std::set<std::string> ids_, numbers_;
  Index by_name_, by_phone_;
};

/// One call by what all exports say of it alike: not by whom of ours they name, nor by ids of their own.
std::string IdOf(const CallRow& call, int ordinal) {
  const std::string facts = call.phone.value_or("") + "|" + call.direction.value_or("") + "|" +
                            ToString(*call.started_at) + "|" +
                            (call.duration_s ? std::to_string(*call.duration_s) : "") + "|" +
                            (call.phone ? "" : call.own.value_or("")) + "|" + std::to_string(ordinal);
  uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (const char c : facts) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  char text[24];
  std::snprintf(text, sizeof text, "list:%016llx", static_cast<unsigned long long>(hash));
  return text;
}

/// An exchange writes a row for each phone that it rings: of the rows of one call only the answered one
/// stays, else the first. Rows that name the same side of ours are calls of their own.
int64_t JoinLegs(std::vector<CallRow>& calls) {
  std::map<std::tuple<std::string, std::string, Instant>, std::vector<size_t>> groups;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (calls[i].phone)
      groups[{*calls[i].phone, calls[i].direction.value_or(""), *calls[i].started_at}].push_back(i);
  }
  std::set<size_t> dropped;
  for (const auto& [key, rows] : groups) {
    if (rows.size() < 2) continue;
    std::set<std::string> ours;
    size_t stays = rows.front();
    int64_t answered = 0;
    for (const size_t row : rows) {
      ours.insert(calls[row].own.value_or(""));
      if (calls[row].missed.value_or(false) || calls[row].duration_s.value_or(0) == 0) continue;
      ++answered;
      stays = row;
    }
    if (ours.size() < rows.size() || answered > 1) continue;
    for (const size_t row : rows) {
      if (row != stays) dropped.insert(row);
    }
  }
  for (auto at = dropped.rbegin(); at != dropped.rend(); ++at)
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(*at));
  return static_cast<int64_t>(dropped.size());
}

struct ReadList {
  files::ImportReport report;
  std::vector<CallRow> calls;
};

Result<ReadList> ReadCalls(const warehouse::Warehouse& warehouse, const files::Mapping& mapping,
                           std::span<const std::string> paths, const People& people,
                           const FileImportSettings& settings) {
  if (!IsCallList(mapping)) {
    return Diagnostic{
        "only_calls",
        "a CRM's portal takes lists of calls alone (`entity: calls`): rows of other files would mix "
        "with the CRM's own, and its next sync would not know them; import them under another name "
        "(--portal NAME)",
        mapping.name,
        {}};
  }
  files::Mapping adjusted = mapping;
  const auto zone = Zone::Find(warehouse.portal().zone);
  if (!zone.ok()) return zone.errors();
  adjusted.zone = *zone;
  for (files::FileSpec& file : adjusted.files)
    std::erase_if(file.fields,
                  [](const files::FieldSpec& field) { return field.info->field == files::Field::kId; });
  ReadList list;
  files::RejectsFile rejects(settings.rejects_path);
  files::ImportSettings reading;
  reading.call_list = people.numbers();
  reading.on_batch = [&](crm::SourceBatch&& rows) {
    std::ranges::move(rows.calls, std::back_inserter(list.calls));
    return Status(Done{});
  };
  reading.on_reject = [&](const files::Reject& reject) {
    if (settings.rejects_path.empty()) return;
    files::Reject told = reject;
    if (settings.reason) told.reason = settings.reason(reject);
    rejects.Add(told);
  };
  reading.on_progress = settings.on_progress;
  auto report = files::Import(adjusted, paths, reading);
  if (!report.ok()) return report.errors();
  if (!settings.rejects_path.empty()) {
    if (auto status = rejects.Close(); !status.ok()) return status.errors();
  }
  list.report = std::move(*report);
  for (CallRow& call : list.calls) {
    if (call.phone) call.phone = crm::NormalisePhone(*call.phone);
  }
  return list;
}

template <class T>
Value Cell(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}

/// Counts how often each text came; tells the commonest.
class Counter {
 public:
  void Add(const std::string& text) { ++counts_[text]; }
  NumbersTold Tell() const {
    NumbersTold told;
    std::vector<std::pair<int64_t, std::string>> list;
    for (const auto& [text, count] : counts_) {
      told.calls += count;
      list.emplace_back(-count, text);
    }
    told.different = static_cast<int64_t>(list.size());
    std::sort(list.begin(), list.end());
    for (size_t i = 0; i < list.size() && i < kExamplesMax; ++i) told.examples.push_back(list[i].second);
    return told;
  }

 private:
  std::map<std::string, int64_t> counts_;
};

struct StoredCall {
  std::string list_id, user_id;
};

Result<std::map<std::string, StoredCall>> ReadStored(const warehouse::Warehouse& warehouse) {
  const auto rows =
      Ask(warehouse, "SELECT id, list_id, coalesce(user_id, '') FROM listed_call WHERE deleted_at IS NULL");
  if (!rows.ok()) return rows.errors();
  std::map<std::string, StoredCall> stored;
  for (const auto& row : *rows) stored[TextOf(row[0])] = {TextOf(row[1]), TextOf(row[2])};
  return stored;
}

std::string NameOfFiles(const files::ImportReport& report) {
  std::string names;
  for (const auto& file : report.files) names += (names.empty() ? "" : ", ") + file.file;
  return files::Shortened(names, 200);
}

}  // namespace

bool IsCallList(const files::Mapping& mapping) {
  return !mapping.files.empty() && std::ranges::all_of(mapping.files, [](const files::FileSpec& file) {
    return file.entity == files::Entity::kCalls;
  });
}

Result<FileImportSummary> ImportCallList(warehouse::Warehouse& warehouse, const Clock& clock,
                                         const files::Mapping& mapping, std::span<const std::string> paths,
                                         const FileImportSettings& settings) {
  const auto people = People::Read(warehouse);
  if (!people.ok()) return people.errors();
  auto list = ReadCalls(warehouse, mapping, paths, *people, settings);
  if (!list.ok()) return list.errors();
  FileImportSummary done;
  CallListSummary& told = done.calls.emplace();
  told.legs = JoinLegs(list->calls);
  told.calls = static_cast<int64_t>(list->calls.size());

  const Instant now = clock.Now();
  auto load = warehouse.Begin(now);
  if (!load.ok()) return load.errors();
  const auto stored = ReadStored(warehouse);
  if (!stored.ok()) return stored.errors();
  const std::string list_id = ToString(now) + " " + NameOfFiles(list->report);
  warehouse::Batch batch{
      "listed_call",
      {"id", "list_id", "user_id", "phone", "direction", "started_at", "duration_s", "missed"},
      {}};
  std::map<std::string, int> ordinals;
  std::map<std::string, const CallRow*> by_id;
  Counter strangers;
  for (const CallRow& call : list->calls) {
    const std::string id = IdOf(call, ++ordinals[IdOf(call, 0)]);
    by_id.emplace(id, &call);
    std::string user = call.own ? people->Find(*call.own) : "";
    if (user.empty() && call.own) strangers.Add(*call.own);
    const auto known = stored->find(id);
    if (user.empty() && known != stored->end()) user = known->second.user_id;
    if (!user.empty()) ++told.with_employee;
    batch.rows.push_back({id, known == stored->end() ? list_id : known->second.list_id,
                          user.empty() ? Value() : Value(user), Cell(call.phone), Cell(call.direction),
                          *call.started_at, call.duration_s ? Value(int64_t{*call.duration_s}) : Value(),
                          Cell(call.missed)});
  }
  told.strangers = strangers.Tell();
  if (auto status = (*load)->Append(std::move(batch)); !status.ok()) return status.errors();
  auto summary = (*load)->Commit();
  if (!summary.ok()) return summary.errors();
  load->reset();
  if (const auto matched = MatchListedCalls(warehouse, clock); !matched.ok()) return matched.errors();

  const auto states = DescribeListedCalls(warehouse);
  if (!states.ok()) return states.errors();
  Counter unknown, shared;
  for (const ListedCallState& state : *states) {
    if (!by_id.contains(state.id)) continue;
    if (!state.counts) ++told.in_crm;
    if (state.bindings.starts_with("lead:")) {
      ++told.with_lead;
    } else if (!state.bindings.empty()) {
      ++told.with_client;
    } else if (state.phone.empty()) {
      ++told.hidden;
    } else {
      (state.shared ? shared : unknown).Add(state.phone);
    }
  }
  told.unknown = unknown.Tell();
  told.shared = shared.Tell();
  done.report = std::move(list->report);
  done.load = std::move(*summary);
  done.load.data_version = warehouse.state().data_version;
  done.rows_stored = done.load.rows_stored;
  done.rows_unchanged = done.report.rows_taken - told.legs - done.rows_stored;
  return done;
}

Result<std::vector<OwnSide>> FindOwnSides(const warehouse::Warehouse& warehouse,
                                          const files::Mapping& mapping, std::span<const std::string> paths) {
  const auto people = People::Read(warehouse);
  if (!people.ok()) return people.errors();
  // What a person has said of a text must not hide the text: it is read as itself, as one of ours.
  constexpr std::string_view kSaid = "#=";
  files::Mapping unnamed = mapping;
  std::map<std::string, std::string> said;
  for (files::FileSpec& file : unnamed.files) {
    for (files::FieldSpec& field : file.fields) {
      const files::Field of = field.info->field;
      if (of != files::Field::kUser && of != files::Field::kCaller && of != files::Field::kCallee) continue;
      for (auto& [text, who] : field.source.aliases) {
        said[text] = who;
        who = std::string(kSaid) + text;
      }
    }
  }
  auto list = ReadCalls(warehouse, unnamed, paths, *people, {});
  if (!list.ok()) return list.errors();
  std::map<std::string, int64_t> counts;
  for (const CallRow& call : list->calls) {
    if (call.own) ++counts[call.own->starts_with(kSaid) ? call.own->substr(kSaid.size()) : *call.own];
  }
  std::vector<OwnSide> sides;
  for (const auto& [text, calls] : counts) {
    const auto named = said.find(text);
    sides.push_back({text, people->Find(named == said.end() ? text : named->second), calls});
  }
  std::ranges::stable_sort(sides, std::ranges::greater{}, &OwnSide::calls);
  return sides;
}

Result<std::vector<ImportedList>> FindCallLists(const warehouse::Warehouse& warehouse) {
  const auto rows = Ask(warehouse,
                        "SELECT list_id, count(*)::BIGINT FROM listed_call WHERE deleted_at IS NULL GROUP BY "
                        "list_id ORDER BY list_id DESC");
  if (!rows.ok()) return rows.errors();
  std::vector<ImportedList> lists;
  for (const auto& row : *rows) {
    const std::string& id = TextOf(row[0]);
    const size_t blank = id.find(' ');
    const auto at = ParseInstant(id.substr(0, blank));
    if (!at.ok()) return at.errors();
    lists.push_back(
        {id, blank == std::string::npos ? "" : id.substr(blank + 1), *at, std::get<int64_t>(row[1])});
  }
  return lists;
}

Result<int64_t> TakeBackCallList(warehouse::Warehouse& warehouse, const Clock& clock, const std::string& id) {
  std::vector<std::string> calls;
  {
    auto load = warehouse.Begin(clock.Now());
    if (!load.ok()) return load.errors();
    const Value of_list[] = {id};
    const auto rows =
        warehouse.Query("SELECT id FROM listed_call WHERE list_id = ? AND deleted_at IS NULL", of_list,
                        {.deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000});
    if (!rows.ok()) return rows.errors();
    for (const auto& row : rows->rows) calls.push_back(TextOf(row[0]));
    if (calls.empty())
      return Diagnostic{
          "unknown_list", "no such list of calls, or it has been taken back already", "list", {}};
    if (auto status = (*load)->Bury("listed_call", calls, "taken_back"); !status.ok()) return status.errors();
    if (auto summary = (*load)->Commit(); !summary.ok()) return summary.errors();
  }
  if (const auto matched = MatchListedCalls(warehouse, clock); !matched.ok()) return matched.errors();
  return static_cast<int64_t>(calls.size());
}

}  // namespace svodka::sync
