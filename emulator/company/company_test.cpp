#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/generate.hpp"
#include "emulator/company/living.hpp"
#include "emulator/company/staff.hpp"
#include "emulator/company/texts.hpp"
#include "emulator/company/truth.hpp"

namespace svodka::emulator {
namespace {

Options Small(uint64_t seed = 1) {
  Options options;
  options.deals = 2000;
  options.seed = seed;
  options.now = AtLocal(MakeDay(2026, 3, 31), 18 * 3600);
  return options;
}
const Company& Shared() {
  static const Company company = Generate(Small());
  return company;
}

TEST(Calendar, WritesMoscowTime) {
  // 2026-08-01T07:00:00Z, worked out by hand: 20666 days after 1970-01-01.
  const Second moment = 20666U * 86400U + 7 * 3600;
  EXPECT_EQ(LocalIso(moment), "2026-08-01T10:00:00+03:00");
  EXPECT_EQ(UtcText(moment), "2026-08-01 07:00:00");
  EXPECT_EQ(ToString(LocalDay(moment)), "2026-08-01");
  EXPECT_EQ(AtLocal(MakeDay(2026, 8, 1), 10 * 3600), moment);
}

TEST(Calendar, KnowsRussianHolidays) {
  EXPECT_TRUE(IsHoliday(MakeDay(2026, 1, 7)));
  EXPECT_TRUE(IsHoliday(MakeDay(2025, 5, 9)));
  EXPECT_FALSE(IsWorkingDay(MakeDay(2026, 3, 28)));               // a Saturday
  EXPECT_TRUE(IsWorkingDay(MakeDay(2026, 3, 30)));                // a Monday
  const Second night = AtLocal(MakeDay(2026, 3, 27), 22 * 3600);  // Friday night
  EXPECT_EQ(ToString(LocalDay(ToWorkingTime(night))), "2026-03-30");
}

TEST(Company, TheSameSeedGivesTheSameCompany) {
  const json::value again = Truth(Generate(Small()));
  EXPECT_EQ(Truth(Shared()), again);
  EXPECT_NE(Truth(Generate(Small(2))), again);
}

TEST(Company, HasTheWantedNumberOfDeals) {
  const auto templates = std::count_if(Shared().deals.begin(), Shared().deals.end(),
                                       [](const Deal& deal) { return deal.template_; });
  EXPECT_EQ(templates, 2);
  EXPECT_EQ(Shared().deals.size() - 2, 2000U);
  EXPECT_GE(Shared().employees.size(), 8U);
  EXPECT_LE(Shared().employees.size(), 30U);
}

TEST(Company, NothingHappenedInTheFuture) {
  const Company& company = Shared();
  for (const StageEvent& event : company.deal_events) ASSERT_LE(event.at, company.now);
  for (const StageEvent& event : company.lead_events) ASSERT_LE(event.at, company.now);
  for (const Comment& comment : company.comments) ASSERT_LE(comment.created, company.now);
  for (const Action& action : company.actions) {
    ASSERT_LE(action.created, company.now);
    ASSERT_LE(action.modified, company.now);
  }
}

TEST(Company, HistoryIsInOrderAndTellsThePresentStage) {
  const Company& company = Shared();
  const auto before = [](const StageEvent& a, const StageEvent& b) { return a.at < b.at; };
  EXPECT_TRUE(std::is_sorted(company.deal_events.begin(), company.deal_events.end(), before));
  std::map<uint32_t, const StageEvent*> last;
  for (const StageEvent& event : company.deal_events) {
    const StageEvent*& previous = last[event.card];
    if (previous == nullptr) {
      EXPECT_EQ(event.kind, 1);
      EXPECT_EQ(event.at, company.deals[event.card - 1].created);
    } else if (DealStages()[previous->stage].category != DealStages()[event.stage].category) {
      EXPECT_EQ(event.kind, 5);
    } else {
      EXPECT_EQ(event.kind, DealStages()[event.stage].semantic == 'P' ? 2 : 3);
    }
    previous = &event;
  }
  for (uint32_t id = 1; id <= company.deals.size(); ++id) {
    const Deal& deal = company.deals[id - 1];
    if (deal.template_) continue;
    ASSERT_EQ(last.at(id)->stage, deal.stage) << id;
    ASSERT_EQ(last.at(id)->at, deal.moved) << id;
  }
}

TEST(Company, IsBelievable) {
  const Company& company = Shared();
  std::set<uint32_t> reopened, skipped, returned, late;
  std::map<uint32_t, std::vector<const StageEvent*>> paths;
  for (const StageEvent& event : company.deal_events) paths[event.card].push_back(&event);
  for (const auto& [id, path] : paths) {
    for (size_t i = 1; i < path.size(); ++i) {
      const Stage& from = DealStages()[path[i - 1]->stage];
      const Stage& to = DealStages()[path[i]->stage];
      if (from.semantic == 'F' && to.semantic == 'P') reopened.insert(id);
      if (from.category != to.category || to.semantic != 'P' || from.semantic != 'P') continue;
      if (to.sort > from.sort + 10) skipped.insert(id);
      if (to.sort < from.sort) returned.insert(id);
    }
    const Deal& deal = company.deals[id - 1];
    if (deal.won != 0 && deal.won - deal.created < 3600) late.insert(id);
  }
  EXPECT_GT(reopened.size(), 5U);
  EXPECT_GT(skipped.size(), 50U);
  EXPECT_GT(returned.size(), 10U);
  EXPECT_GT(late.size(), 10U);
  const auto count = [&](auto&& what) {
    return std::count_if(company.deals.begin(), company.deals.end(), what);
  };
  EXPECT_GT(count([](const Deal& deal) { return deal.no_amount; }), 20);
  EXPECT_GT(count([](const Deal& deal) { return deal.no_source; }), 10);
  EXPECT_GT(count([](const Deal& deal) { return deal.contact == 0 && deal.company == 0; }), 3);
  EXPECT_GT(count([](const Deal& deal) { return deal.currency != 0; }), 20);
  EXPECT_GT(count([](const Deal& deal) { return deal.forgotten; }), 10);
  EXPECT_GT(count([](const Deal& deal) { return DealCategory(deal) == kProduction; }), 50);
  // The purchased base: one author, within an hour, hardly ever good.
  std::vector<const Lead*> flood;
  for (const Lead& lead : company.leads) {
    if (lead.source == PurchasedBaseSource()) flood.push_back(&lead);
  }
  ASSERT_GT(flood.size(), 50U);
  EXPECT_LT(flood.back()->created - flood.front()->created, 3600U);
  EXPECT_TRUE(std::all_of(flood.begin(), flood.end(),
                          [&](const Lead* lead) { return lead->creator == flood.front()->creator; }));
  const auto good =
      std::count_if(flood.begin(), flood.end(), [](const Lead* lead) { return LeadSemantic(*lead) == 'S'; });
  EXPECT_LT(static_cast<double>(good), 0.06 * static_cast<double>(flood.size()));
  // Three record months, then a fall.
  std::map<int, int> won;  // by 90 days back
  for (const Deal& deal : company.deals) {
    if (deal.seller == BurningOutId()) ++won[(LocalDay(company.now) - LocalDay(deal.won)) / 90];
  }
  EXPECT_GT(won[1] + won[2], 2 * won[0]);
}

TEST(Company, ProductRowsAddUpToTheAmount) {
  const Company& company = Shared();
  size_t with_lines = 0;
  for (uint32_t id = 1; id <= company.deals.size(); ++id) {
    int64_t sum = 0;
    const auto lines = LinesOf(company, id);
    for (const ProductLine& line : lines) sum += line.price_minor * line.quantity;
    if (lines.empty()) continue;
    ++with_lines;
    ASSERT_EQ(sum, company.deals[id - 1].amount_minor) << id;
  }
  EXPECT_GT(with_lines, 500U);
}

TEST(Living, CuttingTimeIntoPiecesChangesNothing) {
  Options options = Small();
  options.deals = 1000;
  options.now = AtLocal(MakeDay(2026, 3, 31), 11 * 3600);
  Company whole = Generate(options);
  Company pieces = whole;
  const size_t leads = whole.leads.size();
  const size_t events = whole.deal_events.size();
  Living(whole).Advance(1500);
  Living in_pieces(pieces);
  for (int i = 0; i < 15; ++i) in_pieces.Advance(100);
  EXPECT_EQ(Truth(whole), Truth(pieces));
  EXPECT_GT(whole.leads.size(), leads);
  EXPECT_GT(whole.deal_events.size(), events);
}

/// Numbers that were dialled stand in the CRM for good, also where the lead becomes a client's in the
/// meantime.
TEST(Living, CallsKeepTheirNumbers) {
  Options options = Small(5);
  options.deals = 1000;
  Company company = Generate(options);
  Living living(company);
  std::map<uint32_t, std::string> dialled;
  for (int hour = 0; hour < 60 * 24; ++hour) {
    for (uint32_t id = static_cast<uint32_t>(dialled.empty() ? 0 : dialled.rbegin()->first) + 1;
         id <= company.actions.size(); ++id) {
      if (company.actions[id - 1].kind == ActionKind::kCall) dialled[id] = CallPhone(company, id);
    }
    living.Advance(60);
  }
  for (const auto& [id, number] : dialled) EXPECT_EQ(CallPhone(company, id), number) << id;
}

TEST(Cards, AHandOverKeepsTheSaleAndItsSeller) {
  Company company = Generate([] {
    Options options = Small();
    options.deals = 1000;
    return options;
  }());
  Deal deal;
  deal.created = company.now;
  deal.owner = 6;
  company.deals.push_back(deal);
  const auto id = static_cast<uint32_t>(company.deals.size());
  const Second t = company.now;
  const auto& card = [&]() -> const Deal& { return company.deals[id - 1]; };
  EnterDealStage(company, id, DealStage("NEW"), t, 6, true, true);
  EnterDealStage(company, id, DealStage("WON"), t + 10, 6, false, true);
  EXPECT_EQ(card().won, t + 10);
  EXPECT_EQ(card().seller, 6);
  EXPECT_EQ(card().closed, t + 10);
  company.deals[id - 1].owner = 9;
  EnterDealStage(company, id, DealStage("C4:NEW"), t + 20, 6, false, true);
  EXPECT_EQ(company.deal_events.back().kind, 5);
  EXPECT_EQ(card().won, t + 10);
  EXPECT_EQ(card().seller, 6);
  EXPECT_EQ(card().closed, 0U);
  EnterDealStage(company, id, DealStage("C4:WON"), t + 30, 9, false, true);
  EXPECT_EQ(card().closed, t + 30);
  EXPECT_EQ(card().closer, 9);
  EXPECT_EQ(card().won, t + 10);
  // Back into sales: nothing is sold any more.
  EnterDealStage(company, id, DealStage("UC_TALKS1"), t + 40, 6, false, true);
  EXPECT_EQ(card().won, 0U);
  EXPECT_EQ(card().seller, 0);
}

}  // namespace
}  // namespace svodka::emulator
