#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

#include "base/log.hpp"
#include "sync/bitrix24/session.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;
using b24::Stream;

/// Beyond this many vanished cards the reason is asked for a part and taken for all.
constexpr size_t kCausesMax = 2500;
constexpr size_t kRowsPerRound = 20'000;

/// Ids of a query's first column whose texts end in a number ("act:7", "company:5", "12").
Result<std::vector<int64_t>> QueryIds(const warehouse::Warehouse& warehouse, const std::string& sql) {
  auto rows =
      warehouse.Query(sql, {}, {.deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000});
  if (!rows.ok()) return rows.errors();
  std::vector<int64_t> ids;
  ids.reserve(rows->rows.size());
  for (const auto& row : rows->rows) {
    const auto* text = std::get_if<std::string>(&row[0]);
    if (text == nullptr) continue;
    const size_t colon = text->rfind(':');
    const char* begin = text->data() + (colon == std::string::npos ? 0 : colon + 1);
    int64_t id = 0;
    if (std::from_chars(begin, text->data() + text->size(), id).ec == std::errc{}) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string WhereOf(Stream stream, const char* state) {
  const std::string deleted =
      std::string("deleted_at IS ") + (std::string_view(state) == "gone" ? "NOT NULL" : "NULL");
  switch (stream) {
    case Stream::kContact:
    case Stream::kCompany:
      return "SELECT id FROM client WHERE kind = '" + std::string(b24::NameOf(stream)) + "' AND " + deleted;
    default:
      return "SELECT id FROM " + std::string(b24::NameOf(stream)) + " WHERE " + deleted;
  }
}

std::vector<std::string> Texts(const std::vector<int64_t>& ids) {
  std::vector<std::string> texts;
  texts.reserve(ids.size());
  for (const int64_t id : ids) texts.push_back(std::to_string(id));
  return texts;
}

}  // namespace

Status Session::FetchSweep(const Emit& emit, std::stop_token stop) {
  for (const Stream stream : {Stream::kDeal, Stream::kLead, Stream::kContact, Stream::kCompany}) {
    if (reader_.IsRefused(stream)) continue;
    if (auto status = SweepCards(stream, emit, stop); !status.ok()) return status;
  }
  for (const Stream stream : {Stream::kActivity, Stream::kTask}) {
    if (reader_.IsRefused(stream)) continue;
    if (auto status = SweepOpenSteps(stream, emit, stop); !status.ok()) return status;
  }
  cursors_.swept_at = clock_.Now();
  Round round;
  round.cursors[kSweepCursorName] = MomentJson(*cursors_.swept_at);
  return emit(std::move(round));
}

/// Ours are read before the portal's: a card made in between is the portal's alone and is fetched, which does
/// no harm.
Status Session::SweepCards(Stream stream, const Emit& emit, std::stop_token stop) {
  auto ours = QueryIds(warehouse_, WhereOf(stream, "there"));
  if (!ours.ok()) return ours.errors();
  std::vector<int64_t> theirs;
  theirs.reserve(ours->size());
  if (auto status = reader_.ReadIds(
          stream, false, [&](int64_t id) { theirs.push_back(id); }, stop);
      !status.ok()) {
    return status;
  }
  std::sort(theirs.begin(), theirs.end());
  std::vector<int64_t> vanished;
  std::vector<int64_t> missing;
  std::set_difference(ours->begin(), ours->end(), theirs.begin(), theirs.end(), std::back_inserter(vanished));
  std::set_difference(theirs.begin(), theirs.end(), ours->begin(), ours->end(), std::back_inserter(missing));
  log::Info("sweep", {{"list", std::string(b24::NameOf(stream))},
                      {"portal", std::to_string(theirs.size())},
                      {"vanished", std::to_string(vanished.size())},
                      {"missing", std::to_string(missing.size())}});

  const std::vector<std::string> missing_ids = Texts(missing);
  for (size_t at = 0; at < missing_ids.size(); at += kRowsPerRound) {
    const auto part = std::span(missing_ids).subspan(at, std::min(kRowsPerRound, missing_ids.size() - at));
    Round round;
    if (auto status = reader_.ReadByIds(stream, part, round.rows, stop); !status.ok()) return status;
    round.returned = round.size();
    if (auto status = emit(std::move(round)); !status.ok()) return status;
  }
  if (vanished.empty()) return Done{};

  Round round;
  if (auto status = Bury(stream, Texts(vanished), round, stop); !status.ok()) return status;
  return emit(std::move(round));
}

Status Session::Bury(Stream stream, const std::vector<std::string>& ids, Round& round, std::stop_token stop) {
  const auto asked = std::span(ids).first(std::min(kCausesMax, ids.size()));
  auto causes = reader_.ReadCauses(stream, asked, stop);
  if (!causes.ok()) return causes.errors();
  const auto unreadable = std::count(causes->begin(), causes->end(), "unreadable");
  const std::string usual =
      unreadable * 2 > static_cast<std::ptrdiff_t>(causes->size()) ? "unreadable" : "deleted";
  for (size_t i = 0; i < ids.size(); ++i) {
    const std::string& cause = i < causes->size() ? (*causes)[i] : usual;
    if (cause.empty()) continue;  // the list had lost it, the portal has it
    round.rows.tombstones.push_back({std::string(b24::NameOf(stream)), ids[i], cause, std::nullopt});
    recent_.Drop(std::string(b24::NameOf(stream)) + ":" + ids[i]);
  }
  round.deleted = static_cast<int64_t>(round.rows.tombstones.size());
  return Done{};
}

Status Session::FetchCards(const std::vector<CardRef>& cards, const Emit& emit, std::stop_token stop) {
  for (const Stream stream : {Stream::kLead, Stream::kDeal}) {
    if (reader_.IsRefused(stream)) continue;
    std::vector<std::string> ids;
    for (const CardRef& card : cards) {
      if (card.entity == b24::NameOf(stream)) ids.push_back(card.id);
    }
    for (size_t at = 0; at < ids.size(); at += kCausesMax) {
      const auto part = std::span(ids).subspan(at, std::min(kCausesMax, ids.size() - at));
      Round round;
      if (auto status = reader_.ReadByIds(stream, part, round.rows, stop); !status.ok()) return status;
      std::unordered_set<std::string> there;
      for (const auto& row : round.rows.leads) there.insert(row.id);
      for (const auto& row : round.rows.deals) there.insert(row.id);
      std::vector<std::string> gone;
      std::copy_if(part.begin(), part.end(), std::back_inserter(gone),
                   [&](const std::string& id) { return !there.contains(id); });
      if (!gone.empty()) {
        if (auto status = Bury(stream, gone, round, stop); !status.ok()) return status;
      }
      if (auto status = emit(std::move(round)); !status.ok()) return status;
    }
  }
  return Done{};
}

/// A planned step that was deleted in the portal would stay planned for ever: compare what is open.
Status Session::SweepOpenSteps(Stream stream, const Emit& emit, std::stop_token stop) {
  const std::string prefix = stream == Stream::kTask ? "task:" : "act:";
  auto ours = QueryIds(
      warehouse_,
      "SELECT id FROM activity WHERE NOT completed AND deleted_at IS NULL AND id LIKE '" + prefix + "%'");
  if (!ours.ok()) return ours.errors();
  if (ours->empty()) return Done{};
  std::unordered_set<int64_t> open;
  if (auto status = reader_.ReadIds(
          stream, true, [&](int64_t id) { open.insert(id); }, stop);
      !status.ok())
    return status;
  std::vector<int64_t> closed;
  for (const int64_t id : *ours) {
    if (!open.contains(id)) closed.push_back(id);
  }
  const std::vector<std::string> ids = Texts(closed);
  for (size_t at = 0; at < ids.size(); at += kRowsPerRound) {
    const auto part = std::span(ids).subspan(at, std::min(kRowsPerRound, ids.size() - at));
    Round round;
    if (auto status = reader_.ReadByIds(stream, part, round.rows, stop); !status.ok()) return status;
    std::unordered_set<std::string> there;
    for (const auto& row : round.rows.activities) there.insert(row.id);
    for (const std::string& id : part) {
      if (!there.contains(prefix + id))
        round.rows.tombstones.push_back({"activity", prefix + id, "deleted", std::nullopt});
    }
    round.deleted = static_cast<int64_t>(round.rows.tombstones.size());
    if (auto status = emit(std::move(round)); !status.ok()) return status;
  }
  return Done{};
}

}  // namespace svodka::sync
