-- check: no (a sign of life through the client is left out here, which is cheaper than the rule of metrics.md)
-- request: {"measures": ["deals_forgotten"]}
WITH touch AS (
  SELECT b.card_id, max(a.happened_at) AS last_at,
    max(a.deadline_at) FILTER (NOT a.completed) AS next_at
  FROM activity_binding b JOIN activity a ON a.id = b.activity_id
  WHERE b.entity = 'deal' GROUP BY b.card_id)
SELECT count(*) FILTER (coalesce(t.last_at, d.created_at) < {now} - INTERVAL 14 DAY
    AND (t.next_at IS NULL OR t.next_at < {now})) AS deals_forgotten
FROM deal d
JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = d.pipeline_id AND s.id = d.stage_id
LEFT JOIN touch t ON t.card_id = d.id
WHERE s.semantic = 'P' AND d.deleted_at IS NULL AND d.pipeline_id <> '4' {deal}
