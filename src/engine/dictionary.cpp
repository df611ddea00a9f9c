#include "engine/dictionary.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "engine/numbers.hpp"
#include "engine/portal_rules.hpp"
#include "metrics/plan/spread.hpp"
#include "metrics/sql/catalog.hpp"

namespace svodka::engine {
namespace {

constexpr size_t kMembersMax = 200'000;

std::string TextOf(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? "" : *text;
}

int64_t IntegerOf(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return *integer;
  if (const auto* number = std::get_if<double>(&value)) return static_cast<int64_t>(*number);
  return 0;
}

/// Other names of a stage or pipeline than its member id: with its kind (`deal:C5:NEW`) where the id has
/// none; the bare id where it has: `NEW` is both `lead:NEW` and `deal:NEW`, `142` the 142 of every pipeline.
bool AlsoCalled(const metrics::Dimension& dimension, const Dictionary::Entry& entry, const std::string& id) {
  const std::string kind = entry.entity + ":";
  const auto bare = [&](const std::string& text) {
    return text.starts_with(kind) ? text.substr(kind.size()) : text;
  };
  const std::string own = bare(*entry.member.id), asked = bare(id);
  return own == asked || (dimension.id == "stage" && own.ends_with("/" + asked));
}

}  // namespace

warehouse::ResultSet Dictionary::Read(const metrics::Sql& sql) const {
  Result<warehouse::ResultSet> rows = warehouse_.Query(sql.text, sql.params);
  if (!rows.ok()) throw DiagnosticError(rows.error());
  return std::move(rows).value();
}

void Dictionary::AddEntries(List& list, const warehouse::ResultSet& rows) {
  for (const std::vector<Value>& row : rows.rows) {
    Entry entry;
    entry.key = IntegerOf(row[0]);
    if (list.by_key.contains(entry.key)) continue;
    entry.member.id = TextOf(row[1]);
    entry.member.label = TextOf(row[2]);
    if (entry.member.label.empty()) entry.member.label = *entry.member.id;
    entry.place = static_cast<int64_t>(list.entries.size());
    entry.entity = TextOf(row[4]);
    entry.member.parent = TextOf(row[5]);
    entry.member.color = TextOf(row[6]);
    entry.member.photo_url = TextOf(row[7]);
    entry.member.entity = entry.entity;
    entry.member.extra = TextOf(row[8]);
    list.by_key.emplace(entry.key, list.entries.size());
    list.by_id.emplace(*entry.member.id, list.entries.size());
    list.entries.push_back(std::move(entry));
  }
}

const Dictionary::List& Dictionary::ListOf(const metrics::Dimension& dimension) const {
  const std::lock_guard lock(mutex_);
  const auto [at, added] = lists_.try_emplace(dimension.id);
  if (!added || dimension.large || dimension.table.empty()) return at->second;
  try {
    AddEntries(at->second, Read(metrics::RenderMembers(dimension, {}, "", "", kMembersMax)));
  } catch (...) {
    lists_.erase(at);
    throw;
  }
  return at->second;
}

std::vector<metrics::MemberKey> Dictionary::FindMember(const metrics::Dimension& dimension,
                                                       const std::string& id) const {
  const std::lock_guard lock(mutex_);
  if (dimension.kind == metrics::DimensionKind::kValues) {
    for (const metrics::DimensionValue& value : dimension.values) {
      if (value.id == id) return {{value.key, ""}};
    }
    return {};
  }
  if (dimension.kind == metrics::DimensionKind::kPortal) {
    return id == portal().id ? std::vector<metrics::MemberKey>{{1, ""}} : std::vector<metrics::MemberKey>{};
  }
  List& list = const_cast<List&>(ListOf(dimension));
  if (dimension.large && !list.by_id.contains(id))
    AddEntries(list, Read(metrics::RenderMembers(dimension, {}, id, "", 8)));
  std::vector<metrics::MemberKey> keys;
  const auto [from, to] = list.by_id.equal_range(id);
  for (auto at = from; at != to; ++at) {
    const Entry& entry = list.entries[at->second];
    keys.push_back({entry.key, dimension.per_entity ? entry.entity : ""});
  }
  if (keys.empty() && dimension.per_entity) {
    for (const Entry& entry : list.entries) {
      if (AlsoCalled(dimension, entry, id)) keys.push_back({entry.key, entry.entity});
    }
  }
  return keys;
}

std::vector<std::string> Dictionary::NearestMembers(const metrics::Dimension& dimension,
                                                    const std::string& entity,
                                                    const std::string& text) const {
  const std::lock_guard lock(mutex_);
  std::multimap<std::string, std::string> ids;  // by what a person may have meant to write
  for (const Entry& entry : ListOf(dimension).entries) {
    if (!entry.entity.empty() && entry.entity != entity) continue;
    const std::string& id = *entry.member.id;
    for (const std::string& name : {id, id.substr(id.find_last_of(":/") + 1), entry.member.label})
      ids.emplace(name, id);
  }
  std::vector<std::string> names;
  for (const auto& [name, id] : ids) {
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  constexpr size_t kNearestMax = 3;
  std::vector<std::string> nearest;
  for (const std::string& name : NearestNames(text, names)) {
    const auto [from, to] = ids.equal_range(name);
    for (auto at = from; at != to && nearest.size() < kNearestMax; ++at) {
      if (std::find(nearest.begin(), nearest.end(), at->second) == nearest.end())
        nearest.push_back(at->second);
    }
  }
  return nearest;
}

std::vector<int64_t> Dictionary::TechnicalEmployees() const {
  const metrics::Dimension* employee = model_->FindDimension("employee");
  std::vector<int64_t> keys;
  if (employee == nullptr) return keys;
  for (const Entry& entry : ListOf(*employee).entries) {
    if (entry.member.extra == "technical") keys.push_back(entry.key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<int64_t> Dictionary::EmployeesOf(const metrics::MemberId& department, bool below) const {
  const metrics::Dimension* employees = model_->FindDimension("employee");
  const metrics::Dimension* departments = model_->FindDimension("department");
  std::vector<int64_t> keys;
  if (employees == nullptr || departments == nullptr) return keys;
  std::set<std::string> inside = {department.value_or("")};
  if (department && below) {
    // Members stand in pre-order, but a tree that the CRM broke may not: repeat until nothing is added.
    for (size_t before = 0; before != inside.size();) {
      before = inside.size();
      for (const Entry& entry : ListOf(*departments).entries) {
        if (inside.contains(entry.member.parent)) inside.insert(*entry.member.id);
      }
    }
  }
  for (const Entry& entry : ListOf(*employees).entries) {
    if (entry.member.extra != "technical" && inside.contains(entry.member.parent)) keys.push_back(entry.key);
  }
  return keys;
}

std::vector<metrics::FieldInfo> Dictionary::FindField(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  if (!fields_) {
    std::vector<metrics::FieldInfo> fields;
    for (const std::vector<Value>& row : Read(metrics::RenderFields()).rows) {
      const auto* several = std::get_if<bool>(&row[4]);
      fields.push_back(
          {TextOf(row[1]), TextOf(row[0]), TextOf(row[2]), TextOf(row[3]), several != nullptr && *several});
    }
    fields_ = std::move(fields);
  }
  std::vector<metrics::FieldInfo> found;
  for (const metrics::FieldInfo& field : *fields_) {
    if (field.id == id) found.push_back(field);
  }
  return found;
}

std::vector<std::string> Dictionary::FieldNames() const {
  const std::lock_guard lock(mutex_);
  (void)FindField("");
  std::vector<std::string> names;
  for (const metrics::FieldInfo& field : *fields_) names.push_back(field.id);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::optional<DayRange> Dictionary::Span() const {
  const std::lock_guard lock(mutex_);
  if (!span_) {
    const warehouse::ResultSet rows = Read(metrics::RenderSpan());
    if (rows.rows.empty() || IsNull(rows.rows[0][0])) {
      span_.emplace();
    } else {
      span_ = DayRange{Day{static_cast<int32_t>(IntegerOf(rows.rows[0][0]))},
                       Day{static_cast<int32_t>(IntegerOf(rows.rows[0][1]))} + 1};
    }
  }
  return *span_;
}

std::shared_ptr<const metrics::ConstantRates> Dictionary::Rates() const {
  const std::lock_guard lock(mutex_);
  if (!rates_) {
    // Where each currency has had one rate for all time. Told here: as SQL it would take four times as long.
    std::map<int64_t, std::string> rates;
    const warehouse::ResultSet rows = Read(metrics::RenderConstantRates());
    bool constant = !rows.rows.empty() && rows.rows.size() <= metrics::kConstantRatesMax;
    for (const std::vector<Value>& row : rows.rows) {
      constant = constant && row[2] == Value(true) && rates.emplace(IntegerOf(row[0]), TextOf(row[1])).second;
    }
    rates_ = constant ? std::make_shared<const metrics::ConstantRates>(rates.begin(), rates.end()) : nullptr;
  }
  return *rates_;
}

std::optional<int64_t> Dictionary::RatedCurrency(const std::string& currency) const {
  if (portal().base_currency.empty()) return {};  // rates are of one base, which nobody has told
  const warehouse::ResultSet rows = Read(metrics::RenderRatedCurrency(currency));
  if (rows.rows.empty()) return {};
  return IntegerOf(rows.rows[0][0]);
}

const std::unordered_map<int64_t, int64_t>& Dictionary::DepartmentsOfPeople() const {
  const std::lock_guard lock(mutex_);
  if (!departments_) {
    std::unordered_map<int64_t, int64_t> departments;
    for (const std::vector<Value>& row : Read(metrics::RenderDepartmentsOfPeople()).rows)
      departments.emplace(IntegerOf(row[0]), IntegerOf(row[1]));
    departments_ = std::move(departments);
  }
  return *departments_;
}

size_t Dictionary::CountMembers(const metrics::Dimension& dimension) const {
  if (dimension.kind == metrics::DimensionKind::kValues) return dimension.values.size();
  if (dimension.large || dimension.table.empty()) return kMembersMax;
  const std::lock_guard lock(mutex_);
  return ListOf(dimension).entries.size();
}

void Dictionary::Prepare(const metrics::Dimension& dimension, const std::vector<int64_t>& keys) const {
  if (!dimension.large) return;
  std::vector<int64_t> missing;
  {
    const std::lock_guard lock(mutex_);
    const List& list = ListOf(dimension);
    for (const int64_t key : keys) {
      if (key != 0 && !list.by_key.contains(key)) missing.push_back(key);
    }
  }
  constexpr size_t kChunk = 20'000;
  for (size_t from = 0; from < missing.size(); from += kChunk) {
    const std::vector<int64_t> part(
        missing.begin() + static_cast<long>(from),
        missing.begin() + static_cast<long>(std::min(missing.size(), from + kChunk)));
    // Read without the lock: a page beside asks for labels all the time.
    const warehouse::ResultSet rows = Read(metrics::RenderMembers(dimension, part, "", "", kChunk));
    const std::lock_guard lock(mutex_);
    AddEntries(const_cast<List&>(ListOf(dimension)), rows);
  }
}

const Dictionary::Entry* Dictionary::FindEntry(const metrics::Dimension& dimension, int64_t key) const {
  const std::lock_guard lock(mutex_);
  const List& list = ListOf(dimension);
  const auto at = list.by_key.find(key);
  return at == list.by_key.end() ? nullptr : &list.entries[at->second];
}

std::vector<Dictionary::Entry> Dictionary::Search(const metrics::Dimension& dimension,
                                                  const std::string& search, size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> found;
  if (dimension.large) {
    List list;
    AddEntries(list, Read(metrics::RenderMembers(dimension, {}, "", search, limit)));
    return {list.entries.begin(), list.entries.end()};
  }
  const std::string folded = FoldCase(search);
  for (const Entry& entry : ListOf(dimension).entries) {
    if (found.size() == limit) break;
    if (folded.empty() || FoldCase(entry.member.label).find(folded) != std::string::npos)
      found.push_back(entry);
  }
  return found;
}

std::string Dictionary::FieldLabel(const metrics::FieldInfo& field, const std::string& id) const {
  if (field.type != "enum") return id;
  const std::lock_guard lock(mutex_);
  const auto [at, added] = options_.try_emplace(field.entity + "/" + field.id);
  if (added) {
    for (const std::vector<Value>& row : Read(metrics::RenderFieldOptions(field)).rows) {
      at->second.emplace(TextOf(row[0]), TextOf(row[1]));
    }
  }
  const auto label = at->second.find(id);
  return label == at->second.end() ? id : label->second;
}

std::vector<Member> Dictionary::FieldMembers(const metrics::FieldInfo& field) const {
  constexpr size_t kValuesMax = 1'000;
  const bool listed = field.type == "enum";
  std::vector<Member> members;
  for (const std::vector<Value>& row :
       Read(listed ? metrics::RenderFieldOptions(field) : metrics::RenderFieldValues(field, kValuesMax))
           .rows) {
    Member member;
    member.id = TextOf(row[0]);
    member.label = TextOf(row[1]);
    members.push_back(std::move(member));
  }
  return members;
}

metrics::BoundQuery Dictionary::BindCycle(const std::string& measure, Day today) const {
  metrics::Request request;
  metrics::MeasureCall call;
  call.id = call.column = measure;
  call.arguments["statistic"] = "percentile80";
  request.measures = {std::move(call)};
  Result<metrics::BoundQuery> query =
      metrics::Bind(std::move(request), {.everything = true}, {model_, *this, today});
  if (!query.ok()) throw DiagnosticError(query.error());
  return std::move(query).value();
}

std::optional<double> Dictionary::CycleOf(const std::string& measure, Day today) const {
  const std::lock_guard lock(mutex_);
  if (const auto known = cycles_.find(measure); known != cycles_.end()) return known->second;
  const warehouse::ResultSet rows = Read(metrics::RenderScan(BindCycle(measure, today).plan.scans.at(0)));
  const std::optional<double> cycle = rows.rows.empty() ? std::nullopt : AsNumber(rows.rows.front().front());
  cycles_.emplace(measure, cycle);
  return cycle;
}

std::string Dictionary::CycleSpread(const std::string& measure, Day today) const {
  const std::lock_guard lock(mutex_);
  if (const auto known = cycle_spreads_.find(measure); known != cycle_spreads_.end()) return known->second;
  metrics::BoundQuery query = BindCycle(measure, today);
  metrics::SpreadMedians(query.plan);
  const warehouse::ResultSet rows = Read(metrics::RenderScan(query.plan.scans.at(0)));
  return cycle_spreads_[measure] = rows.rows.empty() ? "" : TextOf(rows.rows.front().front());
}

Member Dictionary::PortalMember(int64_t) const {
  Member member;
  member.id = portal().id;
  member.label = portal().name;
  return member;
}

std::string Dictionary::RulesText(const metrics::Measure& measure, Language language) const {
  return RulesOf(measure, *this, language);
}

const warehouse::PortalSettings& Dictionary::portal() const {
  const std::lock_guard lock(mutex_);
  if (!portal_) portal_ = warehouse_.portal();
  return *portal_;
}

}  // namespace svodka::engine
