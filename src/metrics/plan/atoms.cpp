#include "metrics/plan/atoms.hpp"

namespace svodka::metrics {

std::vector<Atom::Kind> AtomKindsOf(MeasureKind kind, bool censored) {
  switch (kind) {
    case MeasureKind::kCount:
      return {Atom::Kind::kCount};
    case MeasureKind::kSum:
      return {Atom::Kind::kSum, Atom::Kind::kKnown, Atom::Kind::kCount};
    case MeasureKind::kAvg:
      return {Atom::Kind::kSum, Atom::Kind::kKnown};
    case MeasureKind::kMedian:
      return {censored ? Atom::Kind::kSurvivalMedian : Atom::Kind::kMedian};
    case MeasureKind::kPercentile80:
      return {Atom::Kind::kPercentile80};
    case MeasureKind::kIncidence:
    case MeasureKind::kIncidenceLow:
    case MeasureKind::kIncidenceHigh:
      return {Atom::Kind::kIncidence};
    case MeasureKind::kDistinct:
      return {Atom::Kind::kDistinct};
    case MeasureKind::kRatio:
    case MeasureKind::kDerived:
      break;
  }
  throw InvariantError("a formula has no atoms of its own");
}

std::vector<Atom> AtomsOf(MeasureKind kind, const BoundExpression& value, const BoundExpression& filter,
                          const BoundExpression& censored, bool money) {
  std::vector<Atom> atoms;
  for (const Atom::Kind atom : AtomKindsOf(kind, !censored.empty())) {
    const bool counts =
        atom == Atom::Kind::kCount || atom == Atom::Kind::kKnown || atom == Atom::Kind::kDistinct;
    atoms.push_back(
        {atom, atom == Atom::Kind::kCount ? BoundExpression() : value, filter, censored, money && !counts});
  }
  return atoms;
}

}  // namespace svodka::metrics
