-- request: {"measures": [{"measure": "stage_created_count", "args": {"entity": "lead"}}, {"measure": "stage_days_created", "args": {"entity": "lead"}}], "dimensions": ["stage", "employee"]}
-- check: first (days on a stage are whole calendar days there, elapsed time here)
WITH {leads_entered}
SELECT CASE l.stage_id WHEN 'NEW' THEN 'lead:NEW' ELSE l.stage_id END AS stage, l.owner_id AS employee, count(*) AS n, avg(epoch({now}) - epoch(e.entered_at)) FILTER (WHERE s.semantic = 'P') AS days
FROM lead l JOIN stage s ON s.entity = 'lead' AND s.id = l.stage_id LEFT JOIN entered e ON e.card_id = l.id
WHERE l.deleted_at IS NULL AND l.created_at >= {from} AND l.created_at < {to} {lead}
GROUP BY ALL ORDER BY 1, 2
