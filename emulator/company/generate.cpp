#include "emulator/company/generate.hpp"

#include <algorithm>
#include <array>

#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/staff.hpp"

namespace svodka::emulator {
namespace {

constexpr double kLeadsPerDeal = 0.78;
constexpr double kFloodShare = 0.06;  // of the leads: the purchased base

/// Seconds of a day when customers write or call.
int32_t HourOfContact(bool around_the_clock, Random& random) {
  static constexpr std::array<double, 24> kHours = {1,  0.5, 0.4, 0.3, 0.3, 0.6, 1.5, 4, 9, 16, 19, 18,
                                                    14, 15,  17,  17,  16,  13,  9,   6, 5, 4,  3,  2};
  static constexpr std::array<double, 24> kOffice = {0,  0,  0,  0,  0,  0,  0, 0, 1, 15, 19, 18,
                                                     10, 13, 17, 17, 15, 11, 4, 0, 0, 0,  0,  0};
  const size_t hour = random.Weighted(around_the_clock ? kHours : kOffice);
  return static_cast<int32_t>(hour * 3600 + static_cast<size_t>(random.Between(0, 3600)));
}

void ReserveTables(Company& company) {
  const size_t deals = company.options.deals;
  company.leads.reserve(deals * 8 / 10 + 16);
  company.deals.reserve(deals + 1024);
  company.lead_events.reserve(deals * 5 / 2);
  company.deal_events.reserve(deals * 6);
  company.actions.reserve(deals * 9);
  company.comments.reserve(deals * 2);
  company.contacts.reserve(deals * 7 / 10);
  company.firms.reserve(deals * 4 / 10);
}

/// What becomes of one lead. Returns the moment of its conversion, 0 if it was not converted (yet).
Second LiveLead(Company& company, uint32_t id, bool purchased, Random& random) {
  const Second now = company.now;
  const auto move = [&](StageIndex stage, Second at) {
    if (at > now) return false;
    EnterLeadStage(company, id, stage, at, company.leads[id - 1].owner, false, false);
    return true;
  };
  Lead& lead = company.leads[id - 1];
  const Employee& owner = company.employee(lead.owner);
  const Shape shape = ShapeAt(company, owner, lead.created);
  static const StageIndex no_answer = LeadStage("UC_NOANSW"), in_process = LeadStage("IN_PROCESS"),
                          processed = LeadStage("PROCESSED"), converted = LeadStage("CONVERTED"),
                          junk = LeadStage("JUNK"), spam = LeadStage("UC_SPAM01"),
                          twice = LeadStage("UC_DOUBLE"), changed_mind = LeadStage("1");
  const bool untouched = random.Chance(purchased ? 0.3 : 0.012);
  if (untouched) return 0;

  const double pace = owner.pace / shape.diligence;
  Second at = lead.created;
  const auto wait = [&](double hours, double sigma) {
    at = std::max(
        at + 60,
        ToWorkingTime(at + static_cast<Second>(std::min(random.LogNormal(hours, sigma) * 3600, 9e7))));
  };
  wait((purchased ? 90 : 0.6) * pace, 1.2);
  bool stepped = false;
  if (random.Chance(purchased ? 0.6 : 0.22)) {
    if (!move(no_answer, at)) return 0;
    stepped = true;
    wait(7 * pace, 0.9);
  }
  if (!stepped || random.Chance(0.8)) {
    if (!move(in_process, at)) return 0;
    wait(14 * pace, 1.0);
  }
  if (random.Chance(0.02)) {
    company.leads[id - 1].forgotten = true;
    return 0;
  }
  const double quality = Sources()[lead.source].quality * (0.75 + 0.25 * owner.skill * shape.luck);
  const bool good = random.Chance(std::min(quality, 0.9));
  if (random.Chance(good ? 0.75 : 0.3)) {
    if (!move(processed, at)) return 0;
    if (random.Chance(0.05)) {  // back to work
      wait(10 * pace, 0.8);
      if (!move(in_process, at)) return 0;
    }
    wait(26 * pace, 1.0);
  }
  if (good) return move(converted, at) ? at : 0;
  const double kind = random.Unit();
  if (!move(kind < 0.45 ? junk : kind < 0.57 ? spam : kind < 0.67 ? twice : changed_mind, at)) return 0;
  if (random.Chance(0.02)) {  // came back
    wait(24 * 12, 0.8);
    if (!move(in_process, at)) return 0;
    wait(24 * 3, 0.8);
    if (random.Chance(0.4)) return move(converted, at) ? at : 0;
    move(changed_mind, at);
  }
  return 0;
}

void CareForLead(Company& company, uint32_t id, Random& random) {
  const Lead& lead = company.leads[id - 1];
  const bool open = LeadSemantic(lead) == 'P';
  static const StageIndex fresh = LeadStage("NEW");
  if (open && lead.stage == fresh) return;
  Care care{CardType::kLead,
            id,
            lead.created,
            open && !lead.forgotten ? company.now : lead.moved,
            lead.owner,
            CardType::kNone,
            0,
            1.7,
            0.3,
            open && !lead.forgotten};
  TakeCare(company, care, random);
}

}  // namespace

std::vector<Second> BusinessMoments(const Company& company, size_t count, bool around_the_clock,
                                    Random& random) {
  const Day first = LocalDay(company.start);
  const Day last = LocalDay(company.now);
  std::vector<double> cumulative;
  double total = 0;
  for (Day day = first; day <= last; day = day + 1) {
    const double age = static_cast<double>(day - first) / 365.0;
    const double noise =
        0.8 + 0.4 * static_cast<double>(Mix(company.options.seed, static_cast<uint64_t>(day.number)) % 1000) /
                  1000.0;
    total += DayWeight(day) * (1.0 + 0.16 * age) * noise;
    cumulative.push_back(total);
  }
  std::vector<Second> moments;
  moments.reserve(count);
  while (moments.size() < count) {
    const double point = random.Unit() * total;
    const auto day = std::lower_bound(cumulative.begin(), cumulative.end(), point) - cumulative.begin();
    const Second at = AtLocal(first + static_cast<int32_t>(day), HourOfContact(around_the_clock, random));
    if (at >= company.start && at < company.now) moments.push_back(at);
  }
  std::sort(moments.begin(), moments.end());
  return moments;
}

uint8_t PickLeadSource(Second at, Random& random) {
  static const std::vector<double> weights = [] {
    std::vector<double> list;
    for (const Source& source : Sources()) list.push_back(source.weight);
    return list;
  }();
  const size_t source = random.Weighted(weights);
  // Direct advertising pauses every February: a source that drops.
  if (Sources()[source].id == "UC_YADIR1" && static_cast<unsigned>(LocalDay(at).ymd().month()) == 2 &&
      random.Chance(0.7)) {
    return 0;
  }
  return static_cast<uint8_t>(source);
}

uint8_t PickCampaign(uint8_t source, Random& random) {
  std::array<uint8_t, 16> fitting{};
  size_t count = 0;
  for (size_t i = 1; i < Campaigns().size(); ++i) {
    if (Campaigns()[i].lead_source == source) fitting[count++] = static_cast<uint8_t>(i);
  }
  if (count == 0 || random.Chance(0.18)) return 0;
  return fitting[static_cast<size_t>(random.Between(0, static_cast<int64_t>(count)))];
}

std::vector<Birth> LiveLeads(Company& company, Random& random) {
  const auto total = static_cast<size_t>(company.options.deals * kLeadsPerDeal);
  const auto flood = static_cast<size_t>(static_cast<double>(total) * kFloodShare);
  struct Coming {
    Second at;
    bool purchased;
  };
  std::vector<Coming> coming;
  coming.reserve(total);
  for (const Second at : BusinessMoments(company, total - flood, true, random)) coming.push_back({at, false});
  // The purchased base: everything by one author within forty minutes of one morning seven months ago.
  Day flood_day =
      LocalDay(company.now) - static_cast<int32_t>(std::min(215.0, company.options.years * 365 / 2));
  while (!IsWorkingDay(flood_day)) flood_day = flood_day + 1;
  for (size_t i = 0; i < flood; ++i) {
    coming.push_back({AtLocal(flood_day, 10 * 3600 + static_cast<int32_t>(i * 2400 / flood)), true});
  }
  std::stable_sort(coming.begin(), coming.end(),
                   [](const Coming& a, const Coming& b) { return a.at < b.at; });

  std::vector<Birth> births;
  for (const Coming& one : coming) {
    const auto id = static_cast<uint32_t>(company.leads.size() + 1);
    Lead lead;
    lead.created = lead.modified = lead.moved = lead.last_activity = one.at;
    lead.source = one.purchased ? PurchasedBaseSource() : PickLeadSource(one.at, random);
    lead.utm = one.purchased ? 0 : PickCampaign(lead.source, random);
    lead.owner = PickEmployee(company, Duty::kLeads, one.at, random);
    const bool by_site = !one.purchased && random.Chance(0.72);
    lead.creator = one.purchased ? MarketerId() : by_site ? RobotId() : lead.owner;
    lead.no_amount = one.purchased || random.Chance(0.68);
    if (!lead.no_amount)
      lead.amount_minor = static_cast<int64_t>(random.LogNormal(140, 0.9)) * 100000 + 500000;
    company.leads.push_back(lead);
    EnterLeadStage(company, id, LeadStage("NEW"), one.at, lead.creator, true, false);
    if (const Second at = LiveLead(company, id, one.purchased, random); at != 0) births.push_back({at, id});
    CareForLead(company, id, random);
  }
  return births;
}

Company Generate(const Options& options) {
  Company company;
  company.options = options;
  company.now = options.now;
  company.start = AtLocal(LocalDay(options.now) - static_cast<int32_t>(options.years * 365.25), 0);
  ReserveTables(company);
  Random random(Mix(options.seed, 20));
  HireStaff(company, random);
  std::vector<Birth> births = LiveLeads(company, random);
  if (births.size() > options.deals) births.resize(options.deals);
  for (const Second at : BusinessMoments(company, options.deals - births.size(), false, random))
    births.push_back({at, 0});
  std::stable_sort(births.begin(), births.end(), [](const Birth& a, const Birth& b) { return a.at < b.at; });
  LiveDeals(company, births, random);
  SettleHistory(company);
  return company;
}

}  // namespace svodka::emulator
