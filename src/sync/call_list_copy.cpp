#include "sync/call_list_copy.hpp"

#include <chrono>
#include <vector>

#include "base/json.hpp"
#include "base/json_text.hpp"
#include "sync/listed_calls.hpp"

namespace svodka::sync {
namespace {

Result<warehouse::ResultSet> Ask(const warehouse::Warehouse& warehouse, std::string_view sql) {
  return warehouse.Query(sql, {}, {.deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000});
}

json::value ToJson(const Value& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return json::value(*text);
  if (const auto* number = std::get_if<int64_t>(&cell)) return *number;
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth;
  if (const auto* moment = std::get_if<Instant>(&cell)) return json::value(ToString(*moment));
  return nullptr;
}

Diagnostic BadCopy(const std::string& list) {
  return {"bad_copy", "the copy of a list of calls cannot be read; import the list anew", list, {}};
}

Result<Value> FromJson(const json::value& cell, size_t column, const std::string& list) {
  constexpr size_t kMoment = 4;
  if (cell.is_null()) return Value();
  if (cell.is_int64()) return Value(cell.get_int64());
  if (cell.is_bool()) return Value(cell.get_bool());
  if (!cell.is_string()) return BadCopy(list);
  std::string text(cell.get_string());
  if (column != kMoment) return Value(std::move(text));
  const auto moment = ParseInstant(text);
  if (!moment.ok()) return BadCopy(list);
  return Value(*moment);
}

}  // namespace

Result<CallListCopies> CopyCallLists(const warehouse::Warehouse& warehouse) {
  const auto rows =
      Ask(warehouse,
          "SELECT list_id, id, user_id, phone, direction, started_at, duration_s::BIGINT, missed FROM "
          "listed_call WHERE deleted_at IS NULL ORDER BY list_id, started_at, id");
  if (!rows.ok()) return rows.errors();
  std::map<std::string, json::array> lists;
  for (const std::vector<Value>& row : rows->rows) {
    json::array call;
    for (size_t i = 1; i < row.size(); ++i) call.push_back(ToJson(row[i]));
    lists[std::get<std::string>(row[0])].push_back(std::move(call));
  }
  CallListCopies copies;
  for (const auto& [id, calls] : lists) copies[id] = JsonText(calls);
  return copies;
}

Result<int64_t> RestoreCallLists(warehouse::Warehouse& warehouse, const Clock& clock,
                                 const CallListCopies& copies) {
  if (copies.empty()) return int64_t{0};
  const auto any = Ask(warehouse, "SELECT 1 FROM listed_call LIMIT 1");
  if (!any.ok()) return any.errors();
  if (!any->rows.empty()) return int64_t{0};
  const std::vector<std::string> columns = {"id",        "list_id",    "user_id",    "phone",
                                            "direction", "started_at", "duration_s", "missed"};
  warehouse::Batch batch{"listed_call", columns, {}};
  for (const auto& [id, text] : copies) {
    const auto calls = ParseJson(text);
    if (!calls.ok() || !calls->is_array()) return BadCopy(id);
    for (const json::value& call : calls->get_array()) {
      const json::array* cells = call.if_array();
      if (cells == nullptr || cells->size() != columns.size() - 1) return BadCopy(id);
      std::vector<Value> row;
      for (size_t i = 0; i < cells->size(); ++i) {
        auto cell = FromJson((*cells)[i], i, id);
        if (!cell.ok()) return cell.errors();
        row.push_back(std::move(*cell));
        if (i == 0) row.emplace_back(id);
      }
      batch.rows.push_back(std::move(row));
    }
  }
  const auto restored = static_cast<int64_t>(batch.rows.size());
  auto load = warehouse.Begin(clock.Now());
  if (!load.ok()) return load.errors();
  if (auto status = (*load)->Append(std::move(batch)); !status.ok()) return status.errors();
  if (auto summary = (*load)->Commit(); !summary.ok()) return summary.errors();
  load->reset();
  if (const auto matched = MatchListedCalls(warehouse, clock); !matched.ok()) return matched.errors();
  return restored;
}

}  // namespace svodka::sync
