#include "emulator/company/cards.hpp"

#include <algorithm>

#include "emulator/company/catalog.hpp"

namespace svodka::emulator {
namespace {

uint8_t HistoryKind(char semantic) { return semantic == 'P' ? 2 : 3; }

struct CardMarks {
  Second* last_activity = nullptr;
  uint32_t* last_action = nullptr;
  uint32_t* last_comment = nullptr;
};
CardMarks MarksOf(Company& company, CardType type, uint32_t id) {
  switch (type) {
    case CardType::kLead: {
      Lead& card = company.leads[id - 1];
      return {&card.last_activity, &card.last_action, &card.last_comment};
    }
    case CardType::kDeal: {
      Deal& card = company.deals[id - 1];
      return {&card.last_activity, &card.last_action, &card.last_comment};
    }
    case CardType::kContact: {
      Contact& card = company.contacts[id - 1];
      return {&card.last_activity, &card.last_action, &card.last_comment};
    }
    case CardType::kCompany: {
      Firm& card = company.firms[id - 1];
      return {&card.last_activity, &card.last_action, &card.last_comment};
    }
    case CardType::kNone:
      break;
  }
  return {};
}

void Raise(Company& company, CardType type, uint32_t id, Second at) {
  const CardMarks marks = MarksOf(company, type, id);
  if (marks.last_activity == nullptr || *marks.last_activity >= at) return;
  *marks.last_activity = at;
  static_assert(static_cast<int>(Touch::What::kLead) == 0 && static_cast<int>(CardType::kLead) == 1);
  Touched(company, static_cast<Touch::What>(static_cast<uint8_t>(type) - 1), id);
}

void Reference(Company& company, uint32_t id) {
  Action& action = company.actions[id - 1];
  if (action.kind == ActionKind::kTask) {
    Task task;
    task.created = action.created;
    task.modified = action.modified;
    task.closed = action.completed ? action.end : 0;
    task.deadline = action.deadline;
    task.action = id;
    task.card = action.card;
    task.card_type = action.card_type;
    task.author = action.author;
    task.responsible = action.responsible;
    company.tasks.push_back(task);
    action.reference = static_cast<uint32_t>(company.tasks.size());
    Touched(company, Touch::What::kTask, action.reference);
  } else if (action.kind == ActionKind::kCall && action.completed) {
    company.calls.push_back(id);
    action.reference = static_cast<uint32_t>(company.calls.size());
  }
}

void Chain(Company& company, uint32_t id) {
  Action& action = company.actions[id - 1];
  const CardMarks marks = MarksOf(company, action.card_type, action.card);
  if (marks.last_action == nullptr) return;
  action.previous = *marks.last_action;
  *marks.last_action = id;
}

void ChainComment(Company& company, uint32_t id) {
  Comment& comment = company.comments[id - 1];
  const CardMarks marks = MarksOf(company, comment.card_type, comment.card);
  if (marks.last_comment == nullptr) return;
  comment.previous = *marks.last_comment;
  *marks.last_comment = id;
}

}  // namespace

void Touched(Company& company, Touch::What what, uint32_t id) {
  if (company.watched) company.touched.push_back({what, id});
}

StageEdit StageAt(const Company& company, bool deal, StageIndex stage, Second at) {
  const Stage& first = deal ? DealStages()[stage] : LeadStages()[stage];
  StageEdit now{deal, stage, 0, std::string(first.name), first.sort, first.semantic, false};
  for (const StageEdit& edit : company.stage_edits) {
    if (edit.deal == deal && edit.stage == stage && edit.at <= at) now = edit;
  }
  return now;
}

char DealSemantic(const Deal& deal) { return DealStages()[deal.stage].semantic; }
char LeadSemantic(const Lead& lead) { return LeadStages()[lead.stage].semantic; }
uint8_t DealCategory(const Deal& deal) { return DealStages()[deal.stage].category; }

void EnterDealStage(Company& company, uint32_t id, StageIndex stage, Second at, uint16_t mover, bool created,
                    bool link) {
  Deal& deal = company.deals[id - 1];
  const Stage& from = DealStages()[deal.stage];
  const Stage& to = DealStages()[stage];
  StageEvent event{at, id, link ? deal.last_event : 0, 1, stage, mover};
  if (!created) event.kind = from.category != to.category ? 5 : HistoryKind(to.semantic);
  company.deal_events.push_back(event);
  if (link) deal.last_event = static_cast<uint32_t>(company.deal_events.size());

  const bool was_open = created || from.semantic == 'P';
  const bool after_sale = to.category == kProduction;
  if (to.semantic == 'P') {
    deal.closed = 0;
    deal.closer = 0;
    if (!after_sale) deal.won = 0, deal.seller = 0, deal.sale_category = 0;
  } else if (was_open) {
    deal.closed = at;
    deal.closer = deal.owner;
    if (!after_sale && to.semantic == 'S')
      deal.won = at, deal.seller = deal.owner, deal.sale_category = to.category;
  }
  deal.stage = stage;
  deal.moved = deal.modified = at;
  deal.mover = deal.modifier = mover;
  Touched(company, Touch::What::kDeal, id);
}

void EnterLeadStage(Company& company, uint32_t id, StageIndex stage, Second at, uint16_t mover, bool created,
                    bool link) {
  Lead& lead = company.leads[id - 1];
  const char from = LeadStages()[lead.stage].semantic;
  const char to = LeadStages()[stage].semantic;
  StageEvent event{at, id, link ? lead.last_event : 0, created ? uint8_t{1} : HistoryKind(to), stage, mover};
  company.lead_events.push_back(event);
  if (link) lead.last_event = static_cast<uint32_t>(company.lead_events.size());
  if (to == 'P') {
    lead.closed = 0;
  } else if (created || from == 'P') {
    lead.closed = at;
  }
  lead.stage = stage;
  lead.moved = lead.modified = at;
  lead.mover = lead.modifier = mover;
  Touched(company, Touch::What::kLead, id);
}

void GiveDeal(Company& company, uint32_t id, uint16_t owner, Second at, uint16_t by) {
  Deal& deal = company.deals[id - 1];
  if (deal.owner == owner) return;
  company.owner_changes.push_back({at, id, deal.owner, owner, by});
  deal.owner = owner;
}

uint32_t AddAction(Company& company, const Action& action, bool link) {
  company.actions.push_back(action);
  const auto id = static_cast<uint32_t>(company.actions.size());
  Raise(company, action.card_type, action.card, action.created);
  Raise(company, action.client_type, action.client, action.created);
  Touched(company, Touch::What::kAction, id);
  if (link) {
    Reference(company, id);
    Chain(company, id);
  }
  return id;
}

uint32_t AddComment(Company& company, const Comment& comment, bool link) {
  company.comments.push_back(comment);
  const auto id = static_cast<uint32_t>(company.comments.size());
  Raise(company, comment.card_type, comment.card, comment.created);
  if (link) ChainComment(company, id);
  return id;
}

void SettleHistory(Company& company) {
  const auto by_time = [](const StageEvent& a, const StageEvent& b) {
    return a.at != b.at ? a.at < b.at : a.card < b.card;
  };
  std::stable_sort(company.lead_events.begin(), company.lead_events.end(), by_time);
  std::stable_sort(company.deal_events.begin(), company.deal_events.end(), by_time);
  std::stable_sort(company.owner_changes.begin(), company.owner_changes.end(),
                   [](const OwnerChange& a, const OwnerChange& b) { return a.at < b.at; });
  for (size_t i = 0; i < company.lead_events.size(); ++i) {
    StageEvent& event = company.lead_events[i];
    event.previous = company.leads[event.card - 1].last_event;
    company.leads[event.card - 1].last_event = static_cast<uint32_t>(i + 1);
  }
  for (size_t i = 0; i < company.deal_events.size(); ++i) {
    StageEvent& event = company.deal_events[i];
    event.previous = company.deals[event.card - 1].last_event;
    company.deals[event.card - 1].last_event = static_cast<uint32_t>(i + 1);
  }
  std::stable_sort(company.actions.begin(), company.actions.end(),
                   [](const Action& a, const Action& b) { return a.created < b.created; });
  std::stable_sort(company.comments.begin(), company.comments.end(),
                   [](const Comment& a, const Comment& b) { return a.created < b.created; });
  for (uint32_t id = 1; id <= company.actions.size(); ++id) {
    Reference(company, id);
    Chain(company, id);
  }
  for (uint32_t id = 1; id <= company.comments.size(); ++id) ChainComment(company, id);
}

}  // namespace svodka::emulator
