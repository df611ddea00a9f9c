#include "engine/joint_service.hpp"

#include "engine/describe.hpp"
#include "engine/joint_work.hpp"
#include "metrics/plan/spread.hpp"

namespace svodka::engine {
namespace {

using metrics::Plan;

/// A request whose rows are joined and whose rest may still be missing.
struct Pending {
  JointWork::Asked* asked = nullptr;
  Result<Table>* slot = nullptr;
  std::unique_ptr<Assembly> assembly;
  std::vector<Plan> others, base_others;  ///< per portal
};

std::vector<const ScanResults*> PointersTo(const std::vector<ScanResults>& results) {
  std::vector<const ScanResults*> pointers;
  for (const ScanResults& one : results) pointers.push_back(&one);
  return pointers;
}

/// The rows shown that a portal has a part in.
std::vector<Key> OwnTuples(const JointWork& work, size_t part, const std::vector<Key>& shown,
                           const std::vector<metrics::BoundDimension>& dimensions) {
  std::vector<Key> own;
  for (const Key& key : shown) {
    Key tuple;
    for (size_t k = 0; k < key.size(); ++k) {
      std::optional<Value> value = work.names->ToPart(part, dimensions[k], key[k]);
      if (!value) break;
      tuple.push_back(std::move(*value));
    }
    if (tuple.size() == key.size()) own.push_back(std::move(tuple));
  }
  return own;
}

Status PlanRest(const JointWork& work, Pending& one) {
  if (one.assembly->AddOthersFromLines()) return Done{};
  const std::optional<std::vector<Key>> shown = one.assembly->CutOff();
  if (!shown) return Done{};
  for (size_t i = 0; i < work.parts.size(); ++i) {
    const metrics::BoundQuery& query = one.asked->queries[i];
    const metrics::BindContext context{work.parts[i].snapshot.model, *one.asked->views[i],
                                       work.parts[i].snapshot.today};
    const std::vector<Key> own = OwnTuples(work, i, *shown, query.dimensions);
    for (const bool base : {false, true}) {
      if (base && !query.base_plan) continue;
      Result<Plan> plan = metrics::PlanOthers(query, context, {{}, own}, base);
      if (!plan.ok()) return plan.errors();
      metrics::SpreadMedians(*plan);
      (base ? one.base_others : one.others).push_back(std::move(plan).value());
    }
  }
  return Done{};
}

Cells OneRow(const JointWork& work, const std::vector<Plan>& plans, const std::vector<ScanResults>& results,
             const std::stop_token& stop) {
  Room room;
  const Patience patience(stop);
  std::vector<Level> levels = work.Join([&](size_t part) -> const Plan& { return plans[part]; },
                                        PointersTo(results), {}, 0, false, room, patience);
  return std::move(levels[0][{}]);
}

void Answer(const JointWork& work, std::vector<Pending>& pending, Language language,
            const std::stop_token& stop) {
  std::vector<Batch> batches(work.parts.size(), Batch(true));
  for (Pending& one : pending) {
    for (size_t i = 0; i < work.parts.size(); ++i) {
      metrics::BoundQuery& query = one.asked->queries[i];
      batches[i].Add(query.plan);
      if (query.base_plan) batches[i].Add(*query.base_plan);
    }
  }
  const Result<std::vector<ScanResults>> results = work.Run(batches, stop);
  for (Pending& one : pending) {
    if (!results.ok()) {
      *one.slot = results.errors();
      continue;
    }
    const Status built = Guarded<Done>([&]() -> Status {
      const metrics::BoundQuery& lead = one.asked->queries[work.lead];
      const size_t depth = lead.dimensions.size();
      Room room;
      const Patience patience(stop);
      const auto join = [&](bool base) {
        return work.Join(
            [&](size_t part) -> const Plan& {
              const metrics::BoundQuery& query = one.asked->queries[part];
              return base ? *query.base_plan : query.plan;
            },
            PointersTo(*results), lead.dimensions, depth, lead.request.totals, room, patience);
      };
      one.assembly = std::make_unique<Assembly>(lead, *work.names, language, stop);
      std::vector<Level> current = join(false);
      one.assembly->Build(std::move(current), lead.base_plan ? join(true) : std::vector<Level>{});
      return PlanRest(work, one);
    });
    if (!built.ok()) *one.slot = built.errors();
    if (!built.ok()) one.assembly.reset();
  }
  std::vector<Batch> rest(work.parts.size(), Batch(true));
  for (Pending& one : pending) {
    if (!one.assembly) continue;
    for (size_t i = 0; i < one.others.size(); ++i) rest[i].Add(one.others[i]);
    for (size_t i = 0; i < one.base_others.size(); ++i) rest[i].Add(one.base_others[i]);
  }
  const Result<std::vector<ScanResults>> others = work.Run(rest, stop);
  for (Pending& one : pending) {
    if (!one.assembly) continue;
    *one.slot = Guarded<Table>([&]() -> Result<Table> {
      if (!one.others.empty()) {
        if (!others.ok()) return others.errors();
        const bool base = !one.base_others.empty();
        one.assembly->AddOthers(one.others[work.lead], OneRow(work, one.others, *others, stop),
                                base ? &one.base_others[work.lead] : nullptr,
                                base ? OneRow(work, one.base_others, *others, stop) : Cells{});
      }
      Table table = one.assembly->ToTable();
      json::object notes = work.NotesFor(*one.asked);
      for (auto& mark : table.notes) notes[mark.key()] = std::move(mark.value());
      table.notes = std::move(notes);
      return table;
    });
  }
}

}  // namespace

JointService::JointService(std::vector<QueryService*> services) : services_(std::move(services)) {}
JointService::~JointService() = default;

Result<Table> JointService::Query(const json::value& request, const Scope& scope, Language language,
                                  std::stop_token stop) {
  std::vector<Result<Table>> answers = QueryMany({&request, 1}, scope, language, std::move(stop));
  return std::move(answers.front());
}

std::vector<Result<Table>> JointService::QueryMany(std::span<const json::value> requests, const Scope& scope,
                                                   Language language, std::stop_token stop) {
  std::vector<Result<Table>> answers(requests.size(), Table{});
  const Status done = Guarded<Done>([&]() -> Status {
    const JointWork work(services_);
    std::vector<JointWork::Asked> asked(requests.size());
    std::vector<Pending> pending;
    for (size_t i = 0; i < requests.size(); ++i) {
      Result<JointWork::Asked> bound = work.Bind(requests[i], scope);
      if (bound.ok() && bound->queries.front().request.cell)
        bound = Diagnostic{"unknown_key", "'cell' belongs to records", "cell", {}};
      if (!bound.ok()) {
        answers[i] = bound.errors();
        continue;
      }
      asked[i] = std::move(bound).value();
      pending.push_back({&asked[i], &answers[i], nullptr, {}, {}});
    }
    Answer(work, pending, language, stop);
    return Done{};
  });
  if (!done.ok()) {
    for (Result<Table>& answer : answers) answer = done.errors();
  }
  return answers;
}

Result<std::vector<Member>> JointService::Members(const std::string& id, const std::string& search,
                                                  size_t limit, const Scope& scope, Language language,
                                                  std::stop_token) {
  return Guarded<std::vector<Member>>([&]() -> Result<std::vector<Member>> {
    if (!scope.everything) return Diagnostic{"no_scope", "this caller may see nothing", "", {}};
    const JointWork work(services_);
    const metrics::Model& model = *work.parts.front().snapshot.model;
    const metrics::Dimension* dimension = model.FindDimension(id);
    if (dimension != nullptr && dimension->kind == metrics::DimensionKind::kPortal) {
      std::vector<Member> members;
      for (size_t i = 0; i < work.parts.size(); ++i)
        members.push_back(work.names->PortalMember(static_cast<int64_t>(i + 1)));
      return members;
    }
    if (dimension == nullptr || dimension->table.empty())
      return ListMembers(model, *work.parts.front().snapshot.dictionary, id, search, limit, language);
    return work.names->Search(*dimension, search, limit);
  });
}

bool JointService::CanTell(const std::string& currency) const {
  const JointWork work(services_);
  for (size_t i = 0; i < work.parts.size(); ++i) {
    const Dictionary& part = work.names->part(i);
    if (part.portal().base_currency != currency && !part.RatedCurrency(currency)) return false;
  }
  return true;
}

json::value JointService::DescribeModel(Language language) const {
  const JointWork work(services_);
  json::value model = Describe(*work.parts.front().snapshot.model, *work.parts.front().snapshot.dictionary,
                               language, work.names.get());
  json::array own;
  for (json::value& dimension : model.get_object().at("dimensions").get_array()) {
    if (dimension.get_object().at("kind").get_string() != "field") own.push_back(std::move(dimension));
  }
  model.get_object()["dimensions"] = std::move(own);
  return model;
}

std::string JointService::DescriptionKey() const {
  std::string key;
  for (const QueryService* service : services_) key += service->DescriptionKey() + ";";
  return key;
}

int64_t JointService::data_version() const {
  int64_t version = 0;
  for (const QueryService* service : services_) version += service->data_version();
  return version;
}

}  // namespace svodka::engine
