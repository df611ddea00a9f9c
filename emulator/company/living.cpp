#include "emulator/company/living.hpp"

#include <algorithm>

#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/generate.hpp"
#include "emulator/company/staff.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator {
namespace {

constexpr double kBusyMinuteShare = 1.0 / 660;  // of a day's business, in a minute of working hours

/// Share of a day's business in one minute of this hour.
double MinuteShare(int32_t local_time) {
  const int hour = local_time / 3600;
  if (hour < 8 || hour >= 21) return 0.02 / 660;
  if (hour < 9 || hour >= 19) return 0.4 / 720;
  return kBusyMinuteShare;
}

/// A call keeps the number that was dialled: a lead that becomes a client's has that client's number only
/// from now on.
void KeepCalledNumbers(Company& company, uint32_t lead_id) {
  for (size_t i = 0; i < company.actions.size(); ++i) {
    const Action& action = company.actions[i];
    if (action.kind != ActionKind::kCall || action.card_type != CardType::kLead || action.card != lead_id)
      continue;
    const auto id = static_cast<uint32_t>(i + 1);
    company.texts[TextKey(TextKind::kCallPhone, id)] = CallPhone(company, id);
  }
}

}  // namespace

Living::Living(Company& company) : company_(company), random_(Mix(company.options.seed, 77)) {
  for (uint32_t id = 1; id <= company.leads.size(); ++id) {
    const Lead& lead = company.leads[id - 1];
    if (LeadSemantic(lead) == 'P' && !lead.forgotten && !lead.deleted) open_leads_.push_back(id);
  }
  for (uint32_t id = 1; id <= company.deals.size(); ++id) {
    const Deal& deal = company.deals[id - 1];
    if (DealSemantic(deal) == 'P' && !deal.forgotten && !deal.deleted && !deal.template_)
      open_deals_.push_back(id);
  }
  for (uint32_t id = 1; id <= company.actions.size(); ++id) {
    if (!company.actions[id - 1].completed) open_steps_.push_back(id);
  }
  double weight = 0;
  for (Day day = LocalDay(company.start); day <= LocalDay(company.now); day = day + 1)
    weight += DayWeight(day);
  size_t direct = 0;
  for (const Deal& deal : company.deals) direct += deal.lead == 0 ? 1 : 0;
  leads_per_weight_ = static_cast<double>(company.leads.size()) / std::max(1.0, weight);
  deals_per_weight_ = static_cast<double>(direct) / std::max(1.0, weight);
}

void Living::Advance(int64_t minutes) {
  for (int64_t i = 0; i < minutes; ++i) {
    company_.now += 60;
    Happen(DayWeight(LocalDay(company_.now)) * MinuteShare(LocalTime(company_.now)));
  }
}

void Living::Bustle(int64_t seconds, double bustle) {
  for (int64_t i = 0; i < seconds; ++i) {
    ++company_.now;
    Happen(bustle * kBusyMinuteShare / 60);
  }
}

void Living::Happen(double weight) {
  const auto times = [&](double rate, auto&& what) {
    const int count = random_.Poisson(rate);
    for (int i = 0; i < count; ++i) what();
  };
  times(leads_per_weight_ * weight, [&] { NewLead(); });
  times(deals_per_weight_ * weight, [&] { NewDeal(0); });
  times(static_cast<double>(open_leads_.size()) * weight / 1.5, [&] { MoveLead(); });
  times(static_cast<double>(open_deals_.size()) * weight / 6.0, [&] { MoveDeal(); });
  times((leads_per_weight_ * 2 + deals_per_weight_ * 9) * weight, [&] { Act(); });
  times(static_cast<double>(open_steps_.size()) * weight / 4.0, [&] { FinishStep(); });
}

uint32_t Living::PickOpen(std::vector<uint32_t>& cards, bool leads) {
  for (int attempt = 0; attempt < 20 && !cards.empty(); ++attempt) {
    const auto place = static_cast<size_t>(random_.Between(0, static_cast<int64_t>(cards.size())));
    const uint32_t id = cards[place];
    const bool open = leads ? LeadSemantic(company_.leads[id - 1]) == 'P' && !company_.leads[id - 1].deleted
                            : DealSemantic(company_.deals[id - 1]) == 'P' && !company_.deals[id - 1].deleted;
    if (open) return id;
    cards[place] = cards.back();
    cards.pop_back();
  }
  return 0;
}

void Living::NewLead() {
  const Second now = company_.now;
  Lead lead;
  lead.created = lead.modified = lead.moved = lead.last_activity = now;
  lead.source = PickLeadSource(now, random_);
  lead.utm = PickCampaign(lead.source, random_);
  lead.owner = PickEmployee(company_, Duty::kLeads, now, random_);
  lead.creator = random_.Chance(0.72) ? RobotId() : lead.owner;
  lead.no_amount = random_.Chance(0.68);
  if (!lead.no_amount)
    lead.amount_minor = static_cast<int64_t>(random_.LogNormal(140, 0.9)) * 100000 + 500000;
  company_.leads.push_back(lead);
  const auto id = static_cast<uint32_t>(company_.leads.size());
  EnterLeadStage(company_, id, LeadStage("NEW"), now, lead.creator, true, true);
  open_leads_.push_back(id);
}

void Living::NewDeal(uint32_t lead_id) {
  const Second now = company_.now;
  Deal deal;
  deal.created = deal.modified = deal.moved = deal.last_activity = now;
  deal.lead = lead_id;
  uint8_t category = kMainSales;
  Customer known;
  bool returning = false;
  if (lead_id != 0) {
    const Lead& lead = company_.leads[lead_id - 1];
    deal.owner = lead.owner;
    deal.source = lead.source;
    deal.utm = lead.utm;
  } else {
    deal.owner = PickEmployee(company_, Duty::kSales, now, random_);
    deal.source = PickLeadSource(now, random_);
    const Deal& other =
        company_.deals[static_cast<size_t>(random_.Between(0, static_cast<int64_t>(company_.deals.size())))];
    if (other.won != 0 && (other.contact != 0 || other.company != 0) && !other.deleted) {
      known = Customer{other.won, other.contact, other.company, other.seller};
      returning = true;
      if (random_.Chance(0.75)) category = kRepeatSales;
    }
  }
  deal.creator = deal.owner;
  deal.returning = returning;
  company_.deals.push_back(deal);
  const auto id = static_cast<uint32_t>(company_.deals.size());
  Price(company_, id, random_);
  const size_t contacts = company_.contacts.size();
  const size_t firms = company_.firms.size();
  GiveClient(company_, id, returning ? &known : nullptr, random_);
  for (size_t i = contacts; i < company_.contacts.size(); ++i)
    Touched(company_, Touch::What::kContact, static_cast<uint32_t>(i + 1));
  for (size_t i = firms; i < company_.firms.size(); ++i)
    Touched(company_, Touch::What::kCompany, static_cast<uint32_t>(i + 1));
  if (lead_id != 0) {
    KeepCalledNumbers(company_, lead_id);
    Lead& lead = company_.leads[lead_id - 1];
    lead.deal = id;
    lead.contact = company_.deals[id - 1].contact;
    lead.company = company_.deals[id - 1].company;
  }
  EnterDealStage(company_, id, StagesOf(category).begin, now, deal.creator, true, true);
  open_deals_.push_back(id);
}

void Living::MoveLead() {
  const uint32_t id = PickOpen(open_leads_, true);
  if (id == 0) return;
  const Lead& lead = company_.leads[id - 1];
  const std::string_view at = LeadStages()[lead.stage].id;
  const uint16_t mover = lead.owner;
  std::string_view to;
  if (at == "NEW") {
    to = random_.Chance(0.22) ? "UC_NOANSW" : "IN_PROCESS";
  } else if (at == "UC_NOANSW") {
    to = random_.Chance(0.8) ? "IN_PROCESS" : "JUNK";
  } else if (at == "IN_PROCESS" && random_.Chance(0.5)) {
    to = "PROCESSED";
  } else if (random_.Chance(Sources()[lead.source].quality)) {
    to = "CONVERTED";
  } else {
    to = random_.Chance(0.5) ? "JUNK" : random_.Chance(0.7) ? "1" : "UC_DOUBLE";
  }
  if (to == "CONVERTED") NewDeal(id);
  EnterLeadStage(company_, id, LeadStage(to), company_.now, mover, false, true);
}

void Living::MoveDeal() {
  const uint32_t id = PickOpen(open_deals_, false);
  if (id == 0) return;
  const Deal& deal = company_.deals[id - 1];
  const StageRange range = StagesOf(DealCategory(deal));
  StageIndex last_working = range.begin;
  for (StageIndex stage = range.begin; stage < range.end; ++stage) {
    if (DealStages()[stage].semantic == 'P') last_working = stage;
  }
  const auto success = static_cast<StageIndex>(last_working + 1);
  const bool making = DealCategory(deal) == kProduction;
  const double luck = random_.Unit();
  StageIndex to = deal.stage;
  if (!making && luck < 0.12) {
    to = static_cast<StageIndex>(random_.Between(success + 1, range.end));
  } else if (deal.stage == last_working) {
    to = success;
  } else if (!making && luck < 0.15 && deal.stage > range.begin) {
    to = static_cast<StageIndex>(deal.stage - 1);
  } else {
    to = static_cast<StageIndex>(deal.stage + (luck > 0.92 && deal.stage + 2 <= last_working ? 2 : 1));
  }
  const bool big = deal.type <= 1 && DealCategory(deal) == kMainSales;
  EnterDealStage(company_, id, to, company_.now, deal.owner, false, true);
  if (to == success && big && company_.options.handover && random_.Chance(0.5)) {
    company_.now += 1;
    GiveDeal(company_, id, PickEmployee(company_, Duty::kMaking, company_.now, random_), company_.now,
             company_.deals[id - 1].seller);
    EnterDealStage(company_, id, StagesOf(kProduction).begin, company_.now, company_.deals[id - 1].seller,
                   false, true);
    company_.now -= 1;
  }
}

void Living::Act() {
  const bool on_lead = random_.Chance(0.25);
  const uint32_t id = PickOpen(on_lead ? open_leads_ : open_deals_, on_lead);
  if (id == 0) return;
  const uint16_t owner = on_lead ? company_.leads[id - 1].owner : company_.deals[id - 1].owner;
  const CardType type = on_lead ? CardType::kLead : CardType::kDeal;
  if (random_.Chance(0.15)) {
    AddComment(company_, Comment{company_.now, id, 0, owner, type}, true);
    return;
  }
  Action action;
  action.card_type = type;
  action.card = id;
  action.author = action.responsible = owner;
  if (!on_lead && company_.deals[id - 1].contact != 0) {
    action.client_type = CardType::kContact;
    action.client = company_.deals[id - 1].contact;
  }
  action.created = action.start = action.end = action.modified = company_.now;
  const double kind = random_.Unit();
  if (kind < 0.6) {
    action.kind = ActionKind::kCall;
    action.completed = true;
    action.incoming = random_.Chance(0.3);
    action.missed = action.incoming && random_.Chance(0.2);
    const auto seconds = std::clamp<int64_t>(static_cast<int64_t>(random_.LogNormal(85, 1.0)), 3, 3000);
    if (!action.missed && random_.Chance(0.85)) {
      action.start = action.created = company_.now - static_cast<Second>(seconds);
    } else {
      action.missed = action.incoming;  // nobody talked
    }
  } else if (kind < 0.8) {
    action.kind = ActionKind::kEmail;
    action.completed = true;
    action.incoming = random_.Chance(0.4);
  } else {
    action.kind = kind < 0.93 ? ActionKind::kTodo : ActionKind::kTask;
    action.deadline =
        ToWorkingTime(company_.now + static_cast<Second>(random_.Between(3600, 5 * kDaySeconds)));
    action.start = action.end = action.deadline;
    open_steps_.push_back(static_cast<uint32_t>(company_.actions.size() + 1));
  }
  AddAction(company_, action, true);
}

void Living::FinishStep() {
  if (open_steps_.empty()) return;
  const auto place = static_cast<size_t>(random_.Between(0, static_cast<int64_t>(open_steps_.size())));
  const uint32_t id = open_steps_[place];
  Action& action = company_.actions[id - 1];
  const bool due = action.deadline <= company_.now + kDaySeconds;
  if (!due && !action.completed) return;
  open_steps_[place] = open_steps_.back();
  open_steps_.pop_back();
  if (action.completed || action.deleted) return;
  action.completed = true;
  action.end = action.modified = company_.now;
  if (action.kind == ActionKind::kMeeting) action.start = std::min(action.start, company_.now);
  Touched(company_, Touch::What::kAction, id);
  if (action.kind == ActionKind::kTask) {
    Task& task = company_.tasks[action.reference - 1];
    task.closed = task.modified = company_.now;
    Touched(company_, Touch::What::kTask, action.reference);
  }
}

}  // namespace svodka::emulator
