-- request: {"measures": ["stage_created_count", "stage_created_amount", "stage_days_created"], "dimensions": ["pipeline", "stage", "employee"]}
-- check: first (days on a stage are whole calendar days there, elapsed time here)
WITH {deals},
{deals_entered}
SELECT pipeline_id AS pipeline, CASE stage_id WHEN 'NEW' THEN 'deal:NEW' ELSE stage_id END AS stage, owner_id AS employee, count(*) AS n, sum(money) AS amount,
  avg(epoch({now}) - epoch(e.entered_at)) FILTER (WHERE d.semantic = 'P') AS days
FROM d LEFT JOIN entered e ON e.card_id = d.id
WHERE created_at >= {from} AND created_at < {to} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
