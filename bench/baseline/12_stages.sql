-- request: {"measures": ["stage_created_count", "stage_created_amount"], "dimensions": ["stage"]}
WITH {deals}
SELECT CASE stage_id WHEN 'NEW' THEN 'deal:NEW' ELSE stage_id END AS stage, count(*) AS stage_created_count, sum(money) AS stage_created_amount
FROM d WHERE created_at >= {from} AND created_at < {to} GROUP BY 1 ORDER BY 1
