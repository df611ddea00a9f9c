#include "reports/changes.hpp"

#include <algorithm>

#include "reports/period.hpp"

namespace svodka::reports {

std::optional<Quantity> Quantity::Of(const json::object& value, const char* key) {
  const json::value* found = value.if_contains(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_number()) return Quantity{std::nullopt, found->to_number<double>()};
  if (!found->is_string()) return std::nullopt;
  const auto money = Money::Parse(std::string_view(found->get_string()));
  if (!money) return std::nullopt;
  return Quantity{*money, static_cast<double>(money->minor()) / 100.0};
}

Quantity Quantity::operator-(const Quantity& other) const {
  if (money || other.money) {
    const Money left = money.value_or(Money{}) - other.money.value_or(Money{});
    return {left, static_cast<double>(left.minor()) / 100.0};
  }
  return {std::nullopt, number - other.number};
}

std::vector<Change> ChangesOf(const TableView& view) {
  std::vector<Change> changes;
  for (size_t row = 0; row < view.rows(); ++row) {
    const json::object value = view.ValueAt(row, 0);
    const Quantity delta =
        Quantity::Of(value, "v").value_or(Quantity{}) - Quantity::Of(value, "base").value_or(Quantity{});
    if (delta.number != 0) changes.push_back({row, delta});
  }
  std::stable_sort(changes.begin(), changes.end(), [](const Change& left, const Change& right) {
    return left.delta.number > right.delta.number;
  });
  return changes;
}

json::object LargestChanges(const TableView& view, const std::vector<Change>& changes,
                            const json::object& total, size_t limit) {
  const auto now = Quantity::Of(total, "v"), base = Quantity::Of(total, "base");
  // Ratios and parts that overlap do not add up to the whole: nothing is left that could be named.
  const bool adds_up = view.measure(0).additive && now && base;
  Quantity rest = adds_up ? *now - *base : Quantity{};
  const auto take = [&](const Change& change) {
    rest = rest - change.delta;
    return json::object{{"member", ToJson(*view.MemberAt(change.row, 0))},
                        {"values", json::array{view.ValueAt(change.row, 0)}},
                        {"change", change.delta.ToJson()}};
  };
  json::array up, down;
  for (auto change = changes.begin();
       change != changes.end() && change->delta.number > 0 && up.size() < limit; ++change)
    up.push_back(take(*change));
  for (auto change = changes.rbegin();
       change != changes.rend() && change->delta.number < 0 && down.size() < limit; ++change)
    down.push_back(take(*change));
  return {{"up", std::move(up)},
          {"down", std::move(down)},
          {"rest", adds_up ? rest.ToJson() : json::value(nullptr)}};
}

json::value ComparedRanges(const Question& question, Day today, engine::Language language) {
  if (!question.range || question.compares.empty()) return nullptr;
  return json::value(ComparisonLabel(
      CompareWith(*question.range, question.range->to > today, question.compares, today), language));
}

}  // namespace svodka::reports
