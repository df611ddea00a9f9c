#pragma once

#include "metrics/definitions/model.hpp"

namespace svodka::metrics {

using Places = std::map<std::string, std::string>;

/// Checks what one file cannot know about another: names, roles, aliases, placeholders, formulas without
/// cycles. Appends to `problems`.
void Validate(const Model& model, const Places& fact_places, const Places& dimension_places,
              Diagnostics& problems);

}  // namespace svodka::metrics
