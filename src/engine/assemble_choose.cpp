// The first rows of a level in the order asked for, empty buckets of time among them, without building those
// that are not shown.
#include <algorithm>
#include <numeric>

#include "engine/line_order.hpp"

namespace svodka::engine {
namespace {

/// A joined row, or a row of the spine in which nothing happened.
struct Row {
  const Line* line = nullptr;
  size_t combination = 0;
  size_t moment = 0;
};

/// The first rows of those added, in memory for little more than `limit` of them.
class FirstRows {
 public:
  FirstRows(const LineOrder& order, size_t limit, const Patience& patience)
      : order_(order), width_(order.width()), limit_(limit), patience_(patience) {}

  /// False for a place that stands behind all that will be shown.
  bool Wants(const std::vector<double>& place) const {
    return worst_.empty() || order_.IsBefore(place.data(), worst_.data());
  }
  void Add(const Row& row, const std::vector<double>& place) {
    rows_.push_back(row);
    places_.insert(places_.end(), place.begin(), place.end());
    constexpr size_t kSpare = 4096;
    if (rows_.size() >= 2 * limit_ + kSpare) Keep();
  }
  std::vector<Row> Sorted() {
    Keep();
    std::vector<size_t> numbers = Numbers();
    std::sort(numbers.begin(), numbers.end(), [this](size_t a, size_t b) { return IsBefore(a, b); });
    std::vector<Row> sorted;
    for (const size_t number : numbers) sorted.push_back(rows_[number]);
    return sorted;
  }

 private:
  std::vector<size_t> Numbers() const {
    std::vector<size_t> numbers(rows_.size());
    std::iota(numbers.begin(), numbers.end(), size_t{0});
    return numbers;
  }
  const double* PlaceOf(size_t row) const { return places_.data() + row * width_; }
  bool IsBefore(size_t a, size_t b) const {
    patience_.Check();
    return order_.IsBefore(PlaceOf(a), PlaceOf(b));
  }
  void Keep() {
    if (rows_.size() <= limit_) return;
    std::vector<size_t> numbers = Numbers();
    const auto end = numbers.begin() + static_cast<long>(limit_);
    std::nth_element(numbers.begin(), end - 1, numbers.end(),
                     [this](size_t a, size_t b) { return IsBefore(a, b); });
    worst_.assign(PlaceOf(*(end - 1)), PlaceOf(*(end - 1)) + width_);
    std::vector<Row> rows;
    std::vector<double> places;
    for (auto number = numbers.begin(); number != end; ++number) {
      rows.push_back(rows_[*number]);
      places.insert(places.end(), PlaceOf(*number), PlaceOf(*number) + width_);
    }
    rows_ = std::move(rows);
    places_ = std::move(places);
  }

  const LineOrder& order_;
  const size_t width_;
  const size_t limit_;
  const Patience& patience_;
  std::vector<Row> rows_;
  std::vector<double> places_;  ///< `width_` numbers per row
  std::vector<double> worst_;   ///< place of the last one kept; empty while all are kept
};

}  // namespace

bool Assembly::IsJoined(const Key& key, size_t level) const {
  return current_[level].contains(key) || (!base_.empty() && base_[level].contains(key));
}

std::vector<Line> Assembly::Choose(size_t level, const Part& part, size_t limit, std::vector<Line>* rest) {
  const Spine& spine = part.spine;
  const LineOrder order(*this, level, part.lines, spine);
  FirstRows first(order, limit, patience_);
  std::vector<double> place(order.width());
  for (const Line& line : part.lines) {
    patience_.Check();
    order.Place(line, place.data());
    if (first.Wants(place)) first.Add({&line, 0, 0}, place);
  }
  const std::vector<double> ranks = order.RanksOf(spine);
  std::vector<double> like(order.width());
  for (size_t moment = 0; spine.size() > 0 && moment < spine.moments.size(); ++moment) {
    const Key any = spine.At(0, moment);
    order.Place({&any, level, false, nullptr, nullptr}, like.data());
    for (size_t combination = 0; combination < spine.combinations.size(); ++combination) {
      patience_.Check();
      order.PlaceEmpty(spine, ranks.data() + combination * level, like.data(), place.data());
      if (first.Wants(place) && !IsJoined(spine.At(combination, moment), level))
        first.Add({nullptr, combination, moment}, place);
    }
  }
  std::vector<Line> chosen;
  std::vector<bool> shown(part.lines.size());
  for (const Row& row : first.Sorted()) {
    if (row.line == nullptr) {
      const Key& key = own_keys_.emplace_back(spine.At(row.combination, row.moment));
      chosen.push_back({&key, level, false, nullptr, nullptr});
    } else {
      chosen.push_back(*row.line);
      shown[static_cast<size_t>(row.line - part.lines.data())] = true;
    }
  }
  for (size_t i = 0; rest != nullptr && i < part.lines.size(); ++i) {
    if (!shown[i]) rest->push_back(part.lines[i]);
  }
  return chosen;
}

}  // namespace svodka::engine
