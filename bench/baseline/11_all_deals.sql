-- records: {"measures": ["deals_created"], "cell": {"measure": "deals_created", "values": {}}, "order": [{"by": "days_on_stage", "descending": true}], "limit": 100}
WITH {deals_entered},
step AS (
  SELECT b.card_id, min(a.deadline_at) FILTER (NOT a.completed) AS next_at, max(a.happened_at) AS last_at
  FROM activity_binding b JOIN activity a ON a.id = b.activity_id WHERE b.entity = 'deal' GROUP BY b.card_id)
SELECT d.id, d.title, d.amount, s.name AS stage, p.name AS pipeline, u.name AS employee, k.name AS client,
  CASE WHEN s.semantic = 'P' THEN date_diff('day', e.entered_at, {now}) END AS days_on_stage, date_diff('day', d.created_at, {now}) AS age_days,
  t.next_at, t.last_at, d.last_comment, count(*) OVER () AS total
FROM deal d
JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = d.pipeline_id AND s.id = d.stage_id
JOIN pipeline p ON p.entity = 'deal' AND p.id = d.pipeline_id
LEFT JOIN crm_user u ON u.id = d.owner_id
LEFT JOIN client k ON k.id = coalesce(d.company_id, d.contact_id)
LEFT JOIN entered e ON e.card_id = d.id
LEFT JOIN step t ON t.card_id = d.id
WHERE d.deleted_at IS NULL AND d.pipeline_id <> '4' AND d.created_at >= {from} AND d.created_at < {to} {deal}
ORDER BY days_on_stage DESC NULLS LAST, d.id LIMIT 100
