-- The stages of a card one after another, from history; where there is none, from what our change log saw.
CREATE OR REPLACE TEMP TABLE {card}_history AS
SELECT c.card, e.moved_at AS moment, try_cast(e.id AS BIGINT) AS number, e.id AS event_id, e.kind, m.stage_key,
  m.pipeline_key,
  -- The CRM's own word on what the stage meant then goes before what we know of it.
  CASE e.semantic WHEN 'S' THEN 1 WHEN 'F' THEN 2 WHEN 'P' THEN CASE WHEN m.sold THEN 1 ELSE 0 END ELSE m.semantic END::TINYINT
    AS semantic, m.ordinal, m.after_sale, e.mover_id
FROM stage_event e
JOIN {card}_card c ON c.id = e.card_id
JOIN stage_dated m ON m.entity = '{card}' AND m.pipeline_id = e.pipeline_id AND m.stage_id = e.stage_id
  AND local_day(e.moved_at) BETWEEN m.from_day AND m.to_day - 1
WHERE e.entity = '{card}' AND {slice:c.card};
