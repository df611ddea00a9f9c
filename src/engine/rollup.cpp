#include "engine/rollup.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "engine/numbers.hpp"
#include "metrics/query/calendar.hpp"
#include "metrics/sql/render.hpp"

namespace svodka::engine {
namespace {

using metrics::Atom;
using metrics::Condition;
using metrics::GroupColumn;
using metrics::Scan;
using metrics::TimeGrain;

/// A run may have about so many rows before a further statement is cheaper than adding them up.
constexpr double kRunRowsMax = 12'000;

bool IsAdditive(const Scan& scan) {
  return std::all_of(scan.atoms.begin(), scan.atoms.end(), [](const Atom& atom) {
    return atom.kind == Atom::Kind::kCount || atom.kind == Atom::Kind::kKnown ||
           atom.kind == Atom::Kind::kSum;
  });
}

/// Joins the card's values: one row of the fact for each.
bool Multiplies(const GroupColumn& column) {
  return column.kind == GroupColumn::Kind::kField && column.field.several;
}

bool IsPlain(const Scan& scan) {
  return !scan.first_of_card && !scan.exclusion &&
         std::none_of(scan.groups.begin(), scan.groups.end(), Multiplies) &&
         (scan.atoms.empty() || !metrics::IsSurvival(scan.atoms.front().kind));
}

/// Equal for scans over the same rows. A fact whose joins multiply rows is counted by distinct cards anyway,
/// so its sums are never asked.
std::string RowsKey(const Scan& scan) {
  Scan bare = scan;
  bare.groups.clear();
  return metrics::ScanKey(bare);
}

bool Nests(TimeGrain fine, TimeGrain coarse) {
  if (fine == coarse || fine == TimeGrain::kDay) return true;
  if (fine == TimeGrain::kWeek || coarse == TimeGrain::kDay || coarse == TimeGrain::kWeek) return false;
  return fine < coarse;  // month, quarter, half, year
}

bool SameColumn(const GroupColumn& a, const GroupColumn& b) {
  return a.kind == b.kind && a.dimension == b.dimension && a.fixed == b.fixed && a.grain == b.grain &&
         metrics::SameExpression(a.key, b.key) && a.field.entity == b.field.entity &&
         a.field.id == b.field.id;
}

bool Derives(const GroupColumn& fine, const GroupColumn& coarse) {
  if (SameColumn(fine, coarse)) return true;
  if (coarse.kind == GroupColumn::Kind::kDepartment) {
    return fine.kind == GroupColumn::Kind::kPeople && metrics::SameExpression(fine.key, coarse.key);
  }
  return coarse.kind == GroupColumn::Kind::kTime && fine.kind == GroupColumn::Kind::kTime &&
         Nests(fine.grain, coarse.grain);
}

/// What has to be read for a column; nothing for a fixed one.
std::optional<GroupColumn> BasisOf(GroupColumn column) {
  if (column.kind == GroupColumn::Kind::kFixed) return {};
  if (column.kind == GroupColumn::Kind::kDepartment) {
    column.kind = GroupColumn::Kind::kPeople;
    column.dimension = "employee";
  }
  return column;
}

void Grow(std::vector<GroupColumn>& groups, const GroupColumn& column) {
  const auto derives = [&](const GroupColumn& group) { return Derives(group, column); };
  if (std::any_of(groups.begin(), groups.end(), derives)) return;
  for (GroupColumn& group : groups) {
    if (!Derives(column, group)) continue;
    group = column;  // a finer part of time serves both
    return;
  }
  groups.push_back(column);
}

/// How the columns of `scan` are made from those of `groups`; nothing when one is missing.
std::optional<std::vector<RollupColumn>> PlaceColumns(const Scan& scan,
                                                      const std::vector<GroupColumn>& groups) {
  std::vector<RollupColumn> columns;
  for (const GroupColumn& column : scan.groups) {
    RollupColumn made;
    if (column.kind == GroupColumn::Kind::kFixed) {
      made.kind = RollupColumn::Kind::kFixed;
      made.fixed = column.fixed;
      columns.push_back(std::move(made));
      continue;
    }
    size_t at = groups.size();
    for (size_t i = 0; i < groups.size(); ++i) {
      if (SameColumn(groups[i], column)) at = i;
    }
    for (size_t i = 0; at == groups.size() && i < groups.size(); ++i) {
      if (Derives(groups[i], column)) at = i;
    }
    if (at == groups.size()) return {};
    made.at = at;
    if (!SameColumn(groups[at], column)) {
      made.kind = column.kind == GroupColumn::Kind::kDepartment ? RollupColumn::Kind::kDepartment
                                                                : RollupColumn::Kind::kBucket;
      made.from = groups[at].grain;
      made.to = column.grain;
    }
    columns.push_back(std::move(made));
  }
  return columns;
}

/// All time by months alone: days are read and added up, a join of every row with the calendar is not needed.
void ReadDays(Scan& scan) {
  if (scan.groups.size() != 1 || scan.groups.front().kind != GroupColumn::Kind::kTime) return;
  const bool bounded = std::any_of(scan.where.begin(), scan.where.end(), [](const Condition& condition) {
    return condition.kind == Condition::Kind::kDays;
  });
  if (!bounded && !scan.role_day.empty()) scan.groups.front().grain = TimeGrain::kDay;
}

/// A run as it grows: `fixed` ones keep the grain of a scan that cannot be added up.
struct Run {
  Scan scan;
  bool fixed = false;
  std::vector<size_t> members;
};

double SizeOf(const Scan& scan, const std::vector<GroupColumn>& groups, const SizeOfColumn& size_of) {
  double rows = 1;
  const bool stage = std::any_of(groups.begin(), groups.end(),
                                 [](const GroupColumn& column) { return column.dimension == "stage"; });
  for (const GroupColumn& column : groups) {
    if (stage && column.dimension == "pipeline") continue;  // a stage tells its pipeline
    rows *= std::max(1.0, size_of(scan, column));
  }
  return rows;
}

/// Joins two expressions with AND; nothing where they bind one placeholder to different values.
std::optional<metrics::BoundExpression> Both(const metrics::BoundExpression& a,
                                             const metrics::BoundExpression& b) {
  if (a.empty()) return b;
  Result<metrics::Expression> joined =
      metrics::Expression::Parse("(" + a.expression.text() + ") AND (" + b.expression.text() + ")");
  if (!joined.ok()) return {};
  if (a.arguments == b.arguments) return metrics::BoundExpression{std::move(joined).value(), a.arguments};
  auto arguments = std::make_shared<metrics::Arguments>(*a.arguments);
  for (const std::string& name : b.expression.placeholders()) {
    if (name == "day" || name == "hour") continue;
    const auto value = b.arguments->find(name);
    if (value == b.arguments->end()) return {};
    const auto [at, added] = arguments->try_emplace(name, value->second);
    if (!added && at->second != value->second && a.expression.placeholders().contains(name)) return {};
    at->second = value->second;
  }
  return metrics::BoundExpression{std::move(joined).value(), std::move(arguments)};
}

/// A scan whose rows are those of a wider one under one more plain condition, as that wider scan with the
/// condition on its atoms. "Created in the period and in work" comes with "created in the period, by stage".
std::optional<Scan> Widen(const Scan& scan, const std::map<std::string, std::vector<size_t>>& families) {
  for (size_t i = scan.where.size(); i-- > 0;) {
    const Condition& condition = scan.where[i];
    if (condition.kind != Condition::Kind::kHolds || condition.operand.empty() ||
        condition.operand.expression.text().find("SELECT") != std::string::npos)
      continue;
    Scan wide = scan;
    wide.where.erase(wide.where.begin() + static_cast<long>(i));
    if (!families.contains(RowsKey(wide))) continue;
    bool all = true;
    for (Atom& atom : wide.atoms) {
      std::optional<metrics::BoundExpression> filter = Both(atom.filter, condition.operand);
      all = all && filter.has_value();
      if (filter) atom.filter = std::move(*filter);
    }
    if (all) return wide;
  }
  return {};
}

}  // namespace

PagePlan PlanPlain(const std::vector<Scan>& scans, const std::vector<size_t>& chosen) {
  PagePlan page;
  page.answers.resize(scans.size());
  for (const size_t i : chosen) {
    Rollup rollup;
    rollup.run = page.runs.size();
    rollup.whole = true;
    page.answers[i] = std::move(rollup);
    page.runs.push_back(scans[i]);
  }
  return page;
}

std::vector<Scan> WidenScans(const std::vector<Scan>& scans, const std::vector<size_t>& chosen) {
  std::map<std::string, std::vector<size_t>> families;
  std::vector<Scan> asked = scans;
  for (const size_t i : chosen) {
    if (IsPlain(asked[i])) families[RowsKey(asked[i])].push_back(i);
  }
  for (const auto& [key, family] : families) {
    if (!std::all_of(family.begin(), family.end(), [&](size_t i) { return IsAdditive(asked[i]); })) continue;
    std::vector<Scan> wide;
    for (const size_t i : family) {
      std::optional<Scan> one = Widen(asked[i], families);
      if (!one) break;
      wide.push_back(std::move(*one));
    }
    if (wide.size() != family.size()) continue;
    for (size_t k = 0; k < family.size(); ++k) asked[family[k]] = std::move(wide[k]);
  }
  return asked;
}

PagePlan PlanPage(const std::vector<Scan>& scans, const std::vector<size_t>& chosen,
                  const SizeOfColumn& size_of) {
  PagePlan page;
  page.answers.resize(scans.size());
  const std::vector<Scan> asked = WidenScans(scans, chosen);
  std::map<std::string, std::vector<size_t>> widened;
  for (const size_t i : chosen) {
    widened[IsPlain(asked[i]) ? RowsKey(asked[i]) : "alone|" + std::to_string(i)].push_back(i);
  }
  for (auto& [key, family] : widened) {
    std::vector<Run> runs;
    std::vector<size_t> additive;
    for (const size_t i : family) {
      if (IsPlain(asked[i]) && IsAdditive(asked[i])) {
        additive.push_back(i);
      } else {
        runs.push_back({asked[i], true, {i}});
      }
    }
    std::stable_sort(additive.begin(), additive.end(),
                     [&](size_t a, size_t b) { return asked[a].groups.size() > asked[b].groups.size(); });
    for (const size_t i : additive) {
      Run* taken = nullptr;
      std::vector<GroupColumn> grown;
      for (Run& run : runs) {
        if (!IsPlain(run.scan)) continue;
        grown = run.scan.groups;
        if (!run.fixed) {
          for (const GroupColumn& column : asked[i].groups) {
            if (const std::optional<GroupColumn> basis = BasisOf(column)) Grow(grown, *basis);
          }
          const double before = SizeOf(run.scan, run.scan.groups, size_of);
          if (SizeOf(run.scan, grown, size_of) > std::max(before, kRunRowsMax)) continue;
        }
        if (!PlaceColumns(asked[i], grown)) continue;
        taken = &run;
        break;
      }
      if (taken == nullptr) {
        Run run{asked[i], false, {i}};
        run.scan.groups.clear();
        for (const GroupColumn& column : asked[i].groups) {
          if (const std::optional<GroupColumn> basis = BasisOf(column)) Grow(run.scan.groups, *basis);
        }
        ReadDays(run.scan);
        runs.push_back(std::move(run));
        continue;
      }
      taken->scan.groups = std::move(grown);
      for (const Atom& atom : asked[i].atoms) metrics::AddAtom(taken->scan, atom);
      taken->members.push_back(i);
    }
    for (Run& run : runs) {
      for (const size_t i : run.members) {
        Rollup rollup;
        rollup.run = page.runs.size();
        rollup.columns = *PlaceColumns(asked[i], run.scan.groups);
        rollup.whole = rollup.columns.size() == run.scan.groups.size();
        for (size_t k = 0; k < rollup.columns.size(); ++k) {
          rollup.whole = rollup.whole && rollup.columns[k].kind == RollupColumn::Kind::kSame &&
                         rollup.columns[k].at == k;
        }
        for (size_t k = 0; k < asked[i].atoms.size(); ++k) {
          const Atom& atom = asked[i].atoms[k];
          rollup.atoms.push_back(metrics::AddAtom(run.scan, atom));
          rollup.whole = rollup.whole && rollup.atoms.back() == k;
          rollup.counts.push_back(atom.kind != Atom::Kind::kSum);
        }
        rollup.whole = rollup.whole || !IsPlain(asked[i]);
        page.answers[i] = std::move(rollup);
      }
      page.runs.push_back(std::move(run.scan));
    }
  }
  return page;
}

namespace {

/// Values of keys as integers: keys are, texts of fields get numbers of their own.
class Codes {
 public:
  int64_t Of(const Value& value) {
    if (const auto* integer = std::get_if<int64_t>(&value)) return *integer;
    if (IsNull(value)) return std::numeric_limits<int64_t>::min();
    const auto [at, added] = others_.try_emplace(value, 0);
    if (added) at->second = std::numeric_limits<int64_t>::min() + static_cast<int64_t>(others_.size());
    return at->second;
  }

 private:
  std::map<Value, int64_t> others_;
};

struct HashOfCodes {
  size_t operator()(const std::vector<int64_t>& codes) const {
    uint64_t hash = 0x9e3779b97f4a7c15ULL;
    for (const int64_t code : codes) {
      hash = (hash ^ static_cast<uint64_t>(code)) * 0xff51afd7ed558ccdULL;
      hash ^= hash >> 32;
    }
    return hash;
  }
};

Value MakeValue(const RollupColumn& column, const std::vector<Value>& row, const Departments& departments) {
  if (column.kind == RollupColumn::Kind::kFixed) return column.fixed;
  const Value& value = row[column.at];
  const auto* integer = std::get_if<int64_t>(&value);
  if (column.kind == RollupColumn::Kind::kDepartment) {
    const auto at = integer == nullptr ? departments.end() : departments.find(*integer);
    return at == departments.end() ? int64_t{0} : at->second;
  }
  if (column.kind == RollupColumn::Kind::kSame || integer == nullptr) return value;
  return metrics::BucketOf(metrics::FirstDayOf(column.from, *integer), column.to);
}

}  // namespace

warehouse::ResultSet RollUp(const Rollup& rollup, const warehouse::ResultSet& run, size_t width,
                            const Departments& departments) {
  warehouse::ResultSet answer;
  std::unordered_map<std::vector<int64_t>, size_t, HashOfCodes> known;
  std::vector<Codes> codes(rollup.columns.size());
  std::vector<int64_t> key(rollup.columns.size());
  std::vector<Value> values(rollup.columns.size());
  for (const std::vector<Value>& row : run.rows) {
    for (size_t i = 0; i < rollup.columns.size(); ++i) {
      values[i] = MakeValue(rollup.columns[i], row, departments);
      key[i] = codes[i].Of(values[i]);
    }
    const auto at = known.find(key);
    if (at != known.end()) {
      std::vector<Value>& sums = answer.rows[at->second];
      for (size_t i = 0; i < rollup.atoms.size(); ++i)
        AddValue(sums[rollup.columns.size() + i], row[width + rollup.atoms[i]]);
      continue;
    }
    known.emplace(key, answer.rows.size());
    std::vector<Value> sums = values;
    sums.reserve(sums.size() + rollup.atoms.size());
    for (const size_t atom : rollup.atoms) sums.push_back(row[width + atom]);
    answer.rows.push_back(std::move(sums));
  }
  if (rollup.columns.empty() && answer.rows.empty()) {
    // Without a grain there is one row, whatever was read.
    std::vector<Value> nothing;
    for (const bool count : rollup.counts) nothing.push_back(count ? Value(int64_t{0}) : Value());
    answer.rows.push_back(std::move(nothing));
  }
  return answer;
}

}  // namespace svodka::engine
