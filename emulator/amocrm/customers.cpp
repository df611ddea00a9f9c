#include <algorithm>
#include <map>

#include "emulator/amocrm/exchange.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator::amocrm {
namespace {

constexpr int64_t kRecentStatus = 5101, kDueStatus = 5102;

}  // namespace

Response Exchange::Customers() {
  if (!switches_.customers) throw Problem{402, "Payment Required", "Функционал покупателей отключён"};
  const std::string_view second = parts_.size() > 1 ? parts_[1] : std::string_view();
  if (second == "statuses") {
    const auto status = [&](int64_t id, const char* name, int sort, const char* color) {
      return json::object{{"id", id},
                          {"name", name},
                          {"sort", sort},
                          {"is_default", id == kRecentStatus},
                          {"conditions", json::array()},
                          {"color", color},
                          {"type", 0},
                          {"account_id", kAccountId},
                          {"_links", Link(origin_ + "/api/v4/customers/statuses/" + std::to_string(id))}};
    };
    return Whole("statuses", {status(kRecentStatus, "Недавняя покупка", 10, "#ccc8f9"),
                              status(kDueStatus, "Пора покупать", 20, "#fff000")});
  }
  if (second == "segments") return Empty();
  // A contact who has bought at least twice is a customer; each sale is a purchase. The next one is expected
  // after the usual time between them: then a robot moves the customer on. Whatever changes a purchase
  // changes the customer; one who is left with a single purchase is no customer any more.
  struct Bought {
    int64_t sum = 0, count = 0;
    Second first = UINT32_MAX, last = 0, changed = 0;
    std::vector<uint32_t> cards;
    Second next() const { return last + (last - first) / static_cast<Second>(count - 1); }
  };
  std::map<uint32_t, Bought> buyers;
  for (uint32_t id = 1; id <= view().cards.size(); ++id) {
    const Card& card = view().cards[id - 1];
    if (card.deal == 0) continue;
    const Deal& deal = company().deals[card.deal - 1];
    if (deal.won == 0 || deal.contact == 0) continue;
    Bought& bought = buyers[deal.contact];
    bought.changed = std::max(bought.changed, card.updated);
    if (card.deleted) continue;
    bought.sum += view().Price(card);
    ++bought.count;
    bought.first = std::min(bought.first, deal.won);
    bought.last = std::max(bought.last, deal.won);
    bought.cards.push_back(id);
  }
  std::erase_if(buyers, [](const auto& entry) { return entry.second.count < 2; });
  const Query query = Parse();
  const Style style = Style_(query);
  const auto updated_of = [&](uint32_t contact) {
    const Bought& bought = buyers.at(contact);
    const Second own = std::max(bought.changed, company().contacts[contact - 1].modified);
    return bought.next() > company().now ? own : std::max(own, bought.next());
  };
  const auto row = [&](uint32_t contact) {
    const Bought& bought = buyers.at(contact);
    const uint16_t owner = company().contacts[contact - 1].owner;
    const PersonName name = ContactName(company(), contact);
    const Second next = bought.next();
    json::object embedded{{"segments", json::array()}, {"tags", json::array()}, {"companies", json::array()}};
    if (style.with.contains("contacts"))
      embedded["contacts"] = json::array{json::object{{"id", kContactIds + contact}, {"is_main", true}}};
    return json::object{
        {"id", kCustomerIds + contact},
        {"name", name.first + " " + name.last},
        {"next_price", bought.sum / bought.count},
        {"next_date", next},
        {"responsible_user_id", UserId(owner)},
        {"status_id", next > company().now ? kRecentStatus : kDueStatus},
        {"periodicity", 0},
        {"created_by", UserId(owner)},
        {"updated_by", UserId(owner)},
        {"created_at", bought.first},
        {"updated_at", updated_of(contact)},
        {"closest_task_at", nullptr},
        {"is_deleted", false},
        {"custom_fields_values", nullptr},
        {"ltv", bought.sum},
        {"purchases_count", bought.count},
        {"average_check", bought.sum / bought.count},
        {"account_id", kAccountId},
        {"_links", Link(origin_ + "/api/v4/customers/" + std::to_string(kCustomerIds + contact))},
        {"_embedded", std::move(embedded)}};
  };
  std::vector<uint32_t> ids;
  const auto wanted = switches_.filters ? query.Numbers("id") : std::nullopt;
  const auto updated = switches_.filters ? query.Numbers("updated_at") : std::nullopt;
  for (const auto& [contact, bought] : buyers) {
    if (wanted && !wanted->Fits(kCustomerIds + contact)) continue;
    if (updated && !updated->Fits(updated_of(contact))) continue;
    ids.push_back(contact);
  }
  const bool of_one = parts_.size() > 2 && parts_[2] == "transactions";
  if (second == "transactions" || of_one) {
    std::vector<uint32_t> cards;
    for (const auto& [contact, bought] : buyers) {
      if (of_one && Place(second, kCustomerIds, company().contacts.size()) != contact) continue;
      cards.insert(cards.end(), bought.cards.begin(), bought.cards.end());
    }
    std::sort(cards.begin(), cards.end());
    return PageOf(query, "transactions", cards, [&](uint32_t id) {
      const Card& card = view().cards[id - 1];
      const Deal& deal = company().deals[card.deal - 1];
      const int64_t customer = kCustomerIds + deal.contact;
      return json::object{{"id", 90000000 + static_cast<int64_t>(id)},
                          {"price", view().Price(card)},
                          {"comment", view().Name(id)},
                          {"completed_at", deal.won},
                          {"customer_id", customer},
                          {"created_by", UserId(deal.seller)},
                          {"updated_by", UserId(deal.seller)},
                          {"created_at", deal.won},
                          {"updated_at", deal.won},
                          {"is_deleted", false},
                          {"account_id", kAccountId},
                          {"_embedded", json::object{{"customer", json::object{{"id", customer}}},
                                                     {"catalog_elements", json::array()}}}};
    });
  }
  if (parts_.size() > 1) {
    const uint32_t contact = Place(second, kCustomerIds, company().contacts.size());
    if (contact == 0 || !buyers.contains(contact)) return Empty();
    return Hal(200, row(contact));
  }
  return PageOf(query, "customers", ids, row);
}

}  // namespace svodka::emulator::amocrm
