#include "bench/multiply.hpp"

#include <filesystem>
#include <map>
#include <vector>

#include "warehouse/testing.hpp"

namespace svodka::bench {
namespace {

/// Columns that name something of which there are ten: texts take the copy's digit behind them, keys too.
const std::map<std::string, std::vector<std::string>>& Texts() {
  static const std::map<std::string, std::vector<std::string>> kTexts = {
      {"client", {"id", "company_id", "phone"}},
      {"phone_client", {"phone"}},
      {"lead", {"id", "company_id", "contact_id", "phone"}},
      {"deal", {"id", "lead_id", "company_id", "contact_id", "phone"}},
      {"deal_client", {"deal_id", "client_id"}},
      {"stage_event", {"id", "card_id"}},
      {"activity", {"id"}},
      {"activity_binding", {"activity_id", "card_id"}},
      {"call", {"id", "activity_id", "phone", "card_id"}},
      {"payment", {"id", "deal_id"}},
      {"product_line", {"deal_id"}},
      {"custom_value", {"card_id"}},
      {"tombstone", {"card_id"}},
      {"change_log", {"card_id"}},
      {"d_client", {"id"}},
      {"f_activity", {"activity_id"}},
      {"f_deal", {}},
      {"f_deal_sign", {}},
      {"f_deal_state", {}},
      {"f_deal_step", {}},
      {"f_deal_visit", {}},
      {"f_lead", {}},
      {"f_lead_sign", {}},
      {"f_lead_state", {}},
      {"f_lead_step", {}},
      {"f_lead_visit", {}},
  };
  return kTexts;
}

bool IsKey(const std::string& column) {
  return column == "key" || column == "lead_key" || column == "deal_key" || column == "client_key" ||
         column == "won_deal_key";
}

/// CREATE OR REPLACE TABLE t AS SELECT * EXCLUDE (copy) REPLACE (…) FROM (SELECT *, unnest(range(10)) AS copy
/// FROM t): the copies of a row stand together, so that the order of days stays.
std::string StatementOf(const std::string& table, const std::vector<std::string>& columns) {
  std::string replaced;
  for (const std::string& column : columns) {
    if (IsKey(column)) {
      replaced += std::string(replaced.empty() ? "" : ", ") + "CAST(CASE WHEN " + column +
                  " = 0 THEN 0 ELSE " + column + " * 10 + copy END AS INTEGER) AS " + column;
    }
  }
  for (const std::string& column : Texts().at(table)) {
    replaced += std::string(replaced.empty() ? "" : ", ") + column + " || copy AS " + column;
  }
  return "CREATE OR REPLACE TABLE " + table + " AS SELECT * EXCLUDE (copy) REPLACE (" + replaced +
         ") FROM (SELECT *, unnest(range(10)) AS copy FROM " + table + ")";
}

}  // namespace

Status Multiply(const Dataset& from, const Dataset& to, int threads, Measurements& measurements) {
  std::filesystem::create_directories(to.folder);
  for (const char* ending : {"", ".wal"}) std::filesystem::remove(to.database() + ending);
  std::filesystem::copy_file(from.database(), to.database());
  auto opened = Open(to, threads, "4GB");
  if (!opened) return opened.errors();
  warehouse::Warehouse& warehouse = **opened;
  int64_t rows = 0;
  Status failed = Done{};
  const double ms = Milliseconds([&] {
    for (const auto& [table, texts] : Texts()) {
      failed = warehouse::ExecuteForTest(warehouse, StatementOf(table, ColumnsOf(warehouse, table)));
      if (!failed) return;
      rows += CountRows(warehouse, table);
    }
    failed = warehouse::TidyForTest(warehouse);
    warehouse.Checkpoint();
  });
  if (!failed) return failed.errors();
  measurements.Add("multiply.rows", static_cast<double>(rows), "rows");
  measurements.Add("multiply.time", ms / 1000, "s");
  measurements.Add("load.file_size", static_cast<double>(std::filesystem::file_size(to.database())) / 1e6,
                   "MB");
  return Done{};
}

}  // namespace svodka::bench
