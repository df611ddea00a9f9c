-- The stages of a card one after another, from history; where there is none, from what our change log saw.
CREATE OR REPLACE TEMP TABLE {card}_history AS
SELECT c.card, e.moved_at AS moment, try_cast(e.id AS BIGINT) AS number, e.id AS event_id, e.kind, m.stage_key,
  m.pipeline_key, m.semantic, m.ordinal, m.after_sale, e.mover_id
FROM stage_event e
JOIN {card}_card c ON c.id = e.card_id
JOIN stage_dated m ON m.entity = '{card}' AND m.pipeline_id = e.pipeline_id AND m.stage_id = e.stage_id
  AND local_day(e.moved_at) BETWEEN m.from_day AND m.to_day - 1
WHERE e.entity = '{card}';

CREATE OR REPLACE TEMP TABLE {card}_move AS
WITH logged AS (
  SELECT c.card, c.created_at, c.first_seen_at, c.pipeline_id AS present_pipeline, l.sequence, l.field, l.changed_at,
    l.old_value, l.new_value
  FROM change_log l JOIN {card}_card c ON c.id = l.card_id
  WHERE l.entity = '{card}' AND l.field IN ('stage', 'pipeline')
    AND c.card NOT IN (SELECT card FROM {card}_history)),
-- The pipeline after each entry, and the one before the first entry.
piped AS (
  SELECT *,
    coalesce(last_value(CASE WHEN field = 'pipeline' THEN new_value END IGNORE NULLS) OVER past,
             first_value(CASE WHEN field = 'pipeline' THEN old_value END IGNORE NULLS) OVER coming,
             present_pipeline) AS pipeline_id,
    coalesce(first_value(CASE WHEN field = 'pipeline' THEN old_value END IGNORE NULLS) OVER whole,
             present_pipeline) AS first_pipeline_id,
    row_number() OVER (PARTITION BY card, field ORDER BY sequence) AS place
  FROM logged
  WINDOW past AS (PARTITION BY card ORDER BY sequence),
    coming AS (PARTITION BY card ORDER BY sequence ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
    whole AS (PARTITION BY card ORDER BY sequence ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
seen AS (
  SELECT card, least(coalesce(created_at, first_seen_at), changed_at) AS moment, -1 AS number, 1 AS kind,
    first_pipeline_id AS pipeline_id, old_value AS stage_id
  FROM piped WHERE field = 'stage' AND place = 1 AND old_value IS NOT NULL
  UNION ALL
  SELECT card, changed_at, sequence, 2, pipeline_id, new_value FROM piped WHERE field = 'stage' AND new_value IS NOT NULL),
every AS (
  SELECT * FROM {card}_history
  UNION ALL
  SELECT s.card, s.moment, s.number, '', s.kind, m.stage_key, m.pipeline_key, m.semantic, m.ordinal, m.after_sale, NULL
  FROM seen s
  JOIN stage_dated m ON m.entity = '{card}' AND m.pipeline_id = s.pipeline_id AND m.stage_id = s.stage_id
    AND local_day(s.moment) BETWEEN m.from_day AND m.to_day - 1),
placed AS (
  SELECT *, lag(stage_key) OVER w AS before, row_number() OVER w AS place
  FROM every WINDOW w AS (PARTITION BY card ORDER BY moment, number NULLS LAST, event_id))
-- The same stage twice running is one stay (duplicate events).
SELECT card, moment, kind, stage_key, pipeline_key, semantic, ordinal, after_sale, mover_id, place, before IS NULL AS opens
FROM placed WHERE before IS DISTINCT FROM stage_key;

-- visit: 1, 2 …; stage_key 0: in work in a stage that nothing tells. dated = FALSE: the moment is only when we saw it.
CREATE OR REPLACE TEMP TABLE {card}_chain AS
WITH last AS (
  SELECT card, max(moment) AS moment, arg_max(stage_key, place) AS stage_key FROM {card}_move GROUP BY card),
body AS (
  SELECT m.card,
    CASE WHEN m.opens AND c.created_at < m.moment AND (m.kind = 1 OR m.semantic = 0) THEN c.created_at ELSE m.moment END
      AS moment,
    1 AS part, m.place, m.stage_key, m.pipeline_key, m.semantic, m.ordinal, m.after_sale, m.mover_id, TRUE AS dated
  FROM {card}_move m JOIN {card}_card c ON c.card = m.card),
-- A history that begins with a closing: before it the card was in work, nobody knows where.
head AS (
  SELECT m.card, c.created_at, 0, 0, 0, m.pipeline_key, 0, 0, m.after_sale, NULL, TRUE
  FROM {card}_move m JOIN {card}_card c ON c.card = m.card
  WHERE m.opens AND c.created_at < m.moment AND NOT (m.kind = 1 OR m.semantic = 0)),
-- The present stage contradicts the last event: one more stay, from the card's own moment of moving.
tail AS (
  SELECT c.card, greatest(coalesce(c.moved_at, c.modified_at, l.moment), l.moment), 2, 0, c.stage_key, c.pipeline_key,
    c.semantic, c.ordinal, c.after_sale, c.mover_id, TRUE
  FROM {card}_card c JOIN last l ON l.card = c.card
  WHERE c.stage_key <> l.stage_key AND c.stage_key <> 0 AND (c.moved_at IS NULL OR c.moved_at >= l.moment)),
-- No history: the moment of closing is the one the CRM states, else the last move; of another stage the last move.
alone AS (
  SELECT c.*, CASE WHEN c.semantic = 0 THEN coalesce(CASE WHEN c.is_first THEN c.created_at END, c.moved_at, c.created_at)
                   ELSE coalesce(c.closed_at, c.moved_at) END AS moment
  FROM {card}_card c WHERE c.card NOT IN (SELECT card FROM last)),
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
FROM lined l JOIN {card}_card c ON c.card = l.card;
DROP TABLE {card}_history;
DROP TABLE {card}_move;
