#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "sync/bitrix24/session.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;

/// Cards in one round, and how long a comparison may keep polls waiting.
constexpr size_t kCardsPerRound = 1000;
constexpr std::chrono::seconds kPollAfter{30};

/// Cards whose comments are compared: those where somebody did something within 35 days of the newest, and
/// those with a comment of ours of that time, or (the parameter) of any. Comments of a deleted card go with
/// it.
constexpr const char* kCards =
    "WITH latest AS (SELECT max(last_activity_at) - INTERVAL 35 DAY AS since FROM commented_card), "
    "own AS (SELECT b.entity, b.card_id AS id, a.created_at FROM activity a JOIN activity_binding b ON "
    "b.activity_id = a.id WHERE a.id LIKE 'comment:%' AND a.deleted_at IS NULL) "
    "SELECT DISTINCT c.entity, c.id FROM commented_card c LEFT JOIN own o ON o.entity = c.entity AND o.id = "
    "c.id, latest l WHERE (c.last_activity_at > c.created_at AND c.last_activity_at >= l.since) OR "
    "(o.id IS NOT NULL AND (? OR o.created_at >= l.since)) ORDER BY 1, 2";

constexpr const char* kOwn =
    "SELECT b.entity || ':' || b.card_id, try_cast(substr(a.id, 9) AS BIGINT) FROM activity a JOIN "
    "activity_binding b ON b.activity_id = a.id WHERE a.id LIKE 'comment:%' AND a.deleted_at IS NULL";

}  // namespace

Status Session::SweepComments(bool whole, const Emit& emit, std::stop_token stop) {
  // Until they have all been read once there is nothing to compare: they are being read anyway.
  if (!cursors_.comments.loaded) return Done{};
  const warehouse::QueryOptions long_one{
      .deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000};
  const std::array<Value, 1> params = {Value(whole)};
  auto cards = warehouse_.Query(kCards, params, long_one);
  if (!cards.ok()) return cards.errors();
  auto held = warehouse_.Query(kOwn, {}, long_one);
  if (!held.ok()) return held.errors();
  std::map<std::string, std::set<int64_t>> ours;
  for (const auto& row : held->rows) {
    if (const auto* id = std::get_if<int64_t>(&row[1])) ours[std::get<std::string>(row[0])].insert(*id);
  }
  int64_t vanished = 0, missing = 0;
  Instant polled_at = clock_.Now();
  for (size_t at = 0; at < cards->rows.size(); at += kCardsPerRound) {
    std::vector<CardRef> refs;
    for (size_t i = at; i < std::min(at + kCardsPerRound, cards->rows.size()); ++i)
      refs.push_back({std::get<std::string>(cards->rows[i][0]), std::get<std::string>(cards->rows[i][1])});
    Round round;
    std::vector<Reader::ListedComments> listed;
    if (auto status = reader_.ReadComments(refs, round.rows, stop, &listed); !status.ok()) return status;
    for (size_t i = 0; i < refs.size(); ++i) {
      const std::set<int64_t>& known = ours[refs[i].entity + ":" + refs[i].id];
      round.returned += std::ranges::count_if(listed[i].ids, [&](int64_t id) { return !known.contains(id); });
    }
    auto gone = FindVanishedComments(refs, listed, ours, stop);
    if (!gone.ok()) return gone.errors();
    for (const std::string& id : *gone)
      round.rows.tombstones.push_back({"activity", "comment:" + id, "deleted", std::nullopt});
    round.deleted = static_cast<int64_t>(gone->size());
    vanished += round.deleted;
    missing += round.returned;
    if (auto status = emit(std::move(round)); !status.ok()) return status;
    if (clock_.Now() - polled_at > kPollAfter) {
      if (auto status = FetchPoll(emit, stop); !status.ok()) return status;
      polled_at = clock_.Now();
    }
  }
  log::Info("sweep", {{"list", "comment"},
                      {"cards", std::to_string(cards->rows.size())},
                      {"vanished", std::to_string(vanished)},
                      {"missing", std::to_string(missing)}});
  return Done{};
}

Result<std::vector<std::string>> Session::FindVanishedComments(
    const std::vector<CardRef>& cards, const std::vector<Reader::ListedComments>& listed,
    const std::map<std::string, std::set<int64_t>>& ours, std::stop_token stop) {
  std::vector<std::string> vanished;
  for (size_t i = 0; i < cards.size(); ++i) {
    const auto known = ours.find(cards[i].entity + ":" + cards[i].id);
    if (!listed[i].told || known == ours.end()) continue;
    for (const int64_t id : known->second) {
      if (id > listed[i].from && !listed[i].ids.contains(id)) vanished.push_back(std::to_string(id));
    }
  }
  // A page may have lost a row: each is asked for by its id.
  return reader_.FindGoneComments(vanished, stop);
}

}  // namespace svodka::sync
