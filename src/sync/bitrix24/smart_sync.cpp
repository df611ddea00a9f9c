#include "sync/bitrix24/smart_sync.hpp"

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "crm/bitrix24/requests.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;

constexpr int kRequestsMax = 100'000;
constexpr int kRepeatsMax = 20;

std::string CursorNameOf(const std::string& type) { return "bitrix24:item:" + type; }
std::string KeyOf(const std::string& type, int64_t id) { return type + ":" + std::to_string(id); }

template <class T>
Value CellOf(const std::optional<T>& value) {
  if (!value) return std::monostate{};
  return *value;
}

void Add(Round& round, const b24::SmartItemRow& item) {
  if (round.tables.empty()) {
    round.tables.push_back(
        {"smart_item",
         {"id", "type_id", "title", "stage_id", "amount", "currency", "owner_id", "creator_id", "company_id",
          "contact_id", "deal_id", "created_at", "modified_at", "moved_at"},
         {}});
  }
  round.tables.front().rows.push_back({item.id, item.type_id, CellOf(item.title), CellOf(item.stage_id),
                                       CellOf(item.amount), CellOf(item.currency), CellOf(item.owner_id),
                                       CellOf(item.creator_id), CellOf(item.company_id),
                                       CellOf(item.contact_id), CellOf(item.deal_id), CellOf(item.created_at),
                                       CellOf(item.modified_at), CellOf(item.moved_at)});
}

}  // namespace

bool SmartSync::IsChosen(const std::string& type) const {
  return std::find(types_.begin(), types_.end(), type) != types_.end();
}

void SmartSync::Forget() {
  cursors_.clear();
  hinted_.clear();
}

Diagnostics SmartSync::TakeWarnings() {
  Diagnostics warnings = notes_.ToDiagnostics();
  notes_ = {};
  for (const auto& [type, diagnostic] : refused_) warnings.push_back(diagnostic);
  return warnings;
}

Result<StreamCursor*> SmartSync::CursorOf(const std::string& type) {
  const auto known = cursors_.find(type);
  if (known != cursors_.end()) return &known->second;
  auto text = warehouse_.FindCursor(CursorNameOf(type));
  if (!text.ok()) return text.errors();
  return &(cursors_[type] = *text ? StreamCursor::FromJson(**text) : StreamCursor{});
}

Result<bool> SmartSync::Walk(const std::string& type, int64_t above, const Page& page, const Take& take,
                             std::stop_token stop) {
  int repeats = 0;
  for (int request = 0; request < kRequestsMax; ++request) {
    std::vector<b24::Command> commands{page(std::to_string(above))};
    for (size_t i = 1; i < caller_.chain_length(); ++i) {
      commands.push_back(page("$result[c" + std::to_string(i - 1) + "][items][" +
                              std::to_string(b24::kPageRows - 1) + "][id]"));
    }
    auto chain = caller_.AskChain(commands, stop);
    if (!chain.ok()) return chain.errors();
    if (chain->results.empty()) {
      if (!chain->error) return Diagnostic{"portal_busy", "the portal rests", "", {}};
      log::Warning("list_refused", {{"list", "item:" + type}, {"code", chain->error->diagnostic.code}});
      Diagnostic refused = chain->error->diagnostic;
      refused.message = "smart process " + type + ": " + refused.message;
      refused_[type] = std::move(refused);
      return false;
    }
    refused_.erase(type);
    if (b24::ListRows(*chain->results.front()).empty()) return true;
    std::vector<const json::value*> fresh;
    const int64_t before = above;
    for (const json::value* result : chain->results) {
      const auto rows = b24::ListRows(*result);
      for (const json::value* row : rows) {
        // A reference that led nowhere begins again from the first row.
        const auto id = b24::IdOfRow(*row);
        if (!id || *id <= above) continue;
        above = *id;
        fresh.push_back(row);
      }
      if (rows.size() < b24::kPageRows) break;
    }
    if (above == before && ++repeats > kRepeatsMax) break;
    if (fresh.empty()) continue;
    if (auto status = take(fresh, above); !status.ok()) return status.errors();
  }
  return Diagnostic{"bad_answer",
                    "the list of the smart process " + type + " has no end; try again later",
                    "crm.item.list",
                    {}};
}

Status SmartSync::Poll(Instant now, std::chrono::seconds overlap, int32_t offset_s, RecentRows& recent,
                       const Emit& emit, std::stop_token stop) {
  for (const std::string& type : types_) {
    auto found = CursorOf(type);
    if (!found.ok()) return found.errors();
    StreamCursor& cursor = **found;
    if (!cursor.loaded) {
      if (!cursor.through) cursor.through = now;
      const auto take = [&](const std::vector<const json::value*>& rows, int64_t last) -> Status {
        Round round;
        for (const json::value* row : rows) {
          if (const auto item = b24::DecodeSmartItem(*row, type, notes_)) Add(round, *item);
        }
        cursor.above = last;
        cursor.rows += static_cast<int64_t>(rows.size());
        round.cursors[CursorNameOf(type)] = cursor.ToJson();
        round.more_follows = true;
        return emit(std::move(round));
      };
      auto whole = Walk(
          type, cursor.above, [&](std::string_view above) { return b24::SmartAbove(type, above); }, take,
          stop);
      if (!whole.ok()) return whole.errors();
      if (!*whole) continue;
      cursor.loaded = true;
      Round round;
      round.cursors[CursorNameOf(type)] = cursor.ToJson();
      round.settles = true;
      if (auto status = emit(std::move(round)); !status.ok()) return status;
    }
    Round round;
    const Instant since = cursor.through.value_or(now) - overlap;
    const auto take = [&](const std::vector<const json::value*>& rows, int64_t) -> Status {
      for (const json::value* row : rows) {
        if (!recent.IsFresh("item:" + KeyOf(type, b24::IdOfRow(*row).value_or(0)), *row)) continue;
        if (const auto item = b24::DecodeSmartItem(*row, type, notes_)) Add(round, *item);
      }
      return Done{};
    };
    auto read = Walk(
        type, 0, [&](std::string_view above) { return b24::SmartChanged(type, since, offset_s, above); },
        take, stop);
    if (!read.ok()) return read.errors();
    if (!*read) continue;
    if (const auto hinted = hinted_.find(type); hinted != hinted_.end()) {
      const std::vector<std::string> ids(hinted->second.begin(), hinted->second.end());
      hinted_.erase(hinted);
      std::set<std::string> there;
      if (auto status = ReadByIds(type, ids, round, there, stop); !status.ok()) return status;
      std::vector<std::string> gone;
      std::copy_if(ids.begin(), ids.end(), std::back_inserter(gone),
                   [&](const std::string& id) { return !there.contains(id); });
      if (auto status = Bury(type, gone, round, recent, stop); !status.ok()) return status;
    }
    // An idle poll stores nothing; its window is written down now and then.
    if (round.size() == 0 && now - *cursor.through <= std::chrono::minutes{5}) continue;
    cursor.through = now;
    round.cursors[CursorNameOf(type)] = cursor.ToJson();
    if (auto status = emit(std::move(round)); !status.ok()) return status;
  }
  return Done{};
}

Status SmartSync::ReadByIds(const std::string& type, const std::vector<std::string>& ids, Round& round,
                            std::set<std::string>& there, std::stop_token stop) {
  for (size_t at = 0; at < ids.size(); at += b24::kPageRows) {
    const auto part = std::span(ids).subspan(at, std::min(b24::kPageRows, ids.size() - at));
    auto batch = caller_.Ask({b24::SmartByIds(type, part)}, stop);
    if (!batch.ok()) return batch.errors();
    const b24::Answer& answer = batch->answers[0];
    if (answer.error) return answer.error->diagnostic;
    for (const json::value* row : b24::ListRows(*answer.result)) {
      const auto item = b24::DecodeSmartItem(*row, type, notes_);
      if (!item) continue;
      there.insert(item->id.substr(type.size() + 1));
      Add(round, *item);
    }
  }
  return Done{};
}

Status SmartSync::Bury(const std::string& type, const std::vector<std::string>& ids, Round& round,
                       RecentRows& recent, std::stop_token stop) {
  for (size_t at = 0; at < ids.size(); at += b24::Client::kCommandsMax) {
    const auto part = std::span(ids).subspan(at, std::min(b24::Client::kCommandsMax, ids.size() - at));
    std::vector<b24::Command> commands;
    for (const std::string& id : part) commands.push_back(b24::SmartGet(type, id));
    auto batch = caller_.Ask(commands, stop);
    if (!batch.ok()) return batch.errors();
    for (size_t i = 0; i < part.size(); ++i) {
      const b24::Answer& answer = batch->answers[i];
      if (!answer.error) continue;  // the list had lost it, the portal has it
      const bool hidden = answer.error->diagnostic.code == "access_denied";
      round.rows.tombstones.push_back(
          {"smart_item", type + ":" + part[i], hidden ? "unreadable" : "deleted", std::nullopt});
      recent.Drop("item:" + type + ":" + part[i]);
      ++round.deleted;
    }
  }
  return Done{};
}

Status SmartSync::Sweep(RecentRows& recent, const Emit& emit, std::stop_token stop) {
  for (const std::string& type : types_) {
    auto cursor = CursorOf(type);
    if (!cursor.ok()) return cursor.errors();
    if (!(*cursor)->loaded) continue;
    const std::array<Value, 1> params = {Value(type)};
    auto held = warehouse_.Query(
        "SELECT split_part(id, ':', 2) FROM smart_item WHERE type_id = ? AND deleted_at IS NULL", params,
        {.deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000});
    if (!held.ok()) return held.errors();
    std::set<std::string> ours, theirs;
    for (const auto& row : held->rows) ours.insert(std::get<std::string>(row[0]));
    auto whole = Walk(
        type, 0, [&](std::string_view above) { return b24::SmartIds(type, above); },
        [&](const std::vector<const json::value*>& rows, int64_t) -> Status {
          for (const json::value* row : rows) theirs.insert(std::to_string(b24::IdOfRow(*row).value_or(0)));
          return Done{};
        },
        stop);
    if (!whole.ok()) return whole.errors();
    if (!*whole) continue;
    std::vector<std::string> vanished, missing;
    std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(), std::back_inserter(vanished));
    std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(), std::back_inserter(missing));
    log::Info("sweep", {{"list", "item:" + type},
                        {"portal", std::to_string(theirs.size())},
                        {"vanished", std::to_string(vanished.size())},
                        {"missing", std::to_string(missing.size())}});
    Round round;
    std::set<std::string> there;
    if (auto status = ReadByIds(type, missing, round, there, stop); !status.ok()) return status;
    round.returned = round.size();
    if (auto status = Bury(type, vanished, round, recent, stop); !status.ok()) return status;
    if (round.size() == 0) continue;
    if (auto status = emit(std::move(round)); !status.ok()) return status;
  }
  return Done{};
}

}  // namespace svodka::sync
