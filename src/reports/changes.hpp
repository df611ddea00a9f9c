#pragma once

#include <optional>
#include <vector>

#include "base/json.hpp"
#include "base/money.hpp"
#include "reports/plan.hpp"
#include "reports/table_view.hpp"

/// What widgets of changes share: exact differences, and the largest of them each way.
namespace svodka::reports {

/// A number that is added and taken away without rounding: money by its kopecks.
struct Quantity {
  std::optional<Money> money;
  double number = 0;

  /// Of a VALUE's key (`v`, `base`); nothing where there is none.
  static std::optional<Quantity> Of(const json::object& value, const char* key);
  Quantity operator-(const Quantity& other) const;
  json::value ToJson() const { return money ? json::value(money->ToString()) : json::value(number); }
};

struct Change {
  size_t row;
  Quantity delta;
};

/// Changes of all members that have one, the largest rise first. A member that one of the two ranges does not
/// know has nothing there.
std::vector<Change> ChangesOf(const TableView& view);

/// `up`, `down`, `rest` of docs/document.md: at most `limit` each way; `total` is the VALUE of the whole.
json::object LargestChanges(const TableView& view, const std::vector<Change>& changes,
                            const json::object& total, size_t limit);

/// The ranges that a question compares, in words; null without a period.
json::value ComparedRanges(const Question& question, Day today, engine::Language language);

}  // namespace svodka::reports
