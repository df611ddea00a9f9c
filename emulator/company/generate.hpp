#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "emulator/company/model.hpp"
#include "emulator/company/random.hpp"

namespace svodka::emulator {

/// Makes a company with its whole history up to `options.now`. The same options give the same company on
/// every machine. About a gigabyte and half a minute for a million deals.
Company Generate(const Options& options);

/// One deal about to begin.
struct Birth {
  Second at = 0;
  uint32_t lead = 0;  ///< 0: begun without a lead
};
/// Who has bought, and from when on they may come again.
struct Customer {
  Second from = 0;
  uint32_t contact = 0, company = 0;
  uint16_t seller = 0;
  bool operator>(const Customer& other) const { return from > other.from; }
};
struct Customers {
  std::priority_queue<Customer, std::vector<Customer>, std::greater<>> waiting;
  std::vector<Customer> ready;
};

/// Steps of Generate, in this order.
std::vector<Birth> LiveLeads(Company& company, Random& random);
void LiveDeals(Company& company, const std::vector<Birth>& births, Random& random);

/// Activities and comments of one card between two moments, and, for an open card, perhaps a step planned
/// ahead.
struct Care {
  CardType type = CardType::kDeal;
  uint32_t card = 0;
  Second from = 0, to = 0;
  uint16_t responsible = 0;
  CardType client_type = CardType::kNone;
  uint32_t client = 0;
  double actions = 0, comments = 0;  ///< means
  bool open = false;
};
void TakeCare(Company& company, const Care& care, Random& random);

/// Gives a deal its client: a known one, or a new contact, mostly with a company.
void GiveClient(Company& company, uint32_t deal, const Customer* known, Random& random);
/// Amount, currency, planned close, type, product.
void Price(Company& company, uint32_t deal, Random& random);

/// `count` moments of the history in order, by season, weekday, holiday, hour and the company's growth.
std::vector<Second> BusinessMoments(const Company& company, size_t count, bool around_the_clock,
                                    Random& random);

/// Source of a lead or a deal at a moment, and a campaign that fits it (0 = no tags).
uint8_t PickLeadSource(Second at, Random& random);
uint8_t PickCampaign(uint8_t source, Random& random);

}  // namespace svodka::emulator
