-- The stays of a card one after another, from {card}_move and what the card itself says.
-- visit: 1, 2 …; stage_key 0: in work in a stage that nothing tells. dated = FALSE: the moment is only when we saw it.
CREATE OR REPLACE TEMP TABLE {card}_chain AS
WITH last AS (
  SELECT card, max(moment) AS moment, arg_max(stage_key, place) AS stage_key FROM {card}_move
  WHERE {slice:card} GROUP BY card),
body AS (
  SELECT m.card,
    CASE WHEN m.opens AND c.created_at < m.moment AND (m.kind = 1 OR m.semantic = 0) THEN c.created_at ELSE m.moment END
      AS moment,
    1 AS part, m.place, m.stage_key, m.pipeline_key, m.semantic, m.ordinal, m.after_sale, m.mover_id, TRUE AS dated
  FROM {card}_move m JOIN {card}_card c ON c.card = m.card WHERE {slice:m.card} AND {slice:c.card}),
-- A history that begins with a closing: before it the card was in work, nobody knows where.
head AS (
  SELECT m.card, c.created_at, 0, 0, 0, m.pipeline_key, 0, 0, m.after_sale, NULL, TRUE
  FROM {card}_move m JOIN {card}_card c ON c.card = m.card
  WHERE m.opens AND c.created_at < m.moment AND NOT (m.kind = 1 OR m.semantic = 0)
    AND {slice:m.card} AND {slice:c.card}),
-- The present stage contradicts the last event: one more stay, from the card's own moment of moving.
tail AS (
  SELECT c.card, greatest(coalesce(c.moved_at, c.modified_at, l.moment), l.moment), 2, 0, c.stage_key, c.pipeline_key,
    c.semantic, c.ordinal, c.after_sale, c.mover_id, TRUE
  FROM {card}_card c JOIN last l ON l.card = c.card
  WHERE c.stage_key <> l.stage_key AND c.stage_key <> 0 AND (c.moved_at IS NULL OR c.moved_at >= l.moment)
    AND {slice:c.card}),
-- No history: the moment of closing is the one the CRM states, else the last move; of another stage the last move.
alone AS (
  SELECT c.*, CASE WHEN c.semantic = 0 THEN coalesce(CASE WHEN c.is_first THEN c.created_at END, c.moved_at, c.created_at)
                   ELSE coalesce(c.closed_at, c.moved_at) END AS moment
  FROM {card}_card c WHERE c.card NOT IN (SELECT card FROM last) AND {slice:c.card}),
alone_head AS (
  SELECT card, created_at, 0, 0, 0, pipeline_key, 0, 0, after_sale, NULL, TRUE FROM alone WHERE created_at < moment),
alone_now AS (
  SELECT card, coalesce(moment, created_at, first_seen_at), 2, 0, stage_key, pipeline_key, semantic, ordinal, after_sale,
    mover_id, moment IS NOT NULL FROM alone),
every AS (
  SELECT * FROM body UNION ALL SELECT * FROM head UNION ALL SELECT * FROM tail UNION ALL SELECT * FROM alone_head
  UNION ALL SELECT * FROM alone_now),
-- held: the semantic that the card had when it last stood in a sales pipeline.
lined AS (
  SELECT *, row_number() OVER w AS visit, lead(moment) OVER w AS next_moment, lead(semantic) OVER w AS next_semantic,
    lead(pipeline_key) OVER w AS next_pipeline_key, lead(ordinal) OVER w AS next_ordinal,
    lag(stage_key) OVER w AS from_stage_key, lag(semantic) OVER w AS from_semantic, lag(after_sale) OVER w AS from_after,
    last_value(CASE WHEN NOT after_sale THEN semantic END IGNORE NULLS)
      OVER (PARTITION BY card ORDER BY moment, part, place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS held
  FROM every WINDOW w AS (PARTITION BY card ORDER BY moment, part, place))
SELECT l.card, l.visit, l.moment, coalesce(l.next_moment, CASE WHEN c.deleted_at > l.moment THEN c.deleted_at END) AS until,
  l.next_moment IS NULL AS is_last, l.stage_key, l.pipeline_key, l.semantic::TINYINT AS semantic, l.ordinal, l.after_sale,
  l.mover_id, l.dated, l.next_semantic, l.next_pipeline_key, l.next_ordinal,
  coalesce(l.from_stage_key, 0) AS from_stage_key,
  l.after_sale AND coalesce(l.held, 0) = 1 AS handed,
  CASE WHEN l.after_sale AND l.held = 1 THEN 1 ELSE l.semantic END AS closing,
  CASE WHEN l.from_after AND l.held = 1 THEN 1 ELSE coalesce(l.from_semantic, 0) END AS closing_before
FROM lined l JOIN {card}_card c ON c.card = l.card AND {slice:c.card};
DROP TABLE {card}_history;
DROP TABLE {card}_move;
