#include "metrics/sql/catalog.hpp"

namespace svodka::metrics {

Sql RenderFields() {
  return {
      "SELECT entity, id, title, type, (entity, id) IN (SELECT (entity, field_id) FROM custom_value WHERE "
      "ordinal "
      "> 0) FROM custom_field WHERE entity IN ('lead', 'deal') ORDER BY id, entity",
      {}};
}

Sql RenderFieldOptions(const FieldInfo& field) {
  return {"SELECT id, label FROM custom_option WHERE entity = ? AND field_id = ? ORDER BY sort, id",
          {field.entity, field.id}};
}

Sql RenderDepartmentsOfPeople() {
  return {"SELECT key, CASE WHEN technical THEN 0 ELSE department_key END FROM d_employee", {}};
}

Sql RenderConstantRates() {
  return {
      "SELECT currency_key, CAST(rate AS TEXT), from_day <= -1000000 AND to_day >= 1000000 FROM d_rate "
      "LIMIT " +
          std::to_string(kConstantRatesMax + 1),
      {}};
}

Sql RenderRatedCurrency(const std::string& currency) {
  return {
      "SELECT c.key FROM d_code AS c WHERE c.kind = 'currency' AND c.id = ? AND EXISTS (SELECT 1 FROM d_rate "
      "AS r "
      "WHERE r.currency_key = c.key) AND NOT EXISTS (SELECT 1 FROM d_rate AS r WHERE r.currency_key = c.key "
      "AND "
      "r.rate <= 0)",
      {currency}};
}

Sql RenderSpan() {
  return {
      "SELECT min(a), max(b) FROM (SELECT min(created_day) AS a, max(greatest(created_day, closed_day)) AS b "
      "FROM f_deal "
      "UNION ALL SELECT min(created_day), max(greatest(created_day, closed_day)) FROM f_lead)",
      {}};
}

Sql RenderFieldValues(const FieldInfo& field, size_t limit) {
  return {
      "SELECT text_value, text_value FROM custom_value WHERE entity = ? AND field_id = ? AND text_value IS "
      "NOT NULL "
      "GROUP BY text_value ORDER BY count(*) DESC, text_value LIMIT " +
          std::to_string(limit),
      {field.entity, field.id}};
}

}  // namespace svodka::metrics
