#include "engine/query_service.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "engine/assemble.hpp"
#include "engine/batch.hpp"
#include "engine/describe.hpp"
#include "engine/idle_watch.hpp"
#include "engine/notes.hpp"
#include "engine/read_ahead.hpp"
#include "engine/records.hpp"
#include "engine/run_all.hpp"
#include "metrics/query/bind.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::engine {
namespace {

/// Texts of cards that lists show.
constexpr size_t kTextBytesMax = 32 << 20;
/// Without a request for so long, what is kept for the next one is given back.
constexpr std::chrono::minutes kIdle{5};

/// The model and the dictionaries of one data version: what a call works with from its start to its end.
struct Snapshot {
  std::shared_ptr<const metrics::Model> model;
  std::shared_ptr<const Dictionary> dictionary;
  int64_t data_version = 0;
  int64_t model_version = 0;
  Day today;
};

/// Counts a request as long as somebody waits for it.
class Waiting {
 public:
  explicit Waiting(std::atomic<int>& count) : count_(count) { ++count_; }
  ~Waiting() { --count_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::atomic<int>& count_;
};

/// Runs `body` at the edge of the folder: what the code below threw becomes its diagnostics.
template <class T, class Body>
Result<T> Guarded(const Body& body) {
  try {
    return body();
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}

}  // namespace

std::shared_ptr<ExtractBudget> MakeExtractBudget(size_t bytes_max) {
  return std::make_shared<ExtractBudget>(bytes_max);
}

struct QueryService::Impl {
  Impl(std::shared_ptr<warehouse::Warehouse> warehouse_in, std::shared_ptr<const metrics::Model> model_in,
       const Clock& clock_in, Settings settings_in)
      : warehouse(std::move(warehouse_in)),
        clock(clock_in),
        settings(std::move(settings_in)),
        cache(settings.cache ? settings.cache_bytes_max : 0),
        extracts(settings.extract_bytes_max, settings.extract_budget),
        texts(kTextBytesMax),
        model(std::move(model_in)),
        idle(kIdle, [this] { GiveBack(); }) {}

  /// Nobody looks at this portal: its rows and answers are read again when somebody does.
  void GiveBack() {
    cache.Clear();
    extracts.Clear();
    texts.Clear();
    GiveBackMemory();
  }

  Snapshot Take() {
    idle.Note();
    const std::lock_guard lock(mutex);
    Snapshot snapshot;
    snapshot.data_version = warehouse->state().data_version;
    if (!dictionary || dictionary_version != snapshot.data_version) {
      dictionary = std::make_shared<Dictionary>(*warehouse, model, portal_settings);
      dictionary_version = snapshot.data_version;
    }
    snapshot.model = model;
    snapshot.dictionary = dictionary;
    const std::string zone_name = warehouse->portal().zone;
    if (!zone || zone->name() != zone_name) {
      Result<Zone> found = Zone::Find(zone_name);
      zone = found.ok() ? *found : Zone::Utc();
    }
    snapshot.today = zone->LocalDay(clock.Now());
    return snapshot;
  }

  Result<metrics::BoundQuery> Bind(const json::value& request, const Scope& scope, const Snapshot& snapshot) {
    return Guarded<metrics::BoundQuery>([&]() -> Result<metrics::BoundQuery> {
      Result<metrics::Request> parsed = metrics::ParseRequest(request);
      if (!parsed.ok()) return parsed.errors();
      return metrics::Bind(std::move(parsed).value(), {.everything = scope.everything},
                           {snapshot.model, *snapshot.dictionary, snapshot.today});
    });
  }

  Memory MemoryOf(const Snapshot& snapshot) { return {cache, extracts, texts, snapshot.data_version}; }

  /// After the answer: texts of ten thousand cards take longer than a click may.
  void AskAhead(NearTexts near, const Snapshot& snapshot) {
    texts_ahead.Ask([this, near = std::move(near), snapshot](const std::stop_token& stop) {
      const metrics::Dimension& client = *snapshot.model->FindDimension("client");
      const Status read = Guarded<Done>([&]() -> Status {
        return ReadNear(near, client, *snapshot.dictionary, *warehouse, MemoryOf(snapshot), stop);
      });
      if (!read.ok() && !stop.stop_requested())
        log::Debug("read_ahead_failed", {{"error", ToString(read.error())}});
    });
  }

  /// Lets those who wait for an answer go first; false when the pages prepared are no longer wanted.
  bool WaitForQuiet(const std::stop_token& stop) const {
    constexpr std::chrono::milliseconds kLookEvery{5};
    for (;;) {
      if (stop.stop_requested() || rows_ahead.HasNewer()) return false;
      if (answering == 0) return true;
      std::this_thread::sleep_for(kLookEvery);
    }
  }

  /// One page of PrepareRows. Lists are answered, for their rows are chosen among as those of tables are.
  Status ReadPage(const PageRequests& page, const Scope& scope, const Snapshot& snapshot,
                  const std::stop_token& stop) {
    const auto go_on = [&] { return WaitForQuiet(stop); };
    Batch batch(settings.merge_scans);
    std::vector<metrics::BoundQuery> bound;
    bound.reserve(page.requests.size());
    for (const json::value& request : page.requests) {
      Result<metrics::BoundQuery> query = Bind(request, scope, snapshot);
      if (!query.ok()) continue;
      bound.push_back(std::move(query).value());
      batch.Add(bound.back().plan);
      if (bound.back().base_plan) batch.Add(*bound.back().base_plan);
    }
    Status read = batch.ReadRows(*warehouse, *snapshot.dictionary, MemoryOf(snapshot), stop, go_on);
    for (const json::value& list : page.lists) {
      if (!read.ok() || !go_on()) break;
      Result<metrics::BoundQuery> query = Bind(list, scope, snapshot);
      if (!query.ok() || !query->request.cell) continue;
      std::optional<NearTexts> near;
      const Result<RecordPage> answer =
          ReadRecords(*query, *snapshot.dictionary, *warehouse, MemoryOf(snapshot), settings.merge_scans,
                      Language::kRussian, stop, near);
      if (!answer.ok()) read = answer.errors();
    }
    return read;
  }

  /// Answers bound queries together; `slots[i]` takes the answer of `queries[i]`. What a limit cut off is
  /// asked for in a second batch, again together.
  void Answer(const std::vector<metrics::BoundQuery*>& queries, const std::vector<Result<Table>*>& slots,
              const Snapshot& snapshot, Language language, const std::stop_token& stop) {
    Batch batch(settings.merge_scans);
    for (metrics::BoundQuery* query : queries) {
      batch.Add(query->plan);
      if (query->base_plan) batch.Add(*query->base_plan);
    }
    const Result<ScanResults> results =
        batch.Run(*warehouse, *snapshot.dictionary, MemoryOf(snapshot), settings.threads, stop);
    if (!results.ok()) {
      // One faulty scan must not fail the others: each request tries alone and keeps its own error.
      for (size_t i = 0; i < queries.size(); ++i) {
        if (queries.size() == 1) {
          *slots[i] = results.errors();
        } else {
          AnswerAlone(*queries[i], *slots[i], snapshot, language, stop);
        }
      }
      return;
    }
    std::vector<Pending> pending(queries.size());
    RunAll(queries.size(), settings.threads, [&](size_t i) {
      Pending& one = pending[i];
      one.query = queries[i];
      one.failed = Guarded<Done>([&]() -> Status {
        one.assembly = std::make_unique<Assembly>(*one.query, *snapshot.dictionary, language, stop);
        one.assembly->Build(*results, one.query->base_plan ? &*results : nullptr);
        return PlanRest(one, snapshot);
      });
    });
    Batch rest(settings.merge_scans);
    for (Pending& one : pending) {
      if (!one.failed.ok()) continue;
      if (one.others) rest.Add(*one.others);
      if (one.base_others) rest.Add(*one.base_others);
    }
    const Result<ScanResults> others =
        rest.size() == 0
            ? Result<ScanResults>(ScanResults{})
            : rest.Run(*warehouse, *snapshot.dictionary, MemoryOf(snapshot), settings.threads, stop);
    RunAll(queries.size(), settings.threads, [&](size_t i) {
      Pending& one = pending[i];
      if (one.failed.ok() && one.others && !others.ok()) one.failed = others.errors();
      if (!one.failed.ok()) {
        *slots[i] = one.failed.errors();
        return;
      }
      *slots[i] = Guarded<Table>([&]() -> Result<Table> {
        if (one.others) {
          one.assembly->AddOthers(*one.others, *others, one.base_others ? &*one.base_others : nullptr,
                                  one.base_others ? &*others : nullptr);
        }
        Table table = one.assembly->ToTable();
        json::object notes = NotesOf(*one.query);
        for (auto& mark : table.notes) notes[mark.key()] = std::move(mark.value());
        table.notes = std::move(notes);
        return table;
      });
    });
  }

  /// A request whose rows are joined and whose rest may still be missing.
  struct Pending {
    const metrics::BoundQuery* query = nullptr;
    Status failed = Done{};
    std::unique_ptr<Assembly> assembly;
    std::optional<metrics::Plan> others;
    std::optional<metrics::Plan> base_others;
  };

  Status PlanRest(Pending& one, const Snapshot& snapshot) {
    if (settings.merge_scans && one.assembly->AddOthersFromLines()) return Done{};
    const std::optional<std::vector<Key>> shown = one.assembly->CutOff();
    if (!shown) return Done{};
    const metrics::BindContext context{snapshot.model, *snapshot.dictionary, snapshot.today};
    Result<metrics::Plan> plan = metrics::PlanOthers(*one.query, context, {{}, *shown}, false);
    if (!plan.ok()) return plan.errors();
    one.others = std::move(plan).value();
    if (!one.query->base_plan) return Done{};
    Result<metrics::Plan> base = metrics::PlanOthers(*one.query, context, {{}, *shown}, true);
    if (!base.ok()) return base.errors();
    one.base_others = std::move(base).value();
    return Done{};
  }

  void AnswerAlone(metrics::BoundQuery& query, Result<Table>& slot, const Snapshot& snapshot,
                   Language language, const std::stop_token& stop) {
    // The plan points at the shared batch by now; bind anew.
    slot = Guarded<Table>([&]() -> Result<Table> {
      Result<metrics::BoundQuery> bound = metrics::Bind(
          query.request, {.everything = true}, {snapshot.model, *snapshot.dictionary, snapshot.today});
      if (!bound.ok()) return bound.errors();
      Result<Table> answer = Table{};
      Answer({&*bound}, {&answer}, snapshot, language, stop);
      return answer;
    });
  }

  std::shared_ptr<warehouse::Warehouse> warehouse;
  const Clock& clock;
  const Settings settings;
  ResultCache cache;
  ExtractStore extracts;
  CardTexts texts;
  std::mutex mutex;
  std::shared_ptr<const metrics::Model> model;
  std::shared_ptr<const Dictionary> dictionary;
  json::object portal_settings;
  int64_t dictionary_version = -1;
  int64_t model_version = 0;
  std::optional<Zone> zone;
  IdleWatch idle;                  ///< it ends before what it drops
  std::atomic<int> answering = 0;  ///< requests that somebody waits for
  // Last: they end before what they read into.
  ReadAhead texts_ahead, rows_ahead;
};

QueryService::QueryService(std::shared_ptr<warehouse::Warehouse> warehouse,
                           std::shared_ptr<const metrics::Model> model, const Clock& clock, Settings settings)
    : impl_(std::make_unique<Impl>(std::move(warehouse), std::move(model), clock, std::move(settings))) {}

QueryService::~QueryService() = default;

void QueryService::SetModel(std::shared_ptr<const metrics::Model> model) {
  const std::lock_guard lock(impl_->mutex);
  impl_->model = std::move(model);
  ++impl_->model_version;
  impl_->dictionary.reset();
}

void QueryService::SetPortalSettings(json::object settings) {
  const std::lock_guard lock(impl_->mutex);
  impl_->portal_settings = std::move(settings);
  impl_->dictionary.reset();
}

Result<Table> QueryService::Query(const json::value& request, const Scope& scope, Language language,
                                  std::stop_token stop) {
  std::vector<Result<Table>> answers = QueryMany({&request, 1}, scope, language, std::move(stop));
  return std::move(answers.front());
}

std::vector<Result<Table>> QueryService::QueryMany(std::span<const json::value> requests, const Scope& scope,
                                                   Language language, std::stop_token stop) {
  const Waiting waiting(impl_->answering);
  std::vector<Result<Table>> answers;
  answers.reserve(requests.size());
  const Result<Snapshot> snapshot = Guarded<Snapshot>([&]() -> Result<Snapshot> { return impl_->Take(); });
  if (!snapshot.ok()) {
    for (size_t i = 0; i < requests.size(); ++i) answers.emplace_back(snapshot.errors());
    return answers;
  }
  std::vector<metrics::BoundQuery> bound;
  bound.reserve(requests.size());
  std::vector<metrics::BoundQuery*> queries;
  std::vector<Result<Table>*> slots;
  for (const json::value& request : requests) {
    Result<metrics::BoundQuery> query = impl_->Bind(request, scope, *snapshot);
    if (!query.ok()) {
      answers.emplace_back(query.errors());
      continue;
    }
    if (query->request.cell) {
      answers.emplace_back(Diagnostic{"unknown_key", "'cell' belongs to records", "cell", {}});
      continue;
    }
    answers.emplace_back(Table{});
    slots.push_back(&answers.back());
    bound.push_back(std::move(query).value());
    queries.push_back(&bound.back());
  }
  if (!queries.empty()) impl_->Answer(queries, slots, *snapshot, language, stop);
  return answers;
}

void QueryService::PrepareRows(std::vector<PageRequests> pages, const Scope& scope) {
  Impl& impl = *impl_;
  impl.rows_ahead.Ask([&impl, pages = std::move(pages), scope](const std::stop_token& stop) {
    const Status read = Guarded<Done>([&]() -> Status {
      const Snapshot snapshot = impl.Take();
      for (const PageRequests& page : pages) {
        if (!impl.WaitForQuiet(stop)) break;
        if (Status one = impl.ReadPage(page, scope, snapshot, stop); !one.ok()) return one;
      }
      return Done{};
    });
    if (!read.ok() && !stop.stop_requested())
      log::Debug("read_ahead_failed", {{"error", ToString(read.error())}});
  });
}

json::value QueryService::DescribeModel(Language language) const {
  const Snapshot snapshot = impl_->Take();
  return Describe(*snapshot.model, *snapshot.dictionary, language);
}

std::string QueryService::DescriptionKey() const {
  const std::lock_guard lock(impl_->mutex);
  return std::to_string(impl_->model_version) + ":" + std::to_string(impl_->warehouse->state().data_version);
}

int64_t QueryService::data_version() const { return impl_->warehouse->state().data_version; }

std::string QueryService::Explain(const json::value& request, const Scope& scope) {
  const Result<std::string> text = Guarded<std::string>([&]() -> Result<std::string> {
    const Snapshot snapshot = impl_->Take();
    Result<metrics::BoundQuery> query = impl_->Bind(request, scope, snapshot);
    if (!query.ok()) return query.errors();
    std::string lines;
    for (const metrics::Plan* plan : {&query->plan, query->base_plan ? &*query->base_plan : nullptr}) {
      if (plan == nullptr) continue;
      for (const metrics::Scan& scan : plan->scans) lines += metrics::RenderScan(scan).text + ";\n";
    }
    return lines;
  });
  return text.ok() ? *text : ToString(text.error());
}

Result<std::vector<Member>> QueryService::Members(const std::string& dimension, const std::string& search,
                                                  size_t limit, const Scope& scope, Language language,
                                                  std::stop_token) {
  return Guarded<std::vector<Member>>([&]() -> Result<std::vector<Member>> {
    if (!scope.everything) return Diagnostic{"no_scope", "this caller may see nothing", "", {}};
    const Snapshot snapshot = impl_->Take();
    return ListMembers(*snapshot.model, *snapshot.dictionary, dimension, search, limit, language);
  });
}

Result<RecordPage> QueryService::Records(const json::value& request, const Scope& scope, Language language,
                                         std::stop_token stop) {
  const Waiting waiting(impl_->answering);
  return Guarded<RecordPage>([&]() -> Result<RecordPage> {
    const Snapshot snapshot = impl_->Take();
    Result<metrics::BoundQuery> query = impl_->Bind(request, scope, snapshot);
    if (!query.ok()) return query.errors();
    if (!query->request.cell) return Diagnostic{"missing_key", "records need a 'cell'", "cell", {}};
    std::optional<NearTexts> near;
    Result<RecordPage> page =
        ReadRecords(*query, *snapshot.dictionary, *impl_->warehouse, impl_->MemoryOf(snapshot),
                    impl_->settings.merge_scans, language, stop, near);
    if (near) impl_->AskAhead(std::move(*near), snapshot);
    return page;
  });
}

}  // namespace svodka::engine
