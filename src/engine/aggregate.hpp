#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/extract.hpp"
#include "engine/rollup.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::engine {

/// Rows of an extract chosen by the same conditions, and what several scans are told of them.
struct Selection {
  std::once_flag chosen;
  std::optional<std::vector<uint32_t>> rows;  ///< places in the extract; nothing: only a statement can tell
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const std::vector<uint32_t>>>
      filters;  ///< places in `rows` by filter
};

/// The selections of one extract while a page is answered: most of its scans choose the same rows.
/// Thread-safe.
class Selections {
 public:
  std::shared_ptr<Selection> Get(const std::string& key);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Selection>> selections_;
};

/// The scan's answer from an extract that has its columns: what its statement would answer, rows in any
/// order. Nothing where only the statement can tell (sums beyond 64 bits, amounts of more than two places).
/// `selections`: of this extract.
std::optional<warehouse::ResultSet> Aggregate(const metrics::Scan& scan, const RowsAsked& asked,
                                              const Extract& extract, const Departments& departments,
                                              Selections& selections);

/// Places in the extract of the rows that the scan would read, in the extract's order; nothing where only a
/// statement can tell.
std::optional<std::vector<uint32_t>> ChooseRows(const metrics::Scan& scan, const RowsAsked& asked,
                                                const Extract& extract, Selections& selections);

}  // namespace svodka::engine
