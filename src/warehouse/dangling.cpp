#include <algorithm>
#include <string>
#include <vector>

#include "warehouse/internal/merge.hpp"

namespace svodka::warehouse {
namespace {

/// A column that names a row of another table.
struct Reference {
  const char* table;
  const char* column;
  const char* value;   ///< expression over the table's columns
  const char* target;  ///< table
  const char* exists;  ///< condition over `t` (target) and `r.value`
};

constexpr const char* kById = "t.id = r.value";

const std::vector<Reference>& References() {
  static const std::vector<Reference> references{
      {"lead", "company_id", "company_id", "client", kById},
      {"lead", "contact_id", "contact_id", "client", kById},
      {"lead", "source_id", "source_id", "dictionary", "t.kind = 'source' AND t.id = r.value"},
      {"lead", "loss_reason_id", "loss_reason_id", "dictionary", "t.kind = 'loss_reason' AND t.id = r.value"},
      {"deal", "company_id", "company_id", "client", kById},
      {"deal", "contact_id", "contact_id", "client", kById},
      {"deal", "lead_id", "lead_id", "lead", kById},
      {"deal", "source_id", "source_id", "dictionary", "t.kind = 'source' AND t.id = r.value"},
      {"deal", "deal_type_id", "deal_type_id", "dictionary", "t.kind = 'deal_type' AND t.id = r.value"},
      {"deal", "loss_reason_id", "loss_reason_id", "dictionary", "t.kind = 'loss_reason' AND t.id = r.value"},
      {"deal_client", "client_id", "client_id", "client", kById},
      {"product_line", "product_id", "product_id", "product", kById},
      {"client", "company_id", "company_id", "client", kById},
      {"client", "client_type_id", "client_type_id", "dictionary",
       "t.kind = 'client_type' AND t.id = r.value"},
      {"client", "region_id", "region_id", "dictionary", "t.kind = 'region' AND t.id = r.value"},
      {"product", "category_id", "category_id", "dictionary",
       "t.kind = 'product_category' AND t.id = r.value"},
      {"payment", "deal_id", "deal_id", "deal", kById},
      {"payment", "client_id", "client_id", "client", kById},
      {"customer", "client_id", "client_id", "client", kById},
      {"call", "activity_id", "activity_id", "activity", kById},
  };
  return references;
}

/// The condition with another name for the value.
std::string Over(std::string condition, const std::string& value) {
  const std::string_view name = "r.value";
  condition.replace(condition.find(name), name.size(), value);
  return condition;
}

/// Rows of this load of a table, as the upsert left them.
std::string DeltaOf(const Reference& reference) {
  const std::string table = reference.table;
  if (table == "deal_client" || table == "product_line") {
    return "(SELECT * FROM " + table + " WHERE deal_id IN (SELECT parent FROM delta_" + table + "))";
  }
  return "delta_" + table;
}

}  // namespace

/// Values that arrived meanwhile dangle no more.
void Merge::ResolveDangling() {
  const bool arrived = std::ranges::any_of(
      References(), [&](const Reference& reference) { return outcome_.AnyFresh(reference.target); });
  if (arrived && connection_.Integer("SELECT count(*)::BIGINT FROM dangling_reference") > 0) {
    for (const Reference& reference : References()) {
      if (!outcome_.AnyFresh(reference.target)) continue;
      Do(std::string("DELETE FROM dangling_reference WHERE table_name = ") + Quote(reference.table) +
             " AND column_name = " + Quote(reference.column) +
             " AND value IN (SELECT r.value FROM dangling_reference r "
             "WHERE EXISTS (SELECT 1 FROM " +
             reference.target + " t WHERE " + reference.exists + "))",
         "dangling.resolved");
    }
  }
}

void Merge::CountDangling() {
  ResolveDangling();
  // One statement tells which references have a value without its row; nearly always none.
  std::string counts;
  for (size_t i = 0; i < References().size(); ++i) {
    const Reference& reference = References()[i];
    if (!outcome_.changed.contains(reference.table)) continue;
    counts += (counts.empty() ? "SELECT DISTINCT place FROM (SELECT " : " UNION ALL SELECT ") +
              std::to_string(i) + "::BIGINT AS place FROM " + DeltaOf(reference) + " r WHERE r." +
              reference.value + " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " + reference.target +
              " t WHERE " + Over(reference.exists, std::string("r.") + reference.value) + ")";
  }
  if (counts.empty()) return;
  const ResultSet places = connection_.Fetch(counts + ") ORDER BY place", {}, SIZE_MAX, "dangling.places");
  for (const auto& row : places.rows) {
    const Reference& reference = References()[static_cast<size_t>(std::get<int64_t>(row[0]))];
    Do(std::string("CREATE OR REPLACE TEMP TABLE missing AS SELECT r.value, count(*) AS rows FROM (SELECT ") +
           reference.value + " AS value FROM " + DeltaOf(reference) +
           ") r WHERE r.value IS NOT NULL AND NOT EXISTS "
           "(SELECT 1 FROM " +
           reference.target + " t WHERE " + reference.exists + ") GROUP BY r.value",
       "dangling.missing");
    const int64_t rows = connection_.Integer("SELECT coalesce(sum(rows), 0)::BIGINT FROM missing");
    if (rows == 0) continue;
    outcome_.dangling += rows;
    Do(std::string("DELETE FROM dangling_reference WHERE table_name = ") + Quote(reference.table) +
           " AND column_name = " + Quote(reference.column) + " AND value IN (SELECT value FROM missing)",
       "dangling.replace");
    Do(std::string("INSERT INTO dangling_reference SELECT ") + Quote(reference.table) + ", " +
           Quote(reference.column) + ", v.value, count(*) FROM (SELECT " + reference.value +
           " AS value FROM " + reference.table + ") v JOIN missing m ON m.value = v.value GROUP BY v.value",
       "dangling.insert");
  }
}

}  // namespace svodka::warehouse
