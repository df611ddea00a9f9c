#include <algorithm>

#include "base/log.hpp"
#include "sync/amocrm/session.hpp"

namespace svodka::sync::amocrm {
namespace {

namespace amo = crm::amocrm;

/// Events first: they say what became of the cards that follow.
constexpr std::array kPollOrder = {Stream::kEvent,       Stream::kLead,        Stream::kContact,
                                   Stream::kCompany,     Stream::kTask,        Stream::kLeadNote,
                                   Stream::kContactNote, Stream::kCompanyNote, Stream::kCustomer};

}  // namespace

/// Windows by the date of change, ten minutes back over the last one: what came unchanged is dropped by its
/// hash.
Status Session::FetchPoll(const Emit& emit, std::stop_token stop) {
  const Instant asked_at = clock_.Now();
  const Instant portal_at = caller_.portal_now();
  recent_.BeginPoll();
  Round round;
  EventEffects effects;
  for (const Stream stream : kPollOrder) {
    if (reader_.IsRefused(stream)) continue;
    const StreamCursor& cursor = cursors_.streams[stream];
    if (!cursor.through && !cursor.loaded) continue;  // the first load has not come to it yet
    // A list without any row yet is asked for all of it.
    const Instant since =
        cursor.through ? *cursor.through - settings_.overlap : Instant{std::chrono::seconds{1}};
    auto status = reader_.ReadSince(
        stream, since,
        [&](const json::value& row) {
          const auto* id = FindMember(row, "id");
          const std::string key = std::string(FactsOf(stream).name) + ":" +
                                  (id == nullptr ? std::string() : crm::ReadText(*id).value_or(""));
          if (recent_.IsFresh(key, row)) reader_.Take(stream, row, round.rows, &effects);
        },
        stop);
    if (!status.ok()) return status;
    if (stream == Stream::kEvent) {
      if (auto reread = RereadAffected(effects, round, stop); !reread.ok()) return reread;
      NoteMerges(effects, round.rows);
    }
    if (round.size() >= settings_.rows_per_commit) {
      // A long absence: store what came; the windows stay open until all of it has.
      if (auto bought = TakePurchases(round.rows, stop); !bought.ok()) return bought;
      if (auto other = BuryOther(round.rows); !other.ok()) return other;
      if (auto kept = KeepCompletions(round.rows); !kept.ok()) return kept;
      reader_.AddUnknownUsers(round.rows);
      round.past = reader_.TakePast();
      if (auto sent = emit(std::move(round)); !sent.ok()) return sent;
      round = {};
    }
  }
  if (auto status = TakeUnsorted(round, stop); !status.ok()) return status;
  if (auto status = TakePurchases(round.rows, stop); !status.ok()) return status;
  if (!catalogs_at_ || asked_at - *catalogs_at_ >= settings_.catalogs_every) {
    if (auto status = reader_.ReadCatalogs(round.rows, stop); !status.ok()) return status;
    catalogs_at_ = asked_at;
  }
  if (auto status = BuryOther(round.rows); !status.ok()) return status;
  if (auto status = KeepCompletions(round.rows); !status.ok()) return status;
  reader_.AddUnknownUsers(round.rows);
  round.past = reader_.TakePast();
  round.deleted = static_cast<int64_t>(round.rows.tombstones.size());

  // By the account's dates, not by a clock of ours that may be wrong; a date that somebody wrote into the
  // future does not hide what comes before it.
  for (auto& [stream, cursor] : cursors_.streams) {
    const auto newest = reader_.NewestOf(stream);
    if (!newest || reader_.IsRefused(stream)) continue;
    const Instant through = std::min(*newest, portal_at);
    if (cursor.through && through <= *cursor.through) continue;
    cursor.through = through;
    round.cursors[CursorName(stream)] = cursor.ToJson();
  }
  if (IsLoaded()) round.current_at = asked_at;
  recent_.EndPoll();
  return emit(std::move(round));
}

void Session::NoteMerges(const EventEffects& effects, crm::SourceBatch& rows) {
  for (const auto& kept : effects.merged) {
    const EventEffects::Mark* gone = nullptr;
    int fits = 0;
    for (const auto& deleted : effects.deleted) {
      if (deleted.entity != kept.entity || deleted.author != kept.author || deleted.id == kept.id ||
          std::chrono::abs(deleted.at - kept.at) > std::chrono::seconds{2})
        continue;
      gone = &deleted;
      ++fits;
    }
    if (fits != 1) continue;
    for (auto& tomb : rows.tombstones) {
      const bool card = kept.entity == "lead" && (tomb.entity == "lead" || tomb.entity == "deal");
      if (tomb.card_id != gone->id || (!card && tomb.entity != kept.entity)) continue;
      tomb.cause = "merged";
      tomb.merged_into = kept.id;
    }
  }
}

/// What the log of changes asks for.
Status Session::RereadAffected(const EventEffects& effects, Round& round, std::stop_token stop) {
  // A merge moves the card that is kept; where it went is told by the account alone.
  for (const auto& [again, ids] : {std::pair{Stream::kLead, &effects.leads},
                                   {Stream::kContact, &effects.contacts},
                                   {Stream::kCompany, &effects.companies},
                                   {Stream::kCustomer, &effects.customers}}) {
    if (reader_.IsRefused(again)) continue;
    if (auto reread = Reread(again, *ids, round.rows, stop); !reread.ok()) return reread;
  }
  // Contacts of an incoming request are hidden until it is accepted.
  std::vector<std::string> contacts;
  std::vector<std::string> companies;
  for (const auto& deal : round.rows.deals) {
    if (!deal.lead_id) continue;
    for (const auto& client : deal.clients) {
      auto& list = client.client_id.starts_with("contact:") ? contacts : companies;
      list.push_back(client.client_id.substr(client.client_id.find(':') + 1));
    }
  }
  crm::SourceBatch clients;
  for (const auto& [stream, ids] : {std::pair{Stream::kContact, &contacts}, {Stream::kCompany, &companies}}) {
    if (auto reread = Reread(stream, *ids, clients, stop, Causes::kUnasked); !reread.ok()) return reread;
  }
  for (auto& client : clients.clients) round.rows.clients.push_back(std::move(client));
  return Done{};
}

/// Requests that wait stand in a list of their own; a card of ours that has left it was accepted or declined.
Status Session::TakeUnsorted(Round& round, std::stop_token stop) {
  if (reader_.reading().unsorted_statuses.empty()) return Done{};
  auto waiting = reader_.ReadUnsorted(stop);
  if (!waiting.ok()) return waiting.errors();
  std::string stages;
  for (const auto& [pipeline, status] : reader_.reading().unsorted_statuses) {
    stages += (stages.empty() ? "'" : ", '") + amo::StageId(pipeline, status) + "'";
  }
  auto held = QueryTexts("SELECT id FROM lead WHERE deleted_at IS NULL AND stage_id IN (" + stages + ")");
  if (!held.ok()) return held.errors();
  const std::set<std::string> ours(held->begin(), held->end());
  std::set<std::string> seen;
  for (const auto& lead : round.rows.leads) seen.insert(lead.id);
  for (const auto& deal : round.rows.deals) seen.insert(deal.id);

  std::map<std::string, amo::Unsorted> fresh;
  std::set<std::string> listed;
  for (amo::Unsorted& request : *waiting) {
    listed.insert(request.card_id);
    if (!ours.contains(request.card_id) && !seen.contains(request.card_id))
      fresh[request.card_id] = std::move(request);
  }
  std::vector<std::string> ids;
  for (const auto& [id, request] : fresh) ids.push_back(id);
  crm::SourceBatch read;
  if (auto status = Reread(Stream::kLead, ids, read, stop, Causes::kUnasked); !status.ok()) return status;
  for (auto& lead : read.leads) {
    fresh.erase(lead.id);
    round.rows.leads.push_back(std::move(lead));
  }
  for (auto& deal : read.deals) {
    fresh.erase(deal.id);
    round.rows.deals.push_back(std::move(deal));
  }
  // The card of a request may be hidden until it is accepted: then the request is all there is.
  for (auto& [id, request] : fresh) round.rows.leads.push_back(std::move(request.lead));

  std::vector<std::string> left;
  for (const std::string& id : ours) {
    // Asked for once an hour: some account may keep a card in that stage without listing its request.
    if (!listed.contains(id) && !seen.contains(id) && left_asked_.insert(id).second) left.push_back(id);
  }
  return Reread(Stream::kLead, std::move(left), round.rows, stop);
}

}  // namespace svodka::sync::amocrm
