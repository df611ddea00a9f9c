#include <algorithm>
#include <unordered_set>

#include "base/log.hpp"
#include "sync/amocrm/session.hpp"

namespace svodka::sync::amocrm {
namespace {

constexpr size_t kVanishedMax = 20'000;  ///< asked for one by one in one night

}  // namespace

/// The night's comparison: every card once more, by id. An unchanged row costs nothing; what we hold and the
/// account no longer lists is asked for by its id before it is buried, for pages may have skipped it.
Status Session::FetchSweep(bool /*whole*/, const Emit& emit, std::stop_token stop) {
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
  Round round;
  auto read = reader_.ReadByIds(
      Stream::kTask, closed, [&](const json::value& row) { reader_.Take(Stream::kTask, row, round.rows); },
      stop);
  if (!read.ok()) return read;
  std::set<std::string> there;
  for (const auto& row : round.rows.activities) there.insert(row.id);
  for (const std::string& id : closed) {
    if (!there.contains("task:" + id))
      round.rows.tombstones.push_back({"activity", "task:" + id, "deleted", std::nullopt});
  }
  round.deleted = static_cast<int64_t>(round.rows.tombstones.size());
  return emit(std::move(round));
}

}  // namespace svodka::sync::amocrm
