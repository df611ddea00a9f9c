#include <algorithm>

#include "base/text.hpp"
#include "sync/bitrix24/session.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;
using b24::Stream;

const Stream* FindStream(const std::string& entity) {
  static constexpr std::array kHinted = {Stream::kLead,    Stream::kDeal,     Stream::kContact,
                                         Stream::kCompany, Stream::kActivity, Stream::kTask};
  const auto at = std::find_if(kHinted.begin(), kHinted.end(),
                               [&](Stream stream) { return b24::NameOf(stream) == entity; });
  return at == kHinted.end() ? nullptr : &*at;
}

/// How a row of the list is called in the warehouse: table, id.
std::pair<std::string, std::string> OursOf(Stream stream, const std::string& id) {
  switch (stream) {
    case Stream::kContact:
      return {"client", "contact:" + id};
    case Stream::kCompany:
      return {"client", "company:" + id};
    case Stream::kActivity:
      return {"activity", "act:" + id};
    case Stream::kTask:
      return {"activity", "task:" + id};
    default:
      return {std::string(b24::NameOf(stream)), id};
  }
}

}  // namespace

/// A poll, for the stage history and whatever else came with the change, and by their ids the cards that it
/// does not show: those that are gone, and those whose date of change lags behind.
Status Session::FetchHints(const std::vector<crm::Hint>& hints, const Emit& emit, std::stop_token stop) {
  hinted_.clear();
  hinted_comments_.clear();
  bool dictionaries = false;
  for (const crm::Hint& hint : hints) {
    if (const Stream* stream = FindStream(hint.entity)) {
      if (!reader_.IsRefused(*stream)) hinted_[*stream].insert(hint.id);
    } else if (hint.entity == "comment") {
      hinted_comments_.insert(hint.id);
    } else if (hint.entity.starts_with("item:")) {
      if (const std::string type = hint.entity.substr(5); smart_.IsChosen(type)) smart_.Hint(type, hint.id);
    } else if (hint.entity == "dictionaries") {
      dictionaries = true;
    }
  }
  if (dictionaries) {
    if (auto status = FetchDictionaries(emit, stop); !status.ok()) return status;
  }
  return FetchPoll(emit, stop);
}

Status Session::ReadHinted(Round& round, std::vector<CardRef>& active, std::stop_token stop) {
  auto hinted = std::move(hinted_);
  hinted_.clear();
  for (const auto& [stream, ids] : hinted) {
    if (ids.empty()) continue;
    const std::vector<std::string> asked(ids.begin(), ids.end());
    crm::SourceBatch read;
    std::set<std::string> there;
    if (auto status = reader_.ReadByIds(stream, asked, read, stop, &there); !status.ok()) return status;
    std::vector<std::string> missing;
    std::set_difference(ids.begin(), ids.end(), there.begin(), there.end(), std::back_inserter(missing));
    // Only what we hold can be buried: a card may have come and gone between two reads.
    std::erase_if(missing, [&](const std::string& id) {
      const auto [table, ours] = OursOf(stream, id);
      const std::array<Value, 1> params = {Value(ours)};
      const auto held =
          warehouse_.Query("SELECT 1 FROM " + table + " WHERE id = ? AND deleted_at IS NULL", params);
      return !held.ok() || held->rows.empty();
    });
    if (!missing.empty()) {
      auto causes = reader_.ReadCauses(stream, missing, stop);
      if (!causes.ok()) return causes.errors();
      for (size_t i = 0; i < missing.size(); ++i) {
        if ((*causes)[i].empty()) continue;
        const bool card = stream != Stream::kActivity && stream != Stream::kTask;
        round.rows.tombstones.push_back({card ? std::string(b24::NameOf(stream)) : std::string("activity"),
                                         card ? missing[i] : OursOf(stream, missing[i]).second, (*causes)[i],
                                         std::nullopt});
        recent_.Drop(std::string(b24::NameOf(stream)) + ":" + missing[i]);
        ++round.deleted;
      }
    }
    const auto append = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    };
    append(round.rows.leads, read.leads);
    append(round.rows.deals, read.deals);
    append(round.rows.clients, read.clients);
    append(round.rows.activities, read.activities);
    append(round.rows.calls, read.calls);
  }
  const auto comments = std::move(hinted_comments_);
  hinted_comments_.clear();
  return ReadHintedComments(comments, round, active, stop);
}

/// A comment's event names the comment alone; the portal knows its card.
Status Session::ReadHintedComments(const std::set<std::string>& ids, Round& round,
                                   std::vector<CardRef>& active, std::stop_token stop) {
  std::vector<std::string> asked(ids.begin(), ids.end());
  for (size_t at = 0; at < asked.size(); at += b24::Client::kCommandsMax) {
    const size_t end = std::min(asked.size(), at + b24::Client::kCommandsMax);
    std::vector<b24::Command> commands;
    for (size_t i = at; i < end; ++i) commands.push_back(b24::CommentGet(asked[i]));
    auto batch = caller_.Ask(commands, stop);
    if (!batch.ok()) return batch.errors();
    for (size_t i = at; i < end; ++i) {
      const b24::Answer& answer = batch->answers[i - at];
      if (answer.error) {
        if (answer.error->diagnostic.code != "not_found") continue;
        const std::string ours = "comment:" + asked[i];
        const std::array<Value, 1> params = {Value(ours)};
        const auto held =
            warehouse_.Query("SELECT 1 FROM activity WHERE id = ? AND deleted_at IS NULL", params);
        if (held.ok() && !held->rows.empty())
          round.rows.tombstones.push_back({"activity", ours, "deleted", std::nullopt});
        continue;
      }
      const json::value* type = FindMember(*answer.result, "ENTITY_TYPE");
      const json::value* card = FindMember(*answer.result, "ENTITY_ID");
      if (type == nullptr || card == nullptr) continue;
      const std::string entity = FoldCase(crm::ReadText(*type).value_or(""));
      const auto id = crm::ReadLink(*card);
      const bool card_of_ours = std::ranges::any_of(
          b24::kCardStreams, [&](Stream stream) { return b24::NameOf(stream) == entity; });
      if (!id || !card_of_ours) continue;
      const auto same = [&](const CardRef& ref) { return ref.entity == entity && ref.id == *id; };
      if (std::none_of(active.begin(), active.end(), same)) active.push_back({entity, *id});
    }
  }
  return Done{};
}

}  // namespace svodka::sync
