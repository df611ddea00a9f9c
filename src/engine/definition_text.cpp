#include "engine/definition_text.hpp"

namespace svodka::engine {

std::string FillDefinition(std::string_view text, const metrics::Measure& measure,
                           const std::function<int64_t(const metrics::Argument&)>& value) {
  std::string filled(text);
  for (const metrics::Argument& argument : measure.arguments) {
    if (argument.type != metrics::ArgumentType::kInteger) continue;
    const std::string place = "{" + argument.id + "}";
    for (size_t at = filled.find(place); at != std::string::npos; at = filled.find(place, at)) {
      filled.replace(at, place.size(), std::to_string(value(argument)));
    }
  }
  return filled;
}

}  // namespace svodka::engine
