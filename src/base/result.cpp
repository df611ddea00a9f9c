#include "base/result.hpp"

namespace svodka {

std::string ToString(const Diagnostic& diagnostic) {
  std::string text;
  if (!diagnostic.place.empty()) text += diagnostic.place + ": ";
  text += diagnostic.message;
  text += " [" + diagnostic.code + "]";
  if (!diagnostic.nearest.empty()) {
    text += " (did you mean: ";
    for (size_t i = 0; i < diagnostic.nearest.size(); ++i) {
      if (i > 0) text += ", ";
      text += diagnostic.nearest[i];
    }
    text += "?)";
  }
  return text;
}

DiagnosticError::DiagnosticError(Diagnostic diagnostic)
    : std::runtime_error(ToString(diagnostic)), diagnostic_(std::move(diagnostic)) {}

}  // namespace svodka
