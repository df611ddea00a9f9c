#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/plan/scan.hpp"

/// The only place that writes SQL text. Values are bound, identifiers quoted by Quoted; request text never
/// becomes SQL.
namespace svodka::metrics {

struct Sql {
  std::string text;
  std::vector<Value> params;
};

std::string Quoted(std::string_view identifier);

/// One SELECT: columns g0 … of the grain, then a0 … of the atoms; one row per group (exactly one where there
/// are none). Money sums are DECIMAL(18,2).
Sql RenderScan(const Scan& scan);

/// The expression as the scan's statements write it.
Sql RenderExpression(const Scan& scan, const BoundExpression& expression);

/// The scan's rows as they are, without grain and atoms: one column per expression, at most `limit` rows.
Sql RenderRows(const Scan& scan, const std::vector<BoundExpression>& columns, size_t limit);

/// Equal for scans that differ in their atoms alone.
std::string ScanKey(const Scan& scan);

/// Equal text, and equal values of what it names.
bool SameExpression(const BoundExpression& a, const BoundExpression& b);

/// Index of the atom in the scan; adds it where there is no equal one.
size_t AddAtom(Scan& scan, Atom atom);

/// Text that is equal for equal statements: of caches and of tests.
std::string Fingerprint(const Sql& sql);

/// The members of a dictionary dimension: key, id, label, sort, entity, parent, color, photo, extra.
/// `key_list`: only these keys; `search`: only labels that contain it. Null and empty mean all.
Sql RenderMembers(const Dimension& dimension, const std::vector<int64_t>& keys, const std::string& id,
                  const std::string& search, size_t limit);

}  // namespace svodka::metrics
