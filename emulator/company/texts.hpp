#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/money.hpp"
#include "emulator/company/model.hpp"

/// Texts and custom values of the company's objects. They follow from the seed and the id, unless an API call
/// wrote another (Company::texts).
namespace svodka::emulator {

struct PersonName {
  std::string first, second, last;
};
PersonName ContactName(const Company& company, uint32_t id);
PersonName LeadName(const Company& company, uint32_t id);
/// `+79161234567`
std::string ContactPhone(const Company& company, uint32_t id);
std::string ContactEmail(const Company& company, uint32_t id);
/// A lead that became a contact has the contact's phone.
std::string LeadPhone(const Company& company, uint32_t id);
std::string FirmPhone(const Company& company, uint32_t id);
std::string FirmTitle(const Company& company, uint32_t id);
std::string LeadTitle(const Company& company, uint32_t id);
std::string DealTitle(const Company& company, uint32_t id);
std::string ActionSubject(const Company& company, uint32_t id);
std::string ActionText(const Company& company, uint32_t id);
std::string TaskTitle(const Company& company, uint32_t id);
std::string CommentText(const Company& company, uint32_t id);
/// `200` answered, `304` missed, `486` busy, `603-S` cancelled.
std::string CallCode(const Company& company, uint32_t action_id);
std::string CallPhone(const Company& company, uint32_t action_id);

/// Custom fields of a deal. Empty: not filled in.
struct DealCustom {
  std::vector<uint8_t> directions;  ///< indices in Directions()
  uint8_t city = 0;
  std::optional<uint8_t> channel;
  std::optional<double> area;
  std::optional<Day> ship_day;
  bool needs_montage = false;
  std::optional<Money> cost;
  std::string contract;
  std::optional<uint8_t> loss_reason;  ///< index in LossWords(); may be left over on a card reopened since
};
DealCustom CustomOf(const Company& company, uint32_t deal_id);
uint8_t LeadCity(const Company& company, uint32_t lead_id);
/// Index in LossWords() of a lost lead, where one was given.
std::optional<uint8_t> LeadLossReason(const Company& company, uint32_t lead_id);

struct ProductLine {
  uint8_t product = 0;
  int64_t price_minor = 0;
  int64_t quantity = 1;
};
/// Rows of a deal; they add up to its amount exactly. Half of the deals have none.
std::vector<ProductLine> LinesOf(const Company& company, uint32_t deal_id);

std::string UserName(const Employee& employee);

}  // namespace svodka::emulator
