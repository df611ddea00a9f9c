#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "sync/bitrix24/session.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;
using b24::Stream;

/// From the moment of the first parameter back to that of the second; the last card read is named by the
/// others.
constexpr std::string_view kCardsOfComments =
    "FROM commented_card WHERE last_activity_at > created_at AND last_activity_at <= ? AND last_activity_at "
    ">= ? "
    "AND (last_activity_at < ? OR entity || ':' || id > ?)";

}  // namespace

/// Newest first, one request of each list in turn, so that the last months of everything are there within the
/// first seconds. What people change meanwhile is read by the polls, whose window begins at the moment noted
/// here.
Status Session::FetchHistory(const Emit& emit, std::stop_token stop) {
  int64_t loaded_rows = 0;
  int64_t loaded_before = 0;
  for (const auto& [stream, cursor] : cursors_.streams) loaded_before += cursor.rows;

  std::vector<b24::Command> counts;
  for (const Stream stream : b24::kStreams) counts.push_back(b24::Count(reader_.FormOf(stream)));
  auto counted = caller_.Ask(counts, stop);
  if (!counted.ok() && counted.error().code == "cancelled") return counted.errors();
  std::optional<int64_t> expected;
  if (counted.ok()) {
    expected = 0;
    for (const auto& answer : counted->answers) *expected += answer.total.value_or(0);
  }
  StartEstimate(loaded_before, expected);

  // Changes since now belong to polls. The portal's clock counts, not ours.
  auto start = reader_.ReadChanged({}, nullptr, stop);
  if (!start.ok()) return start.errors();
  for (auto& [stream, cursor] : cursors_.streams) {
    if (!cursor.through) cursor.through = *start;
  }
  if (!cursors_.comments.start) cursors_.comments.start = *start;

  Round round;
  Instant polled_at = clock_.Now();
  bool first_cycle = true;
  for (;;) {
    bool any_left = false;
    bool any_asked = false;
    for (const Stream stream : b24::kStreams) {
      StreamCursor& cursor = cursors_.streams[stream];
      if (cursor.loaded || reader_.IsRefused(stream)) continue;
      if (stop.stop_requested()) return Diagnostic{"cancelled", "the synchronisation was stopped", "", {}};
      any_left = true;
      const int64_t before = cursor.rows;
      auto step = reader_.ReadBackward(stream, cursor, round.rows, stop);
      if (!step.ok()) return step.errors();
      if (*step == Reader::Step::kParked) continue;
      any_asked = true;
      loaded_rows += cursor.rows - before;
      round.cursors[CursorName(stream)] = cursor.ToJson();
      Estimate(loaded_rows);
    }
    if (!any_left) break;
    if (!any_asked && !pauser_.Pause(std::chrono::seconds{10}, stop)) {
      return Diagnostic{"cancelled", "the synchronisation was stopped", "", {}};
    }
    if (first_cycle || round.size() >= settings_.rows_per_commit) {
      round.cursors[kCommentCursorName] = cursors_.comments.ToJson();
      if (auto status = emit(std::move(round)); !status.ok()) return status;
      round = {};
      first_cycle = false;
    }
    // A long load stays fresh at its new end: what changed meanwhile, every minute.
    if (clock_.Now() - polled_at > std::chrono::minutes{1}) {
      if (auto status = emit(std::move(round)); !status.ok()) return status;
      round = {};
      if (auto status = FetchPoll(emit, stop); !status.ok()) return status;
      polled_at = clock_.Now();
    }
  }
  round.cursors[kCommentCursorName] = cursors_.comments.ToJson();
  Estimate(loaded_rows);
  return emit(std::move(round));
}

Result<int64_t> Session::CountCardsOfComments() const {
  const CommentCursor& cursor = cursors_.comments;
  const Instant below = cursor.below.value_or(cursor.start.value_or(clock_.Now()));
  const std::array<Value, 4> params = {Value(below), Value(Instant{}), Value(below),
                                       Value(cursor.below_card)};
  auto counted = warehouse_.Query("SELECT count(*) " + std::string(kCardsOfComments), params);
  if (!counted.ok()) return counted.errors();
  return std::get<int64_t>(counted->rows.at(0).at(0));
}

/// Comments of the cards that somebody touched after they were made, by their last activity, newest first.
Status Session::FetchComments(const Emit& emit, std::stop_token stop, int requests_max, bool recent_only) {
  CommentCursor& cursor = cursors_.comments;
  const Instant start = cursor.start.value_or(clock_.Now());
  const Instant oldest = recent_only ? start - std::chrono::days{settings_.comment_days_first} : Instant{};
  static const std::string kNext = "SELECT entity, id, last_activity_at " + std::string(kCardsOfComments) +
                                   " ORDER BY last_activity_at DESC, entity || ':' || id LIMIT 1000";
  for (int requests = 0; requests < requests_max;) {
    const Instant below = cursor.below.value_or(start);
    const std::array<Value, 4> params = {Value(below), Value(oldest), Value(below), Value(cursor.below_card)};
    auto cards = warehouse_.Query(kNext, params);
    if (!cards.ok()) return cards.errors();
    if (cards->rows.empty()) {
      if (recent_only) return Done{};
      cursor.loaded = true;
      Round round;
      round.cursors[kCommentCursorName] = cursor.ToJson();
      return emit(std::move(round));
    }
    Round round;
    size_t read = 0;
    while (read < cards->rows.size() && requests < requests_max) {
      std::vector<CardRef> refs;
      for (; read < cards->rows.size() && refs.size() < b24::Client::kCommandsMax; ++read) {
        const auto& row = cards->rows[read];
        refs.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1])});
        cursor.below = std::get<Instant>(row[2]);
        cursor.below_card = refs.back().entity + ":" + refs.back().id;
      }
      if (auto status = reader_.ReadComments(refs, round.rows, stop); !status.ok()) return status;
      ++requests;
    }
    round.cursors[kCommentCursorName] = cursor.ToJson();
    if (auto status = emit(std::move(round)); !status.ok()) return status;
  }
  return Done{};
}

}  // namespace svodka::sync
