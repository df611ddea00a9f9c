-- 06_move.sql where every card has a history: the change log adds nothing.
CREATE OR REPLACE TEMP TABLE {card}_move AS
WITH placed AS (
  SELECT *, lag(stage_key) OVER w AS before, row_number() OVER w AS place
  FROM {card}_history WHERE {slice:card} WINDOW w AS (PARTITION BY card ORDER BY moment, number NULLS LAST, event_id))
SELECT card, moment, kind, stage_key, pipeline_key, semantic, ordinal, after_sale, mover_id, place, before IS NULL AS opens
FROM placed WHERE before IS DISTINCT FROM stage_key;
