#include "bench/load_change.hpp"

#include <filesystem>
#include <utility>
#include <vector>

#include "bench/dataset.hpp"

namespace svodka::bench {
namespace {

using warehouse::Batch;

constexpr const char* kDealColumns =
    "id, title, pipeline_id, stage_id, amount, currency, owner_id, creator_id, mover_id, lead_id, "
    "company_id, "
    "contact_id, source_id, deal_type_id, loss_reason_id, utm_source, utm_medium, utm_campaign, utm_content, "
    "utm_term, "
    "phone, probability, is_return_customer, created_at, modified_at, moved_at, closed_at, planned_close, "
    "last_activity_at";

Batch Read(const warehouse::Warehouse& warehouse, const std::string& table, const std::string& columns,
           const std::string& where, const std::string& id) {
  const std::vector<Value> params = {id};
  auto set =
      warehouse.Query("SELECT " + columns + " FROM " + table + " WHERE " + where + " = ?", params).value();
  return {table, std::move(set.names), std::move(set.rows)};
}

Status Store(warehouse::Warehouse& warehouse, Instant now, const std::vector<Batch>& batches) {
  auto load = warehouse.Begin(now);
  if (!load.ok()) return load.errors();
  for (const Batch& batch : batches) {
    if (batch.rows.empty()) continue;
    if (auto status = (*load)->Append(batch); !status.ok()) return status;
  }
  for (const char* stream :
       {"lead", "deal", "contact", "company", "lead_history", "deal_history", "activity", "task"})
    (*load)->SetCursor(std::string("bench.") + stream, ToString(now));
  const auto done = (*load)->Commit();
  return done.ok() ? Status(Done{}) : Status(done.errors());
}

}  // namespace

Status MeasureChange(warehouse::Warehouse& warehouse, int64_t changes, Measurements& measurements) {
  // Deals in work, spread over the portal, and the next stage of their pipeline.
  const auto cards = warehouse.Query(
      "SELECT d.id, min(n.id) FROM deal d JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = "
      "d.pipeline_id AND s.id = "
      "d.stage_id JOIN stage n ON n.entity = 'deal' AND n.pipeline_id = d.pipeline_id AND n.id <> d.stage_id "
      "AND "
      "n.semantic = 'P' WHERE s.semantic = 'P' GROUP BY d.id ORDER BY hash(d.id) LIMIT " +
      std::to_string(changes + 1));
  if (!cards.ok()) return cards.errors();
  double changed_ms = 0, same_ms = 0;
  bool settled = false;
  Instant now = ParseInstant(kNow).value();
  for (const auto& card : cards->rows) {
    now += std::chrono::seconds{5};
    const std::string& id = std::get<std::string>(card[0]);
    std::vector<Batch> batches = {
        Read(warehouse, "deal", kDealColumns, "id", id),
        Read(warehouse, "deal_client", "deal_id, client_id, is_primary", "deal_id", id),
        Read(warehouse, "product_line", "deal_id, ordinal, product_id, name, price, quantity, amount",
             "deal_id", id),
        Read(warehouse, "custom_value",
             "entity, card_id, field_id, ordinal, text_value, number_value, money_value, day_value",
             "entity = 'deal' AND card_id", id)};
    auto& deal = batches[0].rows.at(0);
    deal[3] = card[1];
    for (const size_t moment : {24, 25, 28}) deal[moment] = now;
    batches.push_back({"stage_event",
                       {"entity", "id", "card_id", "kind", "pipeline_id", "stage_id", "moved_at"},
                       {{std::string("deal"), "9" + id, id, int64_t{2}, deal[2], deal[3], now}}});
    batches.push_back(
        {"activity",
         {"id", "kind", "author_id", "doer_id", "created_at", "completed", "completed_at", "happened_at"},
         {{"act:bench" + id, std::string("call"), deal[6], deal[6], now, true, now, now}}});
    batches.push_back({"activity_binding",
                       {"activity_id", "entity", "card_id"},
                       {{"act:bench" + id, std::string("deal"), id}}});
    if (!settled) {  // the first commit brings the star to the present derivations
      settled = true;
      if (auto status = Store(warehouse, now, batches); !status.ok()) return status;
      continue;
    }
    for (double* spent : {&changed_ms, &same_ms}) {
      const double before = ProcessorMilliseconds();
      if (auto status = Store(warehouse, now, batches); !status.ok()) return status;
      *spent += ProcessorMilliseconds() - before;
    }
  }
  const auto count = static_cast<double>(std::max<size_t>(2, cards->rows.size()) - 1);
  measurements.Add("load.change.cpu", changed_ms / count, "ms");
  measurements.Add("load.unchanged.cpu", same_ms / count, "ms");
  return Done{};
}

Status MeasureChanges(const Dataset& dataset, int threads, Measurements& measurements) {
  const std::string path = dataset.folder + "/changes.duckdb";
  std::filesystem::copy_file(dataset.database(), path, std::filesystem::copy_options::overwrite_existing);
  auto opened = warehouse::Warehouse::Open({path, threads, "1GB"});
  if (!opened.ok()) return opened.errors();
  const Status done = MeasureChange(**opened, 20, measurements);
  opened.value().reset();
  std::filesystem::remove(path);
  return done;
}

}  // namespace svodka::bench
