#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "engine/query_service.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::bench {

/// How far a baseline's answer must equal ours.
enum class Check { kExact, kFirstMeasure, kLoose, kNone };

/// One file of bench/baseline: hand-written SQL over plain tables, and the request that asks us the same.
struct Query {
  std::string name;
  std::string sql;  ///< with {from} {to} {now} {deal} {lead}
  std::optional<json::object> request;
  std::optional<json::object> records;
  Check check = Check::kExact;
  bool all_time = false;
};

/// Errors: `bad_workload`.
Result<std::vector<Query>> ReadWorkload(const std::string& folder);

struct Condition {
  std::string deal, lead;  ///< "AND d.source_id = 'WEB'"; empty for none
};
std::string Fill(const Query& query, const Condition& condition, Day from, Day to);

/// Compares our answer with the baseline's; says the first difference, or nothing.
std::optional<std::string> Compare(const Query& query, const engine::Table& ours,
                                   const warehouse::ResultSet& baseline);

}  // namespace svodka::bench
