#include "emulator/amocrm/view.hpp"

#include <algorithm>

#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator::amocrm {

View::View(Company& followed) : company(followed) {
  company.watched = true;
  cards.reserve(company.leads.size() + company.deals.size());
  // Cards in the order of their creation.
  size_t lead = 0, deal = 0;
  const auto own_deal = [&] {
    while (deal < company.deals.size() && (company.deals[deal].lead != 0 || company.deals[deal].template_))
      ++deal;
    return deal < company.deals.size();
  };
  card_of_lead.resize(company.leads.size() + 1);
  card_of_deal.resize(company.deals.size() + 1);
  while (true) {
    const bool more_deals = own_deal();
    if (lead >= company.leads.size() && !more_deals) break;
    if (lead < company.leads.size() &&
        (!more_deals || company.leads[lead].created <= company.deals[deal].created)) {
      NewCard(static_cast<uint32_t>(++lead), 0);
    } else {
      NewCard(0, static_cast<uint32_t>(++deal));
    }
  }
  for (uint32_t id = 1; id <= company.deals.size(); ++id) {
    if (company.deals[id - 1].lead != 0) Attach(company.deals[id - 1].lead, id);
  }
  leads_ = company.leads.size();
  deals_ = company.deals.size();
  company.touched.clear();
  Follow();
  for (uint32_t card = 1; card <= cards.size(); ++card) Link(card);
}

void View::NewCard(uint32_t lead, uint32_t deal) {
  Card card;
  card.lead = lead;
  card.deal = deal;
  card.updated = lead != 0 ? company.leads[lead - 1].created : company.deals[deal - 1].created;
  card.updated_by = lead != 0 ? company.leads[lead - 1].creator : company.deals[deal - 1].creator;
  cards.push_back(card);
  const auto id = static_cast<uint32_t>(cards.size());
  if (lead != 0) card_of_lead[lead] = id;
  if (deal != 0) card_of_deal[deal] = id;
  Add({card.updated, id, 0, 0, card.updated_by, EventType::kLeadAdded, Kind::kLead});
}

void View::Attach(uint32_t lead, uint32_t deal) {
  const uint32_t id = card_of_lead[lead];
  card_of_deal[deal] = id;
  Card& card = cards[id - 1];
  const int64_t before = Price(card);
  card.deal = deal;
  const int64_t after = Price(card);
  const Deal& made = company.deals[deal - 1];
  if (before != after) {
    Add({made.created, id, static_cast<uint32_t>(before), static_cast<uint32_t>(after), made.owner,
         EventType::kSaleChanged, Kind::kLead});
  }
}

void View::Link(uint32_t id) {
  const Card& card = cards[id - 1];
  for (const uint32_t contact : ContactsOf(card)) {
    auto& list = cards_of_contact[contact];
    if (std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
  }
  if (const uint32_t firm = CompanyOf(card); firm != 0) {
    auto& list = cards_of_company[firm];
    if (std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
  }
}

void View::Add(Event event) { events.push_back(event); }

void View::Bump(uint32_t id, Second at, uint16_t by) {
  Card& card = cards[id - 1];
  if (at >= card.updated) card.updated = at, card.updated_by = by;
}

void View::TakeStage(const StageEvent& event, bool of_lead) {
  const uint32_t id = of_lead ? card_of_lead[event.card] : card_of_deal[event.card];
  if (id == 0) return;  // a template
  Card& card = cards[id - 1];
  const bool first = event.kind == 1;
  StatusIndex status = 0;
  int64_t reason = 0;
  if (of_lead) {
    const Lead& lead = company.leads[event.card - 1];
    // Its conversion is the deal's creation, which has an entry of its own.
    if (card.deal != 0 && LeadStages()[event.stage].semantic == 'S') return;
    status = StatusOfLead(lead, event.stage);
    reason = ReasonOfLeadStage(event.stage);
  } else {
    status = StatusOfDeal(company, event.card, event.stage);
    reason = ReasonOfDealStage(company, event.card, event.stage);
  }
  const char semantic = Statuses()[status].semantic;
  const bool born = first && (of_lead || card.lead == 0);
  if (!born) {
    if (status == card.status) return;
    Add({event.at, id, card.status, status, event.mover, EventType::kStatusChanged, Kind::kLead});
    const bool was_open = Statuses()[card.status].semantic == 'P';
    if (semantic == 'P') {
      card.closed = 0;
    } else if (was_open) {
      card.closed = event.at;
    }
  }
  card.status = status;
  if (semantic == 'F') {
    card.reason = reason == 0 ? uint16_t{0} : static_cast<uint16_t>(reason - kReasonIds);
  } else if (Dice(3, id) % 2 == 0) {
    card.reason = 0;  // half of the reopened keep the old reason, as happens
  }
  Bump(id, event.at, event.mover);
  if (!of_lead) Bill(id, event.stage, event.at);
}

void View::TakeStages() {
  while (lead_events_ < company.lead_events.size() || deal_events_ < company.deal_events.size()) {
    const bool lead = deal_events_ >= company.deal_events.size() ||
                      (lead_events_ < company.lead_events.size() &&
                       company.lead_events[lead_events_].at <= company.deal_events[deal_events_].at);
    if (lead) {
      TakeStage(company.lead_events[lead_events_++], true);
    } else {
      TakeStage(company.deal_events[deal_events_++], false);
    }
  }
}

bool View::IsTask(const Action& action) {
  switch (action.kind) {
    case ActionKind::kMeeting:
    case ActionKind::kTodo:
    case ActionKind::kTask:
      return true;
    case ActionKind::kCall:
      return !action.completed;
    case ActionKind::kEmail:
    case ActionKind::kMessage:
      break;
  }
  return false;
}

View::Target View::TargetOf(CardType type, uint32_t id) const {
  switch (type) {
    case CardType::kLead:
      return {Kind::kLead, card_of_lead[id]};
    case CardType::kDeal:
      return {Kind::kLead, card_of_deal[id]};
    case CardType::kContact:
      return {Kind::kContact, id};
    case CardType::kCompany:
      return {Kind::kCompany, id};
    case CardType::kNone:
      break;
  }
  return {};
}

View::Target View::NoteTarget(const Action& action, uint32_t id) const {
  // A PBX that knows only the number hangs its calls on the contact.
  if (action.kind == ActionKind::kCall && action.client_type == CardType::kContact && Dice(4, id) % 100 < 45)
    return {Kind::kContact, action.client};
  return TargetOf(action.card_type, action.card);
}

std::vector<uint32_t>& View::NotesOf(Kind kind) {
  return kind == Kind::kContact ? contact_notes : kind == Kind::kCompany ? company_notes : lead_notes;
}

Second View::NoteTime(uint32_t note) const {
  if (note % 2 == 1) return company.comments[note / 2].created;
  return company.actions[note / 2 - 1].end;
}

void View::TakeAction(uint32_t id) {
  const Action& action = company.actions[id - 1];
  if (IsTask(action)) {
    const Target target = TargetOf(action.card_type, action.card);
    tasks.push_back(id);
    Add({action.created, target.id, id, 0, action.author, EventType::kTaskAdded, target.kind});
    if (action.completed)
      Add({action.modified, target.id, id, 0, action.responsible, EventType::kTaskCompleted, target.kind});
    done_[id] = action.completed;
    return;
  }
  done_[id] = true;
  const Target target = NoteTarget(action, id);
  if (target.id == 0) return;
  if (action.kind == ActionKind::kMessage) {
    Add({action.end, target.id, id, 0, action.author,
         action.incoming ? EventType::kChatIn : EventType::kChatOut, target.kind});
    return;
  }
  NotesOf(target.kind).push_back(id * 2);
  if (action.kind == ActionKind::kCall) {
    Add({action.end, target.id, id * 2, 0, action.author,
         action.incoming ? EventType::kIncomingCall : EventType::kOutgoingCall, target.kind});
  }
}

void View::TakeComment(uint32_t id) {
  const Comment& comment = company.comments[id - 1];
  const Target target = TargetOf(comment.card_type, comment.card);
  if (target.id == 0) return;
  const uint32_t note = id * 2 - 1;
  NotesOf(target.kind).push_back(note);
  const auto written = written_notes.find(note);
  const bool service = written != written_notes.end() && written->second.at("note_type") == "service_message";
  Add({comment.created, target.id, note, 0, comment.author,
       service ? EventType::kServiceNote : EventType::kCommonNote, target.kind});
}

void View::Follow() {
  if (!company.touched.empty() || events.size() != pending_) ++version;
  const bool whole = actions_ == 0 && comments_ == 0 && contacts_ == 0;
  const size_t from = whole ? 0 : pending_;
  std::vector<uint32_t> touched_cards;
  std::vector<Touch> touched;
  touched.swap(company.touched);
  card_of_lead.resize(company.leads.size() + 1);
  card_of_deal.resize(company.deals.size() + 1);
  for (const Touch& touch : touched) {
    if (touch.what == Touch::What::kLead && touch.id > leads_) {
      leads_ = touch.id;
      NewCard(touch.id, 0);
    } else if (touch.what == Touch::What::kDeal && touch.id > deals_) {
      deals_ = touch.id;
      const Deal& deal = company.deals[touch.id - 1];
      if (deal.lead != 0) {
        Attach(deal.lead, touch.id);
      } else {
        NewCard(0, touch.id);
      }
    }
  }
  for (; contacts_ < company.contacts.size(); ++contacts_) {
    const Contact& contact = company.contacts[contacts_];
    const auto id = static_cast<uint32_t>(contacts_ + 1);
    if (contact.company != 0) contacts_of_company[contact.company].push_back(id);
    Add({contact.created, id, 0, 0, contact.creator, EventType::kContactAdded, Kind::kContact});
  }
  for (; firms_ < company.firms.size(); ++firms_) {
    const Firm& firm = company.firms[firms_];
    if (firm.own) continue;
    Add({firm.created, static_cast<uint32_t>(firms_ + 1), 0, 0, firm.creator, EventType::kCompanyAdded,
         Kind::kCompany});
  }
  TakeStages();
  for (; changes_ < company.owner_changes.size(); ++changes_) {
    const OwnerChange& change = company.owner_changes[changes_];
    const uint32_t id = card_of_deal[change.deal];
    if (id == 0) continue;
    Add({change.at, id, change.from, change.to, change.by, EventType::kResponsibleChanged, Kind::kLead});
    Bump(id, change.at, change.by);
  }
  const size_t known = actions_;
  done_.resize(company.actions.size() + 1);
  for (; actions_ < company.actions.size(); ++actions_) TakeAction(static_cast<uint32_t>(actions_ + 1));
  for (; comments_ < company.comments.size(); ++comments_) TakeComment(static_cast<uint32_t>(comments_ + 1));
  for (const Touch& touch : touched) {
    switch (touch.what) {
      case Touch::What::kAction: {
        const Action& action = company.actions[touch.id - 1];
        if (touch.id <= known && action.completed && !done_[touch.id]) {
          done_[touch.id] = true;
          const Target target = TargetOf(action.card_type, action.card);
          Add({action.modified, target.id, touch.id, 0, action.responsible, EventType::kTaskCompleted,
               target.kind});
        }
        break;
      }
      case Touch::What::kDeal: {
        const uint32_t id = card_of_deal[touch.id];
        if (id == 0) break;
        Bump(id, company.deals[touch.id - 1].modified, company.deals[touch.id - 1].modifier);
        Link(id);
        break;
      }
      case Touch::What::kLead: {
        const uint32_t id = card_of_lead[touch.id];
        if (cards[id - 1].deal != 0) break;
        Bump(id, company.leads[touch.id - 1].modified, company.leads[touch.id - 1].modifier);
        Link(id);
        break;
      }
      case Touch::What::kContact:
      case Touch::What::kCompany:
      case Touch::What::kTask:
        break;
    }
  }
  fresh.clear();
  if (!whole) fresh.assign(events.begin() + static_cast<ptrdiff_t>(from), events.end());
  SortTail(from);
  pending_ = events.size();
}

void View::SortTail(size_t from) {
  const auto earlier = [](const Event& a, const Event& b) { return a.at < b.at; };
  const auto middle = events.begin() + static_cast<ptrdiff_t>(from);
  std::stable_sort(middle, events.end(), earlier);
  if (from != 0 && from < events.size() && earlier(events[from], events[from - 1])) {
    // Something happened a second before what was seen last.
    auto start = std::upper_bound(events.begin(), middle, *middle, earlier);
    std::inplace_merge(start, middle, events.end(), earlier);
  }
  if (from != 0) return;
  for (auto* notes : {&lead_notes, &contact_notes, &company_notes}) {
    std::stable_sort(notes->begin(), notes->end(), [&](uint32_t a, uint32_t b) {
      const Second first = NoteTime(a), second = NoteTime(b);
      return first != second ? first < second : a < b;
    });
  }
}

void View::Bill(uint32_t id, StageIndex index, Second at) {
  if (cards[id - 1].deal == 0) return;
  const Stage& stage = DealStages()[index];
  const Deal& deal = company.deals[cards[id - 1].deal - 1];
  const bool sold = stage.semantic == 'S';
  if (stage.category == kProduction || deal.no_amount || deal.amount_minor <= 0) return;
  if (!sold && !stage.id.ends_with("EXECUTING") && !stage.id.ends_with("FINAL_INVOICE")) return;
  std::vector<uint32_t>& places = invoices_of[id];
  if (places.empty()) {
    const auto count = static_cast<uint8_t>(1 + Dice(5, id) % 3);
    const int64_t price = Price(cards[id - 1]);
    for (uint8_t k = 1; k <= count; ++k) {
      Invoice one;
      one.card = id;
      one.created = at;
      one.number = k;
      one.count = count;
      one.rubles = k == count ? price - price / count * (count - 1) : price / count;
      one.due_day = LocalDay(at).number + 7 + (k - 1) * 30;
      one.partial = Dice(6, id * 4ULL + k) % 3 == 0;
      places.push_back(static_cast<uint32_t>(invoices.size()));
      invoices.push_back(one);
    }
  }
  if (!sold) return;
  // The first comes with the sale, the others about their due days; some are late, a few never come.
  for (const uint32_t place : places) {
    Invoice& one = invoices[place];
    if (one.paid_at != 0 || one.changed != 0) continue;
    const uint64_t luck = Dice(7, id * 4ULL + one.number);
    one.advance = one.number == 1 && one.count > 1 && luck % 5 == 0;
    if (one.number == 1) {
      one.paid_at = at;
    } else if (luck % 17 != 0) {
      const Day due = std::max(Day{one.due_day}, LocalDay(at));
      one.paid_at = AtLocal(due + static_cast<int32_t>(luck % 12), 12 * 3600);
    }
    if (one.paid_at != 0) one.partial = one.partial && one.number > 1;
  }
}

BillStatus View::StatusOf(const Invoice& invoice) const {
  if (invoice.paid_at != 0 && invoice.paid_at <= company.now)
    return invoice.advance ? BillStatus::kAdvance : BillStatus::kPaid;
  return invoice.partial ? BillStatus::kPartially : BillStatus::kCreated;
}
Second View::UpdatedOf(const Invoice& invoice) const {
  const Second known = std::max(invoice.created, invoice.changed);
  return invoice.paid_at != 0 && invoice.paid_at <= company.now ? std::max(known, invoice.paid_at) : known;
}

Second View::Created(const Card& card) const {
  return card.lead != 0 ? company.leads[card.lead - 1].created : company.deals[card.deal - 1].created;
}
uint16_t View::Owner(const Card& card) const {
  return card.deal != 0 ? company.deals[card.deal - 1].owner : company.leads[card.lead - 1].owner;
}
uint16_t View::Creator(const Card& card) const {
  return card.lead != 0 ? company.leads[card.lead - 1].creator : company.deals[card.deal - 1].creator;
}
std::string View::Name(uint32_t id) const {
  const auto written = names.find(Key(Kind::kLead, id));
  if (written != names.end()) return written->second;
  const Card& card = cards[id - 1];
  return card.deal != 0 ? DealTitle(company, card.deal) : LeadTitle(company, card.lead);
}
int64_t View::Amount(const Card& card) const {
  if (card.deal != 0) {
    const Deal& deal = company.deals[card.deal - 1];
    return deal.no_amount ? 0 : ToBase(deal.amount_minor, deal.currency);
  }
  const Lead& lead = company.leads[card.lead - 1];
  return lead.no_amount ? 0 : ToBase(lead.amount_minor, lead.currency);
}
int64_t View::Price(const Card& card) const { return (Amount(card) + 50) / 100; }
uint8_t View::SourceOf(const Card& card) const {
  if (card.deal == 0) return company.leads[card.lead - 1].source;
  const Deal& deal = company.deals[card.deal - 1];
  return deal.no_source ? uint8_t{255} : deal.source;
}
uint8_t View::CampaignOf(const Card& card) const {
  return card.deal != 0 ? company.deals[card.deal - 1].utm : company.leads[card.lead - 1].utm;
}
std::vector<uint32_t> View::ContactsOf(const Card& card) const {
  std::vector<uint32_t> list;
  const uint32_t main =
      card.deal != 0 ? company.deals[card.deal - 1].contact : company.leads[card.lead - 1].contact;
  if (main != 0) list.push_back(main);
  if (card.deal != 0 && company.deals[card.deal - 1].second_contact != 0)
    list.push_back(company.deals[card.deal - 1].second_contact);
  return list;
}
uint32_t View::CompanyOf(const Card& card) const {
  return card.deal != 0 ? company.deals[card.deal - 1].company : company.leads[card.lead - 1].company;
}

Second View::ClosestTask(CardType type, uint32_t id) const {
  uint32_t last = 0;
  switch (type) {
    case CardType::kLead:
      last = company.leads[id - 1].last_action;
      break;
    case CardType::kDeal:
      last = company.deals[id - 1].last_action;
      break;
    case CardType::kContact:
      last = company.contacts[id - 1].last_action;
      break;
    case CardType::kCompany:
      last = company.firms[id - 1].last_action;
      break;
    case CardType::kNone:
      break;
  }
  Second closest = 0;
  for (; last != 0; last = company.actions[last - 1].previous) {
    const Action& action = company.actions[last - 1];
    if (action.completed || action.deleted || !IsTask(action)) continue;
    if (closest == 0 || action.deadline < closest) closest = action.deadline;
  }
  return closest;
}
Second View::ClosestTask(const Card& card) const {
  const Second first = card.lead != 0 ? ClosestTask(CardType::kLead, card.lead) : 0;
  const Second second = card.deal != 0 ? ClosestTask(CardType::kDeal, card.deal) : 0;
  return first == 0 ? second : second == 0 ? first : std::min(first, second);
}

}  // namespace svodka::emulator::amocrm
