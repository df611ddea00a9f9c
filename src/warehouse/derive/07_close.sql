-- Closed = the last entry into S or F from a stage that is neither, if the card has stayed closed.
CREATE OR REPLACE TEMP TABLE {card}_close AS
SELECT card, max(visit) AS visits, arg_max(closing, visit)::TINYINT AS semantic,
  arg_max(moment, visit) FILTER (WHERE closing <> 0 AND closing_before = 0) AS entry_at,
  arg_max(dated, visit) FILTER (WHERE closing <> 0 AND closing_before = 0) AS entry_dated,
  bool_or(closing = 0 AND closing_before <> 0) AS reopened,
  arg_max(after_sale AND NOT handed, visit) AS after_sale,
  coalesce(arg_max(stage_key, visit) FILTER (WHERE NOT handed), 0) AS stage_key,
  coalesce(arg_max(pipeline_key, visit) FILTER (WHERE NOT handed), 0) AS pipeline_key,
  coalesce(arg_max(ordinal, visit) FILTER (WHERE NOT handed), 0) AS ordinal,
  arg_max(CASE WHEN dated THEN moment END, visit) FILTER (WHERE NOT handed) AS entered_at
FROM {card}_chain WHERE {slice:card} GROUP BY card;

-- The furthest working stage in the pipeline where the card stands; every card reached the first stage of it. Places are those
-- of today, as funnels show them; a stage that means a failure today is no place to have reached.
CREATE OR REPLACE TEMP TABLE {card}_furthest AS
WITH reached AS (
  SELECT h.card, max(n.ordinal) AS ordinal, arg_max(h.stage_key, n.ordinal) AS stage_key
  FROM {card}_chain h JOIN {card}_close k ON k.card = h.card AND k.pipeline_key = h.pipeline_key
  JOIN stage_now n ON n.stage_key = h.stage_key AND n.semantic <> 2
  WHERE h.semantic = 0 AND h.stage_key <> 0 AND {slice:h.card} AND {slice:k.card} GROUP BY h.card),
first AS (
  SELECT pipeline_key, min(ordinal) AS ordinal, arg_min(stage_key, ordinal) AS stage_key
  FROM stage_now WHERE entity = '{card}' AND is_first GROUP BY pipeline_key)
SELECT k.card,
  CASE WHEN k.semantic = 1 THEN coalesce(CASE WHEN n.semantic = 1 THEN n.ordinal END, k.ordinal)
       ELSE coalesce(r.ordinal, f.ordinal, 0) END AS ordinal,
  CASE WHEN k.semantic = 1 THEN k.stage_key ELSE coalesce(r.stage_key, f.stage_key, 0) END AS stage_key
FROM {card}_close k LEFT JOIN reached r ON r.card = k.card LEFT JOIN first f ON f.pipeline_key = k.pipeline_key
LEFT JOIN stage_now n ON n.stage_key = k.stage_key
WHERE {slice:k.card};
