#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "engine/assemble.hpp"
#include "engine/batch.hpp"
#include "engine/idle_watch.hpp"
#include "engine/notes.hpp"
#include "engine/query_service.hpp"
#include "engine/read_ahead.hpp"
#include "engine/records.hpp"
#include "engine/run_all.hpp"
#include "metrics/query/bind.hpp"
#include "warehouse/warehouse.hpp"

/// What a QueryService is made of: seen by itself and by JointService, which answers from several.
namespace svodka::engine {

/// Texts of cards that lists show.
inline constexpr size_t kTextBytesMax = 32 << 20;
/// Without a request for so long, what is kept for the next one is given back.
inline constexpr std::chrono::minutes kIdle{5};

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

struct ServiceCore {
  ServiceCore(std::shared_ptr<warehouse::Warehouse> warehouse_in,
              std::shared_ptr<const metrics::Model> model_in, const Clock& clock_in,
              QueryService::Settings settings_in)
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
    return Bind(request, scope, snapshot, *snapshot.dictionary);
  }
  static Result<metrics::BoundQuery> Bind(const json::value& request, const Scope& scope,
                                          const Snapshot& snapshot, const metrics::Directory& directory) {
    return Guarded<metrics::BoundQuery>([&]() -> Result<metrics::BoundQuery> {
      Result<metrics::Request> parsed = metrics::ParseRequest(request);
      if (!parsed.ok()) return parsed.errors();
      return metrics::Bind(std::move(parsed).value(), {.everything = scope.everything},
                           {snapshot.model, directory, snapshot.today});
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
  const QueryService::Settings settings;
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

/// What the service is made of; lives as long as it.
inline ServiceCore& CoreOf(QueryService& service);

struct QueryService::Impl final : ServiceCore {
  using ServiceCore::ServiceCore;
  static ServiceCore& Of(QueryService& service) { return *service.impl_; }
  friend ServiceCore& CoreOf(QueryService& service) { return Of(service); }
};

}  // namespace svodka::engine
