-- request: {"measures": ["stage_created_count", "stage_created_amount", "stage_days_created"], "dimensions": ["pipeline", "stage", "employee"]}
-- check: first (days on a stage are whole calendar days there, elapsed time here)
WITH closing AS (
  SELECT card_id, max(moved_at) AS closed_at FROM stage_event WHERE entity = 'deal' AND kind = 3 GROUP BY card_id),
d AS (
  SELECT d.*, s.semantic, CASE WHEN s.semantic <> 'P' THEN c.closed_at END AS closed, coalesce(d.seller_id, d.owner_id) AS seller,
    round(d.amount * coalesce(r.rate, 1), 2) AS money
  FROM deal d
  JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = d.pipeline_id AND s.id = d.stage_id
  LEFT JOIN closing c ON c.card_id = d.id
  LEFT JOIN currency_rate r ON r.currency = d.currency
  WHERE d.deleted_at IS NULL AND d.pipeline_id <> '4' {deal}),
entered AS (
  SELECT card_id, max(moved_at) AS entered_at FROM stage_event WHERE entity = 'deal' GROUP BY card_id)
SELECT pipeline_id AS pipeline, CASE stage_id WHEN 'NEW' THEN 'deal:NEW' ELSE stage_id END AS stage, owner_id AS employee, count(*) AS n, sum(money) AS amount,
  avg(epoch({now}) - epoch(e.entered_at)) AS days
FROM d LEFT JOIN entered e ON e.card_id = d.id
WHERE created_at >= {from} AND created_at < {to} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
