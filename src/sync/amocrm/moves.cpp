#include <algorithm>
#include <map>

#include "base/log.hpp"
#include "sync/amocrm/session.hpp"

namespace svodka::sync::amocrm {
namespace {

namespace amo = crm::amocrm;

/// "77/5501" -> 5501
std::string StatusOf(const std::string& stage) { return stage.substr(stage.find('/') + 1); }

/// The account's own event behind rows of ours: "ID<" is the stage before it, "ID" the stage after it; an
/// event by which a lead became a deal stands under both.
struct Stored {
  amo::Event event;
  bool has_deal = false;
};

}  // namespace

/// The account keeps its log for an unknown time, so that the moves are not read anew but placed anew: each
/// row tells enough of the event that it was made of. All moves of a card are in one round.
Status Session::ReplaceMoves(const Emit& emit, std::stop_token stop) {
  constexpr const char* kRows =
      "SELECT entity, id, card_id, pipeline_id, stage_id, moved_at, mover_id FROM stage_event WHERE card_id "
      "IN "
      "(SELECT card_id FROM (SELECT DISTINCT card_id FROM stage_event) ORDER BY card_id LIMIT 5000 OFFSET ?) "
      "ORDER BY card_id, moved_at, id, entity";
  auto& passages = reader_.passages();
  passages.clear();
  for (int64_t offset = 0;; offset += 5000) {
    if (stop.stop_requested()) return Diagnostic{"cancelled", "the synchronisation was stopped", "", {}};
    const std::array<Value, 1> params = {Value(offset)};
    auto rows = warehouse_.Query(kRows, params,
                                 {.deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000});
    if (!rows.ok()) return rows.errors();
    if (rows->rows.empty()) return Done{};
    std::map<std::pair<std::string, std::string>, Stored> events;  // by card and event
    std::set<std::string> cards;
    for (const auto& row : rows->rows) {
      const auto text = [&](size_t at) {
        const auto* value = std::get_if<std::string>(&row[at]);
        return value == nullptr ? std::string() : *value;
      };
      std::string id = text(1);
      const bool before = id.ends_with('<');
      if (before) id.pop_back();
      const std::string card = text(2);
      cards.insert(card);
      Stored& stored = events[{card, id}];
      amo::Event& event = stored.event;
      event.id = id;
      event.type = "lead_status_changed";
      event.entity = "lead";
      event.entity_id = card;
      if (before) {
        event.before_pipeline = text(3);
        event.before_status = StatusOf(text(4));
        continue;
      }
      event.at = std::get<Instant>(row[5]);
      if (const auto* mover = std::get_if<std::string>(&row[6])) event.author_id = *mover;
      // Where a lead became a deal, the deal's row tells where the card went.
      if (stored.has_deal) continue;
      stored.has_deal = text(0) == "deal";
      event.after_pipeline = text(3);
      event.after_status = StatusOf(text(4));
    }
    Round round;
    for (const auto& [key, stored] : events) {
      const auto passage = amo::PlaceEvent(stored.event, reader_.reading(), round.rows);
      if (!passage) continue;
      auto& known = passages[key.first];
      if (passage->at >= known.at) known = *passage;
    }
    for (const std::string& card : cards) {
      for (const char* entity : {"lead", "deal"}) round.whole_history.emplace_back(entity, card);
    }
    round.more_follows = true;
    log::Info("moves_placed_anew",
              {{"cards", std::to_string(cards.size())}, {"moves", std::to_string(events.size())}});
    if (auto status = emit(std::move(round)); !status.ok()) return status;
  }
}

}  // namespace svodka::sync::amocrm
