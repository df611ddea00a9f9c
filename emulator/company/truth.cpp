#include "emulator/company/truth.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "base/money.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator {
namespace {

struct Sums {
  int64_t leads_created = 0, leads_qualified = 0, leads_lost = 0, leads_junk = 0, leads_in_work = 0;
  int64_t deals_created = 0, created_amount = 0, deals_won = 0, won_amount = 0, won_without_amount = 0,
          won_cycle_s = 0;
  int64_t deals_won_owner = 0, won_amount_owner = 0;  ///< the same wins under today's responsible
  int64_t deals_lost = 0, lost_amount = 0, lost_cycle_s = 0, deals_in_work = 0, in_work_amount = 0;
  int64_t deals_new = 0, new_amount = 0, deals_repeat = 0, repeat_amount = 0;
};

int MonthOf(Second moment) {
  const auto ymd = LocalDay(moment).ymd();
  return static_cast<int>(ymd.year()) * 12 + static_cast<int>(static_cast<unsigned>(ymd.month())) - 1;
}

json::string Amount(int64_t minor) { return json::string(Money::FromMinor(minor).ToString()); }

class Book {
 public:
  template <class F>
  void Add(uint16_t employee, Second at, F&& change) {
    change(total);
    change(months[MonthOf(at)]);
    change(employees[employee]);
    change(employee_months[{employee, MonthOf(at)}]);
  }
  Sums total;
  std::map<int, Sums> months;
  std::map<uint16_t, Sums> employees;
  std::map<std::pair<uint16_t, int>, Sums> employee_months;
};

void Fill(json::object& out, const Sums& sums) {
  out["leads_created"] = sums.leads_created;
  out["leads_qualified"] = sums.leads_qualified;
  out["leads_lost"] = sums.leads_lost;
  out["leads_junk_named"] = sums.leads_junk;
  out["leads_in_work"] = sums.leads_in_work;
  out["deals_created"] = sums.deals_created;
  out["created_amount"] = Amount(sums.created_amount);
  out["deals_won"] = sums.deals_won;
  out["won_amount"] = Amount(sums.won_amount);
  out["won_without_amount"] = sums.won_without_amount;
  out["won_cycle_seconds"] = sums.won_cycle_s;
  out["deals_won_of_owner"] = sums.deals_won_owner;
  out["won_amount_of_owner"] = Amount(sums.won_amount_owner);
  out["deals_lost"] = sums.deals_lost;
  out["lost_amount"] = Amount(sums.lost_amount);
  out["lost_cycle_seconds"] = sums.lost_cycle_s;
  out["deals_in_work"] = sums.deals_in_work;
  out["in_work_amount"] = Amount(sums.in_work_amount);
  out["deals_new"] = sums.deals_new;
  out["new_amount"] = Amount(sums.new_amount);
  out["deals_repeat"] = sums.deals_repeat;
  out["repeat_amount"] = Amount(sums.repeat_amount);
}

std::string MonthName(int month) {
  std::string number = std::to_string(month % 12 + 1);
  if (number.size() == 1) number.insert(0, 1, '0');
  return std::to_string(month / 12) + "-" + number;
}

/// Who bought: the company, else the contact's company, else the contact, else the deal alone.
uint64_t ClientOf(const Company& company, uint32_t id) {
  const Deal& deal = company.deals[id - 1];
  uint64_t firm = deal.company;
  if (firm == 0 && deal.contact != 0) firm = company.contacts[deal.contact - 1].company;
  if (firm != 0) return (1ULL << 40) | firm;
  if (deal.contact != 0) return (2ULL << 40) | deal.contact;
  return (3ULL << 40) | id;
}

struct Won {
  Second at;
  uint32_t id;
  uint16_t seller;
};

json::object View(const Company& company, bool after_sale, const TruthTerms& terms) {
  Book book;
  for (const Lead& lead : company.leads) {
    if (lead.deleted) continue;
    book.Add(lead.owner, lead.created, [](Sums& sums) { ++sums.leads_created; });
    const Stage& stage = LeadStages()[lead.stage];
    if (stage.semantic == 'P') {
      book.Add(lead.owner, lead.created, [](Sums& sums) { ++sums.leads_in_work; });
    } else {
      book.Add(lead.owner, lead.closed, [&](Sums& sums) {
        ++(stage.semantic == 'S' ? sums.leads_qualified : sums.leads_lost);
        if (stage.junk) ++sums.leads_junk;
      });
    }
  }
  std::vector<Won> won;
  for (uint32_t id = 1; id <= company.deals.size(); ++id) {
    const Deal& deal = company.deals[id - 1];
    if (deal.deleted || deal.template_) continue;
    const int64_t amount = terms.amount(deal);
    book.Add(deal.owner, deal.created,
             [&](Sums& sums) { ++sums.deals_created, sums.created_amount += amount; });
    const bool making = DealCategory(deal) == kProduction;
    const char semantic = after_sale && making && deal.won != 0 ? 'S' : DealSemantic(deal);
    const Second closed = after_sale && deal.won != 0 ? deal.won : deal.closed;
    switch (semantic) {
      case 'P':
        book.Add(deal.owner, deal.created,
                 [&](Sums& sums) { ++sums.deals_in_work, sums.in_work_amount += amount; });
        break;
      case 'F':
        book.Add(deal.owner, closed, [&](Sums& sums) {
          ++sums.deals_lost, sums.lost_amount += amount, sums.lost_cycle_s += closed - deal.created;
        });
        break;
      default:
        won.push_back({closed, id, after_sale && deal.won != 0 ? deal.seller : deal.closer});
        break;
    }
  }
  std::sort(won.begin(), won.end(),
            [](const Won& a, const Won& b) { return a.at != b.at ? a.at < b.at : a.id < b.id; });
  std::unordered_set<uint64_t> buyers;
  for (const Won& sale : won) {
    const Deal& deal = company.deals[sale.id - 1];
    const int64_t amount = terms.amount(deal);
    const bool first = buyers.insert(ClientOf(company, sale.id)).second;
    book.Add(sale.seller, sale.at, [&](Sums& sums) {
      ++sums.deals_won;
      sums.won_amount += amount;
      sums.won_without_amount += deal.no_amount ? 1 : 0;
      sums.won_cycle_s += sale.at - deal.created;
      ++(first ? sums.deals_new : sums.deals_repeat);
      (first ? sums.new_amount : sums.repeat_amount) += amount;
    });
    book.Add(deal.owner, sale.at,
             [&](Sums& sums) { ++sums.deals_won_owner, sums.won_amount_owner += amount; });
  }

  json::object view, total;
  Fill(total, book.total);
  view["total"] = total;
  json::array months, employees, employee_months;
  for (const auto& [month, sums] : book.months) {
    json::object row{{"month", MonthName(month)}};
    Fill(row, sums);
    months.push_back(std::move(row));
  }
  const auto name = [&](uint16_t id) {
    return id >= 1 && id <= company.employees.size() ? UserName(company.employee(id)) : std::to_string(id);
  };
  for (const auto& [employee, sums] : book.employees) {
    json::object row{{"employee", terms.employee(employee)}, {"name", name(employee)}};
    Fill(row, sums);
    employees.push_back(std::move(row));
  }
  for (const auto& [key, sums] : book.employee_months) {
    json::object row{{"employee", terms.employee(key.first)}, {"month", MonthName(key.second)}};
    Fill(row, sums);
    employee_months.push_back(std::move(row));
  }
  view["months"] = std::move(months);
  view["employees"] = std::move(employees);
  view["employee_months"] = std::move(employee_months);
  return view;
}

json::array StagesNow(const Company& company) {
  std::vector<std::pair<int64_t, int64_t>> leads(LeadStages().size()), deals(DealStages().size());
  for (const Lead& lead : company.leads) {
    if (lead.deleted) continue;
    ++leads[lead.stage].first;
    leads[lead.stage].second += lead.no_amount ? 0 : ToBase(lead.amount_minor, lead.currency);
  }
  for (const Deal& deal : company.deals) {
    if (deal.deleted || deal.template_) continue;
    ++deals[deal.stage].first;
    deals[deal.stage].second += deal.no_amount ? 0 : ToBase(deal.amount_minor, deal.currency);
  }
  json::array rows;
  const auto add = [&](const char* entity, std::span<const Stage> stages, const auto& counts) {
    for (size_t i = 0; i < stages.size(); ++i) {
      const std::string pipeline =
          std::string(entity) == "lead" ? "lead" : std::to_string(stages[i].category);
      rows.push_back(json::object{{"entity", entity},
                                  {"pipeline", pipeline},
                                  {"stage", json::string(stages[i].id)},
                                  {"semantic", std::string(1, stages[i].semantic)},
                                  {"count", counts[i].first},
                                  {"amount", Amount(counts[i].second)}});
    }
  };
  add("lead", LeadStages(), leads);
  add("deal", DealStages(), deals);
  return rows;
}

/// What custom fields say, by the names of their options; "" where nothing is filled.
json::object Mapped(const Company& company) {
  std::map<std::string, std::map<std::string, int64_t>> counted;
  for (uint32_t id = 1; id <= company.deals.size(); ++id) {
    const Deal& deal = company.deals[id - 1];
    if (deal.deleted || deal.template_) continue;
    const DealCustom custom = CustomOf(company, id);
    if (DealSemantic(deal) == 'F')
      ++counted["deals_lost_by_reason"]
               [custom.loss_reason ? std::string(LossWords()[*custom.loss_reason].name) : ""];
    ++counted["deals_by_city"][std::string(Cities()[custom.city].name)];
    ++counted["deals_by_direction"]
             [custom.directions.empty() ? "" : std::string(Directions()[custom.directions.front()].name)];
    ++counted["deals_by_ship_month"][custom.ship_day ? ToString(*custom.ship_day).substr(0, 7) : ""];
    uint32_t firm = deal.company;
    if (firm == 0 && deal.contact != 0) firm = company.contacts[deal.contact - 1].company;
    ++counted["deals_by_city_of_client"]
             [firm != 0           ? std::string(Cities()[company.firms[firm - 1].city].name)
              : deal.contact != 0 ? std::string(Cities()[company.contacts[deal.contact - 1].city].name)
                                  : ""];
    ++counted["deals_by_industry"]
             [firm != 0 ? std::string(Industries()[company.firms[firm - 1].industry].name) : ""];
  }
  for (uint32_t id = 1; id <= company.leads.size(); ++id) {
    const Lead& lead = company.leads[id - 1];
    if (lead.deleted || LeadStages()[lead.stage].semantic != 'F') continue;
    const auto reason = LeadLossReason(company, id);
    ++counted["leads_lost_by_reason"][reason ? std::string(LossWords()[*reason].name) : ""];
  }
  json::object out;
  for (const auto& [what, values] : counted) {
    json::object list;
    for (const auto& [name, count] : values) list[name] = count;
    out[what] = std::move(list);
  }
  return out;
}

template <class Rows>
int64_t Living(const Rows& rows) {
  return std::count_if(rows.begin(), rows.end(), [](const auto& row) { return !row.deleted; });
}

}  // namespace

void AddTruthViews(const Company& company, const TruthTerms& terms, json::object& out) {
  out["plain"] = View(company, false, terms);
  json::object with_setting = View(company, true, terms);
  with_setting["after_sale_pipelines"] = json::array{json::string(terms.production)};
  out["after_sale"] = std::move(with_setting);
}

json::value Truth(const Company& company) {
  json::object out;
  out["now"] = LocalIso(company.now);
  out["zone"] = "Europe/Moscow";
  out["currency"] = "RUB";
  out["rows"] = json::object{{"users", company.employees.size()},
                             {"departments", company.departments.size()},
                             {"leads", Living(company.leads)},
                             {"deals_and_templates", Living(company.deals)},
                             {"contacts", Living(company.contacts)},
                             {"companies", Living(company.firms)},
                             {"lead_events", company.lead_events.size()},
                             {"deal_events", company.deal_events.size()},
                             {"activities", Living(company.actions)},
                             {"calls", company.calls.size()},
                             {"tasks", company.tasks.size()},
                             {"comments", Living(company.comments)}};
  out["stages_now"] = StagesNow(company);
  out["custom_fields"] = Mapped(company);
  AddTruthViews(
      company,
      {[](const Deal& deal) { return deal.no_amount ? 0 : ToBase(deal.amount_minor, deal.currency); },
       [](uint16_t employee) { return std::to_string(employee); }, std::to_string(kProduction)},
      out);
  return out;
}

}  // namespace svodka::emulator
