#pragma once

#include <string>

#include "engine/dictionary.hpp"
#include "engine/query_service.hpp"
#include "metrics/definitions/model.hpp"

namespace svodka::engine {

/// What the portal's own settings do to the measure, for its tooltip (metrics.md, Ground rules: sale point,
/// after-sale pipelines, whose a closed card is): sentences with the days from which they hold, or "".
std::string RulesOf(const metrics::Measure& measure, const Dictionary& dictionary, Language language);

}  // namespace svodka::engine
