#pragma once

#include <optional>
#include <string>

#include "crm/amocrm/decode.hpp"

/// amoCRM has one kind of card; to us it is a lead, a deal, or one after the other. Source: metrics.md
/// "Leads".
namespace svodka::crm::amocrm {

/// How a card left being a lead.
struct Passage {
  enum class Kind {
    kQualified,  ///< moved on to a pipeline of deals: it is a deal since `at`
    kDeclined    ///< a request that was closed as lost without ever being a deal
  };
  Kind kind = Kind::kQualified;
  Instant at{};
  std::string pipeline;  ///< the pipeline in which it was a lead
  /// Who had it as a lead, where it was given to somebody else afterwards, and when that was.
  Text owner_id{};
  std::optional<Instant> owner_until{};
};

/// What a move of a card means: rows of the history of leads and deals. Each event tells the stage before it,
/// so that the first stage of a card, which nothing else tells, is known too. Returns how the card left being
/// a lead, if it did.
std::optional<Passage> PlaceEvent(const Event& event, const Reading& reading, SourceBatch& out);

/// Rows of a card, given how it left being a lead (if it did). A card that is a lead again is no deal: where
/// it was one, the caller buries that.
struct Placed {
  bool is_lead = false, is_deal = false;
};
Placed PlaceCard(Card card, const std::optional<Passage>& passage, const Reading& reading, SourceBatch& out);

}  // namespace svodka::crm::amocrm
