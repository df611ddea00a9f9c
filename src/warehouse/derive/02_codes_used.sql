-- Dictionary codes. A key once given stays; a value that no dictionary knows is its own name.
CREATE OR REPLACE TEMP TABLE code_used AS
SELECT DISTINCT kind, id FROM (
  SELECT 'source' AS kind, source_id AS id FROM lead_rows UNION ALL SELECT 'source', source_id FROM deal_rows
  UNION ALL SELECT 'loss_reason', loss_reason_id FROM lead_rows
  UNION ALL SELECT 'loss_reason', loss_reason_id FROM deal_rows
  UNION ALL SELECT 'deal_type', deal_type_id FROM deal_rows
  UNION ALL SELECT 'client_type', client_type_id FROM client_rows
  UNION ALL SELECT 'region', region_id FROM client_rows
  UNION ALL SELECT 'region', region_code FROM lead_rows UNION ALL SELECT 'region', region_code FROM deal_rows
  UNION ALL SELECT 'industry', industry_code FROM lead_rows UNION ALL SELECT 'industry', industry_code FROM deal_rows
  UNION ALL SELECT 'industry', industry_id FROM client_rows
  UNION ALL SELECT 'product_category', category_id FROM product
  UNION ALL SELECT 'currency', currency FROM lead_rows UNION ALL SELECT 'currency', currency FROM deal_rows
  UNION ALL SELECT 'currency', currency FROM currency_rate
  UNION ALL SELECT 'currency', name FROM portal_setting WHERE kind = 'rate'
  UNION ALL SELECT 'currency', base_currency FROM portal UNION ALL SELECT 'currency', currency FROM smart_item
  UNION ALL SELECT 'utm_source', utm_source FROM lead_rows UNION ALL SELECT 'utm_source', utm_source FROM deal_rows
  UNION ALL SELECT 'utm_medium', utm_medium FROM lead_rows UNION ALL SELECT 'utm_medium', utm_medium FROM deal_rows
  UNION ALL SELECT 'utm_campaign', utm_campaign FROM lead_rows
  UNION ALL SELECT 'utm_campaign', utm_campaign FROM deal_rows
  UNION ALL SELECT 'utm_content', utm_content FROM lead_rows
  UNION ALL SELECT 'utm_content', utm_content FROM deal_rows
  UNION ALL SELECT 'utm_term', utm_term FROM lead_rows UNION ALL SELECT 'utm_term', utm_term FROM deal_rows)
WHERE id IS NOT NULL AND id <> '';
