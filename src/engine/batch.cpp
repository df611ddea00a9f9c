#include "engine/batch.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <set>

#include "engine/aggregate.hpp"
#include "engine/rollup.hpp"
#include "engine/run_all.hpp"
#include "metrics/query/calendar.hpp"
#include "metrics/sql/render.hpp"

namespace svodka::engine {
namespace {

/// About how many values the column takes among the scan's rows.
double SizeOf(const Dictionary& dictionary, const metrics::Scan& scan, const metrics::GroupColumn& column) {
  using Kind = metrics::GroupColumn::Kind;
  constexpr double kMany = 1e9;
  if (column.kind == Kind::kField) return kMany;
  if (column.kind == Kind::kFixed) return 1;
  if (column.kind != Kind::kTime) {
    const metrics::Dimension* dimension = scan.model->FindDimension(column.dimension);
    return dimension == nullptr ? kMany : static_cast<double>(dictionary.CountMembers(*dimension)) + 1;
  }
  constexpr double kUnbounded = 120;
  for (const metrics::Condition& condition : scan.where) {
    if (condition.kind != metrics::Condition::Kind::kDays || condition.ranges.empty()) continue;
    const DayRange hull{condition.ranges.front().from, condition.ranges.back().to};
    if (hull.from <= metrics::kEarliestDay || hull.to >= metrics::kLatestDay) break;
    return static_cast<double>(metrics::BucketsOf(hull, column.grain).size());
  }
  return column.grain == metrics::TimeGrain::kDay ? kMany : kUnbounded;
}

}  // namespace

void Batch::Add(metrics::Plan& plan) {
  std::vector<size_t> moved(plan.scans.size());
  std::vector<std::vector<size_t>> atoms(plan.scans.size());
  for (size_t i = 0; i < plan.scans.size(); ++i) {
    metrics::Scan& scan = plan.scans[i];
    std::string key = metrics::ScanKey(scan);
    if (!scan.atoms.empty() && metrics::IsSurvival(scan.atoms.front().kind)) {
      key += "|" + metrics::Fingerprint(metrics::RenderScan(scan));
    }
    if (!merge_) key += "|" + std::to_string(scans_.size());
    const auto [at, added] = known_.try_emplace(key, scans_.size());
    moved[i] = at->second;
    if (added) {
      scans_.push_back(scan);
      for (size_t k = 0; k < scan.atoms.size(); ++k) atoms[i].push_back(k);
    } else {
      for (const metrics::Atom& atom : scan.atoms)
        atoms[i].push_back(metrics::AddAtom(scans_[at->second], atom));
    }
  }
  for (metrics::Component& component : plan.components) {
    for (auto& [level, sources] : component.levels) {
      for (metrics::Source& source : sources) {
        for (size_t& atom : source.atoms) atom = atoms[source.scan][atom];
        source.scan = moved[source.scan];
      }
    }
  }
}

namespace {

/// One extract that several scans take their answers from.
struct Supply {
  RowsAsked asked;  ///< of its first scan; only `key` and `rows` hold for all
  std::optional<DayRange> days;
  std::vector<metrics::BoundExpression> columns;
  std::vector<std::string> names;
  std::shared_ptr<const Extract> extract;  ///< null: not there, or refused
};

/// A scan that an extract may answer.
struct Client {
  size_t scan = 0;
  RowsAsked asked;
  size_t supply = 0;
};

/// Days between two periods that are worth reading to have both in one extract.
constexpr int32_t kGapDays = 31;

class Runner {
 public:
  Runner(const std::vector<metrics::Scan>& scans, const warehouse::Warehouse& warehouse,
         const Dictionary& dictionary, Memory memory, size_t threads, const std::stop_token& stop)
      : scans_(scans),
        warehouse_(warehouse),
        dictionary_(dictionary),
        memory_(memory),
        threads_(threads),
        results_(scans.size()) {
    options_.stop = stop;
  }

  /// Reads the rows that the chosen scans would be answered from and that are not there yet, one supply after
  /// the other, while `go_on` holds.
  Status ReadRows(const std::vector<size_t>& chosen, const std::function<bool()>& go_on) {
    std::vector<size_t> rest;
    FindSupplies(chosen, rest);
    for (Supply& supply : supplies_) {
      if (!go_on() || !errors_.empty()) break;
      Fetch(supply);
    }
    return errors_.empty() ? Status(Done{}) : Status(errors_);
  }

  /// Answers the chosen scans; those that it leaves are in `rest`.
  Status TakeFromExtracts(const std::vector<size_t>& chosen, std::vector<size_t>& rest) {
    FindSupplies(chosen, rest);
    RunAll(supplies_.size(), threads_, [&](size_t i) { Fetch(supplies_[i]); });
    if (!errors_.empty()) return errors_;
    (void)dictionary_.DepartmentsOfPeople();
    std::vector<uint8_t> left(clients_.size());
    std::vector<Selections> selections(supplies_.size());
    RunAll(clients_.size(), threads_, [&](size_t i) {
      const Client& client = clients_[i];
      const Supply& supply = supplies_[client.supply];
      std::optional<warehouse::ResultSet> rows;
      if (supply.extract != nullptr) {
        rows = Aggregate(asked_[client.scan], client.asked, *supply.extract,
                         dictionary_.DepartmentsOfPeople(), selections[client.supply]);
      }
      left[i] = rows ? 0 : 1;
      if (rows) results_[client.scan] = std::make_shared<const warehouse::ResultSet>(std::move(*rows));
    });
    for (size_t i = 0; i < clients_.size(); ++i) {
      if (left[i] != 0) rest.push_back(clients_[i].scan);
    }
    std::sort(rest.begin(), rest.end());
    return Done{};
  }

  Status RunStatements(const PagePlan& page) {
    ScanResults runs(page.runs.size());
    RunAll(runs.size(), threads_, [&](size_t i) {
      const metrics::Sql sql = metrics::RenderScan(page.runs[i]);
      Result<warehouse::ResultSet> rows = warehouse_.Query(sql.text, sql.params, options_);
      if (!rows.ok()) return Note(rows.errors());
      runs[i] = std::make_shared<const warehouse::ResultSet>(std::move(rows).value());
    });
    if (!errors_.empty()) return errors_;
    for (size_t i = 0; i < page.answers.size(); ++i) {
      if (!page.answers[i]) continue;
      const Rollup& rollup = *page.answers[i];
      results_[i] = rollup.whole ? runs[rollup.run]
                                 : std::make_shared<const warehouse::ResultSet>(
                                       RollUp(rollup, *runs[rollup.run], page.runs[rollup.run].groups.size(),
                                              dictionary_.DepartmentsOfPeople()));
    }
    return Done{};
  }

  ScanResults& results() { return results_; }

 private:
  void Note(const Diagnostics& errors) {
    const std::lock_guard lock(mutex_);
    if (errors_.empty()) errors_ = errors;
  }

  /// What the chosen scans take their rows from, and which of them have to be statements.
  void FindSupplies(const std::vector<size_t>& chosen, std::vector<size_t>& rest) {
    asked_ = WidenScans(scans_, chosen);
    for (const size_t i : chosen) {
      std::optional<RowsAsked> apart = TakeApart(asked_[i]);
      if (apart && !memory_.extracts.IsRefused(apart->key, memory_.data_version, apart->days)) {
        clients_.push_back({i, std::move(*apart), 0});
      } else {
        rest.push_back(i);
      }
    }
    MakeSupplies();
  }

  /// Scans of one key share an extract where their days touch: a period and the one it compares with.
  void MakeSupplies() {
    // What any report can be clicked by, and what else this page shows.
    std::set<std::string> named = {"pipeline", "stage", "source"};
    for (const metrics::Scan& scan : scans_) {
      for (const metrics::GroupColumn& group : scan.groups) named.insert(group.dimension);
    }
    std::map<std::string, std::vector<size_t>> by_key;
    for (size_t i = 0; i < clients_.size(); ++i) by_key[clients_[i].asked.key].push_back(i);
    for (auto& [key, members] : by_key) {
      const auto from = [&](size_t i) { return clients_[i].asked.days.value_or(DayRange{}).from; };
      std::stable_sort(members.begin(), members.end(), [&](size_t a, size_t b) { return from(a) < from(b); });
      const size_t first = supplies_.size();
      for (const size_t i : members) {
        Client& client = clients_[i];
        const bool joins = supplies_.size() > first &&
                           (!client.asked.days ||
                            client.asked.days->from.number - supplies_.back().days->to.number <= kGapDays);
        if (!joins) supplies_.push_back({client.asked, client.asked.days, {}, {}, nullptr});
        Supply& supply = supplies_.back();
        client.supply = supplies_.size() - 1;
        if (client.asked.days) supply.days->to = std::max(supply.days->to, client.asked.days->to);
        AddColumns(supply, ColumnsOf(asked_[client.scan], client.asked));
      }
      for (size_t i = first; i < supplies_.size(); ++i) Look(supplies_[i], named);
    }
  }

  static void AddColumns(Supply& supply, const std::vector<metrics::BoundExpression>& columns) {
    for (const metrics::BoundExpression& column : columns) {
      std::string name = ColumnName(supply.asked.rows, column);
      if (std::find(supply.names.begin(), supply.names.end(), name) != supply.names.end()) continue;
      supply.names.push_back(std::move(name));
      supply.columns.push_back(column);
    }
  }

  /// Takes the supply from the store; one that has to be read is read with what the next click may ask for.
  void Look(Supply& supply, const std::set<std::string>& named) {
    std::vector<metrics::BoundExpression> wider;
    supply.extract =
        memory_.extracts.Find(supply.asked.key, memory_.data_version, supply.days, supply.names, wider);
    if (supply.extract != nullptr) return;
    AddColumns(supply, wider);
    AddColumns(supply, ColumnsOfClicks(supply.asked, named));
  }

  void Fetch(Supply& supply) {
    if (supply.extract != nullptr) return;
    Result<std::shared_ptr<const Extract>> extract =
        ReadExtract(warehouse_, options_, supply.asked, supply.days, std::move(supply.columns),
                    memory_.extracts, memory_.data_version);
    if (!extract.ok()) return Note(extract.errors());
    supply.extract = std::move(extract).value();
  }

  const std::vector<metrics::Scan>& scans_;
  const warehouse::Warehouse& warehouse_;
  const Dictionary& dictionary_;
  Memory memory_;
  const size_t threads_;
  warehouse::QueryOptions options_;
  ScanResults results_;
  std::vector<metrics::Scan> asked_;
  std::vector<Client> clients_;
  std::vector<Supply> supplies_;
  std::mutex mutex_;
  Diagnostics errors_;
};

}  // namespace

Status Batch::ReadRows(const warehouse::Warehouse& warehouse, const Dictionary& dictionary, Memory memory,
                       const std::stop_token& stop, const std::function<bool()>& go_on) const {
  if (!merge_ || !memory.extracts.enabled()) return Done{};
  std::vector<size_t> all(scans_.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return Runner(scans_, warehouse, dictionary, memory, 1, stop).ReadRows(all, go_on);
}

Result<ScanResults> Batch::Run(const warehouse::Warehouse& warehouse, const Dictionary& dictionary,
                               Memory memory, size_t threads, const std::stop_token& stop) const {
  Runner runner(scans_, warehouse, dictionary, memory, threads, stop);
  ScanResults& results = runner.results();
  std::vector<std::string> keys(scans_.size());
  std::vector<size_t> missing;
  for (size_t i = 0; i < scans_.size(); ++i) {
    if (memory.results.enabled()) {
      keys[i] = metrics::Fingerprint(metrics::RenderScan(scans_[i]));
      results[i] = memory.results.Find(keys[i], memory.data_version);
    }
    if (!results[i]) missing.push_back(i);
  }
  std::vector<size_t> rest;
  if (merge_ && memory.extracts.enabled()) {
    Status taken = runner.TakeFromExtracts(missing, rest);
    if (!taken.ok()) return taken.errors();
  } else {
    rest = missing;
  }
  const auto size_of = [&](const metrics::Scan& scan, const metrics::GroupColumn& column) {
    return SizeOf(dictionary, scan, column);
  };
  Status run = runner.RunStatements(merge_ ? PlanPage(scans_, rest, size_of) : PlanPlain(scans_, rest));
  if (!run.ok()) return run.errors();
  for (const size_t i : missing) {
    if (memory.results.enabled()) memory.results.Keep(keys[i], memory.data_version, results[i]);
  }
  return std::move(results);
}

}  // namespace svodka::engine
