#pragma once

#include "bench/dataset.hpp"
#include "bench/measure.hpp"

namespace svodka::bench {

struct PageSettings {
  int threads = 2;
  std::string memory = "1GB";
  bool baseline = true;
  int repeats = 9;
};

/// Measures report R2 on a loaded dataset: the page cold and warm, clicks, records; the same with
/// hand-written SQL over the plain tables; answers compared. Errors: whatever the warehouse or the report
/// says; `wrong_answer`.
Status MeasurePage(const Dataset& dataset, const PageSettings& settings, Measurements& measurements);

}  // namespace svodka::bench
