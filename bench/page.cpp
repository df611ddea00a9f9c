#include "bench/page.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "bench/workload.hpp"
#include "engine/query_service.hpp"
#include "metrics/definitions/model.hpp"
#include "reports/report_service.hpp"

namespace svodka::bench {
namespace {

const Day kFrom = MakeDay(2026, 4, 1);
const Day kTo = MakeDay(2026, 7, 1);
constexpr int kClicks = 40;
/// Nobody clicks faster; texts that the next click shows are read meanwhile, as in the server.
constexpr std::chrono::milliseconds kBetweenClicks{150};
/// The baseline's pages and clicks; one page of L takes it most of a minute.
struct Patience {
  int pages = 3;
  size_t clicks = 6;
};
Patience PatienceOf(const Dataset& dataset) { return dataset.size == "L" ? Patience{1, 2} : Patience{}; }

constexpr std::pair<const char*, const char*> kOtherQuarters[] = {{"2025-01-01", "2025-04-01"},
                                                                  {"2025-07-01", "2025-10-01"},
                                                                  {"2025-04-01", "2025-07-01"},
                                                                  {"2025-10-01", "2026-01-01"}};

/// The server's own stack over one dataset, result cache as asked.
class Stack {
 public:
  Stack(const Dataset& dataset, const PageSettings& settings, bool cache)
      : clock_(ParseInstant(kNow).value()),
        warehouse_(Open(dataset, settings.threads, settings.memory).value()),
        model_(metrics::LoadModel(SVODKA_SOURCE_DIR "/models").value()) {
    engine::QueryService::Settings engine_settings;
    engine_settings.cache = cache;
    engine_settings.threads = static_cast<size_t>(settings.threads);
    service_ = std::make_unique<engine::QueryService>(warehouse_, model_, clock_, engine_settings);
    source_ = reports::MakeQuerySource(*service_);
    const auto names = reports::NamesOf(service_->DescribeModel(engine::Language::kRussian));
    reports::ReportService::Settings report_settings;
    report_settings.keep_history = true;  // of the period bar; asked once per data version, as served
    reports_ = std::make_unique<reports::ReportService>(
        *source_, reports::ReportModel::Load(SVODKA_SOURCE_DIR "/models/reports", names).value(), clock_,
        report_settings);
    portal_.id = "bench";
    portal_.name = "Bench";
    portal_.kind = "bitrix24";
    portal_.zone = Zone::Find("Europe/Moscow").value();
    portal_.currency = "RUB";
    portal_.data_version = service_->data_version();
    scope_.everything = true;
  }

  json::object Page(const json::object& state) const {
    auto document = reports_->BuildDocument("sales_dynamics", state, portal_, scope_);
    return std::move(document).value();
  }
  engine::Table Query(const json::object& request) const {
    return service_->Query(request, scope_, engine::Language::kRussian).value();
  }
  engine::RecordPage Records(const json::object& request) const {
    return service_->Records(request, scope_, engine::Language::kRussian).value();
  }
  std::vector<engine::Member> Members(const std::string& dimension) const {
    return service_->Members(dimension, "", 100, scope_, engine::Language::kRussian).value();
  }
  const warehouse::Warehouse& warehouse() const { return *warehouse_; }

 private:
  ManualClock clock_;
  std::shared_ptr<warehouse::Warehouse> warehouse_;
  std::shared_ptr<const metrics::Model> model_;
  std::unique_ptr<engine::QueryService> service_;
  std::unique_ptr<reports::QuerySource> source_;
  std::unique_ptr<reports::ReportService> reports_;
  reports::PortalFacts portal_;
  engine::Scope scope_;
};

json::object Period() { return {{"from", ToString(kFrom)}, {"to", ToString(kTo)}}; }
json::object PageState() { return {{"period", Period()}}; }

json::object Click(const std::string& widget, const std::string& dimension, const std::string& id) {
  json::object state = PageState();
  state["cross"] = json::array{
      json::object{{"widget", widget}, {"dimension", dimension}, {"in", json::array{json::value(id)}}}};
  return state;
}

/// A widget that failed is no page: says which.
Status CheckWhole(const json::object& document) {
  for (const json::value& section : document.at("sections").get_array()) {
    for (const json::value& widget : section.at("widgets").get_array()) {
      if (const json::value* error = widget.get_object().if_contains("error")) {
        return Diagnostic{
            "widget_failed", json::serialize(widget.at("id")) + ": " + json::serialize(*error), "", {}};
      }
    }
  }
  return Done{};
}

struct BaselineTimes {
  double page_ms = 0;
  std::vector<std::pair<std::string, double>> queries;
};

BaselineTimes RunBaseline(const std::vector<Query>& workload, const warehouse::Warehouse& warehouse,
                          const Condition& condition) {
  BaselineTimes times;
  warehouse::QueryOptions options;
  options.deadline = std::chrono::minutes{10};
  for (const Query& query : workload) {
    const std::string sql = Fill(query, condition, kFrom, kTo);
    const double ms = Milliseconds([&] { (void)warehouse.Query(sql, {}, options).value(); });
    times.queries.emplace_back(query.name, ms);
    times.page_ms += ms;
  }
  return times;
}

Status CheckAnswers(const std::vector<Query>& workload, const Stack& stack) {
  warehouse::QueryOptions options;
  options.deadline = std::chrono::minutes{10};
  Diagnostics wrong;
  for (const Query& query : workload) {
    const auto baseline = stack.warehouse().Query(Fill(query, {}, kFrom, kTo), {}, options);
    if (!baseline) return baseline.errors();
    if (query.records) {
      json::object request = *query.records;
      request["period"] = Period();
      const engine::RecordPage page = stack.Records(request);
      const int64_t total = baseline->rows.empty() ? 0 : std::get<int64_t>(baseline->rows[0].back());
      if (page.total != total) {
        wrong.push_back(
            {"wrong_answer",
             query.name + ": " + std::to_string(page.total) + " rows against " + std::to_string(total),
             "",
             {}});
      }
      continue;
    }
    json::object request = *query.request;
    if (!query.all_time) request["period"] = Period();
    if (const auto difference = Compare(query, stack.Query(request), *baseline)) {
      wrong.push_back({"wrong_answer", query.name + ": " + *difference, "", {}});
    }
  }
  if (!wrong.empty()) return wrong;
  return Done{};
}

std::vector<std::pair<std::string, json::object>> MakeClicks(const Stack& stack) {
  std::vector<std::pair<std::string, json::object>> clicks;
  const std::pair<const char*, const char*> kinds[] = {{"by_employee", "employee"},
                                                       {"new_and_repeat_by_employee", "source"},
                                                       {"stage_count", "stage"},
                                                       {"dynamics", "month"}};
  for (const auto& [widget, dimension] : kinds) {
    std::vector<std::string> ids;
    if (std::string_view(dimension) == "month") {
      ids = {"2026-04-01", "2026-05-01", "2026-06-01"};
    } else {
      for (const engine::Member& member : stack.Members(dimension)) {
        if (member.id) ids.push_back(*member.id);
      }
    }
    for (int i = 0; i < kClicks / 4 && !ids.empty(); ++i) {
      const std::string& id = ids[static_cast<size_t>(i) * 7 % ids.size()];
      clicks.emplace_back(dimension, Click(widget, dimension, id));
    }
  }
  return clicks;
}

}  // namespace

Status MeasurePage(const Dataset& dataset, const PageSettings& settings, Measurements& measurements) {
  const auto workload = ReadWorkload(SVODKA_SOURCE_DIR "/bench/baseline");
  if (!workload) return workload.errors();
  // Rules that the baseline leaves out, because they would make it slower, in full: compared, never measured.
  const auto checks = ReadWorkload(SVODKA_SOURCE_DIR "/bench/check");
  if (!checks) return checks.errors();
  const json::object state = PageState();

  std::vector<double> cold, baseline_cold;
  for (int i = 0; i < 3; ++i) {
    ForgetFile(dataset.database());
    const Stack stack(dataset, settings, false);
    cold.push_back(Milliseconds([&] { (void)stack.Page(state); }));
  }
  if (settings.baseline) {
    ForgetFile(dataset.database());
    const Stack stack(dataset, settings, false);
    baseline_cold.push_back(RunBaseline(*workload, stack.warehouse(), {}).page_ms);
  }
  const auto compared = [&](const std::vector<double>& samples) {
    return samples.empty() ? std::optional<double>() : Quantile(samples, 0.5);
  };
  measurements.Add("page.cold", Quantile(cold, 0.5), "ms", compared(baseline_cold));

  const Stack stack(dataset, settings, false);
  const json::object document = stack.Page(state);
  if (auto whole = CheckWhole(document); !whole) return whole;
  std::vector<double> warm;
  const double busy_before = ProcessorMilliseconds();
  for (int i = 0; i < settings.repeats; ++i) warm.push_back(Milliseconds([&] { (void)stack.Page(state); }));
  const double busy = (ProcessorMilliseconds() - busy_before) / settings.repeats;
  // Other quarters: their rows are in the database's memory, but were never asked for.
  std::vector<double> fresh;
  const double fresh_before = ProcessorMilliseconds();
  for (const auto& [from, to] : kOtherQuarters) {
    json::object other;
    other["period"] = json::object{{"from", from}, {"to", to}};
    fresh.push_back(Milliseconds([&] { (void)stack.Page(other); }));
  }
  const double fresh_busy = (ProcessorMilliseconds() - fresh_before) / static_cast<double>(fresh.size());

  (void)stack.Page(state);  // a click follows its page
  std::vector<double> clicks;
  const double clicks_before = ProcessorMilliseconds();
  for (const auto& [dimension, click] : MakeClicks(stack)) {
    clicks.push_back(Milliseconds([&, &cross = click] { (void)stack.Page(cross); }));
    log::Debug("click", {{"dimension", dimension}, {"ms", std::to_string(clicks.back())}});
    std::this_thread::sleep_for(kBetweenClicks);
  }
  const double clicks_busy = (ProcessorMilliseconds() - clicks_before) / static_cast<double>(clicks.size());
  std::vector<double> records;
  const double records_before = ProcessorMilliseconds();
  json::object cell_request{{"measures", {"deals_won"}}, {"period", Period()}, {"limit", 50}};
  for (const engine::Member& member : stack.Members("employee")) {
    if (!member.id || records.size() >= 20) continue;
    cell_request["cell"] =
        json::object{{"measure", "deals_won"}, {"values", json::object{{"employee", *member.id}}}};
    records.push_back(Milliseconds([&] { (void)stack.Records(cell_request); }));
  }
  const double records_busy =
      (ProcessorMilliseconds() - records_before) / static_cast<double>(records.size());
  const double resident = ResidentMegabytes();

  std::optional<double> baseline_busy, baseline_clicks_busy, baseline_records_busy;
  std::vector<double> baseline_warm, baseline_clicks, baseline_records;
  std::vector<std::pair<std::string, double>> baseline_queries;
  if (settings.baseline) {
    for (const auto* asked : {&*workload, &*checks}) {
      if (auto right = CheckAnswers(*asked, stack); !right) return right;
    }
    const Patience patience = PatienceOf(dataset);
    const double baseline_before = ProcessorMilliseconds();
    for (int i = 0; i < patience.pages; ++i) {
      BaselineTimes times = RunBaseline(*workload, stack.warehouse(), {});
      baseline_warm.push_back(times.page_ms);
      baseline_queries = std::move(times.queries);
    }
    baseline_busy = (ProcessorMilliseconds() - baseline_before) / patience.pages;
    const auto sources = stack.Members("source");
    const double clicked = ProcessorMilliseconds();
    for (size_t i = 0; i < patience.clicks && i < sources.size(); ++i) {
      const std::string id = sources[i].id.value_or("");
      const Condition condition{"AND d.source_id = '" + id + "'", "AND l.source_id = '" + id + "'"};
      baseline_clicks.push_back(RunBaseline(*workload, stack.warehouse(), condition).page_ms);
    }
    baseline_clicks_busy = (ProcessorMilliseconds() - clicked) /
                           std::max<double>(1, static_cast<double>(baseline_clicks.size()));
    const double opened = ProcessorMilliseconds();
    for (const Query& query : *workload) {
      if (!query.records) continue;
      for (int i = 0; i < 5; ++i) {
        const std::string sql =
            Fill(query, {"AND d.owner_id = '" + std::to_string(10 + i) + "'", ""}, kFrom, kTo);
        baseline_records.push_back(Milliseconds([&] { (void)stack.warehouse().Query(sql).value(); }));
      }
    }
    baseline_records_busy = ProcessorMilliseconds() - opened;
  }
  if (!baseline_records.empty()) {
    baseline_records_busy = *baseline_records_busy / static_cast<double>(baseline_records.size());
  }
  const auto baseline_share = [&](const std::vector<double>& samples, double share) {
    return samples.empty() ? std::optional<double>() : Quantile(samples, share);
  };
  measurements.Add("page.warm", Quantile(warm, 0.5), "ms", compared(baseline_warm));
  measurements.Add("page.warm.processor", busy, "ms", baseline_busy);
  measurements.Add("page.fresh", Quantile(fresh, 0.5), "ms", compared(baseline_warm));
  measurements.Add("page.fresh.processor", fresh_busy, "ms", baseline_busy);
  measurements.Add("page.warm.p95", Quantile(warm, 0.95), "ms");
  measurements.Add("click.p50", Quantile(clicks, 0.5), "ms", baseline_share(baseline_clicks, 0.5));
  measurements.Add("click.p95", Quantile(clicks, 0.95), "ms", baseline_share(baseline_clicks, 0.95));
  measurements.Add("click.max", *std::max_element(clicks.begin(), clicks.end()), "ms");
  measurements.Add("click.processor", clicks_busy, "ms", baseline_clicks_busy);
  measurements.Add("records.p50", Quantile(records, 0.5), "ms", baseline_share(baseline_records, 0.5));
  measurements.Add("records.p95", Quantile(records, 0.95), "ms", baseline_share(baseline_records, 0.95));
  measurements.Add("records.processor", records_busy, "ms", baseline_records_busy);
  measurements.Add("memory.page", resident, "MB");
  measurements.Add("document.size", static_cast<double>(json::serialize(document).size()) / 1000, "kB");
  for (const auto& [name, ms] : baseline_queries) {
    const auto query =
        std::find_if(workload->begin(), workload->end(), [&](const Query& q) { return q.name == name; });
    json::object request = query->records ? *query->records : *query->request;
    if (!query->all_time) request["period"] = Period();
    std::vector<double> ours;
    for (int i = 0; i < 5; ++i) {
      ours.push_back(
          Milliseconds([&] { query->records ? (void)stack.Records(request) : (void)stack.Query(request); }));
    }
    measurements.Add("query." + name, Quantile(ours, 0.5), "ms", ms);
  }

  const Stack cached(dataset, settings, true);
  (void)cached.Page(state);
  std::vector<double> hits;
  const double hits_before = ProcessorMilliseconds();
  for (int i = 0; i < settings.repeats; ++i) hits.push_back(Milliseconds([&] { (void)cached.Page(state); }));
  measurements.Add("cached.page", Quantile(hits, 0.5), "ms");
  measurements.Add("cached.page.processor", (ProcessorMilliseconds() - hits_before) / settings.repeats, "ms");
  return Done{};
}

}  // namespace svodka::bench
