#include "emulator/amocrm/truth.hpp"

#include <map>

#include "base/money.hpp"
#include "emulator/amocrm/rows.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/texts.hpp"
#include "emulator/company/truth.hpp"

namespace svodka::emulator::amocrm {
namespace {

json::string Amount(int64_t minor) { return json::string(Money::FromMinor(minor).ToString()); }

std::string MonthOf(Second moment) { return LocalIso(moment).substr(0, 7); }

struct PaidMonth {
  int64_t count = 0, rubles = 0;
};

json::object Payments(const View& view) {
  std::map<std::string, PaidMonth> months;
  std::map<BillStatus, int64_t> statuses;
  int64_t paid = 0, expected = 0, partly = 0;
  for (const Invoice& invoice : view.invoices) {
    if (invoice.card != 0 && view.cards[invoice.card - 1].deleted) continue;
    const BillStatus status = view.StatusOf(invoice);
    ++statuses[status];
    if (status == BillStatus::kPaid || status == BillStatus::kAdvance) {
      paid += invoice.rubles;
      PaidMonth& month = months[MonthOf(invoice.paid_at)];
      ++month.count;
      month.rubles += invoice.rubles;
    } else {
      expected += invoice.rubles;
      if (status == BillStatus::kPartially) partly += PartOf(invoice);
    }
  }
  json::array rows;
  for (const auto& [month, sums] : months)
    rows.push_back(
        json::object{{"month", month}, {"paid", sums.count}, {"paid_amount", Amount(sums.rubles * 100)}});
  return json::object{{"created", statuses[BillStatus::kCreated]},
                      {"paid", statuses[BillStatus::kPaid]},
                      {"partially_paid", statuses[BillStatus::kPartially]},
                      {"paid_in_advance", statuses[BillStatus::kAdvance]},
                      {"paid_amount", Amount(paid * 100)},
                      {"partly_paid_amount", Amount(partly * 100)},
                      {"unpaid_amount", Amount(expected * 100)},
                      {"months", std::move(rows)}};
}

json::object Calls(const View& view) {
  int64_t incoming = 0, outgoing = 0, missed = 0, seconds = 0;
  std::map<std::string, std::pair<int64_t, int64_t>> months;
  for (const Action& action : view.company.actions) {
    if (action.kind != ActionKind::kCall || !action.completed || action.deleted) continue;
    if (action.card_type == CardType::kNone) continue;
    ++(action.incoming ? incoming : outgoing);
    missed += action.missed ? 1 : 0;
    seconds += action.end - action.start;
    auto& month = months[MonthOf(action.end)];
    ++month.first;
    month.second += action.end - action.start;
  }
  json::array rows;
  for (const auto& [month, sums] : months)
    rows.push_back(json::object{{"month", month}, {"calls", sums.first}, {"seconds", sums.second}});
  return json::object{{"incoming", incoming},
                      {"outgoing", outgoing},
                      {"missed", missed},
                      {"seconds", seconds},
                      {"months", std::move(rows)}};
}

json::array StagesNow(const View& view, bool cents) {
  struct Sum {
    int64_t count = 0, minor = 0;
  };
  std::vector<Sum> sums(Statuses().size());
  for (const Card& card : view.cards) {
    if (card.deleted) continue;
    ++sums[card.status].count;
    sums[card.status].minor += cents ? view.Amount(card) : view.Price(card) * 100;
  }
  json::array rows;
  for (size_t i = 0; i < sums.size(); ++i) {
    const Status& status = Statuses()[i];
    rows.push_back(json::object{{"pipeline", AmoPipelines()[status.pipeline].id},
                                {"status", status.id},
                                {"entity", status.pipeline == kLeadsPipeline ? "lead" : "deal"},
                                {"semantic", std::string(1, status.semantic)},
                                {"count", sums[i].count},
                                {"amount", Amount(sums[i].minor)}});
  }
  return rows;
}

}  // namespace

json::value AccountTruth(const View& view, bool cents) {
  const Company& company = view.company;
  int64_t leads = 0, merged = 0, deleted = 0, contacts = 0, companies = 0, tasks = 0;
  for (const Card& card : view.cards) {
    leads += card.deleted ? 0 : 1;
    merged += card.merged ? 1 : 0;
    deleted += card.deleted ? 1 : 0;
  }
  for (const Contact& contact : company.contacts) contacts += contact.deleted ? 0 : 1;
  for (const Firm& firm : company.firms) companies += firm.deleted || firm.own ? 0 : 1;
  for (const uint32_t task : view.tasks) tasks += company.actions[task - 1].deleted ? 0 : 1;
  json::object out;
  out["now"] = LocalIso(company.now);
  out["zone"] = "Europe/Moscow";
  out["currency"] = "RUB";
  out["rows"] = json::object{{"users", company.employees.size()},
                             {"leads", leads},
                             {"deleted_leads", deleted},
                             {"merged_leads", merged},
                             {"contacts", contacts},
                             {"companies", companies},
                             {"tasks", tasks},
                             {"lead_notes", view.lead_notes.size()},
                             {"contact_notes", view.contact_notes.size()},
                             {"company_notes", view.company_notes.size()},
                             {"events", view.events.size()},
                             {"invoices", view.invoices.size()}};
  out["lead_pipelines"] = json::array{AmoPipelines()[kLeadsPipeline].id};
  out["stages_now"] = StagesNow(view, cents);
  out["payments"] = Payments(view);
  out["calls"] = Calls(view);
  AddTruthViews(company,
                {[cents](const Deal& deal) {
                   const int64_t minor = deal.no_amount ? 0 : ToBase(deal.amount_minor, deal.currency);
                   return cents ? minor : (minor + 50) / 100 * 100;
                 },
                 [](uint16_t employee) { return std::to_string(UserId(employee)); },
                 std::to_string(AmoPipelines()[kMakingPipeline].id)},
                out);
  return out;
}

}  // namespace svodka::emulator::amocrm
