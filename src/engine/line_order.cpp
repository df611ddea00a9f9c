#include "engine/line_order.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include "base/text.hpp"

namespace svodka::engine {
namespace {

using metrics::BoundDimension;
using metrics::DimensionKind;

/// None last, then the dictionary's own order, then the label.
struct Rank {
  bool none = false;
  double place = 0;
  std::string label;
  Value key;
  auto Tie() const { return std::tie(none, place, label, key); }
};

/// The part of a measure that a column of the answer shows; nothing: another measure's column.
std::optional<size_t> PartNamed(const std::string& by, const std::string& column) {
  constexpr std::array<const char*, 4> kParts = {"", ".base", ".delta", ".delta_pct"};
  for (size_t part = 0; part < kParts.size(); ++part) {
    if (by == column + kParts[part]) return part;
  }
  return {};
}

}  // namespace

LineOrder::LineOrder(const Assembly& assembly, size_t level, const std::vector<Line>& lines,
                     const Spine& spine)
    : assembly_(assembly), level_(level), ranks_(level) {
  AddOrders();
  for (size_t i = 0; i < level; ++i) RankMembers(i, lines, spine);
}

void LineOrder::AddOrders() {
  const metrics::BoundQuery& query = assembly_.query_;
  for (const metrics::OrderBy& by : query.request.order) {
    Order order;
    order.descending = by.descending;
    const auto dimension = std::find_if(query.dimensions.begin(), query.dimensions.end(),
                                        [&](const BoundDimension& one) { return one.id == by.by; });
    if (dimension != query.dimensions.end()) {
      order.dimension = static_cast<size_t>(dimension - query.dimensions.begin());
      if (order.dimension < level_) orders_.push_back(order);
      continue;
    }
    for (size_t m = 0; m < query.request.measures.size(); ++m) {
      const std::optional<size_t> part = PartNamed(by.by, query.request.measures[m].column);
      if (!part) continue;
      order.of_measure = true;
      order.measure = m;
      order.part = *part;
      orders_.push_back(order);
      break;
    }
  }
}

void LineOrder::RankMembers(size_t dimension, const std::vector<Line>& lines, const Spine& spine) {
  const BoundDimension& bound = assembly_.query_.dimensions[dimension];
  std::set<Value> values;
  for (const Line& line : lines) {
    assembly_.patience_.Check();
    values.insert((*line.key)[dimension]);
  }
  const auto time = std::find(spine.times.begin(), spine.times.end(), dimension);
  if (time != spine.times.end()) {
    for (const std::vector<int64_t>& moment : spine.moments)
      values.insert(moment[static_cast<size_t>(time - spine.times.begin())]);
  } else {
    for (const Key& combination : spine.combinations) values.insert(combination[dimension]);
  }
  std::vector<Rank> sorted;
  for (const Value& value : values) {
    assembly_.patience_.Check();
    Rank rank;
    rank.key = value;
    const auto* number = std::get_if<int64_t>(&value);
    if (bound.is_time() || (bound.dimension != nullptr && bound.dimension->kind == DimensionKind::kValues)) {
      rank.none = number == nullptr;
      rank.place = number == nullptr ? 0 : static_cast<double>(*number);
    } else if (bound.dimension != nullptr && bound.dimension->kind != DimensionKind::kPortal) {
      const Names::Entry* entry =
          number == nullptr ? nullptr : assembly_.names_.FindEntry(*bound.dimension, *number);
      rank.none = entry == nullptr;
      if (entry != nullptr && !bound.dimension->large) rank.place = static_cast<double>(entry->place);
      if (entry != nullptr) rank.label = FoldCase(entry->member.label);
    } else {
      rank.none = IsNull(value);
      rank.place = AsNumber(value).value_or(0);
      rank.label = FoldCase(assembly_.MemberOf(dimension, value).label);
    }
    sorted.push_back(std::move(rank));
  }
  std::sort(sorted.begin(), sorted.end(), [](const Rank& a, const Rank& b) { return a.Tie() < b.Tie(); });
  Ranks& ranks = ranks_[dimension];
  ranks.none_from = static_cast<double>(sorted.size());
  for (size_t i = 0; i < sorted.size(); ++i) {
    const auto place = static_cast<double>(i);
    if (sorted[i].none) ranks.none_from = std::min(ranks.none_from, place);
    const auto* number = std::get_if<int64_t>(&sorted[i].key);
    if (number != nullptr) {
      ranks.of_numbers[*number] = place;
    } else {
      ranks.of_others[sorted[i].key] = place;
    }
  }
}

double LineOrder::Ranks::At(const Value& value) const {
  const auto* number = std::get_if<int64_t>(&value);
  return number != nullptr ? of_numbers.at(*number) : of_others.at(value);
}

/// What has no name stands last either way.
double LineOrder::OfDimension(const Order& order, double rank) const {
  if (!order.descending) return rank;
  constexpr double kBehindAll = 1e12;
  return rank >= ranks_[order.dimension].none_from ? kBehindAll - rank : -rank;
}

void LineOrder::Place(const Line& line, double* place) const {
  double* const ranks = place + orders_.size();
  for (size_t i = 0; i < level_; ++i) ranks[i] = ranks_[i].At((*line.key)[i]);
  for (size_t i = 0; i < orders_.size(); ++i) {
    const Order& order = orders_[i];
    if (!order.of_measure) {
      place[i] = OfDimension(order, ranks[order.dimension]);
      continue;
    }
    // Nothing stands last either way.
    const std::optional<double> value = AsNumber(assembly_.ValueAt(line, order.measure, order.part));
    place[i] = !value || std::isnan(*value) ? std::numeric_limits<double>::infinity()
               : order.descending           ? -*value
                                            : *value;
  }
}

std::vector<double> LineOrder::RanksOf(const Spine& spine) const {
  std::vector<double> ranks(spine.combinations.size() * level_);
  for (size_t i = 0; i < level_; ++i) {
    if (std::find(spine.times.begin(), spine.times.end(), i) != spine.times.end()) continue;
    for (size_t k = 0; k < spine.combinations.size(); ++k) {
      assembly_.patience_.Check();
      ranks[k * level_ + i] = ranks_[i].At(spine.combinations[k][i]);
    }
  }
  return ranks;
}

void LineOrder::PlaceEmpty(const Spine& spine, const double* combination, const double* like,
                           double* place) const {
  double* const ranks = std::copy(like, like + orders_.size(), place);
  std::copy(combination, combination + level_, ranks);
  for (const size_t time : spine.times) ranks[time] = like[orders_.size() + time];
  for (size_t i = 0; i < orders_.size(); ++i) {
    if (!orders_[i].of_measure) place[i] = OfDimension(orders_[i], ranks[orders_[i].dimension]);
  }
}

bool LineOrder::IsBefore(const double* a, const double* b) const {
  return std::lexicographical_compare(a, a + width(), b, b + width());
}

}  // namespace svodka::engine
