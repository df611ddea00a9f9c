#include "warehouse/internal/tidy.hpp"

#include <algorithm>
#include <string>

namespace svodka::warehouse {
namespace {

/// A table, and the order in which its rows are found by the ids that a small load brings. Numbers as text:
/// by length first, so that ids that were given one after another lie together.
struct Order {
  const char* table;
  const char* by;
};
constexpr Order kOrders[] = {{"activity_binding", "entity, length(card_id), card_id"},
                             {"activity", "split_part(id, ':', 1), length(id), id"}};

}  // namespace

bool Tidy(Connection& connection, int64_t few) {
  bool any = false;
  for (const Order& order : kOrders) {
    const std::string table = order.table;
    const std::string counts =
        "SELECT (SELECT coalesce(max(rows), 0) FROM tidied WHERE table_name = " + Quote(table) +
        ")::BIGINT, count(*)::BIGINT, coalesce(max(rowid), -1)::BIGINT FROM " + table;
    const ResultSet set = connection.Fetch(counts, {}, 1, "tidy");
    const auto number = [&](size_t column) { return std::get<int64_t>(set.rows.at(0).at(column)); };
    if (number(1) - number(0) <= std::max(few, number(0) / 4)) continue;
    // Rows of this transaction have places behind all others.
    connection.Run("INSERT INTO " + table + " SELECT * FROM " + table + " ORDER BY " + order.by,
                   table + ".tidy");
    connection.Run("DELETE FROM " + table + " WHERE rowid <= " + std::to_string(number(2)),
                   table + ".untidy");
    connection.Run("DELETE FROM tidied WHERE table_name = " + Quote(table) + "; INSERT INTO tidied VALUES (" +
                       Quote(table) + ", " + std::to_string(number(1)) + ")",
                   "tidied");
    any = true;
  }
  return any;
}

}  // namespace svodka::warehouse
