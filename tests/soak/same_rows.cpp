#include "soak/same_rows.hpp"

#include <fstream>
#include <map>

namespace svodka::soak {
namespace {

/// `{'id': 'VARCHAR', …}` for the columns of the file's head.
std::string TypesOf(const warehouse::Warehouse& warehouse, const std::string& table,
                    const std::string& file) {
  auto rows = warehouse.Query("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '" +
                              table + "'");
  std::map<std::string, std::string> types;
  for (const auto& row : rows.value().rows)
    types[std::get<std::string>(row[0])] = std::get<std::string>(row[1]);
  std::ifstream stream(file);
  std::string head;
  std::getline(stream, head);
  std::string text;
  for (size_t at = 0; at <= head.size();) {
    const size_t end = std::min(head.find(',', at), head.size());
    const std::string name = head.substr(at, end - at);
    text += (text.empty() ? "{'" : ", '") + name + "': '" + types.at(name) + "'";
    at = end + 1;
  }
  return text + "}";
}

std::string First(const warehouse::Warehouse& warehouse, const std::string& sql) {
  auto rows =
      warehouse.Query("SELECT count(*) OVER ()::BIGINT, t::TEXT FROM (" + sql + ") t ORDER BY 2 LIMIT 5");
  if (!rows.ok()) return ToString(rows.error());
  std::string text;
  for (const auto& row : rows->rows)
    text +=
        "  1 of " + std::to_string(std::get<int64_t>(row[0])) + ": " + std::get<std::string>(row[1]) + "\n";
  return text;
}

}  // namespace

std::string Differences(const warehouse::Warehouse& warehouse, const std::string& folder,
                        const std::vector<SameRows>& tables) {
  std::string text;
  for (const SameRows& one : tables) {
    const std::string file = folder + "/" + one.table + ".csv";
    const std::string ours = "SELECT " + one.columns + " FROM " + one.table + " WHERE " + one.ours;
    const std::string theirs = "SELECT " + one.columns + " FROM read_csv('" + file +
                               "', header = true, types = " + TypesOf(warehouse, one.table, file) +
                               ") WHERE " + one.theirs;
    if (!one.ours_may_be_more) {
      const std::string more = First(warehouse, "(" + ours + ") EXCEPT ALL (" + theirs + ")");
      if (!more.empty()) text += one.table + ", ours alone (" + one.columns + "):\n" + more;
    }
    const std::string less = First(warehouse, "(" + theirs + ") EXCEPT ALL (" + ours + ")");
    if (!less.empty()) text += one.table + ", the CRM's alone (" + one.columns + "):\n" + less;
  }
  return text;
}

}  // namespace svodka::soak
