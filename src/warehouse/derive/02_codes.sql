-- Needs code_used (02_codes_used.sql), field_code (field_map.hpp).
CREATE OR REPLACE TEMP TABLE code_wanted AS
SELECT u.kind, u.id, coalesce(d.name, u.id) AS name, coalesce(d.sort, 2147483647) AS sort,
  u.kind = 'loss_reason' AND {junk_reason_now} AS is_junk
FROM (SELECT kind, id FROM code_used UNION
  SELECT kind, id FROM dictionary WHERE kind NOT IN (SELECT kind FROM field_only) UNION SELECT kind, code FROM field_code) u
LEFT JOIN (
  SELECT kind, id, name, sort, is_junk FROM dictionary
  UNION ALL SELECT DISTINCT kind, code, name, sort, NULL FROM field_code) d ON d.kind = u.kind AND d.id = u.id;

INSERT INTO d_code
WITH taken AS (SELECT kind, max(key) AS key FROM d_code GROUP BY kind)
SELECT w.kind, coalesce(t.key, 0) + row_number() OVER (PARTITION BY w.kind ORDER BY w.sort, w.id), w.id, w.name, w.sort,
  w.is_junk
FROM code_wanted w LEFT JOIN taken t ON t.kind = w.kind
WHERE NOT EXISTS (SELECT 1 FROM d_code c WHERE c.kind = w.kind AND c.id = w.id);

UPDATE d_code SET name = w.name, sort = w.sort, is_junk = w.is_junk
FROM code_wanted w
WHERE d_code.kind = w.kind AND d_code.id = w.id
  AND (d_code.name <> w.name OR d_code.sort <> w.sort OR d_code.is_junk <> w.is_junk);

-- Rates by currency: those that a person gave (portal_setting, kind 'rate'), else our dated copies of the CRM's; the first
-- reaches back to the beginning, the last one on for ever.
DELETE FROM d_rate;
INSERT INTO d_rate
WITH base AS (SELECT coalesce(max(base_currency), '') AS code FROM portal),
given AS (
  SELECT name AS currency, coalesce(from_day, -2147483648) AS day, value::DECIMAL(18, 8) AS rate
  FROM portal_setting WHERE kind = 'rate'),
known AS (
  SELECT currency, day, rate FROM given
  UNION ALL
  SELECT currency, day, rate FROM currency_rate WHERE currency NOT IN (SELECT currency FROM given)),
dated AS (
  SELECT c.key, r.day, r.rate, row_number() OVER w AS place, lead(r.day) OVER w AS next_day
  FROM known r JOIN d_code c ON c.kind = 'currency' AND c.id = r.currency, base
  WHERE base.code <> '' AND r.currency <> base.code
  WINDOW w AS (PARTITION BY r.currency ORDER BY r.day))
SELECT key, CASE WHEN place = 1 THEN -2147483648 ELSE day END, coalesce(next_day, 2147483647), rate FROM dated
UNION ALL
SELECT c.key, -2147483648, 2147483647, 1 FROM d_code c, base
WHERE c.kind = 'currency' AND (base.code = '' OR c.id = base.code)
UNION ALL
SELECT 0, -2147483648, 2147483647, 1;

DELETE FROM d_product;
INSERT INTO d_product
SELECT p.key, p.id, p.name, coalesce(c.key, 0)
FROM product p LEFT JOIN d_code c ON c.kind = 'product_category' AND c.id = p.category_id;
