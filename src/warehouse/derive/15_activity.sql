-- Activities once each, whatever their bindings; the first card of a kind stands for them.
INSERT INTO f_activity
WITH bound AS (
  SELECT b.activity_id, min(d.key) AS deal_key, min(l.key) AS lead_key,
    coalesce(min(c.key) FILTER (WHERE b.entity = 'company'), min(c.key)) AS client_key
  FROM activity_binding b
  JOIN activity_rows a ON a.id = b.activity_id
  LEFT JOIN deal d ON b.entity = 'deal' AND d.id = b.card_id
  LEFT JOIN lead l ON b.entity = 'lead' AND l.id = b.card_id
  LEFT JOIN client c ON b.entity IN ('company', 'contact') AND c.id = b.entity || ':' || b.card_id
  GROUP BY b.activity_id)
SELECT a.id, a.kind, a.direction, local_day(coalesce(a.happened_at, a.completed_at)) AS day, local_day(a.created_at),
  local_day(a.deadline_at), a.completed, a.auto_completed, coalesce(u.key, 0), coalesce(b.deal_key, 0),
  coalesce(b.lead_key, 0), coalesce(b.client_key, 0), a.duration_s, coalesce(a.missed, FALSE)
FROM activity_rows a
LEFT JOIN bound b ON b.activity_id = a.id
LEFT JOIN crm_user u ON u.id = coalesce(a.doer_id, a.author_id)
WHERE a.deleted_at IS NULL
ORDER BY day;
