#include "warehouse/internal/tables.hpp"

#include <algorithm>
#include <set>

namespace svodka::warehouse {
namespace {

/// Columns that only the load itself fills.
const std::set<std::string, std::less<>>& OwnColumns() {
  static const std::set<std::string, std::less<>> columns{
      "key",       "seen_at",       "row_hash",     "removed_at",      "deleted_at",
      "seller_id", "first_seen_at", "last_comment", "last_comment_at", "placeholder"};
  return columns;
}

std::vector<TableSpec> Specs() {
  using enum TableKind;
  return {
      {"department", kParent, {"id"}, "key_of_department", true, false, {}, {}},
      {"crm_user", kParent, {"id"}, "key_of_user", true, false, {}, {}},
      {"user_department", kChild, {"user_id", "ordinal"}, "", false, false, {}, {}},
      {"user_rights", kChild, {"user_id"}, "", false, false, {}, {}},
      {"user_phone", kChild, {"user_id", "phone"}, "", false, false, {}, {}},
      {"pipeline", kParent, {"entity", "id"}, "key_of_pipeline", true, false, {}, {}},
      {"stage", kParent, {"entity", "pipeline_id", "id"}, "key_of_stage", true, false, {}, {}},
      {"dictionary", kParent, {"kind", "id"}, "", true, false, {}, {}},
      {"currency_rate", kRates, {"currency", "day"}, "", false, false, {}, {}},
      {"custom_field", kParent, {"entity", "id"}, "", true, false, {}, {}},
      {"custom_option", kChild, {"entity", "field_id", "id"}, "", false, false, {}, {}},
      {"product", kParent, {"id"}, "key_of_product", false, false, {}, {}},
      {"client", kParent, {"id"}, "key_of_client", false, true, {}, {}},
      {"client_activity", kParent, {"client_id"}, "", false, false, {}, {}},
      {"client_phone", kChild, {"client_id", "phone"}, "", false, false, {}, {}},
      {"lead", kParent, {"id"}, "key_of_lead", false, true, {"seller_id", "first_seen_at"}, {}},
      {"deal",
       kParent,
       {"id"},
       "key_of_deal",
       false,
       true,
       {"seller_id", "first_seen_at", "last_comment", "last_comment_at"},
       {}},
      {"deal_client", kChild, {"deal_id", "client_id"}, "", false, false, {}, {}},
      {"product_line", kChild, {"deal_id", "ordinal"}, "", false, false, {}, {}},
      {"custom_value", kChild, {"entity", "card_id", "field_id", "ordinal"}, "", false, false, {}, {}},
      {"whole_history", kScope, {"entity", "card_id", "dated"}, "", false, false, {}, {}},
      {"stage_event", kEvents, {"entity", "id"}, "", false, false, {}, {}},
      {"past_change", kScope, {"entity", "card_id", "field", "changed_at"}, "", false, false, {}, {}},
      {"activity", kParent, {"id"}, "", false, true, {}, {}},
      {"activity_binding", kChild, {"activity_id", "entity", "card_id"}, "", false, false, {}, {}},
      {"call", kParent, {"id"}, "", false, false, {}, {}},
      {"payment", kParent, {"id"}, "", false, false, {}, {}},
      {"customer", kParent, {"id"}, "", false, true, {}, {}},
      {"customer_client", kChild, {"customer_id", "client_id"}, "", false, false, {}, {}},
      {"customer_segment", kChild, {"customer_id", "segment_id"}, "", false, false, {}, {}},
      {"smart_item", kParent, {"id"}, "key_of_smart_item", false, true, {}, {}},
      {"listed_call", kParent, {"id"}, "", false, true, {}, {}},
  };
}

}  // namespace

const std::vector<ChildLink>& ChildLinks() {
  static const std::vector<ChildLink> links{
      {"user_department", "crm_user", "TRUE", "user_id", "id"},
      {"user_rights", "crm_user", "TRUE", "user_id", "id"},
      {"user_phone", "crm_user", "TRUE", "user_id", "id"},
      {"client_phone", "client", "TRUE", "client_id", "id"},
      {"custom_option", "custom_field", "TRUE", "entity || '/' || field_id", "entity || '/' || id"},
      {"deal_client", "deal", "TRUE", "deal_id", "id"},
      {"product_line", "deal", "TRUE", "deal_id", "id"},
      {"custom_value", "lead", "entity = 'lead'", "card_id", "id"},
      {"custom_value", "deal", "entity = 'deal'", "card_id", "id"},
      {"custom_value", "client", "entity IN ('company', 'contact')", "entity || ':' || card_id", "id"},
      {"activity_binding", "activity", "TRUE", "activity_id", "id"},
      {"customer_client", "customer", "TRUE", "customer_id", "id"},
      {"customer_segment", "customer", "TRUE", "customer_id", "id"},
  };
  return links;
}

TableCatalog::TableCatalog(Connection& connection) : tables_(Specs()) {
  // Scopes are no tables of the file: their columns stand here alone.
  const auto scope = [&](std::string_view name) -> TableSpec& {
    return *std::ranges::find(tables_, name, &TableSpec::name);
  };
  scope("whole_history").columns = {
      {"entity", "VARCHAR", ""}, {"card_id", "VARCHAR", ""}, {"dated", "BOOLEAN", ""}};
  scope("past_change").columns = {{"entity", "VARCHAR", ""},    {"card_id", "VARCHAR", ""},
                                  {"field", "VARCHAR", ""},     {"old_value", "VARCHAR", ""},
                                  {"new_value", "VARCHAR", ""}, {"changed_at", "TIMESTAMP", ""}};
  const ResultSet columns = connection.Fetch(
      "SELECT table_name, column_name, data_type, column_default FROM duckdb_columns() WHERE database_name = "
      "current_database() AND "
      "schema_name = 'main' ORDER BY table_name, column_index");
  for (const auto& row : columns.rows) {
    const auto& table = std::get<std::string>(row[0]);
    const auto& column = std::get<std::string>(row[1]);
    const auto spec = std::ranges::find(tables_, table, &TableSpec::name);
    if (spec == tables_.end() || OwnColumns().contains(column)) continue;
    const auto* fallback = std::get_if<std::string>(&row[3]);
    spec->columns.push_back({column, std::get<std::string>(row[2]), fallback != nullptr ? *fallback : ""});
  }
}

const TableSpec* TableCatalog::Find(std::string_view name) const {
  const auto spec = std::ranges::find(tables_, name, &TableSpec::name);
  return spec == tables_.end() ? nullptr : &*spec;
}

std::vector<std::string> TableCatalog::names() const {
  std::vector<std::string> names;
  for (const TableSpec& table : tables_) names.push_back(table.name);
  return names;
}

}  // namespace svodka::warehouse
