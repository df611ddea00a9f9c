#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "metrics/definitions/model.hpp"

namespace svodka::engine {

/// A measure's definition with `{days}` and the like put in: what the number in front of the reader was
/// counted with. `value`: of an integer argument of the measure.
std::string FillDefinition(std::string_view text, const metrics::Measure& measure,
                           const std::function<int64_t(const metrics::Argument&)>& value);

}  // namespace svodka::engine
