-- check: no (a sign of life through the client is left out here, which is cheaper than the rule of metrics.md)
-- request: {"measures": ["leads_untouched", "leads_forgotten"]}
WITH touch AS (
  SELECT b.card_id, max(a.happened_at) AS last_at,
    max(a.deadline_at) FILTER (NOT a.completed) AS next_at
  FROM activity_binding b JOIN activity a ON a.id = b.activity_id
  WHERE b.entity = 'lead' GROUP BY b.card_id),
first_stage AS (SELECT pipeline_id, arg_min(id, sort) AS id FROM stage WHERE entity = 'lead' GROUP BY pipeline_id)
SELECT
  count(*) FILTER (l.stage_id = f.id AND t.last_at IS NULL) AS leads_untouched,
  count(*) FILTER (coalesce(t.last_at, l.created_at) < {now} - INTERVAL 14 DAY
    AND (t.next_at IS NULL OR t.next_at < {now})) AS leads_forgotten
FROM lead l
JOIN stage s ON s.entity = 'lead' AND s.pipeline_id = l.pipeline_id AND s.id = l.stage_id
JOIN first_stage f ON f.pipeline_id = l.pipeline_id
LEFT JOIN touch t ON t.card_id = l.id
WHERE s.semantic = 'P' AND l.deleted_at IS NULL {lead}
