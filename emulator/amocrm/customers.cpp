#include <algorithm>
#include <map>

#include "emulator/amocrm/exchange.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator::amocrm {

Response Exchange::Customers() {
  if (!switches_.customers) throw Problem{402, "Payment Required", "Функционал покупателей отключён"};
  const std::string_view second = parts_.size() > 1 ? parts_[1] : std::string_view();
  if (second == "statuses") {
    return Whole("statuses",
                 {json::object{{"id", 5101}, {"name", "Недавняя покупка"}, {"sort", 10}, {"type", 0}},
                  json::object{{"id", 5102}, {"name", "Пора покупать"}, {"sort", 20}, {"type", 0}}});
  }
  if (second == "segments") return Empty();
  // A contact who has bought at least twice is a customer; each sale is a purchase.
  struct Bought {
    int64_t sum = 0, count = 0;
    Second first = UINT32_MAX, last = 0;
    std::vector<uint32_t> cards;
  };
  std::map<uint32_t, Bought> buyers;
  for (uint32_t id = 1; id <= view().cards.size(); ++id) {
    const Card& card = view().cards[id - 1];
    if (card.deleted || card.deal == 0) continue;
    const Deal& deal = company().deals[card.deal - 1];
    if (deal.won == 0 || deal.contact == 0) continue;
    Bought& bought = buyers[deal.contact];
    bought.sum += view().Price(card);
    ++bought.count;
    bought.first = std::min(bought.first, deal.won);
    bought.last = std::max(bought.last, deal.won);
    bought.cards.push_back(id);
  }
  std::erase_if(buyers, [](const auto& entry) { return entry.second.count < 2; });
  const Query query = Parse();
  Style style = Style_(query);
  const auto row = [&](uint32_t contact) {
    const Bought& bought = buyers.at(contact);
    const uint16_t owner = company().contacts[contact - 1].owner;
    const PersonName name = ContactName(company(), contact);
    const Second next = bought.last + (bought.last - bought.first) / static_cast<Second>(bought.count - 1);
    return json::object{
        {"id", kCustomerIds + contact},
        {"name", name.first + " " + name.last},
        {"next_price", bought.sum / bought.count},
        {"next_date", next},
        {"responsible_user_id", UserId(owner)},
        {"status_id", next > company().now ? 5101 : 5102},
        {"periodicity", 0},
        {"created_by", UserId(owner)},
        {"updated_by", UserId(owner)},
        {"created_at", bought.first},
        {"updated_at", bought.last},
        {"closest_task_at", nullptr},
        {"is_deleted", false},
        {"custom_fields_values", nullptr},
        {"ltv", bought.sum},
        {"purchases_count", bought.count},
        {"average_check", bought.sum / bought.count},
        {"account_id", kAccountId},
        {"_links", Link(origin_ + "/api/v4/customers/" + std::to_string(kCustomerIds + contact))},
        {"_embedded", json::object{{"segments", json::array()},
                                   {"tags", json::array()},
                                   {"contacts", json::array{json::object{{"id", kContactIds + contact},
                                                                         {"is_main", true}}}}}}};
  };
  std::vector<uint32_t> ids;
  const auto wanted = switches_.filters ? query.Numbers("id") : std::nullopt;
  const auto updated = switches_.filters ? query.Numbers("updated_at") : std::nullopt;
  for (const auto& [contact, bought] : buyers) {
    if (wanted && !wanted->Fits(kCustomerIds + contact)) continue;
    if (updated && !updated->Fits(bought.last)) continue;
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
