#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "check/compare.hpp"
#include "check/copy.hpp"
#include "check/crm_reader.hpp"
#include "check/figures.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::check {

struct Request {
  DayRange days;  ///< whole months
  bool repair = false;
};

/// What became of a difference.
enum class Fate {
  kFound,      ///< nobody asked for a repair
  kRepaired,   ///< read again, the copy equals the CRM now
  kLeft,       ///< read again, and still different
  kExplained,  ///< the copy is right; see IsExplained
  kMoving,     ///< the card changed in the CRM while we looked
};
std::string_view NameOf(Fate fate);

struct Finding {
  Difference difference;
  Fate fate = Fate::kFound;
};

struct Outcome {
  DayRange days;
  Instant started_at{}, finished_at{};
  bool repair = false;
  int64_t cards = 0;   ///< of the window, on either side
  int64_t agree = 0;   ///< copy and CRM are the same, explained ones included
  int64_t differ = 0;  ///< as found, before a repair
  int64_t left = 0;    ///< that still differ
  int64_t repaired = 0, explained = 0, moving = 0;
  int64_t requests = 0;
  Figures figures;  ///< after the repair
  std::vector<Finding> findings;
  Diagnostics notes;
};

struct Progress {
  std::string stage;               ///< cards, counts, again, repair
  int64_t done = 0, expected = 0;  ///< months
};

/// Repairs through the sync's own re-reading.
using Repair = std::function<Status(const std::vector<CardKey>&, std::stop_token)>;

/// One check. Reads the CRM month by month; what differs is read once more on both sides before anybody is
/// blamed. Errors: those of CrmReader, of Warehouse::Query and of `repair`.
Result<Outcome> Run(const Request& request, CrmReader& crm, const warehouse::Warehouse& warehouse,
                    const Clock& clock, const Repair& repair,
                    const std::function<void(const Progress&)>& show, std::stop_token stop);

}  // namespace svodka::check
