#include <algorithm>
#include <unordered_set>

#include "base/log.hpp"
#include "sync/amocrm/session.hpp"

namespace svodka::sync::amocrm {
namespace {

constexpr size_t kVanishedMax = 20'000;  ///< asked for by id in one night
/// What only grows (the log, notes, tasks) is read once more as far back: a page may have lost a row, and the
/// account may show one late.
constexpr std::chrono::hours kRecent{7 * 24};

}  // namespace

/// The night's comparison: every card once more, by id. An unchanged row costs nothing; what we hold and the
/// account no longer lists is asked for by its id before it is buried, for pages may have skipped it.
Status Session::FetchSweep(bool /*whole*/, const Emit& emit, std::stop_token stop) {
  // The log first: it tells what the cards were.
  for (const Stream stream :
       {Stream::kEvent, Stream::kTask, Stream::kLeadNote, Stream::kContactNote, Stream::kCompanyNote}) {
    if (auto status = SweepRecent(stream, emit, stop); !status.ok()) return status;
  }
  for (const Stream stream : {Stream::kLead, Stream::kContact, Stream::kCompany, Stream::kCustomer}) {
    if (reader_.IsRefused(stream)) continue;
    if (auto status = SweepCards(stream, emit, stop); !status.ok()) return status;
  }
  if (auto status = SweepTasks(emit, stop); !status.ok()) return status;
  cursors_.swept_at = clock_.Now();
  Round round;
  round.cursors[kSweepCursor] = MomentJson(*cursors_.swept_at);
  return emit(std::move(round));
}

Status Session::SweepCards(Stream stream, const Emit& emit, std::stop_token stop) {
  const bool cards = stream == Stream::kLead;
  const std::string name(FactsOf(stream).name);
  auto ours = QueryTexts(
      cards ? "SELECT id FROM deal WHERE deleted_at IS NULL UNION SELECT id FROM lead WHERE deleted_at "
              "IS NULL"
      : stream == Stream::kCustomer
          ? std::string("SELECT id FROM customer WHERE deleted_at IS NULL")
          : "SELECT substr(id, position(':' IN id) + 1) FROM client WHERE kind = '" + name +
                "' AND deleted_at IS NULL");
  if (!ours.ok()) return ours.errors();
  const std::unordered_set<std::string> held(ours->begin(), ours->end());
  std::unordered_set<std::string> listed;
  Reader::Buyers buyers;
  Round round;
  Status stored = Done{};
  const auto flush = [&]() -> Status {
    if (auto status = BuryOther(round.rows); !status.ok()) return status;
    reader_.AddUnknownUsers(round.rows);
    Status sent = emit(std::move(round));
    round = {};
    return sent;
  };
  auto walked = reader_.Walk(
      stream,
      [&](const json::value& row) {
        const auto id = FindInteger(row, "id");
        if (!id || reader_.IsDeleted(row) || !stored.ok()) return;
        const std::string text = std::to_string(*id);
        listed.insert(text);
        if (!held.contains(text)) ++round.returned;
        if (stream == Stream::kCustomer) buyers[*id] = crm::amocrm::CustomerClient(row);
        reader_.Take(stream, row, round.rows);
        if (round.size() >= settings_.rows_per_commit) stored = flush();
      },
      stop);
  if (!walked.ok()) return walked;
  if (!stored.ok()) return stored;
  if (reader_.IsRefused(stream)) return flush();  // refused meanwhile: nobody has gone
  std::vector<std::string> vanished;
  for (const std::string& id : *ours) {
    if (!listed.contains(id)) vanished.push_back(id);
  }
  log::Info("sweep", {{"list", name},
                      {"portal", std::to_string(listed.size())},
                      {"vanished", std::to_string(vanished.size())},
                      {"missing", std::to_string(round.returned)}});
  if (vanished.size() > kVanishedMax) vanished.resize(kVanishedMax);
  if (auto status = Reread(stream, std::move(vanished), round.rows, stop); !status.ok()) return status;
  for (const auto& tomb : round.rows.tombstones) round.deleted += tomb.entity != "lead" ? 1 : 0;
  // Whatever their customers' dates tell.
  if (auto status = reader_.ReadPurchases(buyers, round.rows, stop); !status.ok()) return status;
  return flush();
}

/// A card is one row in the account, whichever of the two it is to us.
Status Session::FetchCards(const std::vector<CardRef>& cards, const Emit& emit, std::stop_token stop) {
  std::vector<std::string> ids;
  for (const CardRef& card : cards) ids.push_back(card.id);
  Round round;
  if (auto status = Reread(Stream::kLead, std::move(ids), round.rows, stop); !status.ok()) return status;
  if (auto status = BuryOther(round.rows); !status.ok()) return status;
  reader_.AddUnknownUsers(round.rows);
  for (const auto& tomb : round.rows.tombstones) round.deleted += tomb.entity != "lead" ? 1 : 0;
  return emit(std::move(round));
}

/// Rows of the last days that came unseen, and of ours those that the account has no more.
Status Session::SweepRecent(Stream stream, const Emit& emit, std::stop_token stop) {
  const StreamCursor& cursor = cursors_.streams[stream];
  if (reader_.IsRefused(stream) || !cursor.through) return Done{};
  const Instant since = std::chrono::floor<std::chrono::seconds>(*cursor.through - kRecent);
  const std::string name(FactsOf(stream).name);
  const std::string prefix = stream == Stream::kTask ? "task:" : "note:";
  std::vector<std::string> ours;
  if (stream != Stream::kEvent) {
    auto held =
        QueryTexts("SELECT substr(id, 6) FROM activity a WHERE deleted_at IS NULL AND id LIKE '" + prefix +
                   "%' AND modified_at >= '" + ToString(since).substr(0, 19) + "'::TIMESTAMP" +
                   (stream == Stream::kTask
                        ? std::string()
                        : " AND EXISTS (FROM activity_binding b WHERE b.activity_id = a.id AND b.entity = '" +
                              name.substr(0, name.find('_')) + "')") +
                   " ORDER BY 1");
    if (!held.ok()) return held.errors();
    ours = std::move(*held);
  }
  std::set<std::string> listed;
  Round round;
  Status stored = Done{};
  const auto flush = [&]() -> Status {
    if (auto status = KeepCompletions(round.rows); !status.ok()) return status;
    reader_.AddUnknownUsers(round.rows);
    round.past = reader_.TakePast();
    Status sent = emit(std::move(round));
    round = {};
    return sent;
  };
  EventEffects effects;  // cards are compared by themselves
  auto read = reader_.ReadSince(
      stream, since,
      [&](const json::value& row) {
        if (!stored.ok()) return;
        if (const auto id = FindInteger(row, "id")) listed.insert(std::to_string(*id));
        reader_.Take(stream, row, round.rows, &effects);
        if (round.size() >= settings_.rows_per_commit) stored = flush();
      },
      stop);
  if (!read.ok()) return read;
  if (!stored.ok()) return stored;
  if (reader_.IsRefused(stream)) return flush();
  std::erase_if(ours, [&](const std::string& id) { return listed.contains(id); });
  log::Info(
      "sweep",
      {{"list", name}, {"portal", std::to_string(listed.size())}, {"vanished", std::to_string(ours.size())}});
  if (ours.size() > kVanishedMax) ours.resize(kVanishedMax);
  if (auto status = RereadSteps(stream, ours, round, stop); !status.ok()) return status;
  return flush();
}

/// Reads tasks or notes of ours by id (sorted); buries those that the account has no more.
Status Session::RereadSteps(Stream stream, std::span<const std::string> ids, Round& round,
                            std::stop_token stop) {
  if (ids.empty()) return Done{};
  const std::string prefix = stream == Stream::kTask ? "task:" : "note:";
  std::set<std::string> there;
  Hidden hidden;
  auto read = reader_.ReadByIds(
      stream, ids,
      [&](const json::value& row) {
        if (const auto id = FindInteger(row, "id")) there.insert(std::to_string(*id));
        reader_.Take(stream, row, round.rows);
      },
      stop, &hidden);
  if (!read.ok()) return read;
  for (const std::string& id : ids) {
    if (there.contains(id)) continue;
    round.rows.tombstones.push_back(
        {"activity", prefix + id, hidden.ids.contains(id) ? "unreadable" : "deleted", std::nullopt});
    ++round.deleted;
  }
  return Done{};
}

/// A task that was deleted in the account would stay planned for ever: compare what is open.
Status Session::SweepTasks(const Emit& emit, std::stop_token stop) {
  if (reader_.IsRefused(Stream::kTask)) return Done{};
  auto ours = QueryTexts(
      "SELECT substr(id, 6) FROM activity WHERE NOT completed AND deleted_at IS NULL AND id LIKE 'task:%'");
  if (!ours.ok()) return ours.errors();
  if (ours->empty()) return Done{};
  std::unordered_set<std::string> open;
  if (auto status = reader_.ReadOpenTasks([&](std::string id) { open.insert(std::move(id)); }, stop);
      !status.ok()) {
    return status;
  }
  std::vector<std::string> closed;
  for (const std::string& id : *ours) {
    if (!open.contains(id)) closed.push_back(id);
  }
  if (closed.empty()) return Done{};
  std::sort(closed.begin(), closed.end());
  Round round;
  if (auto status = RereadSteps(Stream::kTask, closed, round, stop); !status.ok()) return status;
  if (auto status = KeepCompletions(round.rows); !status.ok()) return status;
  return emit(std::move(round));
}

}  // namespace svodka::sync::amocrm
