#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "engine/assemble.hpp"

namespace svodka::engine {

/// The order of one level's rows, as numbers: a place is one number per order of the request and then one per
/// dimension, and the row whose place is smaller comes first. Names are compared once per member, not once
/// per pair of rows.
class LineOrder {
 public:
  /// `lines`, `spine`: what will be ordered.
  LineOrder(const Assembly& assembly, size_t level, const std::vector<Line>& lines, const Spine& spine);

  size_t width() const { return orders_.size() + level_; }
  /// Writes the row's place, `width()` numbers.
  void Place(const Line& line, double* place) const;
  /// Per combination of the spine the ranks of its members, one per dimension of the level.
  std::vector<double> RanksOf(const Spine& spine) const;
  /// As Place, of a row of the spine in which nothing happened. `combination`: its part of RanksOf; `like`:
  /// the place of any such row of the same moment, since a measure of nothing hangs on the moment alone.
  void PlaceEmpty(const Spine& spine, const double* combination, const double* like, double* place) const;
  bool IsBefore(const double* a, const double* b) const;

 private:
  struct Ranks {
    std::unordered_map<int64_t, double> of_numbers;
    std::map<Value, double> of_others;
    double none_from = 0;  ///< ranks from here on are of what has no name
    double At(const Value& value) const;
  };
  struct Order {
    size_t dimension = 0;
    bool of_measure = false;
    size_t measure = 0;
    size_t part = 0;
    bool descending = false;
  };
  void AddOrders();
  void RankMembers(size_t dimension, const std::vector<Line>& lines, const Spine& spine);
  double OfDimension(const Order& order, double rank) const;

  const Assembly& assembly_;
  const size_t level_;
  std::vector<Order> orders_;
  std::vector<Ranks> ranks_;
};

}  // namespace svodka::engine
