#include "engine/numbers.hpp"

#include <cmath>

#include "metrics/plan/incidence.hpp"

namespace svodka::engine {
namespace {

using metrics::Formula;
using metrics::MeasureKind;

int64_t CountOf(const AtomValues& atoms, size_t index) {
  if (index >= atoms.size()) return 0;
  const auto* count = std::get_if<int64_t>(&atoms[index]);
  return count == nullptr ? 0 : *count;
}

/// Half away from zero, in integers.
int64_t DivideRounded(int64_t sum, int64_t count) {
  const int64_t quotient = sum / count;
  const int64_t rest = sum % count;
  if (2 * std::abs(rest) < count) return quotient;
  return quotient + (sum < 0 ? -1 : 1);
}

/// A number inside a formula: exact while only money or counts are added.
struct Number {
  bool known = false;
  bool money = false;
  bool exact = false;
  int64_t minor = 0;  ///< of exact ones: hundredths of money, or a count
  double value = 0;
};

Number FromValue(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    return {true, false, true, *integer, static_cast<double>(*integer)};
  }
  if (const auto* money = std::get_if<Money>(&value)) {
    return {true, true, true, money->minor(), static_cast<double>(money->minor()) / 100.0};
  }
  if (const auto* number = std::get_if<double>(&value)) return {true, false, false, 0, *number};
  return {};
}

Number Combine(Formula::Step step, const Number& a, const Number& b) {
  if (!a.known || !b.known) return {};
  const bool exact = a.exact && b.exact && a.money == b.money;
  switch (step) {
    case Formula::Step::kAdd:
      return {true, a.money, exact, a.minor + b.minor, a.value + b.value};
    case Formula::Step::kSubtract:
      return {true, a.money, exact, a.minor - b.minor, a.value - b.value};
    case Formula::Step::kMultiply:
      return {true, a.money || b.money, false, 0, a.value * b.value};
    case Formula::Step::kDivide:
      if (b.value == 0) return {};
      return {true, a.money && !b.money, false, 0, a.value / b.value};
    case Formula::Step::kMeasure:
    case Formula::Step::kNumber:
      break;
  }
  throw InvariantError("not an operation");
}

Number Evaluate(const metrics::Plan& plan, const metrics::Node& node, const Formula& formula,
                const std::vector<AtomValues>& cells) {
  std::vector<Number> stack;
  for (const Formula::Item& item : formula.items) {
    if (item.step == Formula::Step::kNumber) {
      stack.push_back({true, false, false, 0, item.number});
    } else if (item.step == Formula::Step::kMeasure) {
      stack.push_back(FromValue(NodeValue(plan, node.parts.at(item.measure), cells)));
    } else {
      const Number right = stack.back();
      stack.pop_back();
      stack.back() = Combine(item.step, stack.back(), right);
    }
  }
  return stack.back();
}

Value ToType(const Number& number, const std::string& type) {
  if (!number.known) return {};
  if (type == "money") {
    if (number.exact && number.money) return Money::FromMinor(number.minor);
    return Money::FromMinor(static_cast<int64_t>(std::llround(number.value * 100.0)));
  }
  if (type == "integer") {
    return number.exact ? number.minor : static_cast<int64_t>(std::llround(number.value));
  }
  return number.value;
}

}  // namespace

std::optional<double> AsNumber(const Value& value) {
  const Number number = FromValue(value);
  return number.known ? std::optional(number.value) : std::nullopt;
}

void AddValue(Value& into, const Value& other) {
  if (IsNull(other)) return;
  if (IsNull(into)) {
    into = other;
  } else if (auto* integer = std::get_if<int64_t>(&into)) {
    *integer += std::get<int64_t>(other);
  } else if (auto* money = std::get_if<Money>(&into)) {
    *money += std::get<Money>(other);
  } else if (auto* number = std::get_if<double>(&into)) {
    *number += std::get<double>(other);
  } else if (auto* spread = std::get_if<std::string>(&into)) {
    *spread += ' ';
    *spread += std::get<std::string>(other);
  }
}

void AddAtoms(AtomValues& into, const AtomValues& other) {
  if (into.empty()) {
    into = other;
    return;
  }
  for (size_t i = 0; i < into.size() && i < other.size(); ++i) AddValue(into[i], other[i]);
}

void AddAtoms(AtomValues& into, std::span<const Value> values, const std::vector<size_t>& atoms) {
  if (into.empty()) {
    into.reserve(atoms.size());
    for (const size_t atom : atoms) into.push_back(values[atom]);
    return;
  }
  for (size_t i = 0; i < into.size() && i < atoms.size(); ++i) AddValue(into[i], values[atoms[i]]);
}

Value ComponentValue(const metrics::Component& component, const AtomValues& atoms) {
  switch (component.kind) {
    case MeasureKind::kCount:
    case MeasureKind::kDistinct:
      return CountOf(atoms, 0);
    case MeasureKind::kSum:
      // No rows make zero; rows without a known amount make nothing: unknown is not zero.
      if (CountOf(atoms, 1) > 0) return atoms[0];
      if (CountOf(atoms, 2) > 0) return {};
      return component.type == "money"     ? Value(Money())
             : component.type == "integer" ? Value(int64_t{0})
                                           : Value(0.0);
    case MeasureKind::kAvg: {
      const int64_t known = CountOf(atoms, 1);
      if (known == 0 || IsNull(atoms[0])) return {};
      if (const auto* money = std::get_if<Money>(&atoms[0]))
        return Money::FromMinor(DivideRounded(money->minor(), known));
      return AsNumber(atoms[0]).value_or(0) / static_cast<double>(known);
    }
    case MeasureKind::kMedian:
    case MeasureKind::kPercentile80:
      return atoms.empty() ? Value() : atoms[0];
    case MeasureKind::kIncidence:
    case MeasureKind::kIncidenceLow:
    case MeasureKind::kIncidenceHigh: {
      const auto* steps = atoms.empty() ? nullptr : std::get_if<std::string>(&atoms[0]);
      const auto at = steps == nullptr ? std::nullopt : metrics::IncidenceAt(*steps, component.days);
      if (!at) return {};
      return component.kind == MeasureKind::kIncidence      ? at->share
             : component.kind == MeasureKind::kIncidenceLow ? at->low
                                                            : at->high;
    }
    case MeasureKind::kRatio:
    case MeasureKind::kDerived:
      break;
  }
  throw InvariantError("a formula is no component");
}

Value NodeValue(const metrics::Plan& plan, size_t index, const std::vector<AtomValues>& cells) {
  const metrics::Node& node = plan.nodes[index];
  if (node.component) return ComponentValue(plan.components[*node.component], cells[*node.component]);
  const Number numerator = Evaluate(plan, node, node.form->numerator, cells);
  if (node.form->kind == MeasureKind::kDerived) return ToType(numerator, node.measure->type);
  const Number denominator = Evaluate(plan, node, node.form->denominator, cells);
  return ToType(Combine(Formula::Step::kDivide, numerator, denominator), node.measure->type);
}

Value SampleOf(const metrics::Plan& plan, size_t index, const std::vector<AtomValues>& cells) {
  const metrics::Node& node = plan.nodes[index];
  if (node.component || node.form->kind != MeasureKind::kRatio) return {};
  const Number denominator = Evaluate(plan, node, node.form->denominator, cells);
  if (!denominator.known || !denominator.exact || denominator.money) return {};
  return denominator.minor;
}

Value ClosedShareOf(const metrics::Plan& plan, size_t index, const std::vector<AtomValues>& cells) {
  const metrics::Node& node = plan.nodes[index];
  if (node.component || !node.measure->ripeness) return {};
  const Number closed = Evaluate(plan, node, node.measure->ripeness->closed, cells);
  const Number whole = Evaluate(plan, node, node.form->denominator, cells);
  const Number share = Combine(Formula::Step::kDivide, closed, whole);
  return share.known ? Value(share.value) : Value();
}

Value Delta(const Value& current, const Value& base) {
  if (IsNull(current) || IsNull(base)) return {};
  if (std::holds_alternative<int64_t>(current) && std::holds_alternative<int64_t>(base)) {
    return std::get<int64_t>(current) - std::get<int64_t>(base);
  }
  if (std::holds_alternative<Money>(current) && std::holds_alternative<Money>(base)) {
    return std::get<Money>(current) - std::get<Money>(base);
  }
  return *AsNumber(current) - *AsNumber(base);
}

Value DeltaShare(const Value& current, const Value& base) {
  const std::optional<double> from = AsNumber(base);
  const std::optional<double> to = AsNumber(current);
  if (!from || !to || *from == 0) return {};
  return (*to - *from) / std::abs(*from);
}

}  // namespace svodka::engine
