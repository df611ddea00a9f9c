#include "engine/query_service.hpp"

#include "engine/describe.hpp"
#include "engine/service_core.hpp"

namespace svodka::engine {

std::shared_ptr<ExtractBudget> MakeExtractBudget(size_t bytes_max) {
  return std::make_shared<ExtractBudget>(bytes_max);
}

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
