#pragma once

#include "app/setup/say.hpp"
#include "base/json.hpp"

namespace svodka::app {

/// Where in each CRM the secret is made and what to tick: `{"kinds": [{"kind", "title", "lead", "steps": [3],
/// "ways": [{"id", "title", "steps", "fields": [{"name", "label", "hint", "secret"}]}], "scopes": [{"name",
/// "title", "why", "needed"}]}]}`. Facts: the vendors' documentation.
json::value SetupGuide(const Say& say);

}  // namespace svodka::app
