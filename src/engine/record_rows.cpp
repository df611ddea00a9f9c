#include "engine/record_rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <set>

#include "engine/aggregate.hpp"
#include "metrics/plan/atoms.hpp"
#include "metrics/sql/render.hpp"

namespace svodka::engine {
namespace {

using metrics::Atom;
using metrics::MeasureKind;
using warehouse::NumberColumn;

/// Columns of RenderRecordPage from the card on; last_comment, which is a text, stands before the amount.
constexpr std::array<const char*, 14> kShown = {
    "card",        "stage",  "pipeline",      "employee",      "source_key", "loss_reason", "client_key",
    "created_day", "closed", "planned_close", "days_on_stage", "age_days",   "next_step",   "last_activity"};

/// Texts of so many rows are worth reading before they are shown.
constexpr size_t kNearRowsMax = 20'000;

/// Name of an order -> field; nothing for orders by a text or a dictionary.
std::optional<std::string> FieldOfOrder(const std::string& column) {
  static const std::set<std::string> kNumbers = {"closed",    "planned_close", "days_on_stage", "age_days",
                                                 "next_step", "last_activity", "amount",        "value"};
  if (column == "created") return "created_day";
  return kNumbers.contains(column) ? std::optional(column) : std::nullopt;
}

template <class T>
bool IsNone(T cell) {
  if constexpr (std::is_same_v<T, int32_t>) return cell == warehouse::kNoInt32;
  if constexpr (std::is_same_v<T, int64_t>) return cell == warehouse::kNoInt64;
  if constexpr (std::is_same_v<T, int8_t>) return cell == warehouse::kNoFlag;
  if constexpr (std::is_same_v<T, double>) return std::isnan(cell);
}

template <class T>
int64_t Whole(T cell) {
  if constexpr (std::is_same_v<T, int8_t>) return cell != 0 ? 1 : 0;  // a flag, and a known one
  if constexpr (!std::is_same_v<T, int8_t>) return static_cast<int64_t>(cell);
}

/// A number that is greater for what stands earlier; nothing stands last in either direction.
template <class T>
int64_t ScoreOf(T cell, bool descending) {
  if (IsNone(cell)) return INT64_MIN;
  int64_t number = 0;
  if constexpr (std::is_same_v<T, double>) {
    const double plain = cell == 0 ? 0.0 : cell;  // no second zero
    std::memcpy(&number, &plain, sizeof number);
    if (number < 0) number = number ^ INT64_MAX;
  } else {
    number = Whole(cell);
  }
  return descending ? number : ~number;
}

std::vector<int64_t> Scores(const NumberColumn& column, const std::vector<uint32_t>& rows, bool descending) {
  return std::visit(
      [&](const auto& cells) {
        std::vector<int64_t> scores;
        scores.reserve(rows.size());
        for (const uint32_t row : rows) scores.push_back(ScoreOf(cells[row], descending));
        return scores;
      },
      column.cells);
}

/// `money`: DECIMAL(18, 2), `real`: DOUBLE; else an integer.
std::optional<Value> ValueAt(const NumberColumn& column, uint32_t row, bool money, bool real) {
  return std::visit(
      [&]<class T>(const std::vector<T>& cells) -> std::optional<Value> {
        const T cell = cells[row];
        if (IsNone(cell)) return Value();
        if constexpr (std::is_same_v<T, double>) {
          if (money) return {};
          return Value(cell);
        } else {
          const int scale = column.decimal ? column.scale : 0;
          if (real) return Value(static_cast<double>(cell) / std::pow(10.0, scale));
          if (!money) return column.decimal ? std::nullopt : std::optional(Value(Whole(cell)));
          int64_t minor = Whole(cell);
          if (scale > 2) return {};
          for (int place = scale; place < 2; ++place) {
            if (__builtin_mul_overflow(minor, int64_t{10}, &minor)) return {};
          }
          return Value(Money::FromMinor(minor));
        }
      },
      column.cells);
}

class Taker {
 public:
  Taker(const metrics::RecordRequest& request, const std::vector<metrics::RecordOrder>& order)
      : request_(request), part_(request.parts.front()), order_(order) {}

  /// False where the request is for statements.
  bool Prepare() {
    if (!request_.search.empty() || !request_.conditions.empty() || !part_.censored.empty() ||
        part_.kind == MeasureKind::kDistinct)
      return false;
    fields_ = metrics::FindRecordFields(request_);
    if (fields_.empty()) return false;
    if (!part_.value.empty()) fields_["value"] = part_.value;
    for (const metrics::RecordOrder& by : order_) {
      if (!FieldOfOrder(by.column)) return false;
    }
    scan_ = part_.scan;
    scan_.groups.clear();
    scan_.atoms = {{Atom::Kind::kCount, {}, {}, {}, false}};
    for (Atom& atom : metrics::AtomsOf(part_.kind, part_.value, {}, {}, part_.money))
      scan_.atoms.push_back(std::move(atom));
    scan_.atoms.push_back({Atom::Kind::kSum, fields_.at("amount"), {}, {}, true});
    std::optional<RowsAsked> asked = TakeApart(scan_);
    if (!asked) return false;
    asked_ = std::move(*asked);
    if (!part_.filter.empty()) asked_.flags.push_back(part_.filter);
    // The page's own extracts have other columns and are read at the same time.
    asked_.key = "records|" + asked_.key;
    return true;
  }

  Result<std::shared_ptr<const Extract>> Find(const warehouse::Warehouse& warehouse, const Memory& memory,
                                              const std::stop_token& stop) {
    std::vector<metrics::BoundExpression> columns;
    std::vector<std::string> names;
    const auto add = [&](const metrics::BoundExpression& expression) {
      std::string name = ColumnName(asked_.rows, expression);
      if (std::find(names.begin(), names.end(), name) != names.end()) return;
      names.push_back(std::move(name));
      columns.push_back(expression);
    };
    for (const metrics::BoundExpression& column : ColumnsOf(scan_, asked_)) add(column);
    for (const auto& [name, field] : fields_) add(field);
    std::vector<metrics::BoundExpression> wider;
    auto extract = memory.extracts.Find(asked_.key, memory.data_version, asked_.days, names, wider);
    again_ = extract != nullptr;
    if (again_) return extract;
    if (memory.extracts.IsRefused(asked_.key, memory.data_version, asked_.days)) return extract;
    for (const metrics::BoundExpression& column : wider) add(column);
    static const std::set<std::string> kUsual = {"pipeline", "stage", "source", "age"};
    for (const metrics::BoundExpression& column : ColumnsOfClicks(asked_, kUsual)) add(column);
    warehouse::QueryOptions options;
    options.stop = stop;
    return ReadExtract(warehouse, options, asked_, asked_.days, std::move(columns), memory.extracts,
                       memory.data_version);
  }

  std::optional<RecordRows> Take(const std::shared_ptr<const Extract>& held, int64_t limit,
                                 int64_t offset) const {
    const Extract& extract = *held;
    const Departments nobody;
    Selections selections;
    std::optional<warehouse::ResultSet> totals = Aggregate(scan_, asked_, extract, nobody, selections);
    std::optional<std::vector<uint32_t>> rows = ChooseRows(scan_, asked_, extract, selections);
    if (!totals || !rows) return {};
    RecordRows answer;
    answer.totals = std::move(totals->rows.at(0));
    const std::vector<uint32_t> shown = Order(extract, *rows, limit, offset);
    for (const uint32_t row : shown) {
      std::optional<std::vector<Value>> cells = CellsOf(extract, row);
      if (!cells) return {};
      answer.page.push_back(std::move(*cells));
    }
    if (again_ && extract.cells.rows <= kNearRowsMax) {
      answer.near = NearRows{held, &ColumnOf(extract, "card"), &ColumnOf(extract, "client_key")};
    }
    return answer;
  }

 private:
  const NumberColumn& ColumnOf(const Extract& extract, const std::string& field) const {
    const NumberColumn* column = extract.Find(ColumnName(asked_.rows, fields_.at(field)));
    if (column == nullptr) throw InvariantError("an extract of records lacks a column that was asked");
    return *column;
  }

  /// ORDER BY …, created DESC NULLS LAST, card DESC LIMIT … OFFSET …
  std::vector<uint32_t> Order(const Extract& extract, const std::vector<uint32_t>& rows, int64_t limit,
                              int64_t offset) const {
    std::vector<std::vector<int64_t>> scores;
    for (const metrics::RecordOrder& by : order_) {
      const std::string field = *FieldOfOrder(by.column);
      if (field == "value" && !fields_.contains(field)) continue;  // a count has none: all are equal
      scores.push_back(Scores(ColumnOf(extract, field), rows, by.descending));
    }
    scores.push_back(Scores(ColumnOf(extract, "created_day"), rows, true));
    scores.push_back(Scores(ColumnOf(extract, "card"), rows, true));
    std::vector<uint32_t> places(rows.size());
    for (size_t i = 0; i < places.size(); ++i) places[i] = static_cast<uint32_t>(i);
    const size_t from = std::min(rows.size(), static_cast<size_t>(offset));
    const size_t to = std::min(rows.size(), from + static_cast<size_t>(limit));
    std::partial_sort(places.begin(), places.begin() + static_cast<long>(to), places.end(),
                      [&](uint32_t a, uint32_t b) {
                        for (const std::vector<int64_t>& score : scores) {
                          if (score[a] != score[b]) return score[a] > score[b];
                        }
                        return false;
                      });
    std::vector<uint32_t> shown;
    for (size_t i = from; i < to; ++i) shown.push_back(rows[places[i]]);
    return shown;
  }

  std::optional<std::vector<Value>> CellsOf(const Extract& extract, uint32_t row) const {
    std::vector<Value> cells(2);  // id and title are texts
    for (const char* field : kShown) {
      std::optional<Value> cell = ValueAt(ColumnOf(extract, field), row, false, false);
      if (!cell) return {};
      cells.push_back(std::move(*cell));
    }
    cells.emplace_back();  // the last comment is a text
    std::optional<Value> amount = ValueAt(ColumnOf(extract, "amount"), row, true, false);
    std::optional<Value> value = fields_.contains("value")
                                     ? ValueAt(ColumnOf(extract, "value"), row, part_.money, !part_.money)
                                     : Value();
    if (!amount || !value) return {};
    cells.push_back(std::move(*amount));
    cells.emplace_back(true);
    cells.push_back(std::move(*value));
    return cells;
  }

  const metrics::RecordRequest& request_;
  const metrics::RecordPart& part_;
  const std::vector<metrics::RecordOrder>& order_;
  std::map<std::string, metrics::BoundExpression> fields_;
  metrics::Scan scan_;
  RowsAsked asked_;
  bool again_ = false;
};

}  // namespace

std::vector<int64_t> KeysOf(const warehouse::NumberColumn& column) {
  return std::visit(
      [](const auto& cells) {
        std::vector<int64_t> keys;
        for (const auto cell : cells) {
          if (!IsNone(cell) && cell != 0) keys.push_back(Whole(cell));
        }
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        return keys;
      },
      column.cells);
}

Result<std::optional<RecordRows>> TakeRecords(const metrics::RecordRequest& request,
                                              const std::vector<metrics::RecordOrder>& order, int64_t limit,
                                              int64_t offset, const warehouse::Warehouse& warehouse,
                                              Memory memory, const std::stop_token& stop) {
  if (!memory.extracts.enabled() || request.parts.size() != 1) return std::optional<RecordRows>();
  Taker taker(request, order);
  if (!taker.Prepare()) return std::optional<RecordRows>();
  const auto extract = taker.Find(warehouse, memory, stop);
  if (!extract.ok()) return extract.errors();
  if (*extract == nullptr) return std::optional<RecordRows>();
  return taker.Take(*extract, limit, offset);
}

}  // namespace svodka::engine
