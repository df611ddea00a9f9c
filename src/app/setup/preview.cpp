#include "app/setup/preview.hpp"

#include <algorithm>
#include <map>

#include "app/setup/file_words.hpp"
#include "base/money.hpp"
#include "crm/files/import.hpp"
#include "sync/stage_rows.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::app {
namespace {

constexpr size_t kRowsShown = 8, kRejectsShown = 20, kRowsRead = 3'000;
constexpr const char* kEnough = "preview_enough";

json::value Shown(const Value& value) {
  struct Visitor {
    json::value operator()(std::monostate) const { return nullptr; }
    json::value operator()(bool flag) const { return flag ? "1" : "0"; }
    json::value operator()(int64_t number) const { return json::value_from(std::to_string(number)); }
    json::value operator()(double number) const { return json::value_from(std::to_string(number)); }
    json::value operator()(const Money& money) const { return json::value_from(money.ToString()); }
    json::value operator()(Day day) const { return json::value_from(ToString(day)); }
    json::value operator()(Instant moment) const { return json::value_from(ToString(moment)); }
    json::value operator()(const std::string& text) const { return json::value_from(text.substr(0, 400)); }
  };
  return std::visit(Visitor{}, value);
}

/// Takes the first rows of the tables that files are about, and forgets all else.
class Catcher final : public warehouse::Load {
 public:
  Status Append(warehouse::Batch batch) override {
    static const std::vector<std::string> kTables = {"deal",         "lead",       "client",  "crm_user",
                                                     "activity",     "call",       "payment", "product",
                                                     "product_line", "stage_event"};
    if (std::find(kTables.begin(), kTables.end(), batch.table) == kTables.end()) return Done{};
    Table& table = tables_[batch.table];
    if (table.columns.empty()) table.columns = batch.columns;
    for (auto& row : batch.rows) {
      if (table.rows.size() >= kRowsShown) break;
      table.rows.push_back(std::move(row));
    }
    return Done{};
  }
  void MarkComplete(std::string) override {}
  Status Bury(std::string_view, std::span<const std::string>, std::string_view) override { return Done{}; }
  void SetCursor(std::string, std::string) override {}
  void MoreFollows() override {}
  Result<warehouse::LoadSummary> Commit() override { return warehouse::LoadSummary{}; }

  json::array ToJson() const {
    json::array list;
    for (const auto& [name, table] : tables_) {
      // Columns that no shown row fills say nothing.
      std::vector<size_t> filled;
      for (size_t i = 0; i < table.columns.size(); ++i) {
        const bool any = std::any_of(table.rows.begin(), table.rows.end(),
                                     [&](const auto& row) { return i < row.size() && !IsNull(row[i]); });
        if (any) filled.push_back(i);
      }
      json::array columns, rows;
      for (const size_t i : filled) columns.emplace_back(table.columns[i]);
      for (const auto& row : table.rows) {
        json::array cells;
        for (const size_t i : filled) cells.push_back(i < row.size() ? Shown(row[i]) : json::value(nullptr));
        rows.push_back(std::move(cells));
      }
      if (!rows.empty())
        list.push_back({{"table", name}, {"columns", std::move(columns)}, {"rows", std::move(rows)}});
    }
    return list;
  }

 private:
  struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<Value>> rows;
  };
  std::map<std::string, Table> tables_;
};

}  // namespace

Result<Preview> MakePreview(const crm::files::Mapping& mapping, const std::vector<std::string>& paths,
                            const Say& say) {
  Catcher catcher;
  Preview preview;
  size_t read = 0;
  crm::files::ImportSettings settings;
  settings.batch_rows = 200;
  settings.on_batch = [&](crm::SourceBatch&& rows) -> Status {
    read += settings.batch_rows;
    if (const Status kept = sync::StoreGiven(catcher, std::move(rows)); !kept.ok()) return kept.errors();
    if (read >= kRowsRead) return Diagnostic{kEnough, "", "", {}};
    return Done{};
  };
  settings.on_reject = [&](const crm::files::Reject& reject) {
    if (preview.rejects.size() >= kRejectsShown) return;
    preview.rejects.push_back({{"file", reject.file},
                               {"line", reject.line},
                               {"column", reject.column},
                               {"value", reject.value.substr(0, 200)},
                               {"code", reject.code},
                               {"reason", FileWords(reject.code, reject.reason, say)}});
  };
  const auto report = crm::files::Import(mapping, paths, settings);
  if (!report.ok() && report.error().code != kEnough) return report.errors();
  preview.tables = catcher.ToJson();
  return preview;
}

}  // namespace svodka::app
