#include <algorithm>

#include "sync/bitrix24/session.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;
using b24::Stream;

/// Ids are given in the order in which transactions begin, not in which they end: look a little back.
constexpr int64_t kHistoryLookBack = 20;
constexpr std::chrono::hours kCallsLookBack{48};
constexpr std::chrono::minutes kCallsEvery{30};
constexpr const char* kActivityField = "LAST_ACTIVITY_TIME";

/// Whether the list is one of cards that people comment.
bool IsCommented(Stream stream) {
  return std::ranges::find(b24::kCardStreams, stream) != b24::kCardStreams.end();
}

}  // namespace

bool Session::IsFresh(Stream stream, const std::string& field, const json::value& row) {
  const auto id = b24::IdOfRow(row);
  if (!id) return true;
  // Both windows of a card (changed, active) share one memory: the same row comes by both.
  (void)field;
  return recent_.IsFresh(std::string(b24::NameOf(stream)) + ":" + std::to_string(*id), row);
}

Status Session::FetchPoll(const Emit& emit, std::stop_token stop) {
  const Instant asked_at = clock_.Now();
  recent_.BeginPoll();
  std::vector<Reader::ChangedList> lists;
  for (const Stream stream : b24::kStreams) {
    if (reader_.IsRefused(stream)) continue;
    const StreamCursor& cursor = cursors_.streams[stream];
    const std::string field(b24::ModifiedFieldOf(stream));
    const Instant since = cursor.through.value_or(asked_at) - settings_.overlap;
    if (stream == Stream::kCall && cursor.loaded && asked_at - calls_reread_at_ >= kCallsEvery) {
      // What the statistics learn late (length, record, activity) is in rows that are there already.
      calls_reread_at_ = asked_at;
      lists.push_back({stream, "CALL_START_DATE", since - kCallsLookBack, ""});
    }
    if (field.empty()) {
      lists.push_back(
          {stream, "", since, std::to_string(std::max<int64_t>(0, cursor.above - kHistoryLookBack))});
      continue;
    }
    lists.push_back({stream, field, since, ""});
    // A comment or a call moves a card's last activity, not always its date of change.
    if (IsCommented(stream) && !reader_.IsDropped(stream, kActivityField)) {
      lists.push_back({stream, kActivityField, since, ""});
    }
  }

  Round round;
  std::vector<CardRef> active;
  const auto take = [&](const Reader::ChangedList& list,
                        const std::vector<const json::value*>& rows) -> Status {
    std::vector<const json::value*> fresh;
    for (const json::value* row : rows) {
      const auto id = b24::IdOfRow(*row);
      const auto moment = b24::LastActivityOf(*row);
      if (list.field == kActivityField) {
        if (!moment || *moment < list.since - std::chrono::hours{24}) {
          // The portal does not know this filter and gives everything: do without.
          reader_.DropField(list.stream, kActivityField);
          return Done{};
        }
      }
      if (list.field.empty()) {
        StreamCursor& cursor = cursors_.streams[list.stream];
        cursor.above = std::max(cursor.above, id.value_or(0));
      }
      if (const auto hinted = hinted_.find(list.stream); hinted != hinted_.end()) {
        if (id) hinted->second.erase(std::to_string(*id));
      }
      if (!IsFresh(list.stream, list.field, *row)) continue;
      fresh.push_back(row);
      if (IsCommented(list.stream)) {
        if (id && moment && *moment >= list.since) {
          const CardRef card{std::string(b24::NameOf(list.stream)), std::to_string(*id)};
          Instant& known = last_activity_[card.entity + ":" + card.id];
          if (known != *moment) active.push_back(card);
          known = *moment;
        }
      }
    }
    const size_t first_deal = round.rows.deals.size();
    reader_.Decode(list.stream, fresh, round.rows);
    if (list.stream == Stream::kDeal) {
      if (auto status = reader_.CompleteDeals(round.rows, first_deal, stop); !status.ok()) return status;
    }
    if (round.size() >= settings_.rows_per_commit) {
      // A long absence: store what came; the window stays open until all of it has.
      Round part = std::move(round);
      round = {};
      part.more_follows = true;
      return emit(std::move(part));
    }
    return Done{};
  };
  auto through = reader_.ReadChanged(lists, take, stop);
  if (!through.ok()) return through.errors();
  if (auto status = ReadHinted(round, active, stop); !status.ok()) return status;
  if (auto status = reader_.ReadComments(active, round.rows, stop); !status.ok()) return status;

  // The history does not tell who moved a card; the card tells who moved it last, as long as we come in time.
  std::map<std::pair<std::string, std::string>, std::pair<Instant, std::string>> movers;
  for (const auto& lead : round.rows.leads) {
    if (lead.moved_at && lead.mover_id) movers[{"lead", lead.id}] = {*lead.moved_at, *lead.mover_id};
  }
  for (const auto& deal : round.rows.deals) {
    if (deal.moved_at && deal.mover_id) movers[{"deal", deal.id}] = {*deal.moved_at, *deal.mover_id};
  }
  for (auto& event : round.rows.stage_events) {
    const auto mover = movers.find({event.entity, event.card_id});
    if (mover != movers.end() &&
        std::chrono::abs(mover->second.first - event.moved_at) <= std::chrono::seconds{2}) {
      event.mover_id = mover->second.second;
    }
  }

  const bool changed = round.size() > 0;
  for (auto& [stream, cursor] : cursors_.streams) {
    // An idle poll stores nothing; its window is written down now and then, lest a restart re-read much.
    const bool write = changed || !cursor.through || *through - *cursor.through > std::chrono::minutes{5};
    if (write && !reader_.IsRefused(stream)) {
      cursor.through = *through;
      round.cursors[CursorName(stream)] = cursor.ToJson();
    }
  }
  // While the first load runs, the copy is not whole whatever a poll has read.
  if (IsLoaded()) {
    if (auto status =
            smart_.Poll(*through, settings_.overlap, reader_.portal_offset_s(), recent_, emit, stop);
        !status.ok())
      return status;
    round.current_at = asked_at;
  }
  recent_.EndPoll();
  if (last_activity_.size() > 200'000) last_activity_.clear();
  return emit(std::move(round));
}

}  // namespace svodka::sync
