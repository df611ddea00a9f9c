#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>

#include "check/card.hpp"
#include "check/compare.hpp"

namespace svodka::check {

/// Of the cards created in a month. Sale points and after-sale pipelines are switched off here (metrics.md).
struct Figure {
  int64_t count = 0, won = 0, lost = 0, open = 0;
  Money amount, won_amount;
  auto operator<=>(const Figure&) const = default;
};

/// One line: a month's total, or its part of a pipeline, a stage or an employee.
struct FigureKey {
  std::string entity;
  int32_t month = 0;      ///< see MonthOf
  std::string dimension;  ///< total, pipeline, stage, employee
  std::string id;
  auto operator<=>(const FigureKey&) const = default;
};

struct FigurePair {
  Figure ours, crm;
  std::optional<int64_t> crm_total;  ///< the CRM's own count, where it gives one
};

using Figures = std::map<FigureKey, FigurePair>;

/// Adds a card of the copy, by the day and amount that reports count it with. Cards outside `days` or held as
/// gone add nothing.
void AddOurs(const CopyCard& card, DayRange days, Figures& figures);
/// Adds a card of the CRM, by the day that it shows, converted at its rates.
void AddCrm(const Card& card, DayRange days, const Rates& rates, Figures& figures);

}  // namespace svodka::check
