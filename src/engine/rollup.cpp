#include "engine/rollup.hpp"

#include <algorithm>
#include <map>

#include "engine/numbers.hpp"
#include "metrics/sql/render.hpp"

namespace svodka::engine {
namespace {

using metrics::Atom;
using metrics::GroupColumn;
using metrics::Scan;

bool IsAdditive(const Scan& scan) {
  return std::all_of(scan.atoms.begin(), scan.atoms.end(), [](const Atom& atom) {
    return atom.kind == Atom::Kind::kCount || atom.kind == Atom::Kind::kKnown ||
           atom.kind == Atom::Kind::kSum;
  });
}

bool IsPlain(const Scan& scan) {
  return !scan.first_of_card && !scan.exclusion &&
         (scan.atoms.empty() || scan.atoms.front().kind != Atom::Kind::kSurvivalMedian);
}

/// A fact whose joins multiply rows is counted by distinct cards anyway, so its sums are never asked.
std::string RowsKey(const Scan& scan) {
  Scan bare = scan;
  bare.groups.clear();
  return metrics::ScanKey(bare);
}

bool SameColumn(const GroupColumn& a, const GroupColumn& b) {
  return a.kind == b.kind && a.dimension == b.dimension && a.fixed == b.fixed &&
         a.key.expression == b.key.expression && a.field.entity == b.field.entity;
}

/// Where the columns of `coarse` stand in `fine`; nothing when one is missing.
std::optional<std::vector<size_t>> PlaceColumns(const Scan& coarse, const Scan& fine) {
  std::vector<size_t> columns;
  for (const GroupColumn& column : coarse.groups) {
    const auto at = std::find_if(fine.groups.begin(), fine.groups.end(),
                                 [&](const GroupColumn& candidate) { return SameColumn(column, candidate); });
    if (at == fine.groups.end()) return {};
    columns.push_back(static_cast<size_t>(at - fine.groups.begin()));
  }
  return columns;
}

}  // namespace

std::vector<std::optional<Rollup>> PlanRollups(std::vector<Scan>& scans, const std::vector<size_t>& chosen) {
  std::vector<std::optional<Rollup>> rollups(scans.size());
  std::map<std::string, std::vector<size_t>> families;
  for (const size_t i : chosen) {
    if (IsPlain(scans[i])) families[RowsKey(scans[i])].push_back(i);
  }
  for (auto& [key, family] : families) {
    // Coarse to fine, so that what a donor takes over travels on with it.
    std::stable_sort(family.begin(), family.end(),
                     [&](size_t a, size_t b) { return scans[a].groups.size() < scans[b].groups.size(); });
    for (size_t place = 0; place < family.size(); ++place) {
      Scan& coarse = scans[family[place]];
      if (!IsAdditive(coarse)) continue;
      for (size_t other = place + 1; other < family.size(); ++other) {
        Scan& fine = scans[family[other]];
        const std::optional<std::vector<size_t>> columns = PlaceColumns(coarse, fine);
        if (!columns) continue;
        Rollup rollup{family[other], *columns, {}};
        for (const Atom& atom : coarse.atoms) rollup.atoms.push_back(metrics::AddAtom(fine, atom));
        rollups[family[place]] = std::move(rollup);
        break;
      }
    }
  }
  return rollups;
}

warehouse::ResultSet RollUp(const Rollup& rollup, const warehouse::ResultSet& donor, size_t width) {
  std::map<std::vector<Value>, AtomValues> sums;
  for (const std::vector<Value>& row : donor.rows) {
    std::vector<Value> key;
    for (const size_t column : rollup.columns) key.push_back(row[column]);
    AtomValues atoms;
    for (const size_t atom : rollup.atoms) atoms.push_back(row[width + atom]);
    AddAtoms(sums[std::move(key)], atoms);
  }
  warehouse::ResultSet rows;
  for (auto& [key, atoms] : sums) {
    std::vector<Value> row = key;
    row.insert(row.end(), atoms.begin(), atoms.end());
    rows.rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace svodka::engine
