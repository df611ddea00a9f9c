#include "engine/patience.hpp"

#include <string>

namespace svodka::engine {

void Patience::Look() const {
  if (stop_.stop_requested())
    throw DiagnosticError({"cancelled", "the query was cancelled by its caller", "", {}});
  if (std::chrono::steady_clock::now() < end_) return;
  throw DiagnosticError({"deadline",
                         "putting the answer together took longer than " + std::to_string(wait_.count()) +
                             " ms; narrow the period or the filters, or ask for fewer dimensions",
                         "",
                         {}});
}

}  // namespace svodka::engine
