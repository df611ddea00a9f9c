-- Cards of smart processes that are chosen, as they are today.
DELETE FROM f_smart_item;
INSERT INTO f_smart_item
WITH chosen AS (
  SELECT i.*, local_day(i.created_at) AS created_day, t.key AS type_key, coalesce(cur.key, 0) AS currency_key
  FROM smart_item i
  JOIN dictionary y ON y.kind = 'smart_type' AND y.id = i.type_id AND y.removed_at IS NULL
  JOIN d_code t ON t.kind = 'smart_type' AND t.id = i.type_id
  LEFT JOIN d_code cur ON cur.kind = 'currency' AND cur.id = i.currency
  WHERE i.deleted_at IS NULL),
priced AS (
  SELECT c.key, CAST(CAST(c.amount AS DECIMAL(20, 2)) * r.rate AS DECIMAL(18, 2)) AS amount
  FROM (SELECT key, amount, currency_key, coalesce(created_day, 2147483646) AS day FROM chosen WHERE amount IS NOT NULL) c
  ASOF JOIN d_rate r ON r.currency_key = c.currency_key AND r.from_day <= c.day)
SELECT c.key, c.created_day, c.type_key, coalesce(s.key, 0), coalesce(o.key, 0), coalesce(a.key, 0), c.currency_key,
  coalesce(p.key, 0), m.amount
FROM chosen c
LEFT JOIN priced m ON m.key = c.key
LEFT JOIN d_code s ON s.kind = 'smart_stage' AND s.id = c.stage_id
LEFT JOIN crm_user o ON o.id = c.owner_id
LEFT JOIN crm_user a ON a.id = c.creator_id
LEFT JOIN client p ON p.id = coalesce(c.company_id, c.contact_id)
ORDER BY 2;
