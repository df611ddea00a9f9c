-- The state of a card at the end of each day on which something changed, until the next such day.
INSERT INTO f_{card}_state
WITH day_end AS (
  SELECT s.card, s.visit, s.amount, s.currency_key, s.owner_key, s.planned_close, local_day(s.moment) AS day,
    lead(local_day(s.moment)) OVER (PARTITION BY s.card ORDER BY s.place) AS next_day
  FROM {card}_span s WHERE {slice:s.card})
SELECT d.card, d.day, coalesce(d.next_day, local_day(c.deleted_at), 2147483647) AS to_day, h.semantic, h.stage_key,
  h.pipeline_key, {after_sale_h} d.owner_key, local_day(h.moment), c.created_day, {planned_day} c.source_key,
  d.currency_key, d.amount
FROM day_end d
JOIN {card}_card c ON c.card = d.card AND {slice:c.card}
JOIN {card}_chain h ON h.card = d.card AND h.visit = d.visit AND {slice:h.card}
WHERE d.day < coalesce(d.next_day, local_day(c.deleted_at), 2147483647)
-- By semantic too: the engine reads the cards in work now (to_day open, semantic 0) from one run of row groups.
ORDER BY 3, 4, 2;
