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
constexpr std::chrono::hours kWholeEvery{6 * 24 + 12};
constexpr int kRecentDays = 35;

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

/// The rows of ours that a list of the portal gave: their ids and when they came to be.
struct OwnRows {
  std::string table, where, at;
};

OwnRows OwnRowsOf(Stream stream) {
  switch (stream) {
    case Stream::kTask:
      return {"activity", "id LIKE 'task:%'", "created_at"};
    case Stream::kActivity:
      return {"activity", "id LIKE 'act:%'", "created_at"};
    case Stream::kCall:
      return {"call", "TRUE", "started_at"};
    case Stream::kLeadHistory:
      return {"stage_event", "entity = 'lead'", "moved_at"};
    default:
      return {"stage_event", "entity = 'deal'", "moved_at"};
  }
}

/// The id above which a list's rows are recent: 35 days before the newest. 0: all of them.
Result<int64_t> OldestOfRecent(const warehouse::Warehouse& warehouse, Stream stream, bool whole) {
  if (whole) return int64_t{0};
  const OwnRows own = OwnRowsOf(stream);
  auto rows =
      warehouse.Query("SELECT max(regexp_extract(id, '[0-9]+$')::BIGINT) FROM " + own.table + " WHERE " +
                      own.where + " AND " + own.at + " < (SELECT max(" + own.at + ") FROM " + own.table +
                      " WHERE " + own.where + ") - INTERVAL " + std::to_string(kRecentDays) + " DAY");
  if (!rows.ok()) return rows.errors();
  const auto* id = std::get_if<int64_t>(&rows->rows.at(0).at(0));
  return id == nullptr ? 0 : *id;
}

std::vector<int64_t> Above(std::vector<int64_t> ids, int64_t above) {
  ids.erase(ids.begin(), std::upper_bound(ids.begin(), ids.end(), above));
  return ids;
}

std::vector<std::string> Texts(const std::vector<int64_t>& ids) {
  std::vector<std::string> texts;
  texts.reserve(ids.size());
  for (const int64_t id : ids) texts.push_back(std::to_string(id));
  return texts;
}

}  // namespace

/// Cards every night, with what is open. What only grows (moves, calls, completed activities) is looked
/// through as far back as an absence may reach, and from its beginning once a week, after the first load and
/// on demand.
Status Session::FetchSweep(bool whole, const Emit& emit, std::stop_token stop) {
  for (const Stream stream : {Stream::kDeal, Stream::kLead, Stream::kContact, Stream::kCompany}) {
    if (reader_.IsRefused(stream)) continue;
    if (auto status = SweepCards(stream, emit, stop); !status.ok()) return status;
  }
  const Instant now = clock_.Now();
  whole = whole || !cursors_.swept_whole_at || now - *cursors_.swept_whole_at >= kWholeEvery;
  for (const Stream stream : {Stream::kActivity, Stream::kTask}) {
    if (reader_.IsRefused(stream)) continue;
    auto above = OldestOfRecent(warehouse_, stream, whole);
    if (!above.ok()) return above.errors();
    if (auto status = SweepOpenSteps(stream, *above, emit, stop); !status.ok()) return status;
    if (auto status = SweepSteps(stream, *above, emit, stop); !status.ok()) return status;
  }
  for (const Stream stream : {Stream::kLeadHistory, Stream::kDealHistory, Stream::kCall}) {
    if (reader_.IsRefused(stream)) continue;
    auto above = OldestOfRecent(warehouse_, stream, whole);
    if (!above.ok()) return above.errors();
    if (auto status = SweepAppended(stream, *above, emit, stop); !status.ok()) return status;
  }
  if (auto status = smart_.Sweep(recent_, emit, stop); !status.ok()) return status;
  if (auto status = SweepComments(whole, emit, stop); !status.ok()) return status;
  if (whole) {
    if (auto status = SweepProducts(emit, stop); !status.ok()) return status;
    cursors_.swept_whole_at = now;
  }
  cursors_.swept_at = clock_.Now();
  Round round;
  round.cursors[kSweepCursorName] = MomentJson(*cursors_.swept_at);
  if (whole) round.cursors[kWholeSweepCursorName] = MomentJson(now);
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

/// A planned step that was deleted in the portal would stay planned for ever: compare what is open, of the
/// ids that this night's comparison leaves out.
Status Session::SweepOpenSteps(Stream stream, int64_t through, const Emit& emit, std::stop_token stop) {
  const std::string prefix = stream == Stream::kTask ? "task:" : "act:";
  auto ours = QueryIds(
      warehouse_,
      "SELECT id FROM activity WHERE NOT completed AND deleted_at IS NULL AND id LIKE '" + prefix + "%'");
  if (!ours.ok()) return ours.errors();
  ours->erase(std::upper_bound(ours->begin(), ours->end(), through), ours->end());
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
  return EmitSteps(stream, closed, true, emit, stop);
}

/// Reads activities or tasks by their ids; those of `ours` that the portal has no more are buried.
Status Session::EmitSteps(Stream stream, const std::vector<int64_t>& numbers, bool ours, const Emit& emit,
                          std::stop_token stop) {
  const std::string prefix = stream == Stream::kTask ? "task:" : "act:";
  const std::vector<std::string> ids = Texts(numbers);
  for (size_t at = 0; at < ids.size(); at += kRowsPerRound) {
    const auto part = std::span(ids).subspan(at, std::min(kRowsPerRound, ids.size() - at));
    Round round;
    if (auto status = reader_.ReadByIds(stream, part, round.rows, stop); !status.ok()) return status;
    std::unordered_set<std::string> there;
    for (const auto& row : round.rows.activities) there.insert(row.id);
    for (const std::string& id : part) {
      if (ours && !there.contains(prefix + id))
        round.rows.tombstones.push_back({"activity", prefix + id, "deleted", std::nullopt});
    }
    if (!ours) round.returned = round.size();
    round.deleted = static_cast<int64_t>(round.rows.tombstones.size());
    if (auto status = emit(std::move(round)); !status.ok()) return status;
  }
  return Done{};
}

Status Session::SweepSteps(Stream stream, int64_t above, const Emit& emit, std::stop_token stop) {
  const OwnRows own = OwnRowsOf(stream);
  auto held = QueryIds(warehouse_, "SELECT id FROM activity WHERE deleted_at IS NULL AND " + own.where);
  if (!held.ok()) return held.errors();
  const std::vector<int64_t> ours = Above(std::move(*held), above);
  std::vector<int64_t> theirs;
  if (auto status = reader_.ReadIds(
          stream, false, [&](int64_t id) { theirs.push_back(id); }, stop, above);
      !status.ok())
    return status;
  std::sort(theirs.begin(), theirs.end());
  std::vector<int64_t> vanished, missing;
  std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(), std::back_inserter(vanished));
  std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(), std::back_inserter(missing));
  log::Info("sweep", {{"list", std::string(b24::NameOf(stream))},
                      {"portal", std::to_string(theirs.size())},
                      {"vanished", std::to_string(vanished.size())},
                      {"missing", std::to_string(missing.size())}});
  if (auto status = EmitSteps(stream, missing, false, emit, stop); !status.ok()) return status;
  return EmitSteps(stream, vanished, true, emit, stop);
}

Status Session::SweepAppended(Stream stream, int64_t above, const Emit& emit, std::stop_token stop) {
  const OwnRows own = OwnRowsOf(stream);
  auto held = QueryIds(warehouse_, "SELECT id FROM " + own.table + " WHERE " + own.where);
  if (!held.ok()) return held.errors();
  Round round;
  int64_t listed = 0;
  const auto take = [&](const Reader::ChangedList&, const std::vector<const json::value*>& rows) -> Status {
    std::vector<const json::value*> unknown;
    for (const json::value* row : rows) {
      const auto id = b24::IdOfRow(*row);
      if (id && !std::binary_search(held->begin(), held->end(), *id)) unknown.push_back(row);
    }
    listed += static_cast<int64_t>(rows.size());
    reader_.Decode(stream, unknown, round.rows);
    return Done{};
  };
  const std::vector<Reader::ChangedList> lists{{stream, "", clock_.Now(), std::to_string(above)}};
  if (auto through = reader_.ReadChanged(lists, take, stop); !through.ok()) return through.errors();
  round.returned = round.size();
  log::Info("sweep", {{"list", std::string(b24::NameOf(stream))},
                      {"portal", std::to_string(listed)},
                      {"missing", std::to_string(round.returned)}});
  return emit(std::move(round));
}

/// The portal lists product lines by their deals alone.
Status Session::SweepProducts(const Emit& emit, std::stop_token stop) {
  auto rows = warehouse_.Query(
      "SELECT d.id, count(p.deal_id)::BIGINT FROM deal d LEFT JOIN product_line p ON p.deal_id = d.id "
      "WHERE d.deleted_at IS NULL GROUP BY d.id ORDER BY d.id",
      {}, {.deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000});
  if (!rows.ok()) return rows.errors();
  std::vector<CardRef> differ;
  for (size_t at = 0; at < rows->rows.size(); at += kRowsPerRound) {
    const size_t end = std::min(at + kRowsPerRound, rows->rows.size());
    crm::SourceBatch theirs;
    theirs.deals.resize(end - at);
    for (size_t i = at; i < end; ++i) theirs.deals[i - at].id = std::get<std::string>(rows->rows[i][0]);
    if (auto status = reader_.CompleteDeals(theirs, 0, stop); !status.ok()) return status;
    if (reader_.AreProductsRefused()) return Done{};
    for (size_t i = at; i < end; ++i) {
      const auto count = static_cast<int64_t>(theirs.deals[i - at].products.size());
      if (count != std::get<int64_t>(rows->rows[i][1])) differ.push_back({"deal", theirs.deals[i - at].id});
    }
  }
  log::Info("sweep", {{"list", "product"}, {"missing", std::to_string(differ.size())}});
  return differ.empty() ? Status(Done{}) : FetchCards(differ, emit, stop);
}

}  // namespace svodka::sync
