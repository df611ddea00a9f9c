-- request: {"measures": ["stage_created_count", "stage_created_amount", "stage_days_created"], "dimensions": ["pipeline", "stage", "employee"]}
WITH {deals},
{deals_entered}
SELECT pipeline_id AS pipeline, CASE stage_id WHEN 'NEW' THEN 'deal:NEW' ELSE stage_id END AS stage, owner_id AS employee, count(*) AS n, sum(money) AS amount, avg(date_diff('day', (e.entered_at + INTERVAL 3 HOUR)::DATE, DATE '2026-06-30') * 86400) FILTER (WHERE d.semantic = 'P') AS days
FROM d LEFT JOIN entered e ON e.card_id = d.id
WHERE created_at >= {from} AND created_at < {to} GROUP BY 1, 2, 3
