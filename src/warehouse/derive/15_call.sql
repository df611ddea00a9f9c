-- Calls that telephony tells of and the CRM made no activity of (or one that we do not hold): each an activity of its own.
-- What a condition asks of the call alone stands within the key: beside it, it would make of an outer join a nested loop.
INSERT INTO f_activity
SELECT 'call:' || c.id, 'call', c.direction, local_day(c.started_at) AS day, local_day(c.started_at), NULL, TRUE, FALSE,
  coalesce(u.key, 0), coalesce(d.key, 0), coalesce(l.key, 0), coalesce(p.key, 0), c.duration_s, coalesce(c.missed, FALSE),
  CASE WHEN coalesce(c.missed, FALSE) AND coalesce(c.direction, 'in') = 'in' THEN 3 WHEN c.direction = 'in' THEN 1 ELSE 2 END,
  TRUE, r.id IS NULL, local_hour(c.started_at), local_hour(c.started_at)
FROM lone_call c
LEFT JOIN crm_user u ON u.id = c.user_id
LEFT JOIN deal d ON d.id = CASE WHEN c.entity = 'deal' THEN c.card_id END
LEFT JOIN lead l ON l.id = CASE WHEN c.entity = 'lead' THEN c.card_id END
LEFT JOIN client p ON p.id = CASE WHEN c.entity IN ('company', 'contact') THEN c.entity || ':' || c.card_id END
LEFT JOIN robot r ON r.id = c.user_id AND local_day(c.started_at) >= r.from_day AND local_day(c.started_at) < r.to_day
WHERE NOT EXISTS (SELECT 1 FROM activity a WHERE a.id = c.activity_id)
ORDER BY day;
