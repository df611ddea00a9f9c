-- Of a call its telephony record tells length and failure, where there is one; {kind}: the kind, by the portal's settings.
-- Activities once each, whatever their bindings; the first card of a kind stands for them.
INSERT INTO f_activity
WITH link AS (
  SELECT b.activity_id, b.entity, b.card_id FROM scope_binding b SEMI JOIN activity_rows a ON a.id = b.activity_id
  WHERE {part:b.activity_id}),
keyed AS (
  SELECT l.activity_id, d.key AS deal_key, NULL AS lead_key, NULL AS company_key, NULL AS contact_key
  FROM (SELECT * FROM link WHERE entity = 'deal') l JOIN deal d ON d.id = l.card_id
  UNION ALL
  SELECT l.activity_id, NULL, d.key, NULL, NULL
  FROM (SELECT * FROM link WHERE entity = 'lead') l JOIN lead d ON d.id = l.card_id
  UNION ALL
  SELECT l.activity_id, NULL, NULL, CASE WHEN c.kind = 'company' THEN c.key END,
    CASE WHEN c.kind <> 'company' THEN c.key END
  FROM (SELECT activity_id, entity || ':' || card_id AS id FROM link WHERE entity IN ('company', 'contact')) l
  JOIN client c ON c.id = l.id),
bound AS (
  SELECT activity_id, min(deal_key) AS deal_key, min(lead_key) AS lead_key,
    coalesce(min(company_key), min(contact_key)) AS client_key
  FROM keyed GROUP BY activity_id),
spoken AS (
  SELECT c.activity_id, sum(c.duration_s)::INTEGER AS duration_s, bool_and(c.missed) AS missed
  FROM call c SEMI JOIN activity_rows a ON a.id = c.activity_id WHERE {part:c.activity_id} GROUP BY c.activity_id),
told AS (
  SELECT a.*, {kind} AS what, coalesce(s.duration_s, a.duration_s) AS lasted,
    coalesce(s.missed, a.missed, FALSE) AS unanswered, coalesce(a.doer_id, a.author_id) AS who
  FROM activity_rows a LEFT JOIN spoken s ON s.activity_id = a.id
  WHERE a.deleted_at IS NULL AND {part:a.id}),
-- Only who was called may miss a call; comments and messages are done as soon as they are there.
judged AS (
  SELECT t.*, t.what = 'call' AND t.unanswered AND coalesce(t.direction, 'in') = 'in' AS not_answered,
    t.completed OR t.what IN ('comment', 'message') OR not_answered AS done,
    CASE WHEN done THEN coalesce(t.happened_at, t.completed_at, t.starts_at, t.created_at)
         ELSE coalesce(t.happened_at, t.completed_at) END AS moment,
    local_day(moment) AS day
  FROM told t)
SELECT a.id, a.what, a.direction, a.day, local_day(a.created_at), local_day(a.deadline_at), a.completed, a.auto_completed,
  coalesce(u.key, 0), coalesce(b.deal_key, 0), coalesce(b.lead_key, 0), coalesce(b.client_key, 0), a.lasted, a.unanswered,
  CASE a.what WHEN 'call' THEN CASE WHEN a.not_answered THEN 3 WHEN a.direction = 'in' THEN 1 ELSE 2 END
              WHEN 'meeting' THEN 4 WHEN 'email' THEN CASE WHEN a.direction = 'in' THEN 5 ELSE 6 END
              WHEN 'task' THEN 7 WHEN 'message' THEN 8 WHEN 'comment' THEN 9 ELSE 11 END,
  a.done, NOT a.auto_completed AND r.id IS NULL, local_hour(a.moment), local_hour(a.created_at)
FROM judged a
LEFT JOIN bound b ON b.activity_id = a.id
LEFT JOIN crm_user u ON u.id = a.who
LEFT JOIN robot r ON r.id = a.who AND coalesce(a.day, local_day(a.created_at), {today}) >= r.from_day
  AND coalesce(a.day, local_day(a.created_at), {today}) < r.to_day
ORDER BY 4;
