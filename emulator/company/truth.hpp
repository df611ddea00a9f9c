#pragma once

#include <functional>
#include <string>

#include "base/json.hpp"
#include "emulator/company/model.hpp"

namespace svodka::emulator {

/// The totals of metrics.md from the company's own objects, never through the API. Shape: README.md.
json::value Truth(const Company& company);

/// How a CRM shows amounts and employees.
struct TruthTerms {
  std::function<int64_t(const Deal&)> amount;     ///< hundredths of the base currency
  std::function<std::string(uint16_t)> employee;  ///< id
  std::string production;                         ///< id of the after-sale pipeline
};
/// The views of Truth in another CRM's terms: `plain` and `after_sale`.
void AddTruthViews(const Company& company, const TruthTerms& terms, json::object& out);

}  // namespace svodka::emulator
