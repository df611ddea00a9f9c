-- request: {"measures": ["leads_untouched", "leads_forgotten"]}
-- The whole rule of metrics.md, "Sign of life": also through the clients of a card, and moves by people.
WITH robot AS (SELECT name AS id FROM portal_setting WHERE kind = 'technical' UNION SELECT '0'),
open AS (
  SELECT c.id, c.stage_id, c.pipeline_id, c.owner_id, c.mover_id, c.company_id, c.contact_id, (c.created_at + INTERVAL 3 HOUR)::DATE AS created
  FROM lead c JOIN stage s ON s.entity = 'lead' AND s.pipeline_id = c.pipeline_id AND s.id = c.stage_id
  WHERE s.semantic = 'P' AND c.deleted_at IS NULL ),
stay AS (
  SELECT e.card_id, s.semantic, e.moved_at AS since, lead(e.moved_at) OVER w AS until, e.mover_id, row_number() OVER w AS nth
  FROM stage_event e JOIN open o ON o.id = e.card_id
  JOIN stage s ON s.entity = 'lead' AND s.pipeline_id = e.pipeline_id AND s.id = e.stage_id
  WHERE e.entity = 'lead' WINDOW w AS (PARTITION BY e.card_id ORDER BY e.moved_at, e.id::BIGINT)),
party AS (
  SELECT DISTINCT * FROM (
    SELECT id AS card_id, split_part(company_id, ':', 1) AS entity, split_part(company_id, ':', 2) AS client FROM open
    UNION ALL SELECT id, split_part(contact_id, ':', 1), split_part(contact_id, ':', 2) FROM open )
  WHERE client IS NOT NULL),
done AS (
  SELECT *, coalesce(doer_id, author_id) AS doer, coalesce(happened_at, completed_at, starts_at, created_at) AS moment
  FROM activity WHERE deleted_at IS NULL AND (completed OR kind IN ('comment', 'message'))),
near AS MATERIALIZED (
  SELECT p.card_id, a.moment, a.doer, a.auto_completed FROM party p JOIN open o ON o.id = p.card_id
    JOIN activity_binding b ON b.entity = p.entity AND b.card_id = p.client
    JOIN done a ON a.id = b.activity_id AND a.doer = o.owner_id),
sign AS (
  SELECT b.card_id, a.moment, a.doer, a.auto_completed FROM activity_binding b JOIN open o ON o.id = b.card_id
    JOIN done a ON a.id = b.activity_id WHERE b.entity = 'lead'
  UNION ALL
  SELECT n.card_id, n.moment, n.doer, n.auto_completed FROM near n
    SEMI JOIN stay t ON t.card_id = n.card_id AND t.semantic = 'P' AND t.since <= n.moment AND coalesce(t.until, TIMESTAMP 'infinity') > n.moment
  UNION ALL
  SELECT t.card_id, t.since, coalesce(t.mover_id, CASE WHEN t.until IS NULL THEN o.mover_id END, ''), FALSE
  FROM stay t JOIN open o ON o.id = t.card_id WHERE t.nth > 1),
life AS (
  SELECT DISTINCT card_id, (moment + INTERVAL 3 HOUR)::DATE AS day FROM sign
  WHERE NOT auto_completed AND (doer IS NULL OR doer NOT IN (SELECT id FROM robot))),
planned AS (
  SELECT DISTINCT b.card_id FROM activity_binding b JOIN activity a ON a.id = b.activity_id
  WHERE b.entity = 'lead' AND NOT a.completed AND a.deleted_at IS NULL
    AND (a.deadline_at IS NOT NULL OR a.kind IN ('task', 'meeting', 'call'))
    AND (coalesce(a.deadline_at, a.starts_at) + INTERVAL 3 HOUR)::DATE >= DATE '2026-06-30')
SELECT count(*) FILTER (o.stage_id = (SELECT arg_min(s.id, s.sort) FROM stage s WHERE s.entity = 'lead' AND s.pipeline_id = o.pipeline_id)
    AND o.id NOT IN (SELECT card_id FROM life)) AS leads_untouched,
  count(*) FILTER (o.created <= DATE '2026-06-16' AND o.id NOT IN (SELECT card_id FROM life WHERE day > DATE '2026-06-16')
    AND o.id NOT IN (SELECT card_id FROM planned)) AS leads_forgotten
FROM open o
