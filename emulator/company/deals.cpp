#include <algorithm>
#include <array>

#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/generate.hpp"
#include "emulator/company/staff.hpp"

namespace svodka::emulator {
namespace {

uint8_t PickDealSource(Random& random) {
  static const std::vector<double> weights = [] {
    std::vector<double> list;
    for (const Source& source : Sources()) list.push_back(source.deal_share);
    return list;
  }();
  return static_cast<uint8_t>(random.Weighted(weights));
}

/// Working stages of a category, its success, its failures.
struct Course {
  std::vector<StageIndex> working, failures;
  StageIndex success = 0;
};
const Course& CourseOf(uint8_t category) {
  static const std::array<Course, 3> courses = [] {
    std::array<Course, 3> list;
    for (const uint8_t one : {kMainSales, kRepeatSales, kProduction}) {
      Course& course = list[one / 2];
      const StageRange range = StagesOf(one);
      for (StageIndex stage = range.begin; stage < range.end; ++stage) {
        switch (DealStages()[stage].semantic) {
          case 'P':
            course.working.push_back(stage);
            break;
          case 'S':
            course.success = stage;
            break;
          default:
            course.failures.push_back(stage);
            break;
        }
      }
    }
    return list;
  }();
  return courses[category / 2];
}

/// The life of one deal from its creation to the company's present.
class DealLife {
 public:
  DealLife(Company& company, uint32_t id, Random& random) : company_(company), id_(id), random_(random) {}

  void Live(uint8_t category) {
    const Deal& start = company_.deals[id_ - 1];
    at_ = start.created;
    const Employee& owner = company_.employee(start.owner);
    const Shape shape = ShapeAt(company_, owner, at_);
    const Course& course = CourseOf(category);
    EnterDealStage(company_, id_, course.working.front(), at_, start.creator, true, false);
    const double source = start.no_source ? 0.9 : 0.72 + 0.7 * std::min(0.6, Sources()[start.source].quality);
    const double base = category == kRepeatSales ? 0.66 : 0.33;
    const bool wins = random_.Chance(std::clamp(base * owner.skill * shape.luck * source, 0.03, 0.94));
    if (wins && random_.Chance(0.04)) {  // entered after the fact
      at_ += static_cast<Second>(random_.Between(90, 3000));
      if (Move(course.success)) Sold();
      return;
    }
    if (random_.Chance(0.035))
      forgotten_after_ = static_cast<size_t>(random_.Between(0, static_cast<int64_t>(course.working.size())));
    const double days = std::min(random_.LogNormal(category == kRepeatSales ? 8 : 23, 0.85), 700.0) *
                        owner.pace / std::sqrt(shape.diligence);
    const size_t last =
        wins ? course.working.size() - 1
             : static_cast<size_t>(random_.Between(0, static_cast<int64_t>(course.working.size())));
    if (!Walk(course, last, days * (wins ? 1.0 : 1.25))) return;
    if (wins) {
      if (Move(course.success)) Sold();
      return;
    }
    if (!Move(PickFailure(course, last))) return;
    if (random_.Chance(0.035)) Reopen(course);
  }

 private:
  /// False when the company's present has come first.
  bool Move(StageIndex stage) {
    if (at_ > company_.now) return false;
    EnterDealStage(company_, id_, stage, at_, Mover(), false, false);
    return true;
  }
  uint16_t Mover() {
    const Deal& deal = company_.deals[id_ - 1];
    return random_.Chance(0.03) ? uint16_t{5} : deal.owner;  // the head sometimes moves a card
  }
  void Wait(double days) {
    at_ = std::max(at_ + 60,
                   ToWorkingTime(at_ + static_cast<Second>(std::clamp(days, 0.002, 900.0) * kDaySeconds)));
  }

  bool Walk(const Course& course, size_t last, double days) {
    const double step = days / static_cast<double>(last + 1);
    for (size_t i = 0;; ++i) {
      if (i == forgotten_after_) {
        company_.deals[id_ - 1].forgotten = true;
        return false;
      }
      Wait(step * random_.LogNormal(0.8, 0.6));
      if (i >= last) return at_ <= company_.now;
      if (i + 1 < last && random_.Chance(0.11)) continue;  // skips a stage
      if (!Move(course.working[i + 1])) return false;
      if (i > 0 && random_.Chance(0.03)) {  // back a stage, and on again
        Wait(step * 0.5);
        if (!Move(course.working[i])) return false;
        Wait(step * 0.7);
        if (!Move(course.working[i + 1])) return false;
      }
      if (random_.Chance(0.015)) ChangeOwner();
    }
  }

  StageIndex PickFailure(const Course& course, size_t last) {
    // Early losses are poor fits and silence, late ones price and competitors.
    static constexpr std::array<double, 5> kEarly = {0.16, 0.14, 0.15, 0.30, 0.25};
    static constexpr std::array<double, 5> kLate = {0.36, 0.30, 0.18, 0.13, 0.03};
    const auto& weights = last < 2 ? kEarly : kLate;
    return course.failures[random_.Weighted(std::span(weights.data(), course.failures.size()))];
  }

  void Reopen(const Course& course) {
    Wait(random_.LogNormal(35, 0.6));
    if (!Move(course.working[course.working.size() / 2])) return;
    Wait(random_.LogNormal(12, 0.7));
    if (random_.Chance(0.45)) {
      if (Move(course.success)) Sold();
    } else {
      Move(PickFailure(course, course.working.size() - 1));
    }
  }

  void ChangeOwner() {
    if (at_ > company_.now) return;
    Deal& deal = company_.deals[id_ - 1];
    GiveDeal(company_, id_, PickEmployee(company_, Duty::kSales, at_, random_), at_, 5);
    deal.modified = at_;
    deal.modifier = 5;
  }

  /// After the money came: larger works go on to production, which has another responsible.
  void Sold() {
    const Deal& deal = company_.deals[id_ - 1];
    if (!company_.options.handover || deal.sale_category != kMainSales || deal.type > 1 ||
        !random_.Chance(0.75))
      return;
    Wait(random_.LogNormal(0.5, 0.8));
    if (at_ > company_.now) return;
    const Course& course = CourseOf(kProduction);
    if (random_.Chance(0.8)) {
      GiveDeal(company_, id_, PickEmployee(company_, Duty::kMaking, at_, random_), at_, deal.seller);
    }
    if (!Move(course.working.front())) return;
    forgotten_after_ = SIZE_MAX;
    if (Walk(course, course.working.size() - 1, random_.LogNormal(19, 0.5))) Move(course.success);
  }

  Company& company_;
  uint32_t id_;
  Random& random_;
  Second at_ = 0;
  size_t forgotten_after_ = SIZE_MAX;
};

void LeaveBehind(Company& company, Random& random) {
  // Most open deals of the dismissed are handed to colleagues on their last day; some stay, as happens.
  for (const Employee& employee : company.employees) {
    if (employee.dismissed == 0) continue;
    for (uint32_t id = 1; id <= company.deals.size(); ++id) {
      Deal& deal = company.deals[id - 1];
      if (deal.owner != employee.id || DealSemantic(deal) != 'P' || random.Chance(0.2)) continue;
      if (deal.moved > employee.dismissed) continue;
      GiveDeal(company, id, PickEmployee(company, Duty::kSales, employee.dismissed, random),
               employee.dismissed, 5);
      deal.modified = std::max(deal.modified, employee.dismissed);
      deal.modifier = 5;
    }
  }
}

}  // namespace

void GiveClient(Company& company, uint32_t id, const Customer* known, Random& random) {
  Deal& deal = company.deals[id - 1];
  if (known != nullptr) {
    deal.contact = known->contact;
    deal.company = known->company;
    return;
  }
  const double kind = random.Unit();
  if (kind < 0.02) return;  // nobody: a deal without a client
  if (kind < 0.93) {
    Contact contact;
    contact.created = contact.modified = contact.last_activity = deal.created;
    contact.owner = deal.owner;
    contact.creator = deal.creator;
    contact.source = deal.source;
    contact.lead = deal.lead;
    contact.city = static_cast<uint8_t>(random.Between(0, static_cast<int64_t>(Cities().size())));
    company.contacts.push_back(contact);
    deal.contact = static_cast<uint32_t>(company.contacts.size());
  }
  if (kind < 0.55 || kind >= 0.93) {
    Firm firm;
    firm.created = firm.modified = firm.last_activity = deal.created;
    firm.owner = deal.owner;
    firm.creator = deal.creator;
    firm.source = deal.source;
    firm.main_contact = deal.contact;
    firm.city = deal.contact != 0
                    ? company.contacts[deal.contact - 1].city
                    : static_cast<uint8_t>(random.Between(0, static_cast<int64_t>(Cities().size())));
    firm.industry = static_cast<uint8_t>(random.Between(0, static_cast<int64_t>(Industries().size())));
    firm.type = random.Chance(0.9) ? 0 : 1;
    company.firms.push_back(firm);
    deal.company = static_cast<uint32_t>(company.firms.size());
    if (deal.contact != 0) company.contacts[deal.contact - 1].company = deal.company;
    // A quarter of the deals with companies name the accountant of the client as a second contact.
    if (deal.contact != 0 && random.Chance(0.25)) {
      Contact second = company.contacts[deal.contact - 1];
      second.lead = 0;
      company.contacts.push_back(second);
      deal.second_contact = static_cast<uint32_t>(company.contacts.size());
    }
  }
}

void Price(Company& company, uint32_t id, Random& random) {
  Deal& deal = company.deals[id - 1];
  static constexpr std::array<double, 5> kTypes = {46, 22, 18, 9, 5};
  static constexpr std::array<double, 5> kMedians = {210e3, 620e3, 60e3, 22e3, 35e3};
  deal.type = static_cast<uint8_t>(random.Weighted(kTypes));
  deal.product = static_cast<uint8_t>(random.Between(0, static_cast<int64_t>(Products().size())));
  const double rubles = random.LogNormal(kMedians[deal.type] * company.employee(deal.owner).price, 0.85);
  const double foreign = random.Unit();
  deal.currency = foreign < 0.02 ? uint8_t{1} : foreign < 0.035 ? uint8_t{2} : uint8_t{0};
  if (deal.currency == 0) {
    deal.amount_minor = std::max<int64_t>(1, static_cast<int64_t>(rubles / 100)) * 100 * 100;
    if (random.Chance(0.15)) deal.amount_minor += random.Between(1, 10000);  // to the kopeck
  } else {
    deal.amount_minor = std::max<int64_t>(10, static_cast<int64_t>(rubles / 85)) * 100;
  }
  deal.no_amount = random.Chance(0.06);
  if (deal.no_amount) deal.amount_minor = 0;
  deal.begin_day = LocalDay(deal.created).number;
  deal.planned_close =
      deal.begin_day + (random.Chance(0.45) ? 7 : static_cast<int32_t>(random.Between(10, 90)));
}

void LiveDeals(Company& company, const std::vector<Birth>& births, Random& random) {
  Customers customers;
  for (int i = 0; i < 2; ++i) {  // the company's own legal entities
    Firm own;
    own.created = own.modified = own.last_activity = company.start;
    own.owner = own.creator = DirectorId();
    own.own = true;
    company.firms.push_back(own);
  }
  for (const Birth& birth : births) {
    while (!customers.waiting.empty() && customers.waiting.top().from <= birth.at) {
      customers.ready.push_back(customers.waiting.top());
      customers.waiting.pop();
    }
    const auto id = static_cast<uint32_t>(company.deals.size() + 1);
    Deal deal;
    deal.created = deal.modified = deal.moved = deal.last_activity = birth.at;
    deal.lead = birth.lead;
    uint8_t category = kMainSales;
    const Customer* known = nullptr;
    if (!customers.ready.empty() && random.Chance(birth.lead != 0 ? 0.07 : 0.62)) {
      // The recent ones come back most.
      const auto back =
          static_cast<size_t>(static_cast<double>(customers.ready.size()) * std::pow(random.Unit(), 2.0));
      known = &customers.ready[customers.ready.size() - 1 - back];
    }
    if (birth.lead != 0) {
      const Lead& lead = company.leads[birth.lead - 1];
      deal.owner = lead.owner;
      deal.source = lead.source;
      deal.utm = lead.utm;
    } else {
      if (known != nullptr && random.Chance(0.75)) category = kRepeatSales;
      deal.source = PickDealSource(random);
      deal.no_source = random.Chance(0.05);
      const bool faithful = known != nullptr && random.Chance(0.7) &&
                            WorksAt(company.employee(known->seller), birth.at) &&
                            company.employee(known->seller).sells;
      deal.owner = faithful               ? known->seller
                   : random.Chance(0.006) ? AccountantId()
                                          : PickEmployee(company, Duty::kSales, birth.at, random);
    }
    deal.creator = deal.owner;
    deal.returning = known != nullptr;
    company.deals.push_back(deal);
    Price(company, id, random);
    const Customer chosen = known != nullptr ? *known : Customer{};
    GiveClient(company, id, known != nullptr ? &chosen : nullptr, random);
    if (birth.lead != 0) {
      Lead& lead = company.leads[birth.lead - 1];
      lead.deal = id;
      lead.contact = company.deals[id - 1].contact;
      lead.company = company.deals[id - 1].company;
      lead.returning = known != nullptr;
    }
    DealLife(company, id, random).Live(category);
    const Deal& done = company.deals[id - 1];
    if (done.won != 0) {
      if (done.no_amount && random.Chance(0.6)) {
        Deal& card = company.deals[id - 1];
        card.no_amount = false;
        card.currency = 0;
        card.amount_minor = static_cast<int64_t>(random.LogNormal(900, 0.8)) * 10000 + 10000;
      }
      if (done.contact != 0 || done.company != 0) {
        customers.waiting.push(
            Customer{done.won + static_cast<Second>(random.LogNormal(25, 0.9) * kDaySeconds), done.contact,
                     done.company, done.seller});
      }
    }
    const bool open = DealSemantic(done) == 'P';
    const Second until = open && !done.forgotten ? company.now : std::max(done.moved, done.created + 600);
    const bool person = done.contact != 0;
    const double vigour = ShapeAt(company, company.employee(done.owner), done.created).diligence;
    const Care care{CardType::kDeal,
                    id,
                    done.created,
                    std::min(until, company.now),
                    done.owner,
                    person              ? CardType::kContact
                    : done.company != 0 ? CardType::kCompany
                                        : CardType::kNone,
                    person ? done.contact : done.company,
                    6.6 * vigour,
                    1.15,
                    open && !done.forgotten};
    TakeCare(company, care, random);
    if (done.won != 0 && person && random.Chance(0.15)) {
      TakeCare(company,
               Care{CardType::kContact, done.contact, done.won, company.now, done.owner, CardType::kNone, 0,
                    1.0, 0.1, false},
               random);
    }
  }
  LeaveBehind(company, random);
  // Two templates of recurring deals: the portal lists them among the deals although they are none.
  for (int i = 0; i < 2 && company.deals.size() > 10; ++i) {
    const auto id = static_cast<uint32_t>(company.deals.size() + 1);
    Deal deal;
    deal.created = deal.modified = deal.moved = deal.last_activity =
        company.now - kDaySeconds * 3 + static_cast<Second>(i);
    deal.owner = deal.creator = deal.modifier = deal.mover = DirectorId();
    deal.template_ = true;
    deal.begin_day = deal.planned_close = LocalDay(deal.created).number;
    company.deals.push_back(deal);
    Price(company, id, random);
    company.deals[id - 1].stage = DealStage("NEW");
  }
}

}  // namespace svodka::emulator
