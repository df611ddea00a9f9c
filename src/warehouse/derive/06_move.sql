-- Moves: of history, and of the change log where a card has none. The same stage twice running is one stay.
CREATE OR REPLACE TEMP TABLE {card}_move AS
WITH logged AS (
  SELECT c.card, c.created_at, c.first_seen_at, c.pipeline_id AS present_pipeline, l.sequence, l.field, l.changed_at,
    l.old_value, l.new_value
  FROM change_log l JOIN {card}_card c ON c.id = l.card_id
  WHERE l.entity = '{card}' AND l.field IN ('stage', 'pipeline')
    AND c.card NOT IN (SELECT card FROM {card}_history WHERE {slice:card}) AND {slice:c.card}),
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
  SELECT * FROM {card}_history WHERE {slice:card}
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
