#pragma once

#include "base/json.hpp"
#include "emulator/company/model.hpp"

namespace svodka::emulator {

/// The totals of metrics.md from the company's own objects, never through the API. Shape: README.md.
json::value Truth(const Company& company);

}  // namespace svodka::emulator
