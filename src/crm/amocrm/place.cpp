#include "crm/amocrm/place.hpp"

namespace svodka::crm::amocrm {
namespace {

LeadRow LeadOf(const DealRow& card) {
  LeadRow lead;
  lead.id = card.id;
  lead.title = card.title;
  lead.pipeline_id = card.pipeline_id;
  lead.stage_id = card.stage_id;
  lead.amount = card.amount;
  lead.currency = card.currency;
  lead.owner_id = card.owner_id;
  lead.creator_id = card.creator_id;
  lead.company_id = card.company_id;
  lead.contact_id = card.contact_id;
  lead.source_id = card.source_id;
  lead.loss_reason_id = card.loss_reason_id;
  lead.phone = card.phone;
  lead.utm = card.utm;
  lead.created_at = card.created_at;
  lead.modified_at = card.modified_at;
  lead.closed_at = card.closed_at;
  lead.custom = card.custom;
  return lead;
}

void AddMove(const Event& event, const char* entity, const std::string& suffix, const std::string& pipeline,
             const std::string& status, int kind, Instant at, SourceBatch& out) {
  StageEventRow row;
  row.entity = entity;
  row.id = event.id + suffix;
  row.card_id = event.entity_id;
  row.kind = kind;
  row.pipeline_id = pipeline;
  row.stage_id = StageId(pipeline, status);
  row.moved_at = at;
  row.mover_id = event.author_id;
  out.stage_events.push_back(std::move(row));
}

int KindOf(const Event& event) {
  if (event.after_status == kWonStatus || event.after_status == kLostStatus) return 3;
  return event.before_pipeline == event.after_pipeline || event.before_pipeline.empty() ? 2 : 5;
}

/// The stage that the card stood in until the move; the same stage twice running is one stay.
void AddBefore(const Event& event, const char* entity, SourceBatch& out) {
  if (event.before_pipeline.empty() || event.before_status.empty()) return;
  AddMove(event, entity, "<", event.before_pipeline, event.before_status, 2,
          event.at - std::chrono::microseconds{1}, out);
}

}  // namespace

std::optional<Passage> PlaceEvent(const Event& event, const Reading& reading, SourceBatch& out) {
  if (event.type != "lead_status_changed" || event.entity_id.empty() || event.after_pipeline.empty() ||
      event.after_status.empty()) {
    return std::nullopt;
  }
  const bool was_lead =
      !event.before_pipeline.empty() && reading.IsLeadPlace(event.before_pipeline, event.before_status);
  const bool is_lead = reading.IsLeadPlace(event.after_pipeline, event.after_status);
  const auto move = [&](const char* entity, const char* suffix, int kind) {
    AddMove(event, entity, suffix, event.after_pipeline, event.after_status, kind, event.at, out);
  };
  if (was_lead) AddBefore(event, "lead", out);
  if (is_lead) {
    move("lead", "", KindOf(event));
    return std::nullopt;
  }
  if (!was_lead) {
    AddBefore(event, "deal", out);
    move("deal", "", KindOf(event));
    return std::nullopt;
  }
  Passage passage;
  passage.at = event.at;
  passage.pipeline = event.before_pipeline;
  const bool declined =
      event.after_status == kLostStatus && !reading.lead_pipelines.contains(event.before_pipeline);
  passage.kind = declined ? Passage::Kind::kDeclined : Passage::Kind::kQualified;
  const std::string end(declined ? kLostStatus : kWonStatus);
  AddMove(event, "lead", "", passage.pipeline, end, 3, event.at, out);
  if (!declined) move("deal", "", 1);
  return passage;
}

Placed PlaceCard(Card card, const std::optional<Passage>& passage, const Reading& reading, SourceBatch& out) {
  DealRow& deal = card.deal;
  if (reading.IsLeadPlace(deal.pipeline_id, card.status)) {
    out.leads.push_back(LeadOf(deal));
    return {.is_lead = true, .is_deal = false};
  }
  if (passage && passage->kind == Passage::Kind::kDeclined && card.status == kLostStatus) {
    LeadRow lead = LeadOf(deal);
    lead.pipeline_id = passage->pipeline;
    lead.stage_id = StageId(passage->pipeline, kLostStatus);
    lead.closed_at = passage->at;
    out.leads.push_back(std::move(lead));
    return {.is_lead = true, .is_deal = false};
  }
  Placed placed{.is_lead = false, .is_deal = true};
  if (passage) {
    LeadRow lead = LeadOf(deal);
    lead.pipeline_id = passage->pipeline;
    lead.stage_id = StageId(passage->pipeline, kWonStatus);
    lead.closed_at = passage->at;
    lead.loss_reason_id.reset();
    if (passage->owner_id) lead.owner_id = passage->owner_id;
    out.leads.push_back(std::move(lead));
    placed.is_lead = true;
    deal.lead_id = deal.id;
    deal.created_at = passage->at;
  }
  out.deals.push_back(std::move(deal));
  return placed;
}

}  // namespace svodka::crm::amocrm
