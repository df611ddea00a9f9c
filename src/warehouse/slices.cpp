#include "warehouse/internal/slices.hpp"

#include <algorithm>
#include <optional>

#include "base/result.hpp"

namespace svodka::warehouse {
namespace {

constexpr std::string_view kCreate = "CREATE OR REPLACE TEMP TABLE ";
constexpr std::string_view kInsert = "INSERT INTO ";

std::vector<std::string> SplitStatements(std::string_view sql) {
  std::vector<std::string> statements;
  std::string statement;
  bool any = false;  // more than comments
  while (!sql.empty()) {
    const size_t end = std::min(sql.find('\n'), sql.size());
    const std::string_view line = sql.substr(0, end);
    sql.remove_prefix(std::min(end + 1, sql.size()));
    if (line.empty() || line.starts_with("--")) continue;
    any = true;
    statement += std::string(line) + "\n";
    if (!line.ends_with(';')) continue;
    statement.resize(statement.size() - 2);
    statements.push_back(std::move(statement));
    statement.clear();
    any = false;
  }
  if (any) statements.push_back(std::move(statement));
  return statements;
}

/// Replaces {token:COLUMN} by what `condition` makes of COLUMN.
template <class Condition>
void ReplaceToken(std::string& sql, std::string_view token, const Condition& condition) {
  for (size_t at = sql.find(token); at != std::string::npos; at = sql.find(token, at)) {
    const size_t end = sql.find('}', at);
    const std::string made = condition(sql.substr(at + token.size(), end - at - token.size()));
    sql.replace(at, end + 1 - at, made);
    at += made.size();
  }
}

/// The statement for slice `number`; none: for all rows.
std::string OfSlice(std::string sql, const Slices& slices, std::optional<int64_t> number) {
  const int64_t span = slices.last - slices.first + 1;
  const auto from = [&](int64_t slice) { return std::to_string(slices.first + span * slice / slices.count); };
  ReplaceToken(sql, "{slice:", [&](const std::string& column) {
    return number ? column + " >= " + from(*number) + " AND " + column + " < " + from(*number + 1)
                  : std::string("TRUE");
  });
  ReplaceToken(sql, "{part:", [&](const std::string& column) {
    return number ? "hash(" + column + ") % " + std::to_string(slices.count) + " = " + std::to_string(*number)
                  : std::string("TRUE");
  });
  return sql;
}

}  // namespace

Slices SlicesOf(int64_t rows, int64_t first, int64_t last, int64_t rows_per_slice) {
  const int64_t count = rows <= rows_per_slice ? 1 : (rows + rows_per_slice - 1) / rows_per_slice;
  return {first, last, std::min(count, std::max<int64_t>(1, last - first + 1))};
}

std::vector<std::string> SliceStatements(std::string_view sql, const Slices& slices) {
  if (slices.count == 1) return {OfSlice(std::string(sql), slices, {})};
  std::vector<std::string> made;
  for (std::string& statement : SplitStatements(sql)) {
    if (statement.find("{slice:") == std::string::npos && statement.find("{part:") == std::string::npos) {
      made.push_back(std::move(statement));
      continue;
    }
    const bool creates = statement.starts_with(kCreate);
    if (!creates && !statement.starts_with(kInsert)) {
      throw InvariantError("a statement of a derivation that cannot be sliced: " + statement.substr(0, 60));
    }
    const size_t name_at = creates ? kCreate.size() : kInsert.size();
    const size_t name_end = statement.find_first_of(" \n", name_at);
    const std::string name = statement.substr(name_at, name_end - name_at);
    std::string body = statement.substr(creates ? statement.find(" AS", name_end) + 3 : name_end);
    const size_t order_at = creates ? std::string::npos : body.rfind("\nORDER BY ");
    const std::string order = order_at == std::string::npos ? "" : body.substr(order_at);
    if (!order.empty()) body.resize(order_at);
    const std::string target = order.empty() ? name : name + "_made";
    for (int64_t slice = 0; slice < slices.count; ++slice) {
      const bool first = slice == 0 && (creates || !order.empty());
      made.push_back((first ? std::string(kCreate) + target + " AS" : std::string(kInsert) + target) +
                     OfSlice(body, slices, slice));
    }
    if (order.empty()) continue;
    made.push_back(std::string(kInsert) + name + " SELECT * FROM temp." + target + order);
    made.push_back("DROP TABLE temp." + target);
  }
  return made;
}

}  // namespace svodka::warehouse
