-- 08_span.sql where none of these ever changed: each stay is one stretch.
CREATE OR REPLACE TEMP TABLE {card}_span AS
SELECT h.card, h.visit, h.visit AS place, h.moment, h.until, h.is_last, c.amount, c.currency_key, c.owner_key,
  c.planned_close
FROM {card}_chain h JOIN {card}_card c ON c.card = h.card
WHERE {slice:h.card} AND {slice:c.card};
