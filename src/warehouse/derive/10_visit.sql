-- Stays in stages. owner: the responsible when the card entered the stage, as far as our log knows. What comes
-- after the mover: 0014_stage_norms.sql, 0016_hours.sql.
INSERT INTO f_{card}_visit
WITH entry AS (
  SELECT card, visit, arg_min(owner_key, place) AS owner_key FROM {card}_span WHERE {slice:card} GROUP BY card, visit)
SELECT h.card, h.visit, h.stage_key, h.pipeline_key, h.semantic, local_day(h.moment) AS entered_day, local_day(h.until),
  date_diff('second', h.moment, h.until),
  CASE WHEN h.is_last THEN CASE WHEN c.deleted_at IS NULL THEN 0 ELSE 5 END
       WHEN h.next_semantic = 1 AND h.next_pipeline_key = h.pipeline_key THEN 1
       WHEN h.next_semantic = 2 AND h.next_pipeline_key = h.pipeline_key THEN 2
       WHEN h.next_pipeline_key <> h.pipeline_key THEN 4
       WHEN h.next_ordinal > h.ordinal THEN 1 ELSE 3 END,
  h.from_stage_key, coalesce(e.owner_key, c.owner_key), c.source_key, c.deleted_at IS NOT NULL, {after_sale_h} h.moment,
  h.until,
  CASE WHEN r.id IS NULL THEN coalesce(u.key, e.owner_key, c.owner_key) ELSE 0 END,
  CASE WHEN k.semantic = 1 AND k.entry_dated THEN local_day(k.entry_at) END,
  lag(local_day(h.moment)) OVER (PARTITION BY h.card, h.semantic, h.stage_key ORDER BY h.visit),
  CASE WHEN h.semantic = 0 THEN lag(local_day(h.moment)) OVER (PARTITION BY h.card, h.semantic, h.pipeline_key ORDER BY h.visit) END,
  local_hour(h.moment)
FROM {card}_chain h
JOIN {card}_card c ON c.card = h.card
JOIN {card}_close k ON k.card = h.card
LEFT JOIN entry e ON e.card = h.card AND e.visit = h.visit
LEFT JOIN crm_user u ON u.id = coalesce(h.mover_id, CASE WHEN h.is_last THEN c.mover_id END)
LEFT JOIN crm_user o ON o.key = coalesce(e.owner_key, c.owner_key)
LEFT JOIN robot r ON r.id = coalesce(h.mover_id, CASE WHEN h.is_last THEN c.mover_id END, o.id)
  AND local_day(h.moment) >= r.from_day AND local_day(h.moment) < r.to_day
WHERE h.stage_key <> 0 AND h.dated AND {slice:h.card} AND {slice:c.card} AND {slice:k.card}
ORDER BY 6;
