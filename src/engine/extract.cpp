#include "engine/extract.hpp"

#include <algorithm>

#include "engine/derived.hpp"
#include "metrics/query/calendar.hpp"
#include "metrics/sql/render.hpp"

namespace svodka::engine {
namespace {

using metrics::Atom;
using metrics::BoundExpression;
using metrics::Condition;
using metrics::GroupColumn;
using metrics::Scan;

/// Beyond so many rows grouping them where they lie is cheaper than a copy.
constexpr size_t kExtractRowsMax = 400'000;

bool Covers(const std::optional<DayRange>& held, const std::optional<DayRange>& asked) {
  if (!held || !asked) return held.has_value() == asked.has_value();
  return held->from <= asked->from && held->to >= asked->to;
}

bool IsDefaultFilter(const metrics::Fact& fact, const BoundExpression& operand) {
  return std::any_of(fact.filters.begin(), fact.filters.end(), [&](const metrics::DefaultFilter& filter) {
    return filter.where == operand.expression;
  });
}

/// True where an extract can be asked for the column without a join of its own.
bool IsOwn(const metrics::Expression& expression) {
  return std::all_of(expression.aliases().begin(), expression.aliases().end(),
                     [](const std::string& alias) { return alias == "f"; });
}

}  // namespace

std::optional<RowsAsked> TakeApart(const Scan& scan) {
  if (scan.first_of_card || scan.exclusion || scan.buckets) return {};
  for (const Atom& atom : scan.atoms) {
    if (metrics::IsSurvival(atom.kind)) return {};
    const bool quantile = atom.kind == Atom::Kind::kMedian || atom.kind == Atom::Kind::kPercentile80 ||
                          atom.kind == Atom::Kind::kSpread;
    if (quantile && atom.money) return {};  // DuckDB's own rule of halves of a kopeck
  }
  const bool dated = !scan.role_day.empty();
  for (const GroupColumn& group : scan.groups) {
    if (group.kind == GroupColumn::Kind::kField) return {};
    if (group.kind == GroupColumn::Kind::kTime && !dated) return {};
  }
  RowsAsked asked;
  asked.rows = scan;
  asked.rows.groups.clear();
  asked.rows.atoms.clear();
  asked.rows.where.clear();
  for (const Condition& condition : scan.where) {
    const bool sub_select = condition.operand.expression.text().find("SELECT") != std::string::npos;
    switch (condition.kind) {
      case Condition::Kind::kNever:
      case Condition::Kind::kFieldIn:
      case Condition::Kind::kFieldRange:
      case Condition::Kind::kNumbers:
        return {};
      case Condition::Kind::kKeys:
        if (sub_select) return {};
        asked.keys.push_back(condition);
        break;
      case Condition::Kind::kDays:
        if (asked.days || !dated || condition.undated || condition.ranges.empty() ||
            !(condition.operand.expression == scan.role_day.expression)) {
          asked.rows.where.push_back(condition);
          break;
        }
        asked.ranges = condition.ranges;
        asked.days = DayRange{condition.ranges.front().from, condition.ranges.back().to};
        break;
      case Condition::Kind::kHolds:
        if (!sub_select && IsDefaultFilter(*scan.fact, condition.operand)) {
          asked.flags.push_back(condition.operand);
        } else {
          asked.rows.where.push_back(condition);
        }
        break;
    }
  }
  // All time is grouped where it lies: a copy of every row would cost more than it saves.
  if (dated && !asked.days) return {};
  if (asked.days && (asked.days->from <= metrics::kEarliestDay || asked.days->to >= metrics::kLatestDay))
    return {};
  asked.key = metrics::ScanKey(asked.rows);
  return asked;
}

std::vector<BoundExpression> ColumnsOf(const Scan& scan, const RowsAsked& asked) {
  std::vector<BoundExpression> columns;
  const auto add = [&](const BoundExpression& expression) {
    if (expression.empty()) return;
    for (BoundExpression& kept : KeptFor(asked.rows, expression)) columns.push_back(std::move(kept));
  };
  if (asked.days) add(scan.role_day);
  for (const GroupColumn& group : scan.groups) {
    if (group.kind == GroupColumn::Kind::kTime) add(scan.role_day);
    if (group.kind != GroupColumn::Kind::kTime && group.kind != GroupColumn::Kind::kFixed) add(group.key);
  }
  for (const Atom& atom : scan.atoms) {
    if (atom.kind != Atom::Kind::kCount) add(atom.value);
    add(atom.filter);
  }
  for (const Condition& condition : asked.keys) add(condition.operand);
  for (const BoundExpression& flag : asked.flags) add(flag);
  return columns;
}

std::vector<BoundExpression> ColumnsOfClicks(const RowsAsked& asked, const std::set<std::string>& named) {
  const metrics::Fact& fact = *asked.rows.fact;
  std::vector<BoundExpression> columns;
  const auto add = [&](const metrics::Expression& expression) {
    if (expression.empty() || !IsOwn(expression)) return;
    for (BoundExpression& kept : KeptFor(asked.rows, {expression, asked.rows.arguments}))
      columns.push_back(std::move(kept));
  };
  for (const metrics::DefaultFilter& filter : fact.filters) add(filter.where);
  for (const auto& [id, role] : fact.roles) {
    if (role.day == asked.rows.role_day.expression) add(role.employee);
  }
  for (const std::string& dimension : named) {
    const auto at = fact.dimensions.find(dimension);
    if (at != fact.dimensions.end()) add(at->second);
  }
  return columns;
}

std::string ColumnName(const Scan& rows, const BoundExpression& expression) {
  // Most are one plain piece of text, which is what would be written.
  const std::vector<metrics::Expression::Piece>& pieces = expression.expression.pieces();
  if (pieces.size() == 1 && !pieces.front().placeholder && !expression.expression.aliases().contains("rate"))
    return pieces.front().text;
  return metrics::Fingerprint(metrics::RenderExpression(rows, expression));
}

Result<std::shared_ptr<const Extract>> ReadExtract(const warehouse::Warehouse& warehouse,
                                                   const warehouse::QueryOptions& options,
                                                   const RowsAsked& asked,
                                                   const std::optional<DayRange>& days,
                                                   std::vector<BoundExpression> columns, ExtractStore& store,
                                                   int64_t data_version) {
  Scan rows = asked.rows;
  if (days) {
    Condition inside;
    inside.kind = Condition::Kind::kDays;
    inside.operand = rows.role_day;
    inside.ranges = {*days};
    rows.where.insert(rows.where.begin(), std::move(inside));
  }
  const metrics::Sql sql = metrics::RenderRows(rows, columns, kExtractRowsMax + 1);
  warehouse::QueryOptions limited = options;
  limited.rows_max = kExtractRowsMax;
  Result<warehouse::ColumnSet> cells = warehouse::QueryColumns(warehouse, sql.text, sql.params, limited);
  if (!cells.ok()) {
    static const std::set<std::string> kRefusals = {"too_many_rows", "bad_sql", "number_out_of_range"};
    if (!kRefusals.contains(cells.error().code)) return cells.errors();
    store.Refuse(asked.key, data_version, days);
    return std::shared_ptr<const Extract>();
  }
  auto extract = std::make_shared<Extract>(std::move(cells).value());
  extract->days = days;
  for (size_t i = 0; i < columns.size(); ++i) extract->places.emplace(ColumnName(asked.rows, columns[i]), i);
  extract->expressions = std::move(columns);
  store.Keep(asked.key, data_version, extract);
  return std::shared_ptr<const Extract>(std::move(extract));
}

void ExtractBudget::Enter(ExtractStore& store) {
  const std::lock_guard lock(mutex_);
  stores_.insert(&store);
}

void ExtractBudget::Leave(ExtractStore& store) {
  const std::lock_guard lock(mutex_);
  stores_.erase(&store);
}

void ExtractBudget::Settle() {
  const std::lock_guard lock(mutex_);
  for (;;) {
    size_t bytes = 0;
    ExtractStore* last = nullptr;
    uint64_t oldest = UINT64_MAX;
    for (ExtractStore* store : stores_) {
      bytes += store->bytes();
      const std::optional<uint64_t> use = store->OldestUse();
      if (!use || *use >= oldest) continue;
      oldest = *use;
      last = store;
    }
    if (bytes <= bytes_max_ || last == nullptr) return;
    last->DropOldest();
  }
}

ExtractStore::ExtractStore(size_t bytes_max, std::shared_ptr<ExtractBudget> budget)
    : bytes_max_(bytes_max),
      budget_(budget != nullptr ? std::move(budget) : std::make_shared<ExtractBudget>(bytes_max)) {
  budget_->Enter(*this);
}

ExtractStore::~ExtractStore() { budget_->Leave(*this); }

void ExtractStore::Clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  bytes_ = 0;
}

std::optional<uint64_t> ExtractStore::OldestUse() const {
  const std::lock_guard lock(mutex_);
  return entries_.empty() ? std::nullopt : std::optional(entries_.back().used);
}

void ExtractStore::DropOldest() {
  const std::lock_guard lock(mutex_);
  if (!entries_.empty()) DropLast();
}

void ExtractStore::DropLast() {
  bytes_ -= entries_.back().bytes;
  entries_.pop_back();
}

bool ExtractStore::StartVersion(int64_t data_version) {
  if (data_version < data_version_) return false;
  if (data_version == data_version_) return true;
  data_version_ = data_version;
  entries_.clear();
  refused_.clear();
  bytes_ = 0;
  return true;
}

std::shared_ptr<const Extract> ExtractStore::Find(const std::string& key, int64_t data_version,
                                                  const std::optional<DayRange>& days,
                                                  const std::vector<std::string>& names,
                                                  std::vector<BoundExpression>& wider) {
  const std::lock_guard lock(mutex_);
  if (!StartVersion(data_version)) return nullptr;
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (at->key != key || !Covers(at->extract->days, days)) continue;
    const bool whole = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      return at->extract->places.contains(name);
    });
    if (!whole) {
      wider.insert(wider.end(), at->extract->expressions.begin(), at->extract->expressions.end());
      continue;
    }
    at->used = budget_->Tick();
    entries_.splice(entries_.begin(), entries_, at);
    return at->extract;
  }
  return nullptr;
}

void ExtractStore::Keep(const std::string& key, int64_t data_version,
                        std::shared_ptr<const Extract> extract) {
  {
    const std::lock_guard lock(mutex_);
    if (!StartVersion(data_version)) return;
    // What this one covers with the same columns is of no more use.
    for (auto at = entries_.begin(); at != entries_.end();) {
      const auto held = [&](const auto& place) { return extract->places.contains(place.first); };
      const bool covered = at->key == key && Covers(extract->days, at->extract->days) &&
                           std::all_of(at->extract->places.begin(), at->extract->places.end(), held);
      if (covered) bytes_ -= at->bytes;
      at = covered ? entries_.erase(at) : std::next(at);
    }
    const size_t bytes = extract->bytes_max() + key.size() + 4096;
    if (bytes > bytes_max_ / 2) return;
    entries_.push_front({key, std::move(extract), bytes, budget_->Tick()});
    bytes_ += bytes;
    while (bytes_ > bytes_max_) DropLast();
  }
  budget_->Settle();
}

void ExtractStore::Refuse(const std::string& key, int64_t data_version, const std::optional<DayRange>& days) {
  const std::lock_guard lock(mutex_);
  if (StartVersion(data_version)) refused_[key].push_back(days);
}

bool ExtractStore::IsRefused(const std::string& key, int64_t data_version,
                             const std::optional<DayRange>& days) {
  const std::lock_guard lock(mutex_);
  if (!StartVersion(data_version)) return true;
  const auto at = refused_.find(key);
  return at != refused_.end() &&
         std::any_of(at->second.begin(), at->second.end(),
                     [&](const std::optional<DayRange>& range) { return Covers(days, range); });
}

size_t ExtractStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace svodka::engine
