#include <algorithm>

#include "base/log.hpp"
#include "sync/amocrm/session.hpp"

namespace svodka::sync::amocrm {

/// The account counts nothing: how much there is follows from how far back in time the rows read so far
/// reach.
void Session::EstimateHistory() {
  int64_t done = 0;
  double whole = 0;
  const Instant now = clock_.Now();
  const Instant made = account_made_at_.value_or(now - std::chrono::days{3 * 365});
  const double life_s = std::max(1.0, std::chrono::duration<double>(now - made).count());
  for (const auto& [stream, cursor] : cursors_.streams) {
    done += cursor.rows;
    const auto oldest = reader_.OldestOf(stream);
    double share = 1;
    if (!cursor.loaded && oldest) {
      share = std::clamp(std::chrono::duration<double>(now - *oldest).count() / life_s, 0.001, 1.0);
    }
    whole += static_cast<double>(cursor.rows) / share;
  }
  SetExpected(static_cast<int64_t>(whole));
  Estimate(done - loaded_before_history_);
}

/// Newest first, one page of each list in turn, so that the last weeks of everything are there within the
/// first seconds. What people change meanwhile is read by the polls, whose window begins at the moment noted
/// here.
Status Session::FetchHistory(const Emit& emit, std::stop_token stop) {
  loaded_before_history_ = 0;
  for (const auto& [stream, cursor] : cursors_.streams) loaded_before_history_ += cursor.rows;
  StartEstimate(loaded_before_history_, std::nullopt);
  Round round;
  Instant polled_at = clock_.Now();
  Instant stored_at = clock_.Now();
  bool first_cycle = true;
  for (;;) {
    bool any_left = false;
    for (const Stream stream : kStreams) {
      StreamCursor& cursor = cursors_.streams[stream];
      if (cursor.loaded || reader_.IsRefused(stream)) continue;
      if (stop.stop_requested()) return Diagnostic{"cancelled", "the synchronisation was stopped", "", {}};
      any_left = true;
      auto step = reader_.ReadBackward(stream, cursor, round.rows, stop);
      if (!step.ok()) return step.errors();
      // What changes from now on is the polls', by the account's own dates.
      if (const auto newest = reader_.NewestOf(stream); newest && !cursor.through) {
        cursor.through = std::min(*newest, caller_.portal_now());
      }
      round.cursors[CursorName(stream)] = cursor.ToJson();
      EstimateHistory();
    }
    if (!any_left) break;
    const Instant now = clock_.Now();
    // Later rounds are larger: each commit derives anew what its cards touch.
    if (first_cycle || round.size() >= settings_.rows_per_commit ||
        now - stored_at > settings_.commit_every) {
      reader_.AddUnknownUsers(round.rows);
      round.past = reader_.TakePast();
      if (auto status = emit(std::move(round)); !status.ok()) return status;
      round = {};
      stored_at = now;
      first_cycle = false;
    }
    // A long load stays fresh at its new end: what changed meanwhile, every minute.
    if (now - polled_at > std::chrono::minutes{1}) {
      reader_.AddUnknownUsers(round.rows);
      round.past = reader_.TakePast();
      if (auto status = emit(std::move(round)); !status.ok()) return status;
      round = {};
      if (auto status = FetchPoll(emit, stop); !status.ok()) return status;
      polled_at = clock_.Now();
    }
  }
  reader_.AddUnknownUsers(round.rows);
  round.past = reader_.TakePast();
  EstimateHistory();
  return emit(std::move(round));
}

/// With other lead pipelines than before, or moved back meanwhile: a card that we hold as a deal is a lead
/// now, or the other way round.
Status Session::BuryMisplaced(crm::SourceBatch& rows) {
  std::string stages = "''";
  for (const auto& [pipeline, status] : reader_.reading().unsorted_statuses) {
    stages += ", '" + crm::amocrm::StageId(pipeline, status) + "'";
  }
  const std::vector<std::string> ids(settings_.lead_pipelines.begin(), settings_.lead_pipelines.end());
  const std::string pipelines = QuotedIds(ids);
  auto deals = QueryTexts("SELECT id FROM deal WHERE deleted_at IS NULL AND (pipeline_id IN (" + pipelines +
                          ") OR stage_id IN (" + stages + "))");
  if (!deals.ok()) return deals.errors();
  for (std::string& id : *deals) rows.tombstones.push_back({"deal", std::move(id), "deleted", std::nullopt});
  auto leads = QueryTexts("SELECT id FROM lead WHERE deleted_at IS NULL AND pipeline_id NOT IN (" +
                          pipelines + ") AND stage_id NOT IN (" + stages +
                          ") AND stage_id NOT LIKE '%/142' AND stage_id NOT LIKE '%/143'");
  if (!leads.ok()) return leads.errors();
  for (std::string& id : *leads) rows.tombstones.push_back({"lead", std::move(id), "deleted", std::nullopt});
  return Done{};
}

/// Cards came before the history that tells that they once were leads: those are read once more.
Status Session::FetchDetails(const Emit& emit, std::stop_token stop) {
  if (cursors_.settled) return Done{};
  SetStage(Progress::State::kLoading, "check");
  if (reader_.reading().has_lead_places()) {
    auto late = QueryTexts(
        "SELECT id FROM deal WHERE lead_id IS NULL AND deleted_at IS NULL AND id IN "
        "(SELECT card_id FROM stage_event WHERE entity = 'lead')");
    if (!late.ok()) return late.errors();
    log::Info("settle", {{"cards", std::to_string(late->size())}});
    constexpr size_t kPart = 5000;
    for (size_t at = 0; at < late->size(); at += kPart) {
      const auto begin = late->begin() + static_cast<std::ptrdiff_t>(at);
      Round round;
      if (auto status = Reread(
              Stream::kLead, {begin, begin + static_cast<std::ptrdiff_t>(std::min(kPart, late->size() - at))},
              round.rows, stop);
          !status.ok()) {
        return status;
      }
      if (auto status = BuryOther(round.rows); !status.ok()) return status;
      reader_.AddUnknownUsers(round.rows);
      if (auto status = emit(std::move(round)); !status.ok()) return status;
    }
  }
  Round round;
  if (auto status = BuryMisplaced(round.rows); !status.ok()) return status;
  cursors_.settled = true;
  round.cursors[kSettledCursor] = MomentJson(clock_.Now());
  return emit(std::move(round));
}

}  // namespace svodka::sync::amocrm
