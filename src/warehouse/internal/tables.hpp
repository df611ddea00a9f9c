#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {

/// How rows of a canonical table are stored.
enum class TableKind {
  kParent,  ///< merged by key
  kChild,   ///< replaced for every parent of the load
  kEvents,  ///< inserted when the key is new, never changed
  kRates,   ///< inserted when the rate changed
  kScope,   ///< no table: says what another one's rows of this load replace
};

struct TableColumn {
  std::string name;
  std::string type;      ///< DuckDB's name: VARCHAR, INTEGER, DECIMAL(18,2) …
  std::string fallback;  ///< SQL of the default that stands for an absent cell; empty: none
};

struct TableSpec {
  std::string name;
  TableKind kind = TableKind::kParent;
  std::vector<std::string> key;
  std::string sequence;              ///< of the column `key`, or empty
  bool removable = false;            ///< has removed_at
  bool deletable = false;            ///< has deleted_at
  std::vector<std::string> carried;  ///< columns that we keep ourselves and that survive a changed source row
  std::vector<TableColumn> columns;  ///< what a batch may give, in the table's order (filled from the file)
};

/// One parent table of a child table. The expressions name the parent in rows of the child and of the parent.
struct ChildLink {
  std::string child, parent;
  std::string filter;       ///< on child rows; "TRUE" when all belong to this parent table
  std::string child_expr;   ///< over columns of the child, unqualified
  std::string parent_expr;  ///< over columns of the parent, unqualified
};

const std::vector<ChildLink>& ChildLinks();

/// The canonical tables in the order in which a load merges them.
class TableCatalog {
 public:
  /// Reads column types from the file.
  explicit TableCatalog(Connection& connection);
  const std::vector<TableSpec>& tables() const { return tables_; }
  const TableSpec* Find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  std::vector<TableSpec> tables_;
};

}  // namespace svodka::warehouse
