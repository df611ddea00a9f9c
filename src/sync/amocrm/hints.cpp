#include <algorithm>
#include <map>
#include <set>

#include "sync/amocrm/session.hpp"

namespace svodka::sync::amocrm {
namespace {

const Stream* FindStream(const std::string& entity) {
  const auto at = std::find_if(kStreams.begin(), kStreams.end(), [&](Stream stream) {
    return stream != Stream::kEvent && FactsOf(stream).name == entity;
  });
  return at == kStreams.end() ? nullptr : &*at;
}

}  // namespace

/// The log first (moves, merges, who had a card), then what the events named, by id. What the account does
/// not show yet, for its lists lag behind its events, comes with the next poll, whose window reaches back.
Status Session::FetchHints(const std::vector<crm::Hint>& hints, const Emit& emit, std::stop_token stop) {
  std::map<Stream, std::set<std::string>> ids;
  bool requests_wait = false;
  for (const crm::Hint& hint : hints) {
    if (hint.entity == "unsorted") requests_wait = true;
    const Stream* stream = FindStream(hint.entity);
    if (stream != nullptr && !reader_.IsRefused(*stream)) ids[*stream].insert(hint.id);
  }
  Round round;
  EventEffects effects;
  if (!reader_.IsRefused(Stream::kEvent)) {
    const StreamCursor& cursor = cursors_.streams[Stream::kEvent];
    const Instant since =
        cursor.through ? *cursor.through - settings_.overlap : Instant{std::chrono::seconds{1}};
    auto status = reader_.ReadSince(
        Stream::kEvent, since,
        [&](const json::value& row) {
          const auto* id = FindMember(row, "id");
          const std::string key =
              "event:" + (id == nullptr ? std::string() : crm::ReadText(*id).value_or(""));
          if (recent_.IsFresh(key, row)) reader_.Take(Stream::kEvent, row, round.rows, &effects);
        },
        stop);
    if (!status.ok()) return status;
  }
  // One question for both.
  for (const auto& [again, stream] : {std::pair{&effects.leads, Stream::kLead},
                                      {&effects.customers, Stream::kCustomer},
                                      {&effects.contacts, Stream::kContact},
                                      {&effects.companies, Stream::kCompany}}) {
    if (!reader_.IsRefused(stream)) ids[stream].insert(again->begin(), again->end());
    again->clear();
  }
  for (const auto& [stream, wanted] : ids) {
    const std::vector<std::string> asked(wanted.begin(), wanted.end());
    if (stream == Stream::kLead || stream == Stream::kContact || stream == Stream::kCompany ||
        stream == Stream::kCustomer) {
      if (auto status = Reread(stream, asked, round.rows, stop); !status.ok()) return status;
      continue;
    }
    std::set<std::string> there;
    Hidden hidden;
    auto status = reader_.ReadByIds(
        stream, asked,
        [&](const json::value& row) {
          if (const auto id = FindInteger(row, "id")) there.insert(std::to_string(*id));
          reader_.Take(stream, row, round.rows);
        },
        stop, &hidden);
    if (!status.ok()) return status;
    if (stream != Stream::kTask) continue;
    for (const std::string& id : asked) {
      if (!there.contains(id))
        round.rows.tombstones.push_back(
            {"activity", "task:" + id, hidden.ids.contains(id) ? "unreadable" : "deleted", std::nullopt});
    }
  }
  if (auto status = RereadAffected(effects, round, stop); !status.ok()) return status;
  NoteMerges(effects, round.rows);
  if (requests_wait) {
    if (auto status = TakeUnsorted(round, stop); !status.ok()) return status;
  }
  if (auto status = TakePurchases(round.rows, stop); !status.ok()) return status;
  if (auto status = KeepHeldTombstones(round.rows); !status.ok()) return status;
  if (auto status = BuryOther(round.rows); !status.ok()) return status;
  if (auto status = KeepCompletions(round.rows); !status.ok()) return status;
  reader_.AddUnknownUsers(round.rows);
  round.past = reader_.TakePast();
  round.deleted = static_cast<int64_t>(round.rows.tombstones.size());
  return emit(std::move(round));
}

/// A card may be hidden while its request waits, or not be listed yet: only what we hold can have gone.
Status Session::KeepHeldTombstones(crm::SourceBatch& rows) {
  if (rows.tombstones.empty()) return Done{};
  std::set<std::string> read;
  for (const auto& row : rows.leads) read.insert("lead:" + row.id);
  for (const auto& row : rows.deals) read.insert("deal:" + row.id);
  std::map<std::string, std::vector<std::string>> asked;
  for (const auto& tomb : rows.tombstones) asked[tomb.entity].push_back(tomb.card_id);
  std::set<std::string> held;
  for (const auto& [entity, ids] : asked) {
    const bool client = entity == "contact" || entity == "company";
    const bool activity = entity == "activity";
    std::vector<std::string> bare;
    for (const std::string& id : ids) bare.push_back(activity ? id.substr(id.find(':') + 1) : id);
    const std::string column = client || activity ? "substr(id, position(':' IN id) + 1)" : "id";
    const std::string table = client ? "client" : entity;
    const std::string kind = client     ? " AND kind = '" + entity + "'"
                             : activity ? " AND id LIKE 'task:%'"
                                        : "";
    auto there = QueryTexts("SELECT " + column + " FROM " + table + " WHERE deleted_at IS NULL" + kind +
                            " AND " + column + " IN (" + QuotedIds(bare) + ")");
    if (!there.ok()) return there.errors();
    for (const std::string& id : *there) held.insert(entity + ":" + (activity ? "task:" + id : id));
  }
  std::erase_if(rows.tombstones, [&](const crm::TombstoneRow& tomb) {
    const std::string key = tomb.entity + ":" + tomb.card_id;
    return !held.contains(key) || read.contains(key);
  });
  return Done{};
}

}  // namespace svodka::sync::amocrm
