-- The whole rule of metrics.md, "Sign of life", of the cards in `open` and their clients in `party`: days of life, and cards
-- with a step planned ahead. {entity}: lead or deal.
stay AS (
  SELECT e.card_id, s.semantic, e.moved_at AS since, lead(e.moved_at) OVER w AS until, e.mover_id, row_number() OVER w AS nth
  FROM stage_event e JOIN open o ON o.id = e.card_id
  JOIN stage s ON s.entity = '{entity}' AND s.pipeline_id = e.pipeline_id AND s.id = e.stage_id
  WHERE e.entity = '{entity}' WINDOW w AS (PARTITION BY e.card_id ORDER BY e.moved_at, e.id::BIGINT)),
done AS (
  SELECT *, coalesce(doer_id, author_id) AS doer, coalesce(happened_at, completed_at, starts_at, created_at) AS moment
  FROM activity WHERE deleted_at IS NULL AND (completed OR kind IN ('comment', 'message'))),
near AS MATERIALIZED (
  SELECT p.card_id, a.moment, a.doer, a.auto_completed FROM party p JOIN open o ON o.id = p.card_id
    JOIN activity_binding b ON b.entity = p.entity AND b.card_id = p.client
    JOIN done a ON a.id = b.activity_id AND a.doer = o.owner_id),
sign AS (
  SELECT b.card_id, a.moment, a.doer, a.auto_completed FROM activity_binding b JOIN open o ON o.id = b.card_id
    JOIN done a ON a.id = b.activity_id WHERE b.entity = '{entity}'
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
  WHERE b.entity = '{entity}' AND NOT a.completed AND a.deleted_at IS NULL
    AND (a.deadline_at IS NOT NULL OR a.kind IN ('task', 'meeting', 'call'))
    AND (coalesce(a.deadline_at, a.starts_at) + INTERVAL 3 HOUR)::DATE >= DATE '2026-06-30')
