#include "engine/record_parts.hpp"

namespace svodka::engine {
namespace {

void Collect(const metrics::Plan& plan, size_t index, bool numerator, bool denominator,
             std::vector<MeasurePart>& parts) {
  const metrics::Node& node = plan.nodes[index];
  if (node.component) {
    for (MeasurePart& part : parts) {
      if (part.component != *node.component) continue;
      part.numerator = part.numerator || numerator;
      part.denominator = part.denominator || denominator;
      return;
    }
    parts.push_back({*node.component, numerator, denominator});
    return;
  }
  for (const std::string& name : node.form->numerator.Measures()) {
    Collect(plan, node.parts.at(name), numerator, denominator, parts);
  }
  for (const std::string& name : node.form->denominator.Measures()) {
    Collect(plan, node.parts.at(name), false, true, parts);
  }
}

}  // namespace

std::vector<MeasurePart> PartsOf(const metrics::Plan& plan, size_t node) {
  std::vector<MeasurePart> parts;
  Collect(plan, node, true, false, parts);
  return parts;
}

const metrics::Node& NodeOf(const metrics::Plan& plan, size_t component) {
  for (const metrics::Node& node : plan.nodes) {
    if (node.component == component) return node;
  }
  throw InvariantError("a component without a measure");
}

metrics::RecordPart RecordPartOf(const metrics::Plan& plan, const MeasurePart& part) {
  const metrics::Component& component = plan.components[part.component];
  const metrics::Node& node = NodeOf(plan, part.component);
  const metrics::Source& source = component.levels.at(0).front();
  const metrics::Scan& scan = plan.scans[source.scan];
  metrics::RecordPart record;
  record.kind = component.kind;
  record.scan = scan;
  record.scan.atoms.clear();
  const metrics::Atom& atom = scan.atoms[source.atoms.front()];
  record.filter = atom.filter;
  record.value = atom.value;
  record.employee = {scan.fact->roles.at(node.form->role).employee, scan.arguments};
  record.money = component.type == "money";
  record.numerator = part.numerator;
  record.denominator = part.denominator;
  record.censored = atom.censored;
  return record;
}

json::object PartNames(const metrics::Plan& plan, const std::vector<MeasurePart>& parts, Language language) {
  std::string above, below, both;
  for (const MeasurePart& part : parts) {
    const metrics::Text& label = NodeOf(plan, part.component).measure->label;
    std::string& names = part.numerator && part.denominator ? both : part.numerator ? above : below;
    names += (names.empty() ? "" : ", ") + (language == Language::kRussian ? label.ru : label.en);
  }
  if (both.empty()) both = above + (above.empty() || below.empty() ? "" : ", ") + below;
  return {{"numerator", above}, {"denominator", below}, {"both", both}};
}

std::string PartOfRow(const std::vector<MeasurePart>& parts, const std::vector<Value>& row, size_t first) {
  bool numerator = false;
  bool denominator = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (row[first + 2 * i] != Value(true)) continue;
    numerator = numerator || parts[i].numerator;
    denominator = denominator || parts[i].denominator;
  }
  return numerator && denominator ? "both" : numerator ? "numerator" : "denominator";
}

json::value JsonOf(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return *integer;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* money = std::get_if<Money>(&value)) return json::value(money->ToString());
  return nullptr;
}

}  // namespace svodka::engine
